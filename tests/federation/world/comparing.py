"""Comparison of the database, homes, counts and deliveries with the model. A disagreement is printed with the messages that it is about."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from activities.polls.models import PollVote
from activities.posts.models import Like, Post
from activities.reactions.models import Reaction
from activities.timelines.models import HomeEntry
from federation.models import InboxMessage
from users.relations.models import Block, Follow

if TYPE_CHECKING:
    from tests.federation.world.test_world import World


async def compare(world: World) -> int:
    """Assert that our state equals the model's. Returns how many deliveries arrived."""
    await _compare_handlers()
    await _compare_pairs(world)
    await _compare_posts(world)
    await _compare_counts(world)
    await _compare_poll(world)
    await _compare_home(world)
    return _compare_deliveries(world)


async def _compare_handlers() -> None:
    """No handler raised an error that it does not handle, or had to be called again."""
    broken = InboxMessage.objects.filter(tries__gt=0).values_list("state", "reason", "body")
    assert not [row async for row in broken[:5]]


async def _compare_pairs(world: World) -> None:
    found: dict[str, set[tuple[str, str]]] = {
        "follow": {
            (row.source.uri, row.target.uri)
            async for row in Follow.objects.select_related("source", "target")
            .exclude(target=world.ada)
            .exclude(source=world.bob)
        },
        "like": {
            (row.identity.uri, row.post.uri) async for row in Like.objects.select_related("identity", "post")
        },
        "boost": {
            (row.author.uri, row.boost_of.uri)
            async for row in Post.objects.select_related("author", "boost_of").filter(
                boost_of__isnull=False, deleted_at=None
            )
        },
        "react": {
            (row.identity.uri, f"{row.post.uri} {row.name}")
            async for row in Reaction.objects.select_related("identity", "post")
        },
        "block": {
            (row.source.uri, row.target.uri) async for row in Block.objects.select_related("source", "target")
        },
    }
    differences = [
        (kind, actor, about, (actor, about) in found[kind])
        for kind, expected in world.expected.pairs.items()
        for actor, about in sorted(found[kind] ^ expected)
    ]
    assert not differences, await _explain(differences)


async def _compare_posts(world: World) -> None:
    expected = world.expected.posts
    rows = Post.objects.select_related("author").filter(is_local=False, boost_of=None, deleted_at=None)
    found = {row.uri: (row.author.uri, row.content) async for row in rows}
    differences = [
        ("post", uri.partition("/notes/")[0], uri, uri in found)
        for uri in sorted(found.keys() ^ expected.keys())
    ]
    differences += [
        (f"post without {text}: {found[uri][1]}", found[uri][0], uri, True)
        for uri, text in expected.items()
        if uri in found and text not in found[uri][1]
    ]
    assert not differences, await _explain(differences)


async def _explain(differences: list[tuple[str, str, str, bool]]) -> str:
    """Return the first disagreements, each with the messages of its actor about it and what became of them."""
    lines = []
    for kind, actor, about, is_here in differences[:5]:
        lines.append(f"{kind} {actor} {about}: {'here' if is_here else 'not here'}")
        messages = InboxMessage.objects.filter(actor__startswith=actor).order_by("said_at")
        lines += [
            f"  {row.said_at:%X} {row.id} {row.state} {row.reason} {bytes(row.body).decode()}"
            async for row in messages
            if row.activity_type == "Undo" or about.partition(" ")[0].encode() in bytes(row.body)
        ]
    return "\n".join(lines)


async def _compare_counts(world: World) -> None:
    """The counts of Ada's posts are those of the rows."""
    for post in world.posts:
        found = await Post.objects.aget(pk=post.pk)
        likes, boosts = [
            sum(target == post.uri for _, target in world.expected.pairs[kind]) for kind in ("like", "boost")
        ]
        replies = len(world.expected.replies.get(post.uri, ()))
        assert (found.likes_count, found.boosts_count, found.replies_count) == (likes, boosts, replies)


async def _compare_poll(world: World) -> None:
    rows = PollVote.objects.select_related("identity").filter(post=world.poll)
    votes = {(row.identity.uri, world.scenario.local.options[row.choice]) async for row in rows}
    assert votes == world.expected.votes
    question: Any = (await Post.objects.aget(pk=world.poll.pk)).question
    counts = {option["title"]: option["votes"] for option in question["options"]}
    assert counts == {title: sum(one == title for _, one in votes) for title in counts}


async def _compare_home(world: World) -> None:
    """Bob's home has all posts of those whom he follows, except replies to others."""
    replies = {uri for uris in world.expected.replies.values() for uri in uris}
    posts = Post.objects.select_related("author").filter(uri__in=list(world.expected.posts))
    expected = {
        post.uri
        async for post in posts
        if post.author.uri in world.scenario.local.followed and post.uri not in replies
    }
    entries = HomeEntry.objects.select_related("post").filter(
        identity=world.bob, post__boost_of=None, post__deleted_at=None
    )
    home = {entry.post.uri async for entry in entries}
    assert home == expected, home ^ expected


def _compare_deliveries(world: World) -> int:
    """The hosts of live followers know each post of Ada's as it is now, and their last delivery about it said so."""
    count = 0
    for host in world.hosts:
        texts: dict[str, str | None] = {}
        for request in host.peer.inbox:
            document = request.json()
            count += 1
            note = document["object"]
            if document["type"] in ("Create", "Update") and note.get("id") in world.texts:
                texts[note["id"]] = note["content"]
            elif document["type"] == "Delete":
                texts[note["id"]] = None
        if host not in world.followers:
            continue
        missing = {uri for uri, text in world.texts.items() if text is not None} - texts.keys()
        assert not missing, (host.peer.name, missing)
        for uri, text in texts.items():
            if uri in world.texts:
                expected = world.texts[uri]
                assert (text is None) == (expected is None), (host.peer.name, uri)
                assert expected is None or expected in str(text), (host.peer.name, uri)
    return count
