"""Activities announced by groups, and the resulting thread and home timeline."""

import itertools
from typing import Any

from activities.posts.models import Post
from activities.posts.queries import threads
from activities.timelines.models import HomeEntry
from tests.activities.people import make_post
from tests.activities.publishing.test_ap_attacks import PUBLIC, receive
from users.identities.models import Identity

_numbers = itertools.count(1)


async def thread_by(member: Identity, group: Identity, **more: Any) -> Post:
    """Return a member's post in the group, stored as a fetch would."""
    return await make_post(member, silent=(group,), **more)


def passed_on(kind: str, actor: Identity | str, value: Any, **more: Any) -> dict[str, Any]:
    uri = actor if isinstance(actor, str) else actor.uri
    host = uri.split("/")[2]
    return {
        "id": f"https://{host}/activities/{next(_numbers)}",
        "type": kind,
        "actor": uri,
        "object": value,
        "to": [PUBLIC],
        **more,
    }


async def announce(group: Identity, inner: object, *, asked: Post | None = None) -> tuple[str, str]:
    """Announce an activity; return (state, reason). `asked`: the post was already fetched from its server, and is unchanged."""
    fetched = None if asked is None else ("object or its end", asked.uri)
    return await receive(group, "Announce", inner, to=[PUBLIC], cc=[group.followers_url], fetched=fetched)


def page(author: Identity, group: Identity, **more: Any) -> dict[str, Any]:
    return {
        "id": f"https://{author.host}/post/{next(_numbers)}",
        "type": "Page",
        "attributedTo": author.uri,
        "name": "Cats in boxes",
        "content": "<p>Look.</p>",
        "to": [group.uri, PUBLIC],
        "audience": group.uri,
        "attachment": [{"type": "Link", "href": "https://news.test/boxes"}],
        "published": "2026-01-01T00:00:00Z",
        **more,
    }


async def home_of(person: Identity) -> list[int]:
    return [entry.post_id async for entry in HomeEntry.objects.filter(identity=person)]


async def shown_in_thread(post: Post) -> list[int]:
    around = await threads.context(post.pk, None)
    return [view.id for view in around.descendants]
