"""Emoji reactions of other servers: stored once, taken back by their actors only, and likes where they are none."""

from typing import Any

import pytest

from activities.notifications.models import Notification
from activities.posts.models import Like, Post, Visibility
from activities.posts.queries.posts import get_post
from activities.reactions.activitypub import parse_reaction
from activities.reactions.models import MAX_PER_IDENTITY, Reaction
from federation.models import Peer
from tests.activities.people import block, follow, make_post, make_remote
from tests.activities.publishing.test_ap_attacks import receive
from users.emojis.models import Emoji
from users.identities.models import Identity

pytestmark = pytest.mark.anyio
BLOB = {"type": "Emoji", "name": ":blob:", "icon": {"type": "Image", "url": "https://good.test/blob.png"}}


@pytest.fixture
async def good(alice: Identity) -> Identity:
    return await make_remote("good", "good.test")


@pytest.fixture
async def evil(alice: Identity) -> Identity:
    return await make_remote("evil", "evil.test")


@pytest.fixture
async def post(alice: Identity) -> Post:
    return await make_post(alice)


async def counted(post: Post, viewer: Identity | None = None) -> dict[str, int]:
    return {one.full_name: one.count for one in (await get_post(post.pk, viewer)).reactions}


@pytest.mark.parametrize(
    ("kind", "more", "expected"),
    [
        ("EmojiReact", {"content": "👍"}, "👍"),
        ("EmojiReact", {"content": "❤"}, "❤️"),
        ("Like", {"content": "🤷🏽‍♂️", "_misskey_reaction": "🤷🏽‍♂️"}, "🤷🏽‍♂️"),
        ("Like", {"_misskey_reaction": "🇩🇪"}, "🇩🇪"),
        ("EmojiReact", {"content": ":blob:", "tag": [BLOB]}, "blob@good.test"),
        ("EmojiReact", {"content": "blob", "tag": BLOB}, "blob@good.test"),
        ("Like", {"content": ":blob@.:", "tag": [BLOB]}, "blob@good.test"),
    ],
)
async def test_reactions_are_not_counted_as_likes(
    good: Identity, post: Post, kind: str, more: dict[str, Any], expected: str
) -> None:
    for _ in range(2):
        assert (await receive(good, kind, post.uri, **more))[0] == "handled"
    assert await counted(post) == {expected: 1}
    assert await Like.objects.acount() == 0
    told = [row.kind async for row in Notification.objects.all()]
    assert told == ["favourite"]


@pytest.mark.parametrize(
    ("kind", "more"),
    [
        ("Like", {}),
        ("Like", {"content": "nice"}),
        ("EmojiReact", {"content": "👍👍"}),
        ("EmojiReact", {"content": "Z̴̡̢̛̛̗̣̪̮͇̞͙͖̭̱̳̤̲ͣ̒͌̊͑ͪ"}),
        ("EmojiReact", {"content": "👍" + "\u0301" * 30}),
        ("EmojiReact", {"content": "👩" + "\u200d👩" * 20}),
        ("EmojiReact", {"content": "🔥" * 5000}),
        ("EmojiReact", {"content": "<script>"}),
        ("EmojiReact", {"content": ":blob:"}),
        ("EmojiReact", {"content": ":blob:", "tag": [{**BLOB, "icon": {"url": "javascript:x"}}]}),
        ("EmojiReact", {"content": {"a": "👍"}}),
        ("EmojiReact", {"content": ["👍"]}),
    ],
)
async def test_anything_else_is_a_like(good: Identity, post: Post, kind: str, more: dict[str, Any]) -> None:
    assert (await receive(good, kind, post.uri, **more))[0] == "handled"
    assert await counted(post) == {}
    assert await Like.objects.filter(post=post, identity=good).acount() == 1


async def test_a_custom_emoji_is_remembered_with_its_picture(good: Identity, post: Post) -> None:
    await receive(good, "EmojiReact", post.uri, content=":blob:", tag=[BLOB])
    assert await Emoji.objects.filter(host="good.test", shortcode="blob").acount() == 1
    (shown,) = (await get_post(post.pk, None)).reactions
    assert shown.picture("https://home.test").startswith("https://home.test/media/r/")
    await Emoji.objects.all().adelete()
    (shown,) = (await get_post(post.pk, None)).reactions
    assert shown.picture("https://home.test") == ""


async def test_a_server_whose_media_is_refused_reacts_with_unicode_only(good: Identity, post: Post) -> None:
    await Peer.objects.acreate(host="good.test", reject_media=True)
    await receive(good, "EmojiReact", post.uri, content=":blob:", tag=[BLOB])
    await receive(good, "EmojiReact", post.uri, content="👍")
    assert await counted(post) == {"👍": 1}
    assert await Emoji.objects.acount() == 0


async def test_others_join_with_an_emoji_that_is_not_theirs(
    good: Identity, evil: Identity, post: Post
) -> None:
    """Whose emoji it is says its id, but only of one that is there: nobody puts pictures into another host's name."""
    theirs = {**BLOB, "id": "https://good.test/emojis/blob"}
    await receive(evil, "EmojiReact", post.uri, content=":blob:", tag=[theirs])
    assert await counted(post) == {"blob@evil.test": 1}
    await receive(good, "EmojiReact", post.uri, content=":blob:", tag=[theirs])
    late = await make_remote("late", "late.test")
    await receive(late, "EmojiReact", post.uri, content=":blob:", tag=[theirs])
    assert await counted(post) == {"blob@good.test": 2, "blob@evil.test": 1}
    await Emoji.objects.acreate(shortcode="ours", file="ours.png")
    ours = {**BLOB, "name": ":ours:", "id": "https://home.test/emojis/1"}
    await receive(late, "EmojiReact", post.uri, content=":ours:", tag=[ours])
    assert (await counted(post))["ours"] == 1


async def test_one_actor_reacts_a_few_times_at_most(good: Identity, evil: Identity, post: Post) -> None:
    results = [
        (await receive(good, "EmojiReact", post.uri, content=chr(0x1F600 + number)))[0]
        for number in range(MAX_PER_IDENTITY + 3)
    ]
    assert results == ["handled"] * MAX_PER_IDENTITY + ["failed"] * 3
    assert (await receive(evil, "EmojiReact", post.uri, content="👍"))[0] == "handled"
    assert await Reaction.objects.acount() == MAX_PER_IDENTITY + 1


async def test_reactions_to_invisible_posts_are_refused(good: Identity, alice: Identity) -> None:
    for visibility in (Visibility.followers, Visibility.mentioned, Visibility.local_only):
        hidden = await make_post(alice, visibility)
        assert (await receive(good, "EmojiReact", hidden.uri, content="👍"))[0] == "failed"
    blocking = await make_post(alice)
    await block(alice, good)
    assert (await receive(good, "Like", blocking.uri, content="👍"))[0] == "failed"
    assert await Reaction.objects.acount() == 0


async def test_reactions_to_remote_posts_are_stored_from_followed_people_only(
    good: Identity, evil: Identity, alice: Identity
) -> None:
    await follow(alice, good)
    theirs = await make_post(await make_remote("oz", "other.test"))
    assert (await receive(good, "EmojiReact", theirs.uri, id="https://good.test/1", content="🔥"))[
        0
    ] == "handled"
    assert (await receive(good, "Like", theirs.uri, content=":blob:", tag=[BLOB]))[0] == "handled"
    for sender, content in ((evil, "🔥"), (good, "nice"), (good, ":blobcat:"), (good, None)):
        assert (await receive(sender, "Like", theirs.uri, content=content))[0] == "skipped", content
    for visibility in (Visibility.followers, Visibility.mentioned):
        hidden = await make_post(theirs.author, visibility)
        assert (await receive(good, "EmojiReact", hidden.uri, content="🔥"))[0] == "skipped"
    assert await counted(theirs) == {"🔥": 1, "blob@good.test": 1}
    assert await Like.objects.acount() == await Notification.objects.acount() == 0
    await receive(evil, "Undo", "https://good.test/1")
    assert len(await counted(theirs)) == 2
    await receive(good, "Undo", "https://good.test/1")
    assert await counted(theirs) == {"blob@good.test": 1}


async def test_people_of_a_post_s_own_server_react_to_it_unfollowed(good: Identity, evil: Identity) -> None:
    """Their server tells of them as it tells of the post; no other does for them."""
    theirs = await make_post(await make_remote("oz", "good.test"))
    assert (await receive(good, "EmojiReact", theirs.uri, content=":blob:", tag=[BLOB]))[0] == "handled"
    assert (await receive(evil, "EmojiReact", theirs.uri, content="🔥"))[0] == "skipped"
    hidden = await make_post(theirs.author, Visibility.followers)
    assert (await receive(good, "EmojiReact", hidden.uri, content="🔥"))[0] == "skipped"
    assert await counted(theirs) == {"blob@good.test": 1}


async def test_only_the_actor_takes_a_reaction_back(good: Identity, evil: Identity, post: Post) -> None:
    uri = "https://good.test/likes/1"
    made = {"id": uri, "type": "EmojiReact", "object": post.uri, "actor": good.uri, "content": "👍"}
    await receive(good, "EmojiReact", post.uri, id=uri, content="👍")
    for forged in (made, uri, {**made, "type": "Like"}, {**made, "id": "https://evil.test/1"}):
        assert (await receive(evil, "Undo", forged))[0] in {"failed", "skipped"}, forged
    assert await counted(post) == {"👍": 1}
    assert (await receive(good, "Undo", made))[0] == "handled"
    assert await counted(post) == {}
    assert await Notification.objects.acount() == 0


@pytest.mark.parametrize("embedded", [True, False])
async def test_an_undo_takes_back_one_of_several(good: Identity, post: Post, embedded: bool) -> None:
    await receive(good, "Like", post.uri, id="https://good.test/likes/0")
    for number, emoji in enumerate("👍🔥", 1):
        await receive(good, "EmojiReact", post.uri, id=f"https://good.test/likes/{number}", content=emoji)
    undone: Any = "https://good.test/likes/2"
    if embedded:
        undone = {"id": undone, "type": "EmojiReact", "object": post.uri, "content": "🔥"}
    assert (await receive(good, "Undo", undone))[0] == "handled"
    assert await counted(post) == {"👍": 1}
    assert (await receive(good, "Undo", undone))[0] == "skipped"
    assert await Like.objects.acount() == 1
    assert await Notification.objects.filter(kind="favourite").acount() == 1


async def test_an_undo_with_an_id_of_its_own_is_read_by_its_emoji(good: Identity, post: Post) -> None:
    await receive(good, "EmojiReact", post.uri, content=":blob:", tag=[BLOB])
    undone = {"type": "Like", "object": post.uri, "content": ":blob:"}
    assert (await receive(good, "Undo", undone))[0] == "handled"
    assert await counted(post) == {}


def test_content_is_bounded() -> None:
    assert parse_reaction({"content": " 👍 "}) is not None
    assert parse_reaction({"content": "👍" + " " * 100_000}) is None
