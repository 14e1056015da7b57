"""Delivery of activities to the inboxes of other servers: a host's turn lasts until everything is sent or the host does not answer.

A host that answered lately is handled in `sending`, concurrently with hundreds of others and with a short timeout. One that is new, slow
or failing shares a small part of the worker with similar hosts (`trying`, `probing`), so that hanging hosts never delay the rest. At
least once: a delivery sent but not recorded when the worker died is repeated, and recipients recognise it by its id.
"""

import asyncio
import datetime as dt
import random
from collections.abc import Sequence
from typing import Any

from core import clock
from core.crypto.signing_process import signing_process
from core.db import release_connection, sql
from core.logs import get_logger
from federation import metrics, sending
from federation.handlers import delivery_queue as queue
from federation.handlers import host_contact
from federation.handlers.address_limits import wait_for_address_s
from federation.handlers.batched_queue import (
    HEALTHY,
    IN_DOUBT,
    BatchedQueue,
    is_blocked,
    named_semaphore,
    signers_of,
    store_sites,
)
from federation.handlers.delivery_queue import DeliveryResult, DueDelivery
from federation.handlers.delivery_requests import Attempt, is_refused_for_good, post_lines, retry_after
from federation.handlers.followers_header import headers_for
from federation.models import DeliveryStatus, Peer, PeerGraph
from federation.models.peer import CIRCUIT_OPENS_AFTER
from federation.peers import registrable_domain
from federation.signing import CAVAGE, RFC9421
from stator import Outcome, State, later, to

log = get_logger(__name__)

_FIRST = 10  # deliveries loaded before a host's first response: hundreds of hosts hold so many in memory
_BATCH = 100
_BATCHES_AT_ONCE = 40  # hosts that have answered and get more
_TURN_S = 40.0  # after that, it is other hosts' turn
_SHORT_S = 3.0  # for one request to a host that answered lately, or was never contacted
_LONG_S = 10.0
_CUT_WAITS_S = 5.0  # the wait of a line whose request was cut short: another line of its host is tried first
_MAX_TRIES = 12  # of one delivery that its inbox temporarily refuses
_BUSY_LINES = 3  # after so many busy lines, the host counts as overloaded
_ANSWERED_LATELY = dt.timedelta(days=7)
_LINE_HANGS_ALONE = dt.timedelta(hours=1)
_MIN_WAIT = dt.timedelta(seconds=20)
_MAX_WAIT = dt.timedelta(hours=4)


def rank(peer: Peer) -> float:
    """Return the priority of a host's first requests among those of other hosts: most recently heard from first, hosts in doubt last."""
    if peer.state != PeerGraph.sending:
        return 1.0
    heard = (peer.last_success_at, peer.last_received_at, host_contact.last_contact_at(peer.host))
    return -max((at.timestamp() for at in heard if at is not None), default=0.0)


@PeerGraph.sending.each(lease=dt.timedelta(seconds=90), concurrency=600, rank=rank)
async def deliver(peer: Peer) -> Outcome:
    """Send everything due for the host. A host in doubt moves to the state where such hosts are tried."""
    if await is_blocked()(peer.host):
        return await _drop_all(peer)
    if peer.failing_since is not None or peer.is_slow:
        return await _to_doubt(peer, PeerGraph.probing)
    if not _answered_lately(peer):
        return await _to_doubt(peer, PeerGraph.trying)
    return await _take_turn(peer, limit_s=_SHORT_S)


@PeerGraph.trying.each(lease=dt.timedelta(seconds=20), concurrency=40, fair_by="site", fair_share=4)
async def try_unknown(peer: Peer) -> Outcome:
    """Send one delivery to a host that has not answered for long, or never."""
    return await _take_turn_in_doubt(peer, limit_s=_SHORT_S, one_only=True)


@PeerGraph.probing.each(lease=dt.timedelta(seconds=90), concurrency=60, fair_by="site", fair_share=6)
async def probe(peer: Peer) -> Outcome:
    """Send one delivery to a host that failed or is slow, and the others if it answers: a dead server costs one probe."""
    # any line may show that a failing host is back, even before that line's time
    any_line = peer.failing_since is not None or not peer.is_slow
    return await _take_turn_in_doubt(peer, limit_s=_LONG_S, any_line=any_line)


async def _take_turn_in_doubt(
    peer: Peer, *, limit_s: float, one_only: bool = False, any_line: bool = False
) -> Outcome:
    """Take a turn unless another host at the same address, which may also be dead, is taking one."""
    if await is_blocked()(peer.host):
        return await _drop_all(peer)
    async with wait_for_address_s(peer.host, limit_s) as wait_s:
        if wait_s:
            return later("others at its address are tried first", after=dt.timedelta(seconds=wait_s))
        return await _take_turn(peer, limit_s=limit_s, one_only=one_only, any_line=any_line)


@PeerGraph.waiting.batch(size=200)
async def look_again(peers: list[Peer]) -> Outcome:
    """Move hosts whose wait is over back to sending."""
    return to(PeerGraph.sending)


async def _to_doubt(peer: Peer, state: State) -> Outcome:
    """Move the host to those in doubt, of which only a few per site are tried at once."""
    if not peer.site:
        peer.site = registrable_domain(peer.host)
        await store_sites()(peer)
    return to(state)


async def _take_turn(
    peer: Peer, *, limit_s: float, one_only: bool = False, any_line: bool = False
) -> Outcome:
    loop = asyncio.get_running_loop()
    started, until = clock.now(), loop.time() + _TURN_S
    signing_process().expect()  # start the signing process now, so that it is ready when needed
    is_first = True
    while loop.time() < until:
        if not is_first and named_semaphore("batches", _BATCHES_AT_ONCE).locked():
            break
        size = _BATCH if not is_first else _FIRST if limit_s == _SHORT_S and not one_only else 1
        store = IN_DOUBT() if peer.state != PeerGraph.sending else HEALTHY()
        waiting = await store.due_deliveries(queue.Turn(peer.host, size, any_line and is_first))
        if not waiting:
            async with store.connections():
                return await _rest_or_wait(peer)
        signers = await signers_of({each.signer for each in waiting})
        async with store.connections():
            followers = await headers_for(peer.host, waiting)
            await release_connection()
        posting = post_lines(
            waiting,
            signers,
            followers=followers,
            scheme=RFC9421 if peer.signature_scheme == RFC9421 else CAVAGE,
            limit_s=limit_s,
            until=until,
            first_alone=is_first,
            rank=rank(peer) if is_first else 0.0,
        )
        if is_first:
            sent = await posting
        else:
            async with named_semaphore("batches", _BATCHES_AT_ONCE):
                sent = await posting
        outcome = await _evaluate(peer, waiting, sent, started=started, is_first=is_first, limit_s=limit_s)
        if outcome is not None:
            return outcome
        if one_only and _answered_lately(peer):
            return to(PeerGraph.sending)
        if one_only:
            break
        if len(waiting) < size and _all_over(waiting, sent):
            return _rest(peer)
        is_first = False
    return later("other hosts have their turn", after=dt.timedelta())


async def _evaluate(
    peer: Peer,
    waiting: Sequence[DueDelivery],
    sent: Sequence[Attempt],
    *,
    started: dt.datetime,
    is_first: bool,
    limit_s: float,
) -> Outcome | None:
    """Store the results of a round, and return the host's next state; None if its turn continues."""
    local_error = next((each for each in sent if each.is_local_error), None)
    silent = [each for each in sent if each.is_silent]
    busy = [each for each in sent if each.is_busy]
    is_there = any(each.is_good for each in sent)
    host_failed = (
        local_error is None
        and not is_there
        and (bool(silent) or (bool(busy) and (peer.failing_since is not None or len(busy) >= _BUSY_LINES)))
    )
    if host_failed and _hang_alone(peer, sent):
        host_failed = False
    timed_out = bool(silent) and all(each.is_timeout for each in silent)
    is_cut = host_failed and timed_out and peer.state == PeerGraph.sending
    wait = _host_wait(peer, busy) if host_failed and not is_cut else dt.timedelta(seconds=_CUT_WAITS_S)
    store = IN_DOUBT() if host_failed else HEALTHY()
    await _note(store, peer.host, waiting, sent, host_waits=wait if host_failed else None, is_cut=is_cut)
    if is_cut:
        return await _to_doubt(peer, PeerGraph.probing)
    async with store.connections():
        await _note_host(peer, sent, host_failed=host_failed, is_first=is_first, limit_s=limit_s)
        await release_connection()
    if host_failed:
        return await _back_off(peer, (silent or busy)[-1].reason, wait, started)
    if local_error is not None:
        wait = _MIN_WAIT * random.uniform(0.5, 1)  # noqa: S311 - spreads load
        return _wait(peer, wait, local_error.reason)
    return None


def _hang_alone(peer: Peer, sent: Sequence[Attempt]) -> bool:
    """Return whether only lines timed out that had timed out before, while others succeeded. That says nothing about the host."""
    return (
        peer.state == PeerGraph.sending
        and peer.last_success_at is not None
        and clock.now() - peer.last_success_at < _LINE_HANGS_ALONE
        and all(each.is_silent and each.delivery.is_head and each.delivery.attempts > 1 for each in sent)
    )


async def _note(
    store: BatchedQueue,
    host: str,
    waiting: Sequence[DueDelivery],
    sent: Sequence[Attempt],
    *,
    host_waits: dt.timedelta | None,
    is_cut: bool,
) -> None:
    """Finish deliveries or mark them as heads of their lines, and park those behind a head."""
    entries, heads, ended = [], set(), []
    for each in sent:
        entry = _entry(each, host_waits, is_cut=is_cut)
        if entry is None:
            continue
        entries.append(entry)
        if entry.status is None:
            heads.add(each.delivery.line)
        elif each.delivery.is_head:
            ended.append((each, entry))
    tried = {each.delivery.id for each in sent}
    behind = [each.id for each in waiting if each.line in heads and each.id not in tried]
    if entries:
        await store.store_results(queue.TurnResults(entries, behind))
    if not ended:
        return
    async with store.connections():
        for each, entry in ended:
            if each.is_success or each.is_unsendable or is_refused_for_good(each.status):
                await queue.release_line(host, each.delivery.line)
            else:
                await queue.replace_line_head(
                    host,
                    each.delivery.line,
                    attempts=each.delivery.attempts,
                    wait_s=_line_wait(each).total_seconds(),
                    reason=entry.reason,
                )
        await release_connection()


def _entry(sent: Attempt, host_waits: dt.timedelta | None, *, is_cut: bool) -> DeliveryResult | None:
    delivery = sent.delivery
    if sent.is_local_error:
        return None  # says nothing about the delivery
    if sent.is_success:
        metrics.count("delivery", "delivered")
        return DeliveryResult(delivery.id, DeliveryStatus.delivered, sent.status, "", tries=1)
    if sent.is_unsendable:
        status = DeliveryStatus.failed if sent.reason.startswith("not sent") else DeliveryStatus.dropped
        return DeliveryResult(delivery.id, status, None, sent.reason, tries=0)
    if is_cut:
        return DeliveryResult(delivery.id, None, None, sent.reason, tries=1, wait_s=_CUT_WAITS_S)
    if host_waits is not None and not is_refused_for_good(sent.status):
        # the host is unreachable: that does not count as an attempt. Due slightly before the host is, but after its other lines
        return DeliveryResult(
            delivery.id, None, sent.status, sent.reason, tries=0, wait_s=host_waits.total_seconds() * 0.9
        )
    has_no_more = delivery.attempts + 1 >= _MAX_TRIES and not sent.is_unsigned
    if is_refused_for_good(sent.status) or has_no_more:
        metrics.count("delivery", "failed")
        return DeliveryResult(delivery.id, DeliveryStatus.failed, sent.status, sent.reason, tries=1)
    return DeliveryResult(
        delivery.id, None, sent.status, sent.reason, tries=1, wait_s=_line_wait(sent).total_seconds()
    )


def _line_wait(sent: Attempt) -> dt.timedelta:
    """Return the wait requested by the inbox, else one doubled at each attempt, between 20 seconds and four hours."""
    asked = retry_after(sent.asked_to_wait)
    return asked or min(_MIN_WAIT * 2.0 ** min(sent.delivery.attempts, _MAX_TRIES), _MAX_WAIT)


def _all_over(waiting: Sequence[DueDelivery], sent: Sequence[Attempt]) -> bool:
    return len(sent) == len(waiting) and all(
        each.is_success or each.is_unsendable or is_refused_for_good(each.status) for each in sent
    )


async def _note_host(
    peer: Peer, sent: Sequence[Attempt], *, host_failed: bool, is_first: bool, limit_s: float
) -> None:
    """Store when the peer last answered, since when it has failed, how fast it is, and which signature scheme it understands."""
    now = clock.now()
    changes: dict[str, Any] = {}
    schemes = {each.scheme for each in sent if each.scheme}
    if schemes and peer.signature_scheme not in schemes:
        changes["signature_scheme"] = schemes.pop()
    if host_failed:
        changes["last_failure_at"] = now
        said = next(each.reason for each in reversed(sent) if each.is_silent or each.is_busy)
        changes["last_error"] = said[:500].replace("\0", " ")
        if peer.failing_since is None:
            changes["failing_since"] = now
    elif answered := [each for each in sent if each.status is not None]:
        if any(each.is_success for each in answered):
            host_contact.record_delivery(peer.host)
        if peer.failing_since is not None:
            changes["failing_since"] = None
            await sending.release_refused([peer.host])
        if any(each.is_success or is_refused_for_good(each.status) for each in answered) and (
            peer.last_success_at is None or now - peer.last_success_at > dt.timedelta(minutes=1)
        ):
            changes["last_success_at"] = now
        if is_first and limit_s > _SHORT_S and (is_slow := answered[0].took_s > _SHORT_S) != peer.is_slow:
            changes["is_slow"] = is_slow
    if changes:
        await Peer.objects.filter(pk=peer.pk).aupdate(**changes)
        for name, value in changes.items():
            setattr(peer, name, value)


def _answered_lately(peer: Peer) -> bool:
    return peer.last_success_at is not None and clock.now() - peer.last_success_at < _ANSWERED_LATELY


def _host_wait(peer: Peer, busy: Sequence[Attempt]) -> dt.timedelta:
    """Return a wait as long as the host has been failing, between 20 seconds and four hours, or as it requests."""
    failing_for = clock.now() - peer.failing_since if peer.failing_since is not None else dt.timedelta()
    wait = max(_MIN_WAIT, min(failing_for, _MAX_WAIT)) * random.uniform(0.75, 1.25)  # noqa: S311 - spreads load
    return max([wait, *(asked for each in busy if (asked := retry_after(each.asked_to_wait)))])


async def _back_off(peer: Peer, reason: str, wait: dt.timedelta, started: dt.datetime) -> Outcome:
    """Make the host wait; after a week its circuit opens."""
    assert peer.failing_since is not None
    if clock.now() - peer.failing_since >= CIRCUIT_OPENS_AFTER:
        log.warning("peer.unreachable", host=peer.host, since=peer.failing_since, reason=reason)
        await queue.drop_deliveries(peer.host, "the host has not answered for a week")
        return to(PeerGraph.unreachable)
    metrics.count("delivery", "host_failed")
    log.info("delivery.host_failed", host=peer.host, since=peer.failing_since, reason=reason)
    return _wait(peer, wait, reason, unless="last_received_at > %(since)s", since=started)


async def _rest_or_wait(peer: Peer) -> Outcome:
    """Let a host with nothing due become idle, unless one of its lines waits for a retry."""
    wait_s = await queue.next_retry_s(peer.host)
    if wait_s is None:
        return _rest(peer)
    return _wait(
        peer,
        dt.timedelta(seconds=max(1.0, wait_s)),
        "a line waits for its next try",
        # deliveries that a sender commits while this turn ends are seen here, or wake the waiting host (as in _rest)
        unless="EXISTS (SELECT FROM federation_delivery WHERE host = peer.host AND status = 0"
        " AND (retry_at IS NULL OR retry_at <= now()))",
    )


def _wait(
    peer: Peer, wait: dt.timedelta, reason: str, *, unless: str = "false", since: dt.datetime | None = None
) -> Outcome:
    """Make the host wait, with a reason for operators; if the SQL condition `unless` is true by then it continues at once."""

    async def look_once_more() -> None:
        await sql.run(
            f"""
            UPDATE federation_peer peer SET state_error = %(reason)s,
                state = CASE WHEN {unless} THEN 'sending' ELSE state END,
                state_due_at = CASE WHEN {unless} THEN now() ELSE state_due_at END
            WHERE id = %(id)s
            """,
            {"reason": reason[:500].replace("\0", " "), "since": since, "id": peer.pk},
        )

    return to(PeerGraph.waiting, effect=look_once_more, after=wait)


def _rest(peer: Peer) -> Outcome:
    async def look_once_more() -> None:
        # A sender commits its deliveries first and then locks this row (sending.wake_hosts): either it comes first and they are seen
        # here, or it waits for us and finds the peer idle.
        await sql.run(
            """
            UPDATE federation_peer SET state = 'sending', state_due_at = now()
            WHERE id = %s AND EXISTS (SELECT 1 FROM federation_delivery WHERE host = %s AND status = 0)
            """,
            [peer.pk, peer.host],
        )

    return to(PeerGraph.idle, effect=look_once_more)


async def _drop_all(peer: Peer) -> Outcome:
    await queue.drop_deliveries(peer.host, "the host is blocked")
    return _rest(peer)
