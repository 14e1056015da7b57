"""The event that a home timeline was read up to a post. Packages above store the position, as they do for apps."""

import datetime as dt
from collections.abc import Awaitable, Callable

from core import clock
from core.ids import lowest_id_at
from users.identities.models import Identity

type Watcher = Callable[[Identity, int], Awaitable[None]]

_watchers: list[Watcher] = []


def on_home_read(watcher: Watcher) -> Watcher:
    """Call `watcher(identity, post_id)` when a home timeline was read on a page up to this post. For packages above."""
    _watchers.append(watcher)
    return watcher


async def mark_home_read(*, identity: Identity, post_id: int) -> None:
    """Record that this post and all older ones were read. Future ids count as now."""
    until = min(post_id, lowest_id_at(clock.now() + dt.timedelta(minutes=1)))
    for watcher in _watchers:
        await watcher(identity, until)
