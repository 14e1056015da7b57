"""Fetching the ancestors of a remote reply, after the reply itself was published to everyone it concerns."""

import asyncio
import datetime as dt

from activities.posts import events
from activities.posts.models import Post, PostGraph
from activities.publishing.services.fetching import fetch_ancestors_from
from core.errors import Problem
from core.http import FetchError
from core.logs import get_logger
from federation.fetching.retries import retry_of
from stator import Outcome, to

log = get_logger(__name__)

_MAX_TRIES = 3
_FETCH_S = 15.0  # for all of them together


@PostGraph.orphaned.each(concurrency=5, lease=dt.timedelta(seconds=60))
async def fetch_ancestors(post: Post) -> Outcome:
    """Fetch the conversation above a post as far up as its servers show it; a part of it is better than none."""
    if waits := await _fetch(post):
        return waits

    async def show() -> None:
        await events.on_ancestors_fetched.emit([post.pk])  # whoever follows both now sees the answer

    return to(PostGraph.fanned_out, effect=show)


@PostGraph.fetched.each(concurrency=5, lease=dt.timedelta(seconds=60))
async def complete_thread(post: Post) -> Outcome:
    """Fetch the ancestors of a post that came by a boost or a search and reaches no home timeline."""
    return await _fetch(post) or to(PostGraph.fanned_out)


async def _fetch(post: Post) -> Outcome | None:
    """Fetch what the post answers, and so on upward. Return the outcome of a try that is to be repeated."""
    try:
        async with asyncio.timeout(_FETCH_S):
            await fetch_ancestors_from(post.in_reply_to_uri)
    except FetchError as error:
        log.info("post.parent_not_fetched", post=post.pk, kind=error.kind, detail=error.detail)
        if retry := retry_of(error, is_last=post.state_attempts >= _MAX_TRIES):
            return retry
    except Problem as problem:
        log.info("post.parent_not_used", post=post.pk, reason=problem.detail or problem.sentence)
    except TimeoutError:
        log.info("post.parent_not_fetched", post=post.pk, kind="timeout", detail="")
    return None
