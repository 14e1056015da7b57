"""Streams over real sockets: what reaches whom, and what never does."""

from contextlib import AsyncExitStack

import pytest

from activities.announcements import services as announcements
from activities.filters import queries as filters
from activities.filters import services
from activities.lists import services as lists
from activities.polls.handlers import close_polls
from activities.polls.services import PollDraft, vote
from activities.posts.models import Visibility
from activities.posts.services import spreading
from activities.publishing.services import interactions
from activities.reactions.services import reacting
from api.streaming.hub import hub
from core.db import async_atomic
from tests.activities import people
from tests.api.streaming.live import Socket, event_stream, web_socket
from tests.api.support.entities import check
from tests.api.support.world import World
from tests.support.posts import delete_post, edit_post, write_post
from tests.support.waiting import wait_until
from tests.users.support import make_domain, make_person
from users.relations.services import blocking, following

pytestmark = [pytest.mark.anyio, pytest.mark.slow]


async def test_home_and_notifications_over_events(world: World, port: int) -> None:
    await following.follow(source=world.ada.me, target_id=world.bea.me.pk)
    async with (
        event_stream(port, "user", world.ada.token) as ada,
        event_stream(port, "user/notification", world.ada.token) as notified,
        event_stream(port, "user", world.bea.token) as bea,
    ):
        post = await world.post(world.bea, "first words @ada")
        update = await ada.wait("update", "first words")
        check("Status", update, signed_in=False)
        assert update["id"] == str(post.pk)
        assert (await bea.wait("update"))["id"] == str(post.pk)
        notice = await ada.wait("notification")
        check("Notification", notice)
        assert (notice["type"], notice["account"]["acct"]) == ("mention", "bea")
        assert (await notified.wait("notification"))["id"] == notice["id"]
        await edit_post(author=world.bea.me, post_id=post.pk, text="second words")
        assert (await ada.wait("status.update", "second words"))["id"] == str(post.pk)
        await delete_post(author=world.bea.me, post_id=post.pk)
        assert str(await ada.wait("delete")) == str(post.pk)
        await interactions.like(identity=world.ada.me, post_id=(await world.post(world.bea)).pk)
        assert (await bea.wait("notification", "favourite"))["account"]["acct"] == "ada"
        assert {name for name, _ in notified.events} == {"notification"}


async def test_public_streams_show_what_public_timelines_show(world: World, port: int) -> None:
    cara = await world.speaker("cara")
    async with (
        event_stream(port, "public", cara.token) as public,
        event_stream(port, "public/local", cara.token) as local,
        event_stream(port, "public/remote", cara.token) as remote,
        event_stream(port, "public", cara.token, only_media="true") as media,
        event_stream(port, "hashtag", cara.token, tag="Cats") as cats,
    ):
        for visibility in set(Visibility) - {Visibility.limited}:  # which needs a circle
            await world.post(world.bea, f"it is {visibility.name}", visibility=visibility)
        await people.follow(cara.me, world.remote, accepted=False)
        await people.make_post(world.remote, state="new", content="from afar")
        await people.make_post(
            world.remote, state="new", content="whispered", visibility=Visibility.followers
        )
        last = await world.post(world.bea, "the last about #cats")
        for stream in (public, local, cats):
            assert (await stream.wait("update", "the last"))["id"] == str(last.pk)
        await remote.wait("update", "from afar")
        await public.wait("update", "from afar")
        await local.wait("update", "it is local_only")
        assert not public.has("it is local_only")
        assert not remote.has("the last")
        assert not local.has("from afar")
        assert not media.events
        for stream in (public, local, remote, cats):
            for word in ("it is followers", "it is mentioned", "it is unlisted", "whispered"):
                assert not stream.has(word)
        await delete_post(author=world.bea.me, post_id=last.pk)
        for stream in (public, local, cats):
            await stream.wait("delete", str(last.pk))


async def test_a_hashtags_local_stream_is_that_of_the_domain(world: World, port: int) -> None:
    neighbour = await make_person(await make_domain("other.test"), "zoe")
    async with (
        event_stream(port, "hashtag", world.ada.token, tag="cats") as cats,
        event_stream(port, "hashtag/local", world.ada.token, tag="Cats") as local,
    ):
        gone = await write_post(author=neighbour, text="from #cats beside", visibility=Visibility.public)
        await world.post(world.bea, "the last about #cats")
        for stream in (cats, local):
            await stream.wait("update", "the last")
        await cats.wait("update", "beside")
        assert not local.has("beside")
        await delete_post(author=neighbour, post_id=gone.pk)
        await cats.wait("delete", str(gone.pk))


async def test_blocks_and_mutes_hold_in_streams(world: World, port: int) -> None:
    cara, dan, eve = [await world.speaker(name) for name in ("cara", "dan", "eve")]
    await blocking.block(source=cara.me, target_id=world.bea.me.pk)
    await blocking.block(source=world.bea.me, target_id=dan.me.pk)
    await blocking.mute(source=eve.me, target_id=world.bea.me.pk)
    async with (
        event_stream(port, "public", cara.token) as blocker,
        event_stream(port, "public", dan.token) as blocked,
        event_stream(port, "public/local", eve.token) as muter,
        event_stream(port, "public", world.ada.token) as open_one,
    ):
        await world.post(world.bea, "of bea")
        await world.post(world.ada, "of ada")
        for stream in (blocker, blocked, muter, open_one):
            await stream.wait("update", "of ada")
        await open_one.wait("update", "of bea")
        assert not any(stream.has("of bea") for stream in (blocker, blocked, muter))


async def test_a_followers_only_post_reaches_followers_only(world: World, port: int) -> None:
    await following.follow(source=world.ada.me, target_id=world.bea.me.pk)
    cara = await world.speaker("cara")
    await people.follow(cara.me, world.bea.me, accepted=False)
    async with (
        web_socket(port, f"?access_token={world.ada.token}&stream=user") as ada,
        web_socket(port, f"?access_token={cara.token}&stream=user") as stranger,
    ):
        await stranger.say(type="subscribe", stream="public")
        await stranger.say(type="subscribe", stream="hashtag", tag="secret")
        await world.post(world.bea, "only for mine #secret", visibility=Visibility.followers)
        await world.post(world.bea, "for all")
        await ada.wait("update", "only for mine")
        await stranger.wait("update", "for all")
        assert not stranger.has("only for mine")


async def test_direct_posts_are_conversations(world: World, port: int) -> None:
    cara = await world.speaker("cara")
    async with (
        event_stream(port, "direct", world.ada.token) as ada,
        event_stream(port, "direct", cara.token) as other,
    ):
        await world.post(world.bea, "@ada quietly", visibility=Visibility.mentioned)
        came = await ada.wait("conversation", "quietly")
        check("Conversation", came, signed_in=False)
        assert came["unread"] is True
        assert [account["acct"] for account in came["accounts"]] == ["bea"]
        assert not other.events


async def test_one_socket_has_many_streams(world: World, port: int) -> None:
    async with web_socket(port, additional_headers={"Authorization": f"Bearer {world.ada.token}"}) as socket:
        await socket.say(type="subscribe", stream="user")
        await socket.say(type="subscribe", stream="hashtag:local", tag="Birds")
        await socket.say(type="subscribe", stream="nonsense")
        await socket.say(type="subscribe", stream="hashtag")
        # kept with the stream as it is written
        await socket.say(type="subscribe", stream="hashtag", tag="birds" + " " * 60_000)
        await socket.say(type="subscribe", stream="list", list="7")
        await socket.connection.send("no json")
        await socket.say(type="subscribe", stream="public:local")
        await _until_frames(socket, 4)
        assert socket.frames == [
            {"error": "Unknown stream type", "status": 400},
            {"error": "Missing tag name parameter", "status": 400},
            {"error": "Missing tag name parameter", "status": 400},
            {"error": "Not authorized to stream this list", "status": 404},
        ]
        await _until_listening("public:local")
        await world.post(world.ada, "about #birds")
        await _until_frames(socket, 7)
        streams = sorted(frame["stream"] for frame in socket.frames[4:])
        assert streams == [["hashtag:local", "Birds"], ["public:local"], ["user"]]
        assert all(isinstance(frame["payload"], str) for frame in socket.frames[4:])
        await socket.say(type="unsubscribe", stream="public:local")
        await socket.say(type="unsubscribe", stream="user")
        await _until_listening("public:local", is_there=False)
        await _until_listening("user", is_there=False)
        await world.post(world.ada, "again #birds")
        await socket.wait("update", "again")
        await world.post(world.ada, "once more #birds")
        await socket.wait("update", "once more")
        assert len(socket.frames) == 9


async def _until_frames(socket: Socket, count: int) -> None:
    await wait_until(lambda: len(socket.frames) >= count, 10, f"{count} frames in {socket.frames}")


async def _until_listening(name: str, *, is_there: bool = True) -> None:
    await wait_until(lambda: bool(hub().anchors(name)) is is_there, 5, f"{name} {is_there}")


async def test_a_token_with_less_gets_less(world: World, port: int) -> None:
    statuses = await world.token(world.ada.me, "read:statuses")
    notices = await world.token(world.ada.me, "read:notifications")
    async with (
        web_socket(port, f"?access_token={statuses}&stream=user") as reads,
        web_socket(port, f"?access_token={notices}&stream=user:notification") as hears,
    ):
        await hears.say(type="subscribe", stream="user")
        await reads.say(type="subscribe", stream="user:notification")
        refused = {"error": "Access token does not have the required scopes", "status": 401}
        for socket in (reads, hears):
            await _until_frames(socket, 1)
            assert socket.frames == [refused]
        post = await world.post(world.ada, "a thing to like")
        await reads.wait("update", "a thing")
        await interactions.like(identity=world.bea.me, post_id=post.pk)
        await hears.wait("notification", "favourite")
        await world.post(world.ada, "another")
        await reads.wait("update", "another")
        assert {name for name, _ in reads.events} == {"update"}


async def test_a_list_streams_what_its_policy_shows(world: World, port: int) -> None:
    cara = await world.speaker("cara")
    for one in (world.bea, cara):
        await following.follow(source=world.ada.me, target_id=one.me.pk)
    mine = await lists.create_list(identity=world.ada.me, title="friends", replies_policy="none")
    await lists.add_to_list(identity=world.ada.me, list_id=mine.pk, member_ids=[world.bea.me.pk])
    async with event_stream(port, "list", world.ada.token, list=str(mine.pk)) as listed:
        first = await world.post(cara, "of cara")
        await world.post(world.bea, "an answer", in_reply_to_id=first.pk)
        post = await world.post(world.bea, "of bea")
        assert (await listed.wait("update", "of bea"))["id"] == str(post.pk)
        assert not listed.has("of cara")
        assert not listed.has("an answer")
        await delete_post(author=world.bea.me, post_id=post.pk)
        await listed.wait("delete", str(post.pk))


async def test_filters_stand_on_what_streams_send(world: World, port: int) -> None:
    async with event_stream(port, "user", world.ada.token) as ada:
        await services.create_filter(
            identity=world.ada.me,
            title="no spoilers",
            contexts=["public"],
            keywords=[services.KeywordDraft(keyword="ending")],
        )
        await ada.wait("filters_changed")
    async with (
        event_stream(port, "public", world.ada.token) as filtered,
        event_stream(port, "public", world.bea.token) as free,
    ):
        cara = await world.speaker("cara")
        await world.post(cara, "the ending is good")
        came = await filtered.wait("update", "the ending")
        assert [result["keyword_matches"] for result in came["filtered"]] == [["ending"]]
        check("Status", came, signed_in=False)
        assert "filtered" not in await free.wait("update", "the ending")


async def test_filters_hold_for_more_people_than_are_kept(
    world: World, port: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The memory of compiled filters pushed the 1,001st person's out, and their streams showed what they filter."""
    monkeypatch.setattr(filters, "CACHE_SIZE", 1)
    author = await world.speaker("author")
    people = [world.ada, world.bea, await world.speaker("cara")]
    for person in people:
        await services.create_filter(
            identity=person.me,
            title="no spoilers",
            contexts=["public"],
            keywords=[services.KeywordDraft(keyword="ending")],
        )
    async with AsyncExitStack() as stack:
        streams = [
            await stack.enter_async_context(event_stream(port, "public", person.token)) for person in people
        ]
        for number in range(2):
            await world.post(author, f"the ending is good {number}")
            for stream in streams:
                came = await stream.wait("update", f"good {number}")
                assert [result["keyword_matches"] for result in came["filtered"]] == [["ending"]]


async def test_announcements_and_their_reactions_reach_everyone(world: World, port: int) -> None:
    async with event_stream(port, "user", world.ada.token) as ada:
        told = await announcements.announce(content="<p>Cake in the kitchen</p>", domain=world.domain)
        came = await ada.wait("announcement", "Cake")
        assert (came["id"], came["reactions"]) == (str(told.pk), [])
        await announcements.react(identity=world.bea.me, announcement_id=told.pk, name="🎂")
        assert await ada.wait("announcement.reaction") == {
            "name": "🎂",
            "count": 1,
            "announcement_id": str(told.pk),
        }
        await announcements.remove_announcement(announcement_id=told.pk)
        assert str(await ada.wait("announcement.delete")) == str(told.pk)


async def test_notifications_filtered_by_policy_are_not_streamed(world: World, port: int) -> None:
    """A stranger's private mention waits as a request: no notification runs through the stream."""
    cara = await world.speaker("cara")
    async with event_stream(port, "user/notification", world.ada.token) as ada:
        await world.post(cara, "@ada psst", visibility=Visibility.mentioned)
        await world.post(cara, "@ada aloud")
        await ada.wait("notification", "aloud")
        assert not ada.has("psst")


async def test_later_batches_of_followers_get_one_event_each(
    world: World, port: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Of very many followers, all but the latest have it at home by further pieces."""
    monkeypatch.setattr(spreading, "FIRST_BATCH_SIZE", 1)
    monkeypatch.setattr(spreading, "BATCH_SIZE", 1)
    cara = await world.speaker("cara")
    for one in (world.ada, cara):
        await following.follow(source=one.me, target_id=world.bea.me.pk)
    async with (
        event_stream(port, "user", world.ada.token) as ada,
        event_stream(port, "user", cara.token) as latest,
    ):
        await world.post(world.bea, "for everyone")
        assert (await ada.wait("update", "for everyone"))["account"]["acct"] == "bea"
        await world.post(world.bea, "the next")
        await ada.wait("update", "the next")
        for stream in (ada, latest):
            assert [event for event, post in stream.events if "for everyone" in str(post)] == ["update"]


async def test_reactions_are_told_as_a_status_that_changed(world: World, port: int) -> None:
    """Many within a moment are told at once; who may not see the post hears nothing."""
    await following.follow(source=world.ada.me, target_id=world.bea.me.pk)
    cara = await world.speaker("cara")
    async with (
        event_stream(port, "user", world.ada.token) as ada,
        event_stream(port, "public", cara.token) as public,
    ):
        post = await world.post(world.bea, "look", visibility=Visibility.followers)
        await ada.wait("update", "look")
        for emoji in ("👍", "🔥", "🎉"):
            await reacting.react(identity=world.ada.me, post_id=post.pk, emoji=emoji)
        changed = await ada.wait("status.update")
        assert {one["name"] for one in changed["reactions"]} == {"👍", "🔥", "🎉"}
        assert [name for name, _ in ada.events].count("status.update") == 1
        await reacting.unreact(identity=world.ada.me, post_id=post.pk, emoji="🔥")
        await wait_until(lambda: [name for name, _ in ada.events].count("status.update") == 2)
        changed = [said for name, said in ada.events if name == "status.update"][-1]
        assert "🔥" not in str(changed)
        assert "🎉" in str(changed)
        assert "status.update" not in {name for name, _ in public.events}


async def test_votes_and_the_end_of_a_poll_are_told_as_a_status_that_changed(world: World, port: int) -> None:
    """So that open pages and apps show the numbers without being asked."""
    await following.follow(source=world.ada.me, target_id=world.bea.me.pk)
    poll = PollDraft(options=["Ebb", "Flow"], expires_in=3600)
    async with event_stream(port, "user", world.ada.token) as ada:
        post = await world.post(world.bea, "tide", poll=poll)
        await ada.wait("update", "tide")
        await vote(identity=world.ada.me, post_id=post.pk, choices=[1])
        assert (await ada.wait("status.update"))["poll"]["votes_count"] == 1
        async with async_atomic():
            await close_polls([post.pk])
        await wait_until(lambda: [name for name, _ in ada.events].count("status.update") == 2)
        assert [said for name, said in ada.events if name == "status.update"][-1]["poll"]["expired"]
