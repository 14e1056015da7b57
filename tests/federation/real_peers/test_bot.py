"""A server of ours and activitypub-bot, each a process of its own, do with each other over HTTPS what people, groups and relays do."""

import json

import pytest

from tests.federation.acting import NO_LIMITS, Person, Times, people
from tests.federation.real_peers import story
from tests.federation.real_peers.running import Peer, running_bot
from tests.support.servers import running_servers

pytestmark = [pytest.mark.anyio, pytest.mark.servers]


async def test_activitypub_bot_and_we_understand_each_other() -> None:
    async with (
        running_servers("ana.test", guests=["bot.test"], env=NO_LIMITS) as (server,),
        running_bot("bot.test", server) as bo,
        people(server) as (ana,),
    ):
        times = Times()
        try:
            await _the_story(ana, bo, times)
        finally:
            print(f"\n{times.table()}")
        assert "Traceback" not in server.log, server.log


async def _the_story(ana: Person, bo: Peer, times: Times) -> None:
    await bo.does("post", content="before anybody looked")
    bo_at_ana = await ana.look_up(bo.handle)
    her = (await ana.get("/api/v1/accounts/verify_credentials"))["uri"]
    assert await bo.does("find", name=ana.handle) == her
    await _first_look(ana, times, bo_at_ana)
    await story.follow_each_other(ana, bo, times, bo_at_ana, at=her)
    await _posts_of_ours(ana, bo)
    await _posts_of_bo(ana, bo, times)
    await _likes_and_boosts(ana, bo, times, her)
    await _the_group(ana, bo, times)
    await _the_relays(ana, bo, times)
    await _ends(ana, bo, times, bo_at_ana, her)


async def _first_look(ana: Person, times: Times, bo_at_ana: str) -> None:
    account = await story.first_look(ana, times, bo_at_ana)
    assert (account["display_name"], account["bot"], account["statuses_count"]) == ("Bo the bot", True, 1)


async def _posts_of_ours(ana: Person, bo: Peer) -> None:
    """The bot reads a post with mention, emoji, warning and picture, then its edit and its deletion; and one for its followers."""
    media = await story.emoji_and_picture(ana)
    written = await ana.write(f"hello @{bo.handle} :blob: #bots", spoiler_text="careful", media_ids=[media])
    got = (await bo.received("Create", id=written["uri"]))["object"]
    assert (got["type"], got["summary"]) == ("Note", "careful")
    assert {tag["name"] for tag in got["tags"]} == {f"@{bo.handle}", ":blob:", "#bots"}
    assert bo.actor in {tag.get("href") for tag in got["tags"]}
    (file,) = got["media"]
    assert file["alt"] == "all red"
    assert (await ana.http.get(file["url"])).headers["content-type"].startswith("image/")
    assert (await bo.does("look", at=written["uri"]))["content"] == got["content"]
    await story.edit_and_delete_ours(ana, bo, written)
    quiet = await ana.write("for followers only", visibility="private")
    await bo.received("Create", id=quiet["uri"])
    assert "for followers only" in (await bo.does("look", at=quiet["uri"]))["content"]


async def _posts_of_bo(ana: Person, bo: Peer, times: Times) -> None:
    """Its mentions have the address of our page, not of the actor, as their `href`."""
    first = await ana.write("who is there?")
    sent = await bo.does("answer", at=first["uri"], content=f"@{ana.handle} me #bots")
    answer = await story.answered(ana, bo, times, first, sent["id"])
    assert [one["acct"] for one in answer["mentions"]] == [ana.username]
    assert [tag["name"] for tag in answer["tags"]] == ["bots"]
    await story.edit_and_delete_theirs(ana, bo, times, answer, at=sent["id"])


async def _likes_and_boosts(ana: Person, bo: Peer, times: Times, her: str) -> None:
    sent = await bo.does("post", content="like and boost me")
    at_ana = f"/api/v1/statuses/{await story.arrived(ana, times, 'post: home', 'like and boost me')}"
    for verb, kind in (("favourite", "Like"), ("reblog", "Announce")):
        await ana.post(f"{at_ana}/{verb}")
        assert (await bo.received(kind, id=sent["id"]))["actor"] == her
        await ana.post(f"{at_ana}/un{verb}")
        assert (await bo.received("Undo", type=kind))["actor"] == her
    await ana.post(f"{at_ana}/react/blob")
    assert (await bo.received("Like", id=sent["id"]))["actor"] == her

    mine = await ana.write("react to this")
    await bo.does("like", at=mine["uri"])
    await bo.does("boost", at=mine["uri"])

    async def counts() -> tuple[int, int]:
        post = await ana.get(f"/api/v1/statuses/{mine['id']}")
        return post["favourites_count"], post["reblogs_count"]

    async def counted() -> bool:
        return await counts() == (1, 1)

    await times.until("like and boost", counted)
    await bo.does("unlike", at=mine["uri"])
    await bo.does("unboost", at=mine["uri"])

    async def uncounted() -> bool:
        return await counts() == (0, 0)

    await times.until("both undone", uncounted)


async def _the_group(ana: Person, bo: Peer, times: Times) -> None:
    """Its group boosts what names it; our own post comes back as that group's."""
    group = await ana.look_up(f"group@{bo.domain}")
    assert (await ana.get(f"/api/v1/accounts/{group}"))["group"]
    await story.follows(ana, times, group, "follow of the group")
    mine = await ana.write(f"@group@{bo.domain} a word to all")

    async def boosted() -> bool:
        return bool((await ana.get(f"/api/v1/statuses/{mine['id']}"))["reblogs_count"])

    await times.until("boost by the group", boosted)


async def _the_relays(ana: Person, bo: Peer, times: Times) -> None:
    """A relay of Mastodon's dialect accepts us; one of LitePub's follows back, and shares what we write."""
    await ana.server.takahe("relay", "add", f"https://{bo.domain}/user/relay/inbox")
    await ana.server.takahe("relay", "add", f"https://{bo.domain}/user/actors")

    async def accepted() -> bool:
        told = json.loads(await ana.server.takahe("relay", "list", "--json"))
        return [one["state"] for one in told] == ["accepted", "accepted"]

    await times.until("both relays", accepted)


async def _ends(ana: Person, bo: Peer, times: Times, bo_at_ana: str, her: str) -> None:
    await ana.post(f"/api/v1/accounts/{bo_at_ana}/unfollow")
    assert (await bo.received("Undo", type="Follow"))["actor"] == her
    await bo.does("unfollow", at=her)
    await story.unfollowed(ana, times, bo_at_ana)
