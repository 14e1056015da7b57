"""A part of the story of two servers: replies that wait for approval, are shown, rejected and hidden again."""

from typing import Any

_ASK_ME = {"can_reply": {"with_approval": ["public"]}, "can_favourite": {"with_approval": ["public"]}}


async def asked_and_answered(ana: Any, ben: Any, times: Any) -> None:
    """Ben replies to Ana, who approves replies herself. She accepts one, rejects another, and revokes the approval."""
    written = await ana.write("Ask me before you answer", interaction_policy=_ASK_ME)

    async def arrived() -> Any:
        return await ben.seen("Ask me before you answer")

    at_ben = await times.until("post with a policy: home", arrived)
    assert at_ben["interaction_policy"]["can_reply"]["with_approval"] == ["public", "me"]
    first = await ben.write(f"@{ana.handle} May I?", in_reply_to_id=at_ben["id"])

    async def asked() -> list[Any]:
        return list(await ana.get("/api/v1/interaction_requests"))

    async def for_everyone(person: Any, status_id: str) -> list[str]:
        async with person.server.client() as nobody:
            thread = (await nobody.get(f"/api/v1/statuses/{status_id}/context")).json()
        return [one["uri"] for one in thread["descendants"]]

    (request,) = await times.until("reply: request", asked)
    assert (request["type"], request["reply"]["uri"]) == ("reply", first["uri"])
    assert [one["status"]["uri"] for one in await ana.notified("pending.reply")] == [first["uri"]]
    for person, status_id in ((ana, written["id"]), (ben, at_ben["id"])):
        assert await for_everyone(person, status_id) == []
    await ana.post(f"/api/v1/interaction_requests/{request['id']}/authorize")

    async def shown(expected: list[str]) -> bool:
        return [
            await for_everyone(person, status_id)
            for person, status_id in ((ana, written["id"]), (ben, at_ben["id"]))
        ] == [expected, expected]

    await times.until("reply: approved", lambda: shown([first["uri"]]))
    await ben.write(f"@{ana.handle} And again?", in_reply_to_id=at_ben["id"])
    (second,) = await times.until("second reply: request", asked)
    await ana.post(f"/api/v1/interaction_requests/{second['id']}/reject")
    await ben.post(f"/api/v1/statuses/{at_ben['id']}/favourite")
    (like,) = await times.until("like: request", asked)
    assert like["type"] == "favourite"
    await ana.post(f"/api/v1/interaction_requests/{like['id']}/authorize")
    assert (await ana.get(f"/api/v1/statuses/{written['id']}"))["favourites_count"] == 1
    assert await shown([first["uri"]])
    await ana.post(f"/api/v1/interaction_requests/{request['id']}/reject")
    await times.until("reply: revoked", lambda: shown([]))
