"""Fetching what remote replies answer: the parent before a reply is published, where it may want to approve that, the other ancestors afterwards."""

import asyncio
import datetime as dt
from collections.abc import Awaitable, Callable

from activities.posts import events
from activities.posts.models import Post, PostGraph
from activities.posts.services import counters
from activities.publishing.services.fetching import fetch_ancestors_from, fetch_parent, look_for
from core import clock
from core.errors import Problem
from core.http import FetchError
from core.logs import get_logger
from federation.fetching import pacing, slots
from federation.fetching.retries import retry_of
from federation.peers import host_of
from stator import Outcome, later, to

log = get_logger(__name__)

_MAX_TRIES = 3
_FETCH_S = 15.0  # for all of them together
_HIDDEN_FOR = dt.timedelta(seconds=10)  # the longest that a reply waits for a place among the fetches
_LATER = "its server gave no answer lately"


@PostGraph.early.each(concurrency=slots.CONCURRENCY, lease=dt.timedelta(seconds=20))
async def look_at_parent(post: Post) -> Outcome:
    """Fetch what a reply answers before the reply is published: it is held instead when the parent's author has to approve it."""
    return await _look(post, fetch_parent) or to(PostGraph.new, effect=_counting(post))


@PostGraph.unseen.each(concurrency=slots.CONCURRENCY, lease=dt.timedelta(seconds=20))
async def look_above(post: Post) -> Outcome:
    """Fetch what a fetched reply answers before anybody sees it, likewise.

    At the pace of what nobody waits for: an outbox may list forty replies to posts of one server.
    """
    pacing.is_paced.set(True)
    return await _look(post, fetch_ancestors_from) or to(PostGraph.fetched, effect=_counting(post))


def _counting(post: Post) -> Callable[[], Awaitable[None]]:
    async def count() -> None:
        await counters.count_shown(await Post.objects.aget(pk=post.pk))

    return count


async def _look(post: Post, fetch: Callable[[str], Awaitable[None]]) -> Outcome | None:
    """Fetch what a post answers, in one try. Return an outcome while there is no place for that."""
    slots.is_bounded.set(True)
    try:
        await look_for(post, fetch)
    except slots.NoSlot as error:
        if clock.now() - post.state_changed_at < _HIDDEN_FOR:
            return later(error.reason, dt.timedelta(seconds=min(error.after_s, 2.0)), is_attempt=False)
    return None


@PostGraph.orphaned.each(concurrency=slots.CONCURRENCY, lease=dt.timedelta(seconds=60))
async def fetch_ancestors(post: Post) -> Outcome:
    """Fetch the conversation above a post as far up as its servers show it; a part of it is better than none."""
    if waits := await _fetch(post):
        return waits

    async def show() -> None:
        await events.on_ancestors_fetched.emit([post.pk])  # whoever follows both now sees the answer

    return to(PostGraph.fanned_out, effect=show)


@PostGraph.fetched.each(concurrency=slots.CONCURRENCY, lease=dt.timedelta(seconds=60))
async def complete_thread(post: Post) -> Outcome:
    """Fetch the ancestors of a post that came by a boost or a search and reaches no home timeline."""
    return await _fetch(post) or to(PostGraph.fanned_out)


async def _fetch(post: Post) -> Outcome | None:
    """Fetch what the post answers, and so on upward. Return the outcome of a try that is to be repeated."""
    slots.is_bounded.set(True)
    is_last = post.state_attempts >= _MAX_TRIES
    if slots.is_silent(host_of(post.in_reply_to_uri)):  # many replies to a dead server cost it a few requests
        return None if is_last else later(_LATER)
    try:
        async with asyncio.timeout(_FETCH_S):
            await fetch_ancestors_from(post.in_reply_to_uri)
    except FetchError as error:
        log.info("post.parent_not_fetched", post=post.pk, kind=error.kind, detail=error.detail)
        if retry := retry_of(error, is_last=is_last):
            return retry
    except Problem as problem:
        log.info("post.parent_not_used", post=post.pk, reason=problem.detail or problem.sentence)
    except TimeoutError:
        log.info("post.parent_not_fetched", post=post.pk, kind="timeout", detail="")
    return None
