"""The rest of the story of two servers: votes, consent, reactions, new keys, inconsistent followers, late threads, a day offline.

Ben follows Ana at the beginning and at the end.
"""

from typing import Any

import psycopg

from tests.federation.acting import Person, Times
from tests.support.waiting import wait_until


async def everything(ana: Person, ben: Person, times: Times, ben_at_ana: str) -> None:
    await _polls(ana, ben, times)
    await _quotes(ana, ben, times)
    await _reactions(ana, ben, times)
    async with ana.server.client(await ana.server.person("dot")) as http:
        dot = Person(ana.server, "dot", http)
        await _late_replies(ana, ben, dot, times)
        await _followers_repaired(ben, dot, times, ben_at_ana)
    await _new_key(ana, ben, times)
    await _a_day_away(ana, ben, times)


async def _arrived(reader: Person, times: Times, words: str) -> Any:
    """Wait for the post with this text in a user's home timeline."""
    return await times.until(f"{words}: home", lambda: reader.seen(words))


async def _polls(ana: Person, ben: Person, times: Times) -> None:
    """Ben votes in Ana's poll, Ana votes in Ben's, and each sees the results of the other's server."""
    asked = await ana.write("Tea or coffee?", poll={"options": ["tea", "coffee"], "expires_in": 3600})
    at_ben = (await _arrived(ben, times, "Tea or coffee?"))["poll"]["id"]
    await ben.post(f"/api/v1/polls/{at_ben}/votes", choices=[1])

    async def counted(person: Person, poll_id: str, *expected: int) -> bool:
        poll = await person.get(f"/api/v1/polls/{poll_id}")
        return [option["votes_count"] for option in poll["options"]] == list(expected)

    await times.until("vote: counted", lambda: counted(ana, asked["poll"]["id"], 0, 1))
    answer = await ana.http.post(f"/api/v1/polls/{asked['poll']['id']}/votes", json={"choices": [0]})
    assert answer.status_code == 422  # her own
    back = await ben.write(
        f"@{ana.handle} Mate or chai?",
        poll={"options": ["mate", "chai"], "expires_in": 3600, "multiple": True},
    )

    async def mentioned() -> Any:
        notices = await ana.notified("mention")
        return next((one["status"] for one in notices if "Mate or chai?" in one["status"]["content"]), None)

    at_ana = (await times.until("poll in a mention", mentioned))["poll"]["id"]
    await ana.post(f"/api/v1/polls/{at_ana}/votes", choices=[0, 1])
    await times.until("two votes of one: counted", lambda: counted(ben, back["poll"]["id"], 1, 1))
    assert (await ben.get(f"/api/v1/polls/{back['poll']['id']}"))["voters_count"] == 1


async def _quotes(ana: Person, ben: Person, times: Times) -> None:
    """A quote is shown after its author's consent, and hidden when that is revoked."""
    mine = await ana.write("Quote me if you like", quote_approval_policy="public")
    closed = await ana.write("Quote me not", quote_approval_policy="nobody")
    at_ben = (await _arrived(ben, times, "Quote me if you like"))["id"]
    quoting = await ben.write("As Ana says", quoted_status_id=at_ben)

    async def state(wanted: str) -> Any:
        quote = (await ben.get(f"/api/v1/statuses/{quoting['id']}"))["quote"]
        return quote["state"] == wanted

    await times.until("quote: accepted", lambda: state("accepted"))

    async def quotes() -> Any:
        return await ana.get(f"/api/v1/statuses/{mine['id']}/quotes")

    (shown,) = await times.until("quote: at its author's", quotes)
    assert (shown["uri"], shown["quote"]["state"]) == (quoting["uri"], "accepted")
    await ana.post(f"/api/v1/statuses/{mine['id']}/quotes/{shown['id']}/revoke")
    await times.until("quote: revoked", lambda: state("revoked"))
    closed_at_ben = (await _arrived(ben, times, "Quote me not"))["id"]
    answer = await ben.http.post(
        "/api/v1/statuses", json={"status": "all the same", "quoted_status_id": closed_at_ben}
    )
    assert answer.status_code in (403, 404, 422), answer.text
    assert closed["quote_approval"]["automatic"] == []


async def _reactions(ana: Person, ben: Person, times: Times) -> None:
    """Ben reacts to Ana's post, she adds the same reaction, which he sees, and he removes his. Each adds the other's custom emoji."""
    mine = await ana.write("React to me")
    at_ben = (await _arrived(ben, times, "React to me"))["id"]

    async def shown(person: Person, status_id: str, *expected: tuple[str, int]) -> bool:
        post = await person.get(f"/api/v1/statuses/{status_id}")
        return {(one["name"], one["count"]) for one in post["reactions"]} == set(expected)

    await ben.post(f"/api/v1/statuses/{at_ben}/react/🔥")
    await times.until("reaction", lambda: shown(ana, mine["id"], ("🔥", 1)))
    await ana.post(f"/api/v1/statuses/{mine['id']}/react/🔥")
    assert await shown(ana, mine["id"], ("🔥", 2))
    await times.until("own reaction at a follower's", lambda: shown(ben, at_ben, ("🔥", 2)))
    await ben.post(f"/api/v1/statuses/{at_ben}/unreact/🔥")
    await times.until("reaction undone", lambda: shown(ana, mine["id"], ("🔥", 1)))
    blob = f"blob@{ana.server.domain}"
    await ana.post(f"/api/v1/statuses/{mine['id']}/react/blob")
    await times.until("own custom reaction", lambda: shown(ben, at_ben, ("🔥", 1), (blob, 1)))
    await ben.post(f"/api/v1/statuses/{at_ben}/react/{blob}")
    await times.until("custom reaction joined", lambda: shown(ana, mine["id"], ("🔥", 1), ("blob", 2)))
    await ana.post(f"/api/v1/statuses/{mine['id']}/unreact/🔥")
    await times.until("own reaction undone", lambda: shown(ben, at_ben, (blob, 2)))
    theirs = await ben.write(f"@{ana.handle} react to me, too")

    async def mentioned() -> Any:
        notices = await ana.notified("mention")
        return next((one["status"] for one in notices if one["status"]["uri"] == theirs["uri"]), None)

    at_ana = (await times.until("post to react to", mentioned))["id"]
    await ana.post(f"/api/v1/statuses/{at_ana}/react/blob")
    await times.until("custom reaction", lambda: shown(ben, theirs["id"], (blob, 1)))


async def _late_replies(ana: Person, ben: Person, dot: Person, times: Times) -> None:
    """A reply to Ana by an actor unknown to Ben's server arrives when he opens the conversation."""
    asked = await ana.write("Who knows more?")
    at_ben = (await _arrived(ben, times, "Who knows more?"))["id"]
    answer = await dot.write(f"@{ana.handle} late words", in_reply_to_id=asked["id"])
    assert (await ben.get("/api/v2/search", q=answer["uri"], type="statuses"))["statuses"] == []
    first = await ben.http.get(f"/api/v1/statuses/{at_ben}/context")
    assert first.json()["descendants"] == []
    assert f'id="{at_ben}"' in first.headers["mastodon-async-refresh"]

    async def came() -> Any:
        return (await ben.get(f"/api/v1/statuses/{at_ben}/context"))["descendants"]

    (late,) = await times.until("late reply", came)
    assert (late["uri"], late["account"]["acct"]) == (answer["uri"], dot.handle)
    assert not await ben.seen("late words")


async def _new_key(ana: Person, ben: Person, times: Times) -> None:
    """Ana's key is replaced between two posts, and nothing is lost."""
    await ana.write("Signed with the old key")
    await ana.server.takahe("identity", "rotate-key", "--handle", ana.handle)
    await ana.write("Signed with the new key")
    for words in ("Signed with the old key", "Signed with the new key"):
        await _arrived(ben, times, words)


async def _followers_repaired(ben: Person, dot: Person, times: Times, ben_at_ana: str) -> None:
    """Ben's server lost that he follows Dot; her next post shows the difference (FEP-8fcf), and it undoes the follow."""
    dot_at_ben = await ben.look_up(dot.handle)
    await ben.post(f"/api/v1/accounts/{dot_at_ben}/follow")

    async def follows() -> bool:
        return bool((await ben.relationship(dot_at_ben))["following"])

    await times.until("follow of another: accepted", follows)
    _run(ben, "DELETE FROM users_follow WHERE target_id = %s", dot_at_ben)
    assert (await dot.relationship(ben_at_ana))["followed_by"]
    await dot.write("For whoever follows me", "private")

    async def agreed() -> bool:
        return not (await dot.relationship(ben_at_ana))["followed_by"]

    await times.until("followers repaired", agreed)


async def _a_day_away(ana: Person, ben: Person, times: Times) -> None:
    """Posts written while Ben's server is off wait, and arrive once when it is back."""
    edited = await ana.write("Before it went away")
    at_ben = await _arrived(ben, times, "Before it went away")
    await ben.server.stop()
    for number in range(3):
        await ana.write(f"While you slept {number}")
    answer = await ana.http.put(f"/api/v1/statuses/{edited['id']}", json={"status": "Edited meanwhile"})
    assert answer.status_code == 200
    host = ben.server.domain

    def are_waiting() -> bool:
        is_failing = _run(
            ana, "SELECT 1 FROM federation_peer WHERE host = %s AND failing_since IS NOT NULL", host
        )
        waiting = _run(ana, "SELECT 1 FROM federation_delivery WHERE host = %s AND status = 0", host)
        return bool(is_failing) and len(waiting) == 4

    await wait_until(are_waiting, 30, "Ana's server keeps four deliveries")
    # a day passes
    _run(
        ana,
        """UPDATE federation_peer SET failing_since = failing_since - interval '1 day', last_failure_at = last_failure_at - interval '1 day',
           state_changed_at = state_changed_at - interval '1 day' WHERE host = %s""",
        host,
    )
    _run(
        ana,
        "UPDATE federation_delivery SET created_at = created_at - interval '1 day' WHERE host = %s AND status = 0",
        host,
    )
    await ben.server.start()
    await ben.server.wait_ready()
    _run(ana, "UPDATE federation_peer SET state_due_at = now() WHERE host = %s AND state = 'waiting'", host)

    async def all_there() -> bool:
        found = [post["content"] for post in await ben.home() if "While you slept" in post["content"]]
        changed = await ben.get(f"/api/v1/statuses/{at_ben['id']}")
        return len(found) == 3 and "Edited meanwhile" in changed["content"]

    await times.until("a day later: everything", all_there, 30)
    shown = [post["content"] for post in await ben.home() if "While you slept" in post["content"]]
    assert sorted(text.partition("slept ")[2][:1] for text in shown) == ["0", "1", "2"]
    assert not _run(ana, "SELECT 1 FROM federation_delivery WHERE host = %s AND status = 0", host)


def _run(person: Person, statement: str, *values: object) -> list[Any]:
    """Run a statement in the database of a person's server."""
    with psycopg.connect(person.server.database_url, autocommit=True) as connection:
        cursor = connection.execute(statement, values)
        return cursor.fetchall() if cursor.description else []
