"""A server of ours and one made with Fedify, each a process of its own, do with each other over HTTPS what people do."""

from typing import Any

import pytest

from tests.federation.acting import NO_LIMITS, Person, Times, people
from tests.federation.real_peers import story
from tests.federation.real_peers.running import Peer, running_fedify
from tests.support.servers import running_servers

pytestmark = [pytest.mark.anyio, pytest.mark.servers]


async def test_fedify_and_we_understand_each_other() -> None:
    async with (
        running_servers("ana.test", guests=["fedify.test"], env=NO_LIMITS) as (server,),
        running_fedify("fedify.test", server) as fay,
        people(server) as (ana,),
    ):
        times = Times()
        try:
            await _the_story(ana, fay, times)
        finally:
            print(f"\n{times.table()}")
        assert "Traceback" not in server.log, server.log


async def _the_story(ana: Person, fay: Peer, times: Times) -> None:
    await fay.does("post", content="<p>before anybody looked</p>")
    fay_at_ana = await ana.look_up(fay.handle)
    her = (await ana.get("/api/v1/accounts/verify_credentials"))["uri"]
    assert await fay.does("find", at=f"@{ana.handle}") == her
    await _first_look(ana, times, fay_at_ana)
    follow = await story.follow_each_other(ana, fay, times, fay_at_ana, who=her)
    await _posts_of_ours(ana, fay)
    await _posts_of_fay(ana, fay, times, her)
    await _likes_and_boosts(ana, fay, times, her)
    await _quotes(ana, fay, times, her)
    await _ends(ana, fay, times, fay_at_ana, her, follow)


async def _first_look(ana: Person, times: Times, fay_at_ana: str) -> None:
    account = await story.first_look(ana, times, fay_at_ana)
    assert account["display_name"] == "Fay of Fedify :wave:"
    assert [emoji["shortcode"] for emoji in account["emojis"]] == ["wave"]


async def _posts_of_ours(ana: Person, fay: Peer) -> None:
    """Fedify reads a post with mention, emoji, warning and picture, then its edit and its deletion."""
    media = await story.emoji_and_picture(ana)
    written = await ana.write(f"hello @{fay.handle} :blob:", spoiler_text="careful", media_ids=[media])
    got = (await fay.received("Create", id=written["uri"]))["object"]
    assert (got["type"], got["summary"], got["mentions"]) == ("Note", "careful", [fay.actor])
    assert list(got["emojis"]) == [":blob:"]
    assert [file["alt"] for file in got["media"]] == ["all red"]
    for address in (got["emojis"][":blob:"], got["media"][0]["url"]):
        assert (await ana.http.get(address)).headers["content-type"].startswith("image/")
    assert await fay.does("look", at=written["uri"]) == got
    await story.edit_and_delete_ours(ana, fay, written)


async def _posts_of_fay(ana: Person, fay: Peer, times: Times, her: str) -> None:
    """We read the same, and answers go both ways."""
    first = await ana.write("who is there?")
    sent = await fay.does(
        "post",
        content="<p>me :cat:</p>",
        mentions=[her],
        answers=first["uri"],
        emojis=["cat"],
        alt="a picture by Fay",
    )
    answer = await story.answered(ana, fay, times, first, sent["object"])
    assert [emoji["shortcode"] for emoji in answer["emojis"]] == ["cat"]
    (file,) = answer["media_attachments"]
    assert (file["type"], file["description"]) == ("image", "a picture by Fay")
    for address in (file["url"], answer["emojis"][0]["url"]):
        assert (await ana.http.get(address)).headers["content-type"].startswith("image/")
    await story.edit_and_delete_theirs(ana, fay, times, answer, what=sent["object"])


async def _likes_and_boosts(ana: Person, fay: Peer, times: Times, her: str) -> None:
    sent = await fay.does("post", content="<p>like and boost me</p>")
    at_ana = f"/api/v1/statuses/{await story.arrived(ana, times, 'post: home', 'like and boost me')}"
    for verb, kind in (("favourite", "Like"), ("reblog", "Announce")):
        await ana.post(f"{at_ana}/{verb}")
        assert (await fay.received(kind, id=sent["object"]))["actor"] == her
        await ana.post(f"{at_ana}/un{verb}")
        assert (await fay.received("Undo", type=kind))["object"]["objectId"] == sent["object"]
    other = await fay.does("post", content="<p>react to me</p>")
    at_ana = f"/api/v1/statuses/{await story.arrived(ana, times, 'second post: home', 'react to me')}"
    await ana.post(f"{at_ana}/react/blob")
    got = await fay.received("Like", id=other["object"])
    assert (got["content"], list(got["emojis"])) == (":blob:", [":blob:"])
    await ana.post(f"{at_ana}/unreact/blob")
    assert (await fay.received("Undo", type="Like", objectId=other["object"]))["actor"] == her

    mine = await ana.write("react to this")
    liked = await fay.does("like", what=mine["uri"], who=her)
    boosted = await fay.does("boost", what=mine["uri"], who=her)
    reacted = await fay.does("react", what=mine["uri"], who=her, name="wave")

    async def counts() -> tuple[int, int, list[str]]:
        post = await ana.get(f"/api/v1/statuses/{mine['id']}")
        return post["favourites_count"], post["reblogs_count"], [one["name"] for one in post["reactions"]]

    async def counted() -> bool:
        return await counts() == (1, 1, ["wave@fedify.test"])

    await times.until("like, boost, reaction", counted)
    for activity in (liked, boosted, reacted):
        await fay.does("undo", what=activity["id"], who=her)

    async def uncounted() -> bool:
        return await counts() == (0, 0, [])

    await times.until("all three undone", uncounted)


async def _quotes(ana: Person, fay: Peer, times: Times, her: str) -> None:
    """Each asks the other for consent and gets a stamp."""
    sent = await fay.does("post", content="<p>quote me</p>")
    at_ana = await story.arrived(ana, times, "post to quote", "quote me")
    quoting = await ana.write("as Fay says", quoted_status_id=at_ana)
    assert (await fay.received("QuoteRequest", id=sent["object"]))["instrumentId"] == quoting["uri"]

    async def accepted() -> bool:
        return bool((await ana.get(f"/api/v1/statuses/{quoting['id']}"))["quote"]["state"] == "accepted")

    await times.until("consent of Fedify", accepted)
    assert (await fay.does("look", at=quoting["uri"]))["quotes"] == sent["object"]

    mine = await ana.write("quote me, too", quote_approval_policy="public")
    hers = await fay.does("post", content="<p>as Ana says</p>", quotes=mine["uri"], mentions=[her])
    await fay.does("ask", what=mine["uri"], who=her, quoting=hers["object"])
    assert (await fay.received("Accept", type="QuoteRequest"))["actor"] == her

    async def shown() -> Any:
        post = await ana.seen("as Ana says")
        return (
            post
            and post["quote"]["state"] == "accepted"
            and post["quote"]["quoted_status"]["id"] == mine["id"]
        )

    await times.until("quote of ours", shown)


async def _ends(ana: Person, fay: Peer, times: Times, fay_at_ana: str, her: str, follow: str) -> None:
    await ana.post(f"/api/v1/accounts/{fay_at_ana}/unfollow")
    assert (await fay.received("Undo", type="Follow"))["object"]["objectId"] == fay.actor
    await fay.does("undo", what=follow, who=her)
    await story.unfollowed(ana, times, fay_at_ana)
