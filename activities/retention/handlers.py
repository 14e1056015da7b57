"""The job that removes old posts of other servers, while nothing else is late."""

import asyncio
from datetime import timedelta

import stator
from activities.posts.models import Post
from activities.retention.services import go_on, open_pass
from federation.models import InboxMessage
from stator import every

_WORKS_FOR_S = 40.0  # of each minute
_LATE_S = 20.0


@every(timedelta(minutes=1), name="activities.retention")
async def remove_old_posts() -> None:
    """Remove them in batches, half of the time at most; what is due since `_LATE_S` goes first."""
    current = await open_pass()
    loop = asyncio.get_running_loop()
    until = loop.time() + _WORKS_FOR_S
    while (
        current is not None
        and loop.time() < until
        and not await stator.is_late(_LATE_S, (Post, InboxMessage))
    ):
        began = loop.time()
        if not await go_on(current):
            return
        await asyncio.sleep(loop.time() - began)
