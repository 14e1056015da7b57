"""Two whole servers, each with its own database and worker, that know each other only by HTTPS. Everything is done through their APIs.

What a step takes until it shows on the other side is printed as a table with `pytest -s`; a step over its bound fails.
"""

import statistics
import tempfile
from pathlib import Path
from typing import Any

import pytest

from tests.federation import depth
from tests.federation.acting import NO_LIMITS, Person, Times, people, plain_requests
from tests.federation.approvals_story import asked_and_answered
from tests.support.servers import running_servers, threads
from tests.users.emojis import pictures

pytestmark = [pytest.mark.anyio, pytest.mark.servers]

_MAX_SLOW_STEPS = 0.2  # of all; loaded test machines hiccup
# A step is a request here, an activity there, and what the other server makes of it: as much as 30 to 60 requests without any work. It
# takes a second at most, or on a machine that is busy with other tests as long as twice that many take there: whoever polls instead of
# being woken takes longer.
_REQUESTS_A_STEP = 120


async def test_everything_people_do_shows_on_the_other_server() -> None:
    async with (
        running_servers("ana.test", "ben.test", env=NO_LIMITS) as servers,
        people(*servers) as (ana, ben),
    ):
        times = Times()
        async with plain_requests(*servers) as took:
            try:
                await _the_whole_story(ana, ben, times)
            finally:
                print(f"\n{times.table()}\n{statistics.median(took) * 1000:.0f} ms a request without work")
        bound_s = max(1, _REQUESTS_A_STEP * statistics.median(took))
        slow = [step for step, seconds in times.steps if seconds > bound_s]
        assert len(slow) <= _MAX_SLOW_STEPS * len(times.steps), f"over {bound_s:.1f} s:\n{times.table()}"
        for server in servers:
            assert "Traceback" not in server.log, server.log
            # after everything that federation does: signed inbox posts, deliveries, fetches, over TLS
            for pid in (server.web_pid, server.worker_pid):
                assert len(threads(pid)) == 1, threads(pid)


async def _the_whole_story(ana: Person, ben: Person, times: Times) -> None:
    ben_at_ana = await times.until("look up", lambda: ana.look_up(ben.handle))
    pinned = await _old_posts(ana)
    ana_at_ben = await times.until("look up back", lambda: ben.look_up(ana.handle))
    await _first_look(ana, ben, times, ana_at_ben, pinned)
    await _follows(ana, ben, times, ben_at_ana, ana_at_ben)
    await _posts(ana, ben, times)
    await _emojis(ana, ben, times)
    await _threads(ana, ben, times)
    await _reactions(ana, ben, times)
    await asked_and_answered(ana, ben, times)
    await _changes(ana, ben, times)
    await _profiles(ana, ben, times, ana_at_ben)
    await depth.everything(ana, ben, times, ben_at_ana)
    await _ends(ana, ben, times, ben_at_ana, ana_at_ben)


async def _old_posts(ana: Person) -> str:
    """What ana wrote before anybody on the other server knew her. Returns what she pinned."""
    first, *_ = [await ana.write(f"old words {number}") for number in range(3)]
    await ana.post(f"/api/v1/statuses/{first['id']}/pin")
    await ana.post(f"/api/v1/statuses/{first['id']}/favourite")
    await ana.post("/api/v1/tags/oldtimes/feature")
    return str(first["uri"])


async def _first_look(ana: Person, ben: Person, times: Times, ana_at_ben: str, pinned: str) -> None:
    """A look at ana's profile brings her old posts, with their likes, and tells nobody."""
    path = f"/api/v1/accounts/{ana_at_ben}"

    async def old_posts() -> list[Any]:
        account, found = await ben.get(path), await ben.get(f"{path}/statuses")
        return found if (account["statuses_count"], len(found)) == (3, 3) else []

    found = await times.until("old posts", old_posts)
    assert [words for post in found for words in ("0", "1", "2") if f"old words {words}" in post["content"]] == [
        "2", "1", "0",
    ]  # fmt: skip
    assert found[-1]["uri"] == pinned
    assert found[-1]["favourites_count"] == 1
    assert [post["uri"] for post in await ben.get(f"{path}/statuses", pinned="true")] == [pinned]
    assert [tag["name"] for tag in await ben.get(f"{path}/featured_tags")] == ["oldtimes"]
    assert await ben.home() == []
    by_activity = await ben.get("/api/v2/search", q=f"{pinned}/activity", resolve="true")
    assert [post["uri"] for post in by_activity["statuses"]] == [pinned]


async def _follows(ana: Person, ben: Person, times: Times, ben_at_ana: str, ana_at_ben: str) -> None:
    await ben.post(f"/api/v1/accounts/{ana_at_ben}/follow")

    async def accepted() -> bool:
        return bool((await ben.relationship(ana_at_ben))["following"])

    async def told() -> list[Any]:
        return await ana.notified("follow")

    await times.until("follow: accepted", accepted)
    (notice,) = await times.until("follow: notification", told)
    assert notice["account"]["acct"] == ben.handle
    assert (await ana.relationship(ben_at_ana))["followed_by"]


async def _posts(ana: Person, ben: Person, times: Times) -> None:
    for visibility in ("public", "unlisted", "private"):
        words = f"A {visibility} post by Ana #walking"
        written = await ana.write(words, visibility, spoiler_text="long" if visibility == "unlisted" else "")

        async def arrived(words: str = words) -> Any:
            return await ben.seen(words.partition(" #")[0])

        found = await times.until(f"{visibility} post: home", arrived)
        assert (found["visibility"], found["uri"]) == (visibility, written["uri"])
        assert found["spoiler_text"] == ("long" if visibility == "unlisted" else "")
        assert [tag["name"] for tag in found["tags"]] == ["walking"]
        assert found["account"]["acct"] == ana.handle
    await ana.write(f"Only for you, @{ben.handle}", "direct")

    async def mentioned() -> list[Any]:
        return await ben.notified("mention")

    (notice,) = await times.until("direct post: notification", mentioned)
    assert notice["status"]["visibility"] == "direct"
    assert [mention["acct"] for mention in notice["status"]["mentions"]] == ["ben"]


async def _emojis(ana: Person, ben: Person, times: Times) -> None:
    """A custom emoji of one server shows on the other, in a post and in its author's name."""
    with tempfile.TemporaryDirectory() as folder:
        blob = Path(folder) / "blob.gif"
        blob.write_bytes(pictures.moving())
        await ana.server.takahe("emoji", "add", str(blob))
    answer = await ana.http.patch("/api/v1/accounts/update_credentials", json={"display_name": "Ana :blob:"})
    assert answer.status_code == 200
    await ana.write("With an emoji :blob: and :none:", spoiler_text="careful :blob:")

    async def arrived() -> Any:
        return await ben.seen("With an emoji")

    found = await times.until("emoji: home", arrived)
    assert [emoji["shortcode"] for emoji in found["emojis"]] == ["blob"]
    assert found["emojis"][0]["url"].startswith(f"https://{ben.server.domain}/media/r/e")
    picture = await ben.http.get(found["emojis"][0]["url"])
    assert (picture.status_code, picture.headers["content-type"]) == (200, "image/webp")

    async def named() -> Any:
        return (await ben.seen("With an emoji"))["account"]["emojis"]

    (shown,) = await times.until("emoji: name", named)
    assert shown["shortcode"] == "blob"


async def _threads(ana: Person, ben: Person, times: Times) -> None:
    asked = await ana.write("Who comes along?")

    async def arrived() -> Any:
        return await ben.seen("Who comes along?")

    at_ben = await times.until("question: home", arrived)
    await ben.write(f"@{ana.handle} I do!", in_reply_to_id=at_ben["id"])

    async def answered() -> Any:
        return (await ana.get(f"/api/v1/statuses/{asked['id']}/context"))["descendants"]

    (answer,) = await times.until("reply: thread", answered)
    assert (answer["in_reply_to_id"], answer["account"]["acct"]) == (asked["id"], ben.handle)

    async def told() -> list[Any]:
        return await ana.notified("mention")

    await times.until("reply: notification", told)
    await ana.write(f"@{ben.handle} Great!", "private", in_reply_to_id=answer["id"])

    async def answered_back() -> bool:
        thread = (await ben.get(f"/api/v1/statuses/{at_ben['id']}/context"))["descendants"]
        return len(thread) == 2

    await times.until("reply to the reply: thread", answered_back)


async def _reactions(ana: Person, ben: Person, times: Times) -> None:
    liked = await ana.write("Like and boost me")

    async def arrived() -> Any:
        return await ben.seen("Like and boost me")

    at_ben = (await times.until("post: home", arrived))["id"]

    async def counts() -> tuple[int, int]:
        post = await ana.get(f"/api/v1/statuses/{liked['id']}")
        return post["favourites_count"], post["reblogs_count"]

    async def are(*expected: int) -> bool:
        return await counts() == expected

    await ben.post(f"/api/v1/statuses/{at_ben}/favourite")
    await times.until("like", lambda: are(1, 0))
    await ben.post(f"/api/v1/statuses/{at_ben}/reblog")
    await times.until("boost", lambda: are(1, 1))

    async def told() -> bool:
        return bool(await ana.notified("favourite")) and bool(await ana.notified("reblog"))

    await times.until("like and boost: notifications", told)
    await ben.post(f"/api/v1/statuses/{at_ben}/unfavourite")
    await times.until("unlike", lambda: are(0, 1))
    await ben.post(f"/api/v1/statuses/{at_ben}/unreblog")
    await times.until("unboost", lambda: are(0, 0))


async def _changes(ana: Person, ben: Person, times: Times) -> None:
    written = await ana.write("Before the edit")

    async def arrived() -> Any:
        return await ben.seen("Before the edit")

    at_ben = (await times.until("post to edit: home", arrived))["id"]
    answer = await ana.http.put(f"/api/v1/statuses/{written['id']}", json={"status": "After the edit"})
    assert answer.status_code == 200

    async def edited() -> bool:
        post = await ben.get(f"/api/v1/statuses/{at_ben}")
        return "After the edit" in post["content"] and post["edited_at"] is not None

    await times.until("edit", edited)
    assert (await ana.http.delete(f"/api/v1/statuses/{written['id']}")).status_code == 200

    async def gone() -> bool:
        return not await ben.shows(at_ben) and not await ben.seen("After the edit")

    await times.until("delete", gone)


async def _profiles(ana: Person, ben: Person, times: Times, ana_at_ben: str) -> None:
    answer = await ana.http.patch(
        "/api/v1/accounts/update_credentials", json={"display_name": "Ana the second"}
    )
    assert answer.status_code == 200

    async def renamed() -> bool:
        account = await ben.get(f"/api/v1/accounts/{ana_at_ben}")
        return bool(account["display_name"] == "Ana the second")

    await times.until("profile", renamed)


async def _ends(ana: Person, ben: Person, times: Times, ben_at_ana: str, ana_at_ben: str) -> None:
    async with ana.server.client(await ana.server.person("cem")) as http:
        cem = Person(ana.server, "cem", http)
        await cem.post(f"/api/v1/accounts/{ben_at_ana}/follow")
        await _blocks(ana, ben, cem, times, ben_at_ana, ana_at_ben)


async def _blocks(
    ana: Person, ben: Person, cem: Person, times: Times, ben_at_ana: str, ana_at_ben: str
) -> None:
    await ana.post(f"/api/v1/accounts/{ben_at_ana}/follow")

    async def mutual() -> bool:
        return bool((await ana.relationship(ben_at_ana))["following"])

    await times.until("follow back", mutual)
    await ana.post(f"/api/v1/accounts/{ben_at_ana}/unfollow")

    async def no_follower() -> bool:
        return not (await ben.relationship(ana_at_ben))["followed_by"]

    await times.until("unfollow", no_follower)
    await ana.post(f"/api/v1/accounts/{ben_at_ana}/block")

    async def blocked() -> bool:
        between = await ben.relationship(ana_at_ben)
        return bool(between["blocked_by"]) and not between["following"]

    await times.until("block", blocked)
    before = len(await ana.notified("mention"))
    await ana.write("Not for Ben, who was blocked")
    await ben.write(f"@{ana.handle} can you hear me?")

    # somebody else on Ana's server shows when what Ben wrote has come
    async def came() -> Any:
        return await cem.seen("can you hear me?")

    await times.until("post of one who is blocked, to others", came)
    assert len(await ana.notified("mention")) == before
    assert not await ben.seen("Not for Ben")
    await ana.post(f"/api/v1/accounts/{ben_at_ana}/unblock")

    async def unblocked() -> bool:
        return not (await ben.relationship(ana_at_ben))["blocked_by"]

    await times.until("unblock", unblocked)
    await ben.post(f"/api/v1/accounts/{ana_at_ben}/follow")

    async def follows_again() -> bool:
        return bool((await ben.relationship(ana_at_ben))["following"])

    await times.until("follow after all", follows_again)
    await ben.post(f"/api/v1/accounts/{ana_at_ben}/unfollow")

    async def follower_gone() -> bool:
        return not (await ana.relationship(ben_at_ana))["followed_by"]

    await times.until("unfollow at last", follower_gone)
    assert len(await ana.notified("mention")) == before
