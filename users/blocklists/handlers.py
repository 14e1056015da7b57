"""Work on uploaded and subscribed blocklists, a batch of servers at a time."""

import secrets
from datetime import timedelta
from http import HTTPStatus

from core import clock, http
from core.db import release_connection
from core.errors import Invalid, Unavailable
from core.http import FetchError
from core.processes.offload import run_in_process
from stator import Outcome, later, to
from users.blocklists.models import Blocklist, BlocklistGraph, Subscription, SubscriptionGraph
from users.blocklists.reading import MAX_BYTES, read_fetched
from users.blocklists.services import own_hosts, subscriptions, uploads
from users.blocklists.services.subscriptions import FETCH_LEASE

FETCHED_AFTER = timedelta(hours=22)
_SPREAD_S = 4 * 3600  # subscribers of a list fetch it at different times
_TIMEOUT_S = 60

_MORE = later("more servers follow", timedelta(), is_attempt=False)


@BlocklistGraph.applying.batch(size=1)
async def apply(lists: list[Blocklist]) -> dict[int, Outcome]:
    """Set the policies of the next servers of a list."""
    return {one.pk: _MORE if await uploads.apply_next(one) else to(BlocklistGraph.applied) for one in lists}


@BlocklistGraph.undoing.batch(size=1)
async def undo(lists: list[Blocklist]) -> dict[int, Outcome]:
    """Set the policies of the next servers of a list back."""
    return {one.pk: _MORE if await uploads.undo_next(one) else to(BlocklistGraph.ended) for one in lists}


@SubscriptionGraph.fetching.each(lease=FETCH_LEASE, concurrency=1)
async def fetch(one: Subscription) -> Outcome:
    """Fetch a list, read it in a child process, and store its servers. An error changes nothing."""
    own = sorted(await own_hosts())
    await release_connection()
    try:
        answer = await http.client().get(
            one.address,
            accept="text/csv, text/plain;q=0.9, */*;q=0.1",
            headers={"If-None-Match": one.etag} if one.etag and one.applied_at else None,
            max_bytes=MAX_BYTES,
            timeout_s=_TIMEOUT_S,
        )
        if answer.status == HTTPStatus.NOT_MODIFIED and one.applied_at:
            return to(SubscriptionGraph.current, lambda: subscriptions.store_unchanged(one))
        if not answer.is_success:
            raise Invalid("address", "blocklist_status", answer=answer.status)
        fetched = await run_in_process(read_fetched, answer.body, own, timeout_s=_TIMEOUT_S)
        if fetched.problem:
            raise Invalid("file", fetched.problem, most=fetched.most)
    except (FetchError, Invalid, Unavailable) as problem:
        await subscriptions.store_problem(one, problem.stored())
        return later(problem.detail or problem.code)
    lost_most = await subscriptions.store_fetched(one, fetched, answer.header("etag"))
    if one.applied_at is None:
        return to(SubscriptionGraph.shown)
    return to(SubscriptionGraph.held if lost_most else SubscriptionGraph.applying)


@SubscriptionGraph.applying.batch(size=1)
async def apply_subscribed(found: list[Subscription]) -> dict[int, Outcome]:
    """Put the next servers of a list into effect."""
    return {
        one.pk: _MORE if await subscriptions.apply_next(one) else to(SubscriptionGraph.current)
        for one in found
    }


@SubscriptionGraph.current.batch(size=20)
async def fetch_again(found: list[Subscription]) -> dict[int, Outcome]:
    """Fetch lists again after about a day, not all at the same time."""
    return {one.pk: _when_due(one) for one in found}


def _when_due(one: Subscription) -> Outcome:
    waited = clock.now() - (one.fetched_at or one.created_at)
    if waited >= FETCHED_AFTER:
        return to(SubscriptionGraph.fetching)
    delay = FETCHED_AFTER - waited + timedelta(seconds=secrets.randbelow(_SPREAD_S))
    return later("it is fetched daily", delay, is_attempt=False)


@SubscriptionGraph.retracting.batch(size=1)
async def retract(found: list[Subscription]) -> dict[int, Outcome]:
    """Remove the next servers of a list with the policies that only it set."""
    return {
        one.pk: _MORE if await subscriptions.remove_next(one, keeps=False) else to(SubscriptionGraph.ended)
        for one in found
    }


@SubscriptionGraph.keeping.batch(size=1)
async def keep(found: list[Subscription]) -> dict[int, Outcome]:
    """Remove the next servers of a list, and keep their policies."""
    return {
        one.pk: _MORE if await subscriptions.remove_next(one, keeps=True) else to(SubscriptionGraph.ended)
        for one in found
    }
