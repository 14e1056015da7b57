"""Steps that are the same for every peer: a first look, follows, replies, edits, deletions. `times` records how long each took."""

from typing import Any

from tests.federation.acting import Person, Times
from tests.federation.real_peers.running import Peer
from tests.users.emojis import pictures


async def first_look(ana: Person, times: Times, account_id: str) -> Any:
    """Look up the peer's account: its earlier posts and its picture arrive. Returns the account."""
    path = f"/api/v1/accounts/{account_id}"

    async def old_posts() -> Any:
        return await ana.get(f"{path}/statuses")

    (post,) = await times.until("old post", old_posts)
    assert "before anybody looked" in post["content"]
    account = await ana.get(path)
    assert (await ana.http.get(account["avatar"])).headers["content-type"].startswith("image/")
    return account


async def follows(ana: Person, times: Times, account_id: str, step: str) -> None:
    """Follow an account as Ana; the peer accepts."""
    await ana.post(f"/api/v1/accounts/{account_id}/follow")

    async def is_accepted() -> bool:
        return bool((await ana.relationship(account_id))["following"])

    await times.until(step, is_accepted)


async def follow_each_other(ana: Person, peer: Peer, times: Times, account_id: str, **asked: str) -> str:
    """Ana and the peer follow each other; returns the id of the peer's Follow, sent by the action `asked`."""
    await follows(ana, times, account_id, "follow: accepted")
    follow = await peer.does("follow", **asked)
    assert (await peer.received("Accept"))["object"]["id"] == follow["id"]
    assert (await ana.relationship(account_id))["followed_by"]
    return str(follow["id"])


async def emoji_and_picture(ana: Person) -> str:
    """Give Ana's server the emoji `:blob:`, and her a picture with a description; return its id."""
    (ana.server.folder / "blob.gif").write_bytes(pictures.moving())
    await ana.server.takahe("emoji", "add", str(ana.server.folder / "blob.gif"))
    answer = await ana.http.post(
        "/api/v2/media", files={"file": ("a.png", pictures.still())}, data={"description": "all red"}
    )
    return str(answer.json()["id"])


async def edit_and_delete_ours(ana: Person, peer: Peer, written: Any) -> None:
    """Edit and delete a post of Ana's; the peer receives both."""
    answer = await ana.http.put(f"/api/v1/statuses/{written['id']}", json={"status": "edited"})
    assert answer.status_code == 200
    got = (await peer.received("Update", id=written["uri"]))["object"]
    assert got["content"] == "<p>edited</p>"
    assert (await ana.http.delete(f"/api/v1/statuses/{written['id']}")).status_code == 200
    assert (await peer.received("Delete", id=written["uri"]))["object"]["type"] == "Tombstone"


async def answered(ana: Person, peer: Peer, times: Times, first: Any, uri: str) -> Any:
    """Reply to Ana's post from the peer, with its mention, and to that as Ana; both arrive. Returns the peer's reply."""

    async def answers() -> Any:
        return (await ana.get(f"/api/v1/statuses/{first['id']}/context"))["descendants"]

    (answer,) = await times.until("reply", answers)
    assert answer["uri"] == uri

    async def mentioned() -> Any:
        return await ana.notified("mention")

    (notice,) = await times.until("mention", mentioned)
    assert notice["status"]["id"] == answer["id"]
    back = await ana.write(f"@{peer.handle} so you are", in_reply_to_id=answer["id"])
    assert (await peer.received("Create", id=back["uri"]))["object"]["answers"] == uri
    return answer


async def edit_and_delete_theirs(ana: Person, peer: Peer, times: Times, answer: Any, **post: str) -> None:
    """Edit and delete the peer's reply, named by `post`; Ana's server shows both."""
    await peer.does("edit", **post, content="<p>me, corrected</p>")

    async def edited() -> bool:
        return "corrected" in (await ana.get(f"/api/v1/statuses/{answer['id']}"))["content"]

    await times.until("edit", edited)
    await peer.does("delete", **post)

    async def gone() -> bool:
        return not await ana.shows(answer["id"])

    await times.until("delete", gone)


async def arrived(ana: Person, times: Times, step: str, words: str) -> str:
    """Wait for a post by the peer with this text in Ana's home timeline; return its id."""

    async def seen() -> Any:
        return await ana.seen(words)

    return str((await times.until(step, seen))["id"])


async def unfollowed(ana: Person, times: Times, account_id: str) -> None:
    """Wait until the peer no longer follows Ana."""

    async def is_over() -> bool:
        return not (await ana.relationship(account_id))["followed_by"]

    await times.until("unfollowed", is_over)
