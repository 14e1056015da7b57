"""Comparison of the database, homes, counts and deliveries with the model. A disagreement is printed with the messages that it is about."""

from typing import Any

from activities.polls.models import PollVote
from activities.posts.models import GroupModeration, GroupVote, Like, Pin, Post
from activities.reactions.models import Reaction
from activities.timelines.models import HomeEntry
from federation.models import InboxMessage
from tests.federation.world.world import World
from users.identities.models import Identity
from users.relations.models import Block, Follow

type Difference = tuple[
    str, str, str, bool
]  # what, the actor's id or its beginning, what it is about, whether it is here


async def compare(world: World) -> int:
    """Assert that our state equals the model's. Returns how many deliveries arrived."""
    outcasts = world.outcasts
    await outcasts.check(world.ada.pk, world.last_text)
    await outcasts.take_over(world.expected)
    world.followers = [host for host in world.followers if host not in outcasts.hosts]
    differences = [
        *await _compare_handlers(),
        *await _compare_pairs(world),
        *await _compare_posts(world),
        *await _compare_quotes(world),
        *await _compare_counts(world),
        *await _compare_poll(world),
        *await _compare_home(world),
        *await _compare_profiles(world),
        *await _compare_results(world),
        *await _compare_ballots(world),
        *await _compare_threads(world),
    ]
    differences = [
        one for one in differences if not outcasts.include(one[1]) and not outcasts.include(one[2])
    ]
    assert not differences, await _explain(differences)
    return _compare_deliveries(world)


async def _compare_handlers() -> list[Difference]:
    """No handler raised an error that it does not handle, or had to be called again."""
    broken = InboxMessage.objects.filter(tries__gt=0)
    return [(f"handler: {row.reason}", row.actor, row.activity_id, True) async for row in broken[:5]]


async def _compare_pairs(world: World) -> list[Difference]:
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
        "pin": {
            (row.identity.uri, row.post.uri) async for row in Pin.objects.select_related("identity", "post")
        },
        "block": {
            (row.source.uri, row.target.uri) async for row in Block.objects.select_related("source", "target")
        },
    }
    return [
        (kind, actor, about, (actor, about) in found[kind])
        for kind, expected in world.expected.pairs.items()
        for actor, about in sorted((found[kind] ^ expected) - world.expected.unspecified)
    ]


async def _compare_posts(world: World) -> list[Difference]:
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
    return differences


async def _explain(differences: list[Difference]) -> str:
    """Return the disagreements, and of the first ones the messages of their actors about them with what became of those."""
    lines = [
        f"{what} {actor} {about}: {'here' if is_here else 'not here'}"
        for what, actor, about, is_here in differences
    ]
    for what, actor, about, _ in differences[:8]:
        lines.append(f"{what} {actor} {about}")
        messages = InboxMessage.objects.filter(actor__startswith=actor).order_by("said_at")
        found = [
            f"  {row.said_at:%X} {row.id} {row.state} {row.reason} {bytes(row.body).decode()}"
            async for row in messages
            if (actor and row.activity_type == "Undo") or about.partition(" ")[0].encode() in bytes(row.body)
        ]
        lines += found[:12]
    return "\n".join(lines)


async def _compare_counts(world: World) -> list[Difference]:
    """The counts of Ada's posts are those of the rows."""
    pairs, expected_quotes = world.expected.pairs, list(world.expected.quotes.values())
    wrong = []
    for post in world.posts:
        found = await Post.objects.aget(pk=post.pk)
        counts = (found.likes_count, found.boosts_count, found.replies_count, found.quotes_count)
        likes, boosts = [sum(target == post.uri for _, target in pairs[kind]) for kind in ("like", "boost")]
        replies = len(world.expected.replies.get(post.uri, ()))
        expected = (likes, boosts, replies, expected_quotes.count(post.uri))
        if counts != expected:
            wrong.append((f"likes, boosts, replies, quotes {counts} for {expected}", "", post.uri, True))
    return wrong


async def _compare_poll(world: World) -> list[Difference]:
    rows = PollVote.objects.select_related("identity").filter(post=world.poll)
    votes = {(row.identity.uri, world.scenario.local.options[row.choice]) async for row in rows}
    wrong = [
        (f"vote for {option}", actor, world.poll.uri, (actor, option) in votes)
        for actor, option in sorted(votes ^ world.expected.votes)
    ]
    question: Any = (await Post.objects.aget(pk=world.poll.pk)).question
    counts = {option["title"]: option["votes"] for option in question["options"]}
    if counts != {title: sum(one == title for _, one in votes) for title in counts}:
        wrong.append((f"votes {counts}", "", world.poll.uri, True))
    return wrong


async def _compare_profiles(world: World) -> list[Difference]:
    """Known actors have the names that they chose last, and deleted ones left nothing."""
    rows = Identity.objects.filter(domain=None)
    found = {row.uri: row async for row in rows}
    wrong = [
        ("name", uri, uri, True)
        for uri, name in world.expected.names.items()
        if uri in found and found[uri].name != name
    ]
    leavers = [host.leaver.uri for host in world.hosts if host.leaver is not None and host.leaver.is_deleted]
    wrong += [
        ("not deleted", uri, uri, True) for uri in leavers if uri in found and found[uri].deleted_at is None
    ]
    return wrong


async def _compare_results(world: World) -> list[Difference]:
    rows = Post.objects.select_related("author").filter(uri__in=list(world.expected.results))
    wrong = []
    async for row in rows:
        votes = [option["votes"] for option in (row.question or {"options": []})["options"]]
        expected = list(world.expected.results[row.uri])
        choice = world.ballots.get(row.uri)
        if choice is not None:  # Bob's vote is counted until newer results come; these hosts never count it
            expected[choice] = min(max(votes[choice], expected[choice]), expected[choice] + 1)
        if votes != expected:
            wrong.append((f"results {votes}", row.author.uri, row.uri, True))
    return wrong


async def _compare_ballots(world: World) -> list[Difference]:
    """Each of Bob's votes is here and came to the host of its poll, with the words of one option."""
    rows = PollVote.objects.select_related("post").filter(identity=world.bob)
    here = {row.post.uri: row.choice async for row in rows}
    arrived: dict[str, set[str]] = {}
    for host in world.hosts:
        for note in (request.json()["object"] for request in host.peer.inbox):
            if isinstance(note, dict) and note.get("inReplyTo") in world.ballots:
                assert note["inReplyTo"].startswith(f"{host.peer.base_url}/")
                arrived.setdefault(note["inReplyTo"], set()).add(note["name"])
    words = {uri: {("left", "right")[choice]} for uri, choice in world.ballots.items()}
    return [
        (f"ballot {here.get(uri)} {arrived.get(uri)}", "", uri, uri in here)
        for uri, choice in world.ballots.items()
        if here.get(uri) != choice or arrived.get(uri) != words[uri]
    ]


async def _compare_quotes(world: World) -> list[Difference]:
    """Each quote is accepted, since everyone may quote Ada's posts."""
    rows = Post.objects.select_related("author", "quote_of").filter(quote_of__isnull=False, deleted_at=None)
    found = {row.uri: (row.author.uri, row.quote_of.uri, row.quote_state) async for row in rows}
    expected = world.expected.quotes
    return [
        (f"quote {found.get(uri)}", uri.partition("/notes/")[0], uri, uri in found)
        for uri in sorted(found.keys() | expected.keys())
        if uri not in found or found[uri][1:] != (expected.get(uri), "accepted")
    ]


async def _compare_threads(world: World) -> list[Difference]:
    """Locks, removals and votes."""
    rows = Post.objects.filter(uri__in=list(world.expected.threads))
    found = {row.uri: row async for row in rows}
    wrong = []
    for uri, expected in world.expected.threads.items():
        moderation = await GroupModeration.objects.filter(post=found[uri]).afirst()
        votes = await GroupVote.objects.filter(post=found[uri]).acount()
        stated = (
            moderation is not None and moderation.is_locked,
            moderation is not None and moderation.is_removed,
            votes,
        )
        if stated != expected or (found[uri].stated_likes or 0) != votes:
            wrong.append((f"thread {stated} for {expected}", "", uri, True))
    return wrong


async def _compare_home(world: World) -> list[Difference]:
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
    return [("home", uri.partition("/notes/")[0], uri, uri in home) for uri in sorted(home ^ expected)]


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
