"""Interaction policies in the API: told in GoToSocial's words, kept for people here and for those elsewhere."""

from typing import Any

import pytest

from activities.posts.activitypub.notes import note_document
from activities.posts.models import Interaction, InteractionPolicy, Post, Visibility
from activities.posts.queries.delivery import load_for_delivery
from activities.publishing.activitypub import parse_post
from activities.publishing.services.receiving import receive_post
from activities.publishing.services.receiving_reactions import receive_boost
from core import clock
from core.db import sql
from core.errors import NotAllowed
from tests.activities import people as rows
from tests.api.support.world import Speaker, World
from users.identities.models import Identity

pytestmark = pytest.mark.anyio
PUBLIC = "https://www.w3.org/ns/activitystreams#Public"


async def restricted(speaker: Speaker, who: list[str], **more: Any) -> dict[str, Any]:
    rules = {name: {"always": who} for name in ("can_reply", "can_favourite", "can_reblog")}
    draft = {"status": "come in", "interaction_policy": rules, **more}
    return await speaker.post("/api/v1/statuses", "Status", json=draft)


async def may(speaker: Speaker, status_id: str) -> tuple[bool, bool, bool]:
    """Whether the person replies to, likes and boosts the post; each refusal is a sentence."""
    answers = []
    for path, draft, kind in (
        ("/api/v1/statuses", {"status": "x", "in_reply_to_id": status_id}, "reply to"),
        (f"/api/v1/statuses/{status_id}/favourite", None, "like"),
        (f"/api/v1/statuses/{status_id}/reblog", None, "boost"),
    ):
        answer = await speaker.ask("POST", path, json=draft)
        if answer.status_code != 200:
            said = f"The author of this post doesn't let you {kind} it."
            assert (answer.status_code, answer.json()["error"]) == (403, said)
        answers.append(answer.status_code == 200)
    return answers[0], answers[1], answers[2]


@pytest.mark.slow
async def test_policies_are_kept_for_people_here(world: World) -> None:
    follower, followed, other = [await world.speaker(name) for name in ("cid", "dan", "eve")]
    await rows.follow(follower.me, world.ada.me)
    await rows.follow(world.ada.me, followed.me)
    for who, allowed in (
        (["public"], (follower, followed, other)),
        (["followers"], (follower,)),
        (["following"], (followed,)),
        (["followers", "following"], (follower, followed)),
        (["author"], ()),
        ([], ()),
    ):
        status = await restricted(world.ada, who)
        for speaker in (follower, followed, other):
            shown = await speaker.get(f"/api/v1/statuses/{status['id']}", "Status")
            mine = ["me" in rules["always"] for rules in shown["interaction_policy"].values()]
            expected = speaker in allowed
            assert mine == [expected] * 3
            assert await may(speaker, status["id"]) == (expected,) * 3, who
        assert await may(world.ada, status["id"]) == (True, True, True)


async def test_mentioned_people_may_reply(world: World) -> None:
    status = await restricted(world.ada, [], status=f"what says @{world.bea.me.username}?")
    assert await may(world.bea, status["id"]) == (True, False, False)
    shown = await world.bea.get(f"/api/v1/statuses/{status['id']}")
    assert shown["interaction_policy"]["can_reply"]["always"] == ["author", "mentioned", "me"]


async def test_policies_come_from_forms_and_edits(world: World) -> None:
    form = {"status": "form", "interaction_policy[can_reply][always][]": "followers"}
    status = await world.ada.post("/api/v1/statuses", "Status", data=form)
    assert status["interaction_policy"]["can_reply"]["automatic_approval"][:2] == ["author", "followers"]
    assert status["interaction_policy"]["can_reblog"]["always"] == ["public", "me"]
    path = f"/api/v1/statuses/{status['id']}"
    edited = await world.ada.put(
        path, "Status", json={"interaction_policy": {"can_reblog": {"always": ["author"]}}}
    )
    assert edited["interaction_policy"]["can_reblog"]["always"] == ["author", "me"]
    assert edited["interaction_policy"]["can_reply"]["always"][:2] == ["author", "followers"]
    mutuals = {"status": "x", "interaction_policy": {"can_reply": {"always": ["mutuals"]}}}
    await world.ada.refused("POST", "/api/v1/statuses", 422, json=mutuals)


async def test_policies_of_a_published_status_change_without_an_edit(world: World) -> None:
    """Mastodon's address, which has only the quote policy, takes GoToSocial's policies, too."""
    post = await world.post(world.ada, "open")
    path = f"/api/v1/statuses/{post.pk}/interaction_policy"
    rules = {"can_reply": {"always": ["followers"]}}
    changed = await world.ada.put(path, "Status", json={"interaction_policy": rules})
    assert changed["interaction_policy"]["can_reply"]["always"][:2] == ["author", "followers"]
    assert changed["interaction_policy"]["can_favourite"]["always"] == ["public", "me"]
    assert changed["quote_approval"]["automatic"] == ["public"]
    assert changed["edited_at"] is None
    await world.bea.refused("PUT", path, 404, json={"interaction_policy": rules})
    await world.bea.refused(
        "POST", "/api/v1/statuses", 403, json={"status": "x", "in_reply_to_id": str(post.pk)}
    )


async def test_defaults_are_kept_and_reset(world: World) -> None:
    path = "/api/v1/interaction_policies/defaults"
    assert (await world.ada.get(path))["public"]["can_reply"]["always"] == ["public"]
    changed = await world.ada.patch(path, json={"public": {"can_reply": {"always": ["following"]}}})
    assert changed == await world.ada.get(path)
    assert changed["direct"]["can_reblog"]["always"] == ["author"]
    status = await world.ada.post("/api/v1/statuses", "Status", json={"status": "by default"})
    assert status["interaction_policy"]["can_reply"]["always"][:2] == ["author", "following"]
    by_visibility = {
        "public": {"can_reply": {"always": ["following"]}},
        "unlisted": {"can_reblog": {"always": ["author"]}, "can_favourite": {"always": ["followers"]}},
        "private": {"can_reply": {"with_approval": ["public"]}, "can_reblog": {"always": ["public"]}},
    }
    changed = await world.ada.patch(path, json=by_visibility)
    assert changed == await world.ada.get(path)
    assert changed["unlisted"]["can_favourite"]["automatic_approval"] == ["author", "followers"]
    assert changed["private"]["can_reblog"]["always"] == ["author"]
    assert changed["direct"]["can_reply"]["always"] == ["public"]
    for visibility, expected in (
        ("public", (["author", "following"], ["public"], ["public"])),
        ("unlisted", (["public"], ["author", "followers"], ["author"])),
        ("private", (["author"], ["public"], ["author"])),
        ("direct", (["public"], ["public"], ["author"])),
    ):
        draft = {"status": f"{visibility} by default", "visibility": visibility}
        said = (await world.ada.post("/api/v1/statuses", json=draft))["interaction_policy"]
        rules = [said[name]["always"] for name in ("can_reply", "can_favourite", "can_reblog")]
        assert tuple([who for who in one if who not in {"me", "mentioned"}] for one in rules) == expected
    reset = await world.ada.patch(path, json={})
    assert reset["public"]["can_reply"]["always"] == ["public"]


async def document_of(post_id: int) -> dict[str, Any]:
    return note_document((await load_for_delivery([post_id]))[post_id])


async def test_policies_are_told_and_read_in_both_forms(world: World) -> None:
    status = await restricted(world.ada, ["followers"], status=f"@{world.bea.me.username} and others")
    policy = (await document_of(int(status["id"])))["interactionPolicy"]
    followers = world.ada.me.followers_url
    assert policy["canReply"]["automaticApproval"] == [followers, world.bea.me.uri]
    assert policy["canReply"]["always"] == [followers, world.bea.me.uri]
    assert policy["canLike"]["always"] == policy["canAnnounce"]["automaticApproval"] == [followers]
    private = await world.ada.post("/api/v1/statuses", json={"status": "x", "visibility": "private"})
    told = (await document_of(int(private["id"])))["interactionPolicy"]
    assert told["canAnnounce"]["always"] == [world.ada.me.uri]
    assert told["canReply"]["always"] == [
        followers
    ]  # who may see it: nobody is told of a public that it does not have


READ: list[tuple[dict[str, Any], tuple[int, int, int, int]]] = [
    ({}, (1, 1, 1, 0)),
    ({"interactionPolicy": None}, (1, 1, 1, 0)),
    ({"interactionPolicy": {"canReply": {}}}, (1, 1, 1, 0)),
    ({"interactionPolicy": {"canReply": "x", "canLike": ["y"]}}, (1, 1, 1, 0)),
    ({"interactionPolicy": {"canReply": {"always": "AUTHOR"}}}, (0, 1, 1, 0)),
    ({"interactionPolicy": {"canReply": {"always": "FOLLOWERS"}}}, (2, 1, 1, 0)),
    ({"interactionPolicy": {"canReply": {"automaticApproval": ["FOLLOWING"]}}}, (4, 1, 1, 0)),
    ({"interactionPolicy": {"canLike": {"manualApproval": ["as:Public"]}}}, (1, 16, 1, 0)),
    ({"interactionPolicy": {"canAnnounce": {"approvalRequired": [PUBLIC]}}}, (1, 1, 16, 0)),
    ({"interactionPolicy": {"canQuote": {"automaticApproval": PUBLIC}}}, (1, 1, 1, 1)),
    (
        {"interactionPolicy": {"canReply": {"always": ["https://liar.test/users/ed", 5, None, {}]}}},
        (8, 1, 1, 0),
    ),
]


@pytest.mark.parametrize(("said", "flags"), READ)
def test_policies_of_others_are_read(said: dict[str, Any], flags: tuple[int, ...]) -> None:
    author = "https://far.test/users/rob"
    text = {"AUTHOR": author, "FOLLOWERS": f"{author}/followers", "FOLLOWING": f"{author}/following"}

    def filled(value: Any) -> Any:
        if isinstance(value, dict):
            return {key: filled(part) for key, part in value.items()}
        if isinstance(value, list):
            return [filled(part) for part in value]
        return text.get(value, value) if isinstance(value, str) else value

    note = {"id": f"{author}/1", "type": "Note", "attributedTo": author, "to": PUBLIC, "content": "x"}
    parsed = parse_post(
        note | filled(said), author_followers_url=text["FOLLOWERS"], author_following_url=text["FOLLOWING"]
    )
    assert tuple(parsed.policies[kind] for kind in Interaction) == flags


async def receive_reply(author: Identity, answered: Post, uri: str = "") -> Post | None:
    uri = uri or f"{author.uri}/notes/{answered.pk}"
    note = {"id": uri, "type": "Note", "attributedTo": author.uri, "to": PUBLIC, "inReplyTo": answered.uri}
    return await receive_post(author=author, document=parse_post(note | {"content": "x"}))


async def test_policies_are_kept_for_people_elsewhere(world: World) -> None:
    status = await restricted(world.ada, ["followers"])
    post = await Post.objects.aget(pk=int(status["id"]))
    with pytest.raises(NotAllowed) as refused:
        await receive_reply(world.remote, post)
    assert refused.value.code == "reply_not_allowed"
    boost = {"author": world.remote, "uri": f"{world.remote.uri}/boosts/1", "original": post}
    with pytest.raises(NotAllowed):
        await receive_boost(**boost, visibility=Visibility.public, published=clock.now())
    await rows.follow(world.remote, world.ada.me)
    assert await receive_reply(world.remote, post) is not None
    assert await receive_boost(**boost, visibility=Visibility.public, published=clock.now()) is not None


async def test_a_policy_changes_without_an_edit(world: World) -> None:
    """Its server sends an Update that is no newer: only who may reply is another."""
    far = await rows.make_post(world.remote, reply_policy=InteractionPolicy.public)
    await sql.run("UPDATE activities_post SET reply_policy = 0 WHERE id = %s", [far.pk])
    await world.ada.refused(
        "POST",
        "/api/v1/statuses",
        403,
        "The author of this post doesn't let you reply to it.",
        json={"status": "x", "in_reply_to_id": str(far.pk)},
    )


@pytest.mark.slow
async def test_waiting_requests_are_listed_and_decided(world: World) -> None:
    """Ada is asked by two people here; Bea's reply is shown, the other's like is not stored."""
    cid = await world.speaker("cid")
    rules = {"can_reply": {"with_approval": ["public"]}, "can_favourite": {"manual_approval": ["public"]}}
    draft = {"status": "ask me", "interaction_policy": rules}
    status = await world.ada.post("/api/v1/statuses", "Status", json=draft)
    assert status["interaction_policy"]["can_reply"]["with_approval"] == ["public"]
    reply = {"status": "may I?", "in_reply_to_id": status["id"]}
    written = await world.bea.post("/api/v1/statuses", "Status", json=reply)
    await cid.post(f"/api/v1/statuses/{status['id']}/favourite", "Status")
    path = "/api/v1/interaction_requests"
    like, asked = await world.ada.get(path)
    assert (like["type"], like["account"]["id"], like["status"]["id"]) == ("favourite", cid.id, status["id"])
    assert (asked["type"], asked["reply"]["id"]) == ("reply", written["id"])
    assert [one["type"] for one in await world.ada.get(path, params={"replies": "true"})] == ["reply"]
    for cursor in ("since_id", "min_id"):
        assert await world.ada.get(path, params={cursor: asked["id"]}) == [like]
        assert await world.ada.get(path, params={cursor: like["id"]}) == [], "those that came since"
    told = await world.ada.get("/api/v1/notifications")
    assert [one["type"] for one in told] == ["pending.favourite", "pending.reply"]
    for speaker in (world.nobody, cid):
        await speaker.refused("GET", f"/api/v1/statuses/{written['id']}", 404)
    assert (await world.bea.get(f"/api/v1/statuses/{written['id']}", "Status"))["id"] == written["id"]
    for speaker in (world.bea, cid):
        await speaker.refused("POST", f"{path}/{asked['id']}/authorize", 404)
    accepted = await world.ada.post(f"{path}/{asked['id']}/authorize")
    assert accepted["accepted_at"] is not None
    assert accepted["uri"].startswith(f"{world.ada.me.uri}/authorizations/")
    rejected = await world.ada.post(f"{path}/{like['id']}/reject")
    assert rejected["rejected_at"] is not None
    assert await world.ada.get(path) == []
    assert await world.ada.get("/api/v1/notifications") == []
    seen = await cid.get(f"/api/v1/statuses/{status['id']}", "Status")
    assert (seen["replies_count"], seen["favourites_count"], seen["favourited"]) == (1, 0, False)
    assert (await world.nobody.get(f"/api/v1/statuses/{written['id']}"))["id"] == written["id"]
    assert (await world.ada.post(f"{path}/{asked['id']}/reject"))["accepted_at"] is None
    await world.nobody.refused("GET", f"/api/v1/statuses/{written['id']}", 404)


async def test_a_pending_boost_is_hidden(world: World) -> None:
    rules = {"can_reblog": {"with_approval": ["public"]}}
    status = await world.ada.post("/api/v1/statuses", json={"status": "x", "interaction_policy": rules})
    boost = await world.bea.post(f"/api/v1/statuses/{status['id']}/reblog", "Status")
    await world.nobody.refused("GET", f"/api/v1/statuses/{boost['id']}", 404)
    assert (await world.ada.get(f"/api/v1/statuses/{status['id']}"))["reblogs_count"] == 0
    await world.bea.post(f"/api/v1/statuses/{status['id']}/unreblog", "Status")
    assert await world.ada.get("/api/v1/interaction_requests") == []
    await world.bea.post(f"/api/v1/statuses/{status['id']}/reblog", "Status")
    [asked] = await world.ada.get("/api/v1/interaction_requests")
    await world.ada.post(f"/api/v1/interaction_requests/{asked['id']}/authorize")
    assert (await world.ada.get(f"/api/v1/statuses/{status['id']}"))["reblogs_count"] == 1
