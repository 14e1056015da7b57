"""Sentences about what needs the attention of staff: reports, sign-ups, queues, jobs and servers, most urgent first. Nothing is listed
that is in order.
"""

from collections.abc import Callable, Iterable, Iterator, Sequence
from datetime import datetime
from typing import NamedTuple

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from core import clock
from core.backups.plan import RunState
from core.backups.standing import Standing
from core.messages.worker import worker_message
from core.numbers import Number
from core.pages.addresses import path_to
from federation.queries import HostQueue
from stator import Overview, QueueStats
from users.moderation.queries import Waiting
from users.troubles.models import DISK_FULL
from users.troubles.queries import TroubleView
from web.templatetags.takahe import bounded_count, per_minute, span

_LATE_S = 300  # work overdue for less is still considered in progress
_HOSTS_NAMED = 3


class Sentence(NamedTuple):
    """A task and the page where it is handled. `kind`: "bad" for a failure, "asks" for a decision, "waits" for a problem that may resolve
    itself.
    """

    kind: str
    text: str
    path: str


def needing_attention(
    work: Waiting, worker: Overview, hosts: Sequence[HostQueue], troubles: Sequence[TroubleView]
) -> list[Sentence]:
    """Return the sentences of the overview."""
    queues = path_to("admin-queues")
    # backup_sentences has those of backups
    found = [Sentence("bad", _TROUBLES[one.kind](one), queues) for one in troubles if one.kind in _TROUBLES]
    if reason := worker_message(worker.health.code, worker.health.age_s):
        found.append(Sentence("bad", reason[:1].upper() + reason[1:], queues))
    found += [
        Sentence("bad", _("The job {name} fails: {error}").format(name=job.name, error=job.error), queues)
        for job in worker.jobs
        if job.error
    ]
    found += waiting_for(work)
    found += [failed_sentence(queue) for queue in worker.queues if queue.kind == "failure" and queue.waiting]
    found += [
        Sentence("waits", late_words(queue), queues)
        for queue in worker.queues
        if queue.kind == "active" and queue.due and queue.oldest_s > _LATE_S
    ]
    return found + list(_hosts(hosts, queues))


def _disk_full(trouble: TroubleView) -> str:
    facts = trouble.facts
    return _(
        "The disk is {percent} % full ({free} MB are free in {folder}): what other servers send is refused for now, and they try again. "
        "Make space, or raise TAKAHE_DISK_FULL_PERCENT (now {limit})."
    ).format(
        percent=facts["percent"],
        free=Number(facts["free_mb"]),
        folder=facts["folder"],
        limit=facts["limit"],
    )


_TROUBLES: dict[str, Callable[[TroubleView], str]] = {DISK_FULL: _disk_full}


def waiting_for(work: Waiting) -> list[Sentence]:
    """Return the number of items awaiting a decision."""
    return list(_decisions(work))


def _decisions(work: Waiting) -> Iterator[Sentence]:
    if work.reports and work.oldest_report_at:
        yield Sentence(
            "asks",
            ngettext(
                "{count} report is waiting for a decision.",
                "{count} reports are waiting for a decision.",
                work.reports,
            ).format(count=bounded_count(work.reports))
            + _waiting_for(work.reports, work.oldest_report_at),
            path_to("admin-reports"),
        )
    if work.appeals and work.oldest_appeal_at:
        yield Sentence(
            "asks",
            ngettext(
                "{count} appeal is waiting for a decision.",
                "{count} appeals are waiting for a decision.",
                work.appeals,
            ).format(count=bounded_count(work.appeals))
            + _waiting_for(work.appeals, work.oldest_appeal_at),
            path_to("admin-appeals"),
        )
    if work.sign_ups and work.oldest_sign_up_at:
        yield Sentence(
            "asks",
            ngettext(
                "{count} person asks to join.",
                "{count} people ask to join.",
                work.sign_ups,
            ).format(count=bounded_count(work.sign_ups))
            + _waiting_for(work.sign_ups, work.oldest_sign_up_at),
            path_to("admin-sign-ups"),
        )


def backup_sentences(backups: Standing) -> list[Sentence]:
    """Return what is wrong with the backups that the server makes by itself."""
    path = f"{path_to('admin')}#backups"
    found: list[Sentence] = []
    if backups.last is not None and backups.last.error:
        words = (
            _("The last backup is incomplete: {error}")
            if backups.last.state == RunState.done
            else _("The last backup failed: {error}")
        )
        found.append(Sentence("bad", words.format(error=backups.last.error), path))
    if backups.is_late:
        words = (
            _("The last complete backup is {time} old.")
            if backups.last_done
            else _("There is no complete backup yet.")
        )
        found.append(Sentence("bad", words.format(time=span(backups.age_s)), path))
    return found


def held_for_decision(count: int) -> list[Sentence]:
    """Return how many posts the rules on incoming posts hold; nothing without any."""
    words = ngettext(
        "{count} held post is waiting for a decision.",
        "{count} held posts are waiting for a decision.",
        count,
    )
    path = path_to("admin-shelter-held")
    return [Sentence("asks", words.format(count=bounded_count(count)), path)] if count else []


def _waiting_for(count: int, oldest_at: datetime) -> str:
    """Return a sentence about how long the oldest item has been waiting; nothing if that is not worth saying."""
    time = span((clock.now() - oldest_at).total_seconds())
    if not time:
        return ""
    words = _("Waiting for {time}.") if count == 1 else _("The oldest has been waiting for {time}.")
    return " " + words.format(time=time)


def failed_sentence(queue: QueueStats) -> Sentence:
    """Return how many rows of a queue failed permanently, with the page that lists them."""
    words = _("{queue}: {count} failed permanently.").format(queue=_(queue.title), count=queue.waiting)
    return Sentence("bad", words, path_to("admin-queue", model=queue.model))


def late_words(queue: QueueStats) -> str:
    """Return how many rows of a queue are due, and for how long."""
    return _("{queue}: {count} due, the oldest for {time}.").format(
        queue=_(queue.title), count=queue.due, time=span(queue.oldest_s)
    )


# what waits for its time is no backlog, and is told as what it is
_PLANNED: dict[tuple[str, str], Callable[[int], str]] = {
    ("activities.poll", "open"): lambda n: ngettext("{count} poll is open.", "{count} polls are open.", n),
    ("activities.scheduledpost", "waiting"): lambda n: ngettext(
        "{count} post is scheduled.", "{count} posts are scheduled.", n
    ),
    ("activities.postexpiry", "waiting"): lambda n: ngettext(
        "{count} post will delete itself at a chosen time.",
        "{count} posts will delete themselves at a chosen time.",
        n,
    ),
}


def queue_words(queue: QueueStats) -> str:
    """Return the backlog of a queue's state as a sentence; zero counts are left out."""
    planned = _PLANNED.get((queue.model, queue.state))
    if planned is not None and not queue.due:
        return planned(queue.waiting).format(count=Number(queue.waiting))
    facts = []
    if queue.due:
        facts.append(_("{count} to be done now").format(count=Number(queue.due)))
    if queue.waiting:
        facts.append(_("{count} at a later time").format(count=Number(queue.waiting)))
    if queue.due and queue.oldest_s >= 1:
        facts.append(_("the oldest for {time}").format(time=span(queue.oldest_s)))
    if rate := per_minute(queue.rate):
        facts.append(_("{count} a minute").format(count=rate))
    if queue.retried:
        facts.append(_("{count} tried again in an hour").format(count=Number(queue.retried)))
    return _("{queue}: {facts}.").format(queue=_(queue.title), facts=", ".join(facts))


def _hosts(hosts: Iterable[HostQueue], path: str) -> Iterator[Sentence]:
    """Name the failing servers with most pending deliveries, and count the others."""
    troubled = [host for host in hosts if host.failing_since]
    waiting = [host for host in troubled if host.waiting]
    for host in waiting[:_HOSTS_NAMED]:
        yield Sentence("waits", host_words(host), f"{path}#deliveries")
    more = len(troubled) - min(len(waiting), _HOSTS_NAMED)
    if more:
        words = (
            ngettext("{count} more server can't be reached.", "{count} more servers can't be reached.", more)
            if waiting
            else ngettext("{count} server can't be reached.", "{count} servers can't be reached.", more)
        )
        yield Sentence("waits", words.format(count=more), f"{path}#deliveries")


def host_words(host: HostQueue) -> str:
    """Return what happens to the deliveries to a server."""
    if host.state == "unreachable":
        return _("{host} is silent: deliveries to it are dropped until it contacts us.").format(
            host=host.host
        )
    left_s = (host.next_try_at - clock.now()).total_seconds() if host.next_try_at else 0
    count = host.waiting
    if not host.failing_since:
        words = ngettext(
            "{count} delivery is on its way to {host}.",
            "{count} deliveries are on their way to {host}.",
            count,
        )
    elif left_s >= 1:
        words = ngettext(
            "{count} delivery is waiting for {host}, next try in {time}.",
            "{count} deliveries are waiting for {host}, next try in {time}.",
            count,
        )
    else:
        words = ngettext(
            "{count} delivery is waiting for {host}, which is being tried now.",
            "{count} deliveries are waiting for {host}, which is being tried now.",
            count,
        )
    return words.format(count=count, host=host.host, time=span(left_s))
