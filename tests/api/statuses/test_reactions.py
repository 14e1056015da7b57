"""Emoji reactions of people here, as the clients of Pleroma and of glitch-soc ask for them, and what other servers are told."""

import datetime as dt
import time
from collections.abc import Iterator
from typing import Any

import msgspec
import pytest

from activities.posts.models import Like, Post, Visibility
from activities.posts.queries.posts import MAX_COUNTED
from activities.publishing.handlers.fan_out import publish_deletion
from activities.publishing.services.removal import delete_everything_of
from activities.reactions.models import MAX_PER_IDENTITY, Reaction
from activities.reactions.services import reacting
from core import clock
from core.config import config
from core.db import sql
from federation.models import OutgoingActivity, Peer
from tests.activities import people as rows
from tests.api.support.world import Speaker, World
from tests.support.queries import counted
from users.emojis.models import Emoji
from users.identities.models import Identity

pytestmark = pytest.mark.anyio


async def sent() -> list[dict[str, Any]]:
    return [msgspec.json.decode(bytes(row.body)) async for row in OutgoingActivity.objects.order_by("id")]


async def react(who: Speaker, post: Post, emoji: str) -> dict[str, Any]:
    shown: dict[str, Any] = await who.post(f"/api/v1/statuses/{post.pk}/react/{emoji}")
    return shown


async def test_clients_of_glitch(world: World) -> None:
    post = await world.post(world.ada)
    shown = await world.bea.post(f"/api/v1/statuses/{post.pk}/react/👍", "Status")
    assert shown["reactions"] == [{"name": "👍", "count": 1, "me": True}]
    assert shown["favourites_count"] == 0
    seen = await world.ada.get(f"/api/v1/statuses/{post.pk}", "Status")
    assert seen["reactions"] == [{"name": "👍", "count": 1, "me": False}]
    told = await world.ada.get("/api/v1/notifications", "[Notification]")
    assert [one["type"] for one in told] == ["favourite"]
    shown = await world.bea.post(f"/api/v1/statuses/{post.pk}/unreact/👍", "Status")
    assert shown["reactions"] == []
    assert await world.ada.get("/api/v1/notifications", "[Notification]") == []


async def test_clients_of_pleroma(world: World) -> None:
    post = await world.post(world.ada)
    path = f"/api/v1/pleroma/statuses/{post.pk}/reactions"
    for _ in range(2):
        shown = await world.bea.put(f"{path}/❤", "Status")
    assert shown["pleroma"]["emoji_reactions"] == [{"name": "❤️", "count": 1, "me": True, "url": None}]
    await world.ada.put(f"{path}/❤️")
    await world.ada.put(f"{path}/🔥")
    listed = await world.ada.get(path)
    assert [(one["name"], one["count"], one["me"]) for one in listed] == [("❤️", 2, True), ("🔥", 1, True)]
    assert [one["acct"] for one in listed[0]["accounts"]] == ["bea", "ada"]
    assert [one["name"] for one in await world.nobody.get(f"{path}/🔥")] == ["🔥"]
    assert await world.nobody.get(f"{path}/💩") == []
    await world.ada.delete(f"{path}/❤", "Status")
    assert [(one["name"], one["me"]) for one in await world.ada.get(path)] == [("❤️", False), ("🔥", True)]


async def test_a_custom_emoji_of_ours(world: World) -> None:
    await Emoji.objects.acreate(
        shortcode="blob", file="blob.webp", static_file="still.webp", updated_at=clock.now()
    )
    post = await world.post(world.ada)
    shown = await react(world.bea, post, "blob")
    (one,) = shown["reactions"]
    base = world.domain.base_url
    assert one == {
        "name": "blob",
        "count": 1,
        "me": True,
        "url": f"{base}/media/blob.webp",
        "static_url": f"{base}/media/still.webp",
    }
    assert (await react(world.bea, post, ":blob:"))["reactions"] == [one]
    assert await Reaction.objects.acount() == 1


async def test_another_server_s_emoji_can_only_be_joined(world: World) -> None:
    await Emoji.objects.acreate(shortcode="blob", host="far.test", url="https://far.test/blob.png")
    post = await world.post(world.ada)
    path = f"/api/v1/statuses/{post.pk}/react/blob@far.test"
    await world.bea.refused("POST", path, 422, "Validation failed: Name is not a recognized emoji")
    await Reaction.objects.acreate(post=post, identity=world.remote, name="blob", host="far.test")
    shown = await world.bea.post(path, "Status")
    assert shown["reactions"][0]["name"] == "blob@far.test"
    assert shown["reactions"][0]["count"] == 2
    assert shown["reactions"][0]["url"].startswith(f"{world.domain.base_url}/media/r/")


@pytest.mark.slow
@pytest.mark.parametrize(
    "emoji", ["nothing", "x" * 300, "👍👍", "1", "Z̴a", "<b>", "👍@far.test", "%00", "%20"]
)
async def test_invalid_emoji_are_refused(world: World, emoji: str) -> None:
    post = await world.post(world.ada)
    for method, path in (
        ("POST", f"/api/v1/statuses/{post.pk}/react/{emoji}"),
        ("PUT", f"/api/v1/pleroma/statuses/{post.pk}/reactions/{emoji}"),
    ):
        assert (await world.bea.ask(method, path)).status_code in {400, 404, 422}, path
    assert await Reaction.objects.acount() == 0


async def test_a_few_of_one_person(world: World) -> None:
    post = await world.post(world.ada)
    for number in range(MAX_PER_IDENTITY):
        await react(world.bea, post, chr(0x1F600 + number))
    path = f"/api/v1/statuses/{post.pk}/react/"
    words = "Validation failed: Limit of different reactions reached"
    await world.bea.refused("POST", f"{path}🔥", 422, words)
    await world.bea.post(f"/api/v1/statuses/{post.pk}/unreact/😀")
    await react(world.bea, post, "🔥")


async def test_hidden_posts(world: World) -> None:
    """Success and refusal: what one can't see, one can't react to, but take a reaction back."""
    post = await world.post(world.ada, visibility=Visibility.followers)
    pleroma = f"/api/v1/pleroma/statuses/{post.pk}/reactions"
    for method, path in (
        ("GET", pleroma),
        ("GET", f"{pleroma}/👍"),
        ("PUT", f"{pleroma}/👍"),
        ("DELETE", f"{pleroma}/👍"),
        ("POST", f"/api/v1/statuses/{post.pk}/react/👍"),
        ("POST", f"/api/v1/statuses/{post.pk}/unreact/👍"),
    ):
        await world.bea.refused(method, path, 404)
    follow = await rows.follow(world.bea.me, world.ada.me)
    await react(world.bea, post, "👍")
    await follow.adelete()
    shown = await world.bea.delete(f"{pleroma}/👍", "Status")
    assert (shown["content"], shown["reactions"]) == ("", [])
    assert await Reaction.objects.acount() == 0


async def test_reactions_of_blocked_people_are_neither_listed_nor_counted(world: World) -> None:
    post = await world.post(world.ada)
    for name in "👍🔥":
        await Reaction.objects.acreate(post=post, identity=world.remote, name=name)
    await Reaction.objects.acreate(post=post, identity=world.ada.me, name="👍")
    await rows.block(world.bea.me, world.remote)
    (one,) = await world.bea.get(f"/api/v1/pleroma/statuses/{post.pk}/reactions")
    assert (one["count"], [account["id"] for account in one["accounts"]]) == (1, [world.ada.id])


async def remote_post(world: World, software: str) -> tuple[Identity, Post]:
    await Peer.objects.acreate(host="far.test", software=software)
    return world.remote, await rows.make_post(world.remote)


async def test_a_server_that_knows_reactions_gets_one(world: World) -> None:
    author, post = await remote_post(world, "akkoma")
    await Emoji.objects.acreate(shortcode="blob", file="blob.webp", updated_at=clock.now())
    await react(world.bea, post, "blob")
    await world.bea.post(f"/api/v1/statuses/{post.pk}/unreact/blob")
    made, undone = await sent()
    assert (made["type"], made["content"], made["object"]) == ("EmojiReact", ":blob:", post.uri)
    assert made["to"] == [author.uri, world.bea.me.followers_url]
    assert made["tag"][0]["icon"]["url"] == f"{world.domain.base_url}/media/blob.webp"
    assert (undone["type"], undone["object"]["type"]) == ("Undo", "EmojiReact")
    assert (undone["object"]["id"], undone["object"]["content"]) == (made["id"], ":blob:")
    assert "@context" not in undone["object"]


async def test_any_other_server_gets_a_like(world: World) -> None:
    """It counts one like of one person, which ends with the last reaction."""
    _, post = await remote_post(world, "mastodon")
    await react(world.bea, post, "👍")
    await react(world.bea, post, "🔥")
    await world.bea.post(f"/api/v1/statuses/{post.pk}/unreact/👍")
    await world.bea.post(f"/api/v1/statuses/{post.pk}/unreact/🔥")
    kinds = [(one["type"], one.get("content"), one.get("_misskey_reaction")) for one in await sent()]
    assert kinds == [("Like", "👍", "👍"), ("Like", "🔥", "🔥"), ("Undo", None, None)]
    assert (await sent())[-1]["object"]["content"] == "🔥"


@pytest.mark.parametrize(("version", "expected"), [("1.0.0", "EmojiReact"), ("0.11.0", "Like"), ("", "Like")])
async def test_our_own_software_knows_reactions_since_version_1(
    world: World, version: str, expected: str
) -> None:
    _, post = await remote_post(world, "takahe")
    await Peer.objects.aupdate(software_version=version)
    await react(world.bea, post, "👍")
    assert [one["type"] for one in await sent()] == [expected]


async def test_a_server_that_keeps_each_reaction_hears_of_each_end(world: World) -> None:
    """Also when its software was not known yet as it was told of them as likes."""
    _, post = await remote_post(world, "")
    await world.bea.post(f"/api/v1/statuses/{post.pk}/favourite")
    await react(world.bea, post, "👍")
    await react(world.bea, post, "🔥")
    await Peer.objects.aupdate(software="akkoma")
    await world.bea.post(f"/api/v1/statuses/{post.pk}/unreact/👍")
    *_, last = await sent()
    assert (last["type"], last["object"]["type"], last["object"]["content"]) == ("Undo", "Like", "👍")


async def told(kind: str) -> dict[str, list[str]]:
    """Return the inboxes that were told, by who signed."""
    rows = await sql.rows(
        """SELECT signer, array_agg(inbox ORDER BY inbox) FROM federation_delivery d
           JOIN federation_outgoingactivity a ON a.id = d.activity_id WHERE a.activity_type = %s GROUP BY signer""",
        [kind],
    )
    return {str(signer): inboxes for signer, inboxes in rows}


async def test_followers_elsewhere_hear_of_reactions_unless_their_server_drops_them(world: World) -> None:
    """Those of who reacts and, of a post written here, of its author; of both that a reaction is made and that it ends."""
    software = {"far.test": "misskey", "own.test": "takahe", "old.test": "mastodon", "new.test": ""}
    for host, name in software.items():
        await Peer.objects.acreate(host=host, software=name, software_version="1.0.0")
        await rows.follow(await rows.make_remote("reader", host), world.ada.me)
    await rows.follow(world.remote, world.bea.me)
    post = await world.post(world.ada)
    await react(world.bea, post, "👍")
    await world.bea.post(f"/api/v1/statuses/{post.pk}/unreact/👍")
    for kind in ("EmojiReact", "Undo"):
        assert (await told(kind))[world.bea.id] == [
            "https://far.test/inbox",
            "https://new.test/inbox",
            "https://own.test/inbox",
        ], kind
    made, undone = await sent()
    assert made["to"] == undone["to"] == [world.ada.me.uri, world.bea.me.followers_url]
    assert made["cc"] == undone["cc"] == ["https://www.w3.org/ns/activitystreams#Public"]


async def test_followers_of_who_reacts_elsewhere_hear_of_it_but_not_of_hidden_posts(world: World) -> None:
    author, post = await remote_post(world, "akkoma")
    await Peer.objects.acreate(host="near.test", software="misskey")
    await rows.follow(await rows.make_remote("reader", "near.test"), world.bea.me)
    await rows.follow(world.bea.me, author)
    await react(world.bea, post, "👍")
    assert len((await told("EmojiReact"))[world.bea.id]) == 2
    await OutgoingActivity.objects.all().adelete()
    hidden = await rows.make_post(author, Visibility.followers)
    await react(world.bea, hidden, "🔥")
    assert (await told("EmojiReact"))[world.bea.id] == [author.delivery_url]
    assert [one["to"] for one in await sent()] == [[author.uri]]


async def test_a_server_that_counts_one_like_hears_of_no_end_as_a_follower_s_either(world: World) -> None:
    """Somebody on the author's server follows who reacts, and its software is not known: it is told once, by the rule for authors."""
    author, post = await remote_post(world, "")
    await rows.follow(author, world.bea.me)
    await react(world.bea, post, "👍")
    await react(world.bea, post, "🔥")
    await world.bea.post(f"/api/v1/statuses/{post.pk}/unreact/👍")
    assert [one["type"] for one in await sent()] == ["Like", "Like"]
    await world.bea.post(f"/api/v1/statuses/{post.pk}/unreact/🔥")
    assert (await told("Undo"))[world.bea.id] == [author.delivery_url]


async def test_a_like_stays_beside_reactions(world: World) -> None:
    _, post = await remote_post(world, "mastodon")
    await world.bea.post(f"/api/v1/statuses/{post.pk}/favourite")
    await react(world.bea, post, "👍")
    await world.bea.post(f"/api/v1/statuses/{post.pk}/unreact/👍")
    assert [one["type"] for one in await sent()] == ["Like", "Like"]
    assert await Like.objects.acount() == 1


async def test_reactions_cost_no_query_of_their_own(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    for _ in range(4):
        await world.post(world.ada)
    path = f"/api/v1/accounts/{world.ada.id}/statuses"
    await world.bea.get(path)
    async with counted(monkeypatch) as before:
        await world.bea.get(path)
    async for post in Post.objects.all():
        await Reaction.objects.acreate(post=post, identity=world.remote, name="👍")
        await Reaction.objects.acreate(post=post, identity=world.bea.me, name="👍")
    async with counted(monkeypatch) as after:
        shown = await world.bea.get(path, "[Status]")
    assert [one["reactions"] for one in shown] == [[{"name": "👍", "count": 2, "me": True}]] * 4
    assert len(after) == len(before)


async def test_reactions_end_with_the_post(world: World) -> None:
    post = await world.post(world.ada)
    await react(world.bea, post, "👍")
    await world.ada.delete(f"/api/v1/statuses/{post.pk}")
    for _ in range(2):
        await publish_deletion([await Post.objects.aget(pk=post.pk)])
    assert await Reaction.objects.acount() == 0


async def test_reactions_end_with_the_person(world: World) -> None:
    post = await world.post(world.ada)
    await react(world.bea, post, "👍")
    await delete_everything_of(world.bea.me)
    assert await Reaction.objects.acount() == 0


@pytest.fixture
def not_at_the_end_of_an_hour() -> Iterator[None]:
    """Shift the clock away from where the windows of limits begin anew."""
    with clock.shifted(dt.timedelta(minutes=5) if clock.now().minute > 55 else dt.timedelta()):
        yield


async def test_a_person_reacts_so_often_an_hour(
    world: World, monkeypatch: pytest.MonkeyPatch, not_at_the_end_of_an_hour: None
) -> None:
    """Putting the same one on and off counts, too: the servers of all followers are told each time. Taking one off is always allowed."""
    monkeypatch.setattr(reacting, "MAX_AN_HOUR", 2)
    await rows.follow(await rows.make_remote("fan", "followers.test"), world.bea.me)
    post = await world.post(world.ada)
    path = f"/api/v1/statuses/{post.pk}"
    for _ in range(2):
        await react(world.bea, post, "🔥")
        await world.bea.post(f"{path}/unreact/🔥")
    assert len(await sent()) == 4
    answer = await world.bea.ask("POST", f"{path}/react/🔥")
    assert answer.status_code == 429
    assert int(answer.headers["retry-after"]) > 60
    assert answer.json()["error"] == "You can add at most 2 reactions an hour. Try again later."
    for path_of_pleroma in ("🔥", "👍"):
        await world.bea.refused("PUT", f"/api/v1/pleroma/statuses/{post.pk}/reactions/{path_of_pleroma}", 429)
    assert len(await sent()) == 4
    await react(world.ada, post, "🔥")
    monkeypatch.setattr(config(), "rate_limit_percent", 200)
    await react(world.bea, post, "🔥")
    for _ in range(3):  # there is one already: that is none more
        await react(world.bea, post, "🔥")
    await react(world.bea, post, "👍")
    await world.bea.refused("POST", f"{path}/react/🎉", 429)
    monkeypatch.setattr(config(), "rate_limit_percent", 0)
    await react(world.bea, post, "🎉")
    monkeypatch.setattr(config(), "rate_limit_percent", 100)
    shown = await world.bea.post(f"{path}/unreact/🎉")
    assert {one["name"] for one in shown["reactions"]} == {"🔥", "👍"}


@pytest.mark.slow
async def test_a_crowd_costs_no_more_than_those_counted(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    """30,000 people react; of others' reactions 10,000 are read, and the reader's own is among those shown."""
    post = await world.post(world.ada)
    rob = await rows.make_remote("fan", "crowd.test")
    for statement in (
        """INSERT INTO users_identity SELECT made.*
           FROM users_identity i, generate_series(1, 30000) n,
                jsonb_populate_record(i, jsonb_build_object('id', i.id + n, 'uri', i.uri || n, 'username', 'fan' || n)) made
           WHERE i.id = %(rob)s""",
        """INSERT INTO activities_reaction (id, identity_id, post_id, name, host, uri, is_like, created_at)
           SELECT n, %(rob)s + n, %(post)s, '👍', '', '', false, now() FROM generate_series(1, 30000) n""",
        "ANALYZE activities_reaction, users_identity",
    ):
        await sql.run(statement, {"rob": rob.pk, "post": post.pk})
    await react(world.bea, post, "🔥")
    for who, own in ((world.ada, False), (world.bea, True)):
        started = time.perf_counter()
        async with counted(monkeypatch) as queries:
            shown = await who.get(f"/api/v1/statuses/{post.pk}")
        took_s = time.perf_counter() - started
        assert len(queries) < 12
        assert took_s < 2  # 0.05 on an idle machine
        counts = {one["name"]: one["count"] for one in shown["reactions"]}
        assert MAX_COUNTED - 1 <= counts["👍"] <= MAX_COUNTED
        assert not own or next(one for one in shown["reactions"] if one["name"] == "🔥")["me"]
    (most, *_) = await world.bea.get(f"/api/v1/pleroma/statuses/{post.pk}/reactions")
    assert len(most["accounts"]) == 40
