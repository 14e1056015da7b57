"""Running the worker for fetches of conversations, and peers whose posts list their replies."""

import datetime as dt
import itertools
from typing import Any

from activities.posts.models import Post
from activities.threads.handlers import walk
from activities.threads.models import ThreadWalk, WalkGraph
from core import clock
from stator import Outcome
from tests.api.support.world import World
from tests.support.memory import forget_everything
from tests.support.peers import Actor, MastodonPeer

_numbers = itertools.count(1)


def reply(peer: MastodonPeer, actor: Actor, parent: str, **extra: Any) -> dict[str, Any]:
    """Return a public reply to the post `parent`, without replies of its own."""
    number = next(_numbers)  # each a second after the previous one
    published = (clock.now() - dt.timedelta(hours=2) + dt.timedelta(seconds=number)).isoformat()
    note = peer.note(
        actor, f"<p>answer {number}</p>", **{"published": published, "inReplyTo": parent} | extra
    )
    if "replies" not in extra:
        lists(peer, note)
    return note


def lists(peer: MastodonPeer, note: dict[str, Any], *pages: list[Any]) -> None:
    """Make a post list these replies like Mastodon: the first page embedded, the next ones linked."""
    uri = f"{note['id']}/replies"
    first: dict[str, Any] = {"type": "CollectionPage", "partOf": uri, "items": pages[0] if pages else []}
    note["replies"] = {"id": uri, "type": "Collection", "first": first}
    before = first
    for number, items in enumerate(pages[1:]):
        before["next"] = f"{uri}/{number}"
        before = peer.add_document(
            {"id": f"{uri}/{number}", "type": "CollectionPage", "partOf": uri, "items": items}
        )


async def open_thread(world: World, post: Post) -> Any:
    """Open the thread and run the worker until nothing is due. Returns what is shown then."""
    await world.ada.get(f"/api/v1/statuses/{post.pk}/context", "Context")
    await work()
    return await world.ada.get(f"/api/v1/statuses/{post.pk}/context", "Context")


async def work(*, most: int = 40) -> list[Outcome]:
    outcomes: list[Outcome] = []
    for _ in range(most):
        due = [row async for row in ThreadWalk.objects.filter(state="walking")]
        if not due:
            break
        for row in due:
            outcome = await walk(row)
            outcomes.append(outcome)
            if outcome.state is not None:
                await ThreadWalk.objects.filter(pk=row.pk).aupdate(
                    state=outcome.state.name, state_changed_at=clock.now()
                )
    return outcomes


async def grow_older(**amount: float) -> None:
    """Age the finished fetches, and drop cached documents."""
    forget_everything()
    before = clock.now() - dt.timedelta(**amount)
    await ThreadWalk.objects.exclude(state=WalkGraph.walking.name).aupdate(state_changed_at=before)


async def uris() -> set[str]:
    return {post.uri async for post in Post.objects.filter(is_local=False)}
