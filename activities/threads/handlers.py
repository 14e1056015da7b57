"""Fetching of conversations by the worker: ancestors first, then the replies that posts list."""

import asyncio
import datetime as dt

from activities.posts.models import Post
from activities.publishing.services.fetching import fetch_ancestors_from
from activities.threads.models import ThreadWalk, WalkGraph
from activities.threads.services.walking import Walk
from core import clock
from core.errors import Problem
from core.http import FetchError
from core.logs import get_logger
from core.media import disk
from federation.fetching import pacing, slots
from stator import Outcome, later, to

log = get_logger(__name__)

_ANCESTORS_S = 10.0
_DISK_PAUSE = dt.timedelta(minutes=10)
_MAX_DURATION = dt.timedelta(minutes=20)


@WalkGraph.walking.each(lease=dt.timedelta(seconds=75), concurrency=6, fair_by="host")
async def walk(row: ThreadWalk) -> Outcome:
    """Take a turn of a walk: the first one fetches the ancestors."""
    if disk.is_full():
        return later("the disk is full", _DISK_PAUSE, is_attempt=False)
    is_first = row.began_at is None
    if row.began_at is None:
        row.began_at = clock.now()
        await _fetch_ancestors(row)
    post = await Post.objects.filter(pk=row.post_id, deleted_at=None).afirst()
    if post is None:
        return to(WalkGraph.walked)
    turn = Walk(row, post)
    if is_first:
        await turn.add_known()
    await turn.run()
    if turn.is_over or row.began_at < clock.now() - _MAX_DURATION:
        return to(WalkGraph.walked)
    return later("more is ahead", dt.timedelta(seconds=max(0.5, pacing.wait_s())), is_attempt=False)


async def _fetch_ancestors(row: ThreadWalk) -> None:
    """Fetch the ancestors of the first known post of the conversation, as far up as their servers provide them."""
    slots.is_bounded.set(True)
    pacing.is_paced.set(True)
    top = await Post.objects.filter(pk=row.conversation_id, deleted_at=None).afirst()
    if top is None or not top.in_reply_to_uri:
        return
    try:
        async with asyncio.timeout(_ANCESTORS_S):
            await fetch_ancestors_from(top.in_reply_to_uri)
    except FetchError as error:
        row.reason = error.reason[:300]
    except Problem as problem:
        row.reason = (problem.detail or problem.sentence)[:300]
    except TimeoutError:
        row.reason = f"ancestors: no answer within {_ANCESTORS_S:.0f} s"
    else:
        return
    log.info("thread.ancestors_not_fetched", post=row.post_id, reason=row.reason)
