"""Handlers of polls with an end: send results to other servers or fetch them, close the poll, notify its voters."""

import datetime as dt
from collections.abc import Callable

from activities.polls.activitypub import results_document
from activities.polls.models import Poll, PollGraph
from activities.posts import events
from activities.posts.models import Reach
from activities.posts.services.sending import send_documents
from core import clock
from core.db import sql
from core.logs import get_logger
from stator import Outcome, later, to

log = get_logger(__name__)


_AT_ONCE = 10  # each is sent to all servers of its author's followers


@PollGraph.open.batch(size=_AT_ONCE)
async def close_or_wait(polls: list[Poll]) -> dict[int, Outcome]:
    """Close polls that have ended and schedule the others for their end. The final result of a remote poll is fetched first."""
    remote = await sql.column(
        "SELECT id FROM activities_post WHERE id = ANY(%s::bigint[]) AND NOT is_local",
        [[poll.pk for poll in polls if _is_due(poll)]],
    )
    outcomes = {poll_id: to(PollGraph.stale) for poll_id in remote}
    return outcomes | await _close_or(
        [poll for poll in polls if poll.pk not in outcomes],
        lambda poll: later("its end is still to come", wait_until_end(poll)),
    )


@PollGraph.counting.batch(size=_AT_ONCE)
async def send_results(polls: list[Poll]) -> dict[int, Outcome]:
    """Send a question's results to the servers that have it, then wait for its end."""
    outcomes = await _close_or(polls, lambda poll: to(PollGraph.open, after=wait_until_end(poll)))
    await _send_results([pk for pk, outcome in outcomes.items() if outcome.state is PollGraph.open])
    return outcomes


def _is_due(poll: Poll) -> bool:
    return poll.ends_at is not None and poll.ends_at <= clock.now()


def wait_until_end(poll: Poll) -> dt.timedelta:
    return max(poll.ends_at - clock.now(), dt.timedelta()) if poll.ends_at else dt.timedelta(days=365)


async def _close_or(polls: list[Poll], otherwise: Callable[[Poll], Outcome]) -> dict[int, Outcome]:
    over = [poll.pk for poll in polls if _is_due(poll)]
    await close_polls(over)
    closed = set(over)
    return {poll.pk: to(PollGraph.closed) if poll.pk in closed else otherwise(poll) for poll in polls}


async def close_polls(ids: list[int]) -> None:
    await sql.run(
        """UPDATE activities_post SET question = jsonb_set(question, '{closed_at}', question->'ends_at')
           WHERE id = ANY(%(ids)s::bigint[]) AND question IS NOT NULL AND question->>'closed_at' IS NULL""",
        {"ids": ids},
    )
    await events.on_polls_closed.emit(ids)
    await _send_results(ids)


async def _send_results(ids: list[int]) -> None:
    """Send an Update without `updated` of local polls to the servers that have them and to remote voters."""
    local = await sql.column(
        "SELECT id FROM activities_post WHERE id = ANY(%s::bigint[]) AND is_local AND deleted_at IS NULL",
        [ids],
    )
    moment = clock.now()
    for post_id in local:  # one at a time: a statement reads the followers of one author
        await send_documents([post_id], lambda post: results_document(post, moment), Reach.voters)
