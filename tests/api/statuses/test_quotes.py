"""Quotes: who may, what is shown to whom, taking it back, and the requests and stamps of other servers (FEP-044f)."""

import datetime as dt
from typing import Any

import msgspec
import pytest

from activities.notifications.models import Notification
from activities.posts.activitypub.notes import note_document
from activities.posts.models import Post, Visibility
from activities.posts.queries.delivery import load_for_delivery
from activities.publishing.activitypub import parse_post
from activities.publishing.handlers.cleaning import repair_counts
from activities.publishing.handlers.fan_out import publish_edit
from activities.publishing.services.receiving import receive_post
from activities.quotes.models import QuoteCheck
from activities.quotes.services.quotes import answer_request, receive_answer, receive_revocation
from core import clock
from core.db import sql
from tests.activities import people as rows
from tests.api.support.world import Speaker, World
from tests.support.posts import edit_post

pytestmark = pytest.mark.anyio

GONE = "The post you are trying to quote does not appear to exist."


async def quote(speaker: Speaker, post_id: object, **more: Any) -> dict[str, Any]:
    draft = {"status": "look", "quoted_status_id": str(post_id), **more}
    return await speaker.post("/api/v1/statuses", "Status", json=draft)


@pytest.mark.slow
async def test_a_public_post_is_quoted_at_once(world: World) -> None:
    post = await world.post(world.ada, "original")
    status = await quote(world.bea, post.pk)
    assert status["quote"]["state"] == "accepted"
    assert status["quote"]["quoted_status"]["id"] == str(post.pk)
    shown = await world.nobody.get(f"/api/v1/statuses/{post.pk}", "Status")
    assert shown["quotes_count"] == 1
    assert shown["quote_approval"] == {"automatic": ["public"], "manual": [], "current_user": "denied"}
    seen = await world.bea.get(f"/api/v1/statuses/{post.pk}", "Status")
    assert seen["quote_approval"]["current_user"] == "automatic"
    listed = await world.ada.get(f"/api/v1/statuses/{post.pk}/quotes", "[Status]")
    assert [one["id"] for one in listed] == [status["id"]]
    told = await world.ada.get("/api/v1/notifications", "[Notification]", params={"types[]": "quote"})
    assert [one["status"]["id"] for one in told] == [status["id"]]


async def test_a_quote_in_a_quote_is_only_named(world: World) -> None:
    first = await world.post(world.ada)
    second = await quote(world.bea, first.pk)
    third = await quote(world.ada, second["id"])
    assert third["quote"]["quoted_status"]["quote"] == {
        "state": "accepted",
        "quoted_status_id": str(first.pk),
    }


@pytest.mark.slow
async def test_policies_are_kept(world: World) -> None:
    for policy, follows, allowed in (
        ("nobody", True, False),
        ("followers", False, False),
        ("followers", True, True),
        ("public", False, True),
    ):
        someone = await world.speaker(f"p{policy}{follows}".lower())
        if follows:
            await rows.follow(someone.me, world.ada.me)
        status = await world.ada.post(
            "/api/v1/statuses", "Status", json={"status": "x", "quote_approval_policy": policy}
        )
        seen = await someone.get(f"/api/v1/statuses/{status['id']}", "Status")
        assert seen["quote_approval"]["current_user"] == ("automatic" if allowed else "denied"), policy
        if allowed:
            await quote(someone, status["id"])
        else:
            await someone.refused(
                "POST", "/api/v1/statuses", 404, GONE, json={"status": "x", "quoted_status_id": status["id"]}
            )
        assert (await quote(world.ada, status["id"]))["quote"]["state"] == "accepted"


@pytest.mark.slow
@pytest.mark.parametrize(("policy", "allowed"), [("nobody", False), ("followers", True), ("public", True)])
async def test_the_default_policy_is_kept_reported_and_honoured(
    world: World, policy: str, allowed: bool
) -> None:
    """Somebody who asked for "nobody" was quoted: the default was taken with a 200 and forgotten."""
    await rows.follow(world.bea.me, world.ada.me)
    path = "/api/v1/accounts/update_credentials"
    changed = await world.ada.patch(path, "CredentialAccount", data={"source[quote_policy]": policy})
    assert changed["source"]["quote_policy"] == policy
    shown = await world.ada.get("/api/v1/preferences", "Preferences")
    assert shown["posting:default:quote_policy"] == policy
    own = await world.ada.get("/api/v1/accounts/verify_credentials", "CredentialAccount")
    assert own["source"]["quote_policy"] == policy
    post = await world.ada.post("/api/v1/statuses", "Status", data={"status": "by default"})
    expected = [] if policy == "nobody" else [policy]
    assert post["quote_approval"]["automatic"] == expected
    quote = {"status": "look", "quoted_status_id": post["id"]}
    answer = await world.bea.ask("POST", "/api/v1/statuses", json=quote)
    assert answer.status_code == (200 if allowed else 404), answer.text
    private = await world.ada.post("/api/v1/statuses", data={"status": "x", "visibility": "private"})
    assert private["quote_approval"]["automatic"] == []
    said = {"status": "x", "quote_approval_policy": "public"}
    assert (await world.ada.post("/api/v1/statuses", data=said))["quote_approval"]["automatic"] == ["public"]


async def test_a_scheduled_post_keeps_the_default_of_its_day(world: World) -> None:
    path = "/api/v1/accounts/update_credentials"
    await world.ada.patch(path, data={"source[quote_policy]": "nobody"})
    when = (clock.now() + dt.timedelta(hours=1)).isoformat()
    later = {"status": "later", "scheduled_at": when}
    made = await world.ada.post("/api/v1/statuses", "ScheduledStatus", json=later)
    assert made["params"]["quote_approval_policy"] == "nobody"


async def test_unquotable_posts_are_refused(world: World) -> None:
    private = await world.post(world.ada, visibility=Visibility.followers)
    await rows.follow(world.bea.me, world.ada.me)
    for post_id in ("1", str(private.pk)):
        await world.bea.refused(
            "POST", "/api/v1/statuses", 404, GONE, json={"status": "x", "quoted_status_id": post_id}
        )
    own = await quote(world.ada, private.pk, visibility="public")
    assert own["visibility"] == "private"
    public = await world.post(world.ada)
    await world.bea.refused(
        "POST",
        "/api/v1/statuses",
        422,
        json={
            "status": "x",
            "quoted_status_id": str(public.pk),
            "poll": {"options": ["a", "b"], "expires_in": 300},
        },
    )
    assert (await quote(world.bea, public.pk, status=""))["content"] == ""


@pytest.mark.slow
async def test_hidden_and_deleted_posts_are_not_shown_in_quotes(world: World) -> None:
    post = await world.post(world.ada, "secret words")
    status = await quote(world.bea, post.pk)
    cid = await world.speaker("cid")
    await rows.block(world.ada.me, cid.me)
    seen = await cid.get(f"/api/v1/statuses/{status['id']}", "Status")
    assert seen["quote"] == {"state": "unauthorized", "quoted_status": None}
    await world.ada.delete(f"/api/v1/statuses/{post.pk}")
    seen = await world.bea.get(f"/api/v1/statuses/{status['id']}", "Status")
    assert seen["quote"]["quoted_status"] is None


@pytest.mark.slow
async def test_a_quote_of_a_blocked_or_muted_author_has_that_state(world: World) -> None:
    far = await rows.make_post(world.remote, content="<p>from afar</p>")
    near = await world.post(world.ada)
    of_near = await quote(world.bea, near.pk)
    quoting = {"quote_of": far, "quote_uri": far.uri, "quote_state": "accepted"}
    of_far = await rows.make_post(world.bea.me, **quoting)

    async def state(status_id: int | str) -> tuple[str, bool]:
        seen = (await cid.get(f"/api/v1/statuses/{status_id}", "Status"))["quote"]
        return seen["state"], seen["quoted_status"] is not None

    cid = await world.speaker("cid")
    assert await state(of_near["id"]) == await state(of_far.pk) == ("accepted", True)
    await rows.mute(cid.me, world.ada.me)
    assert await state(of_near["id"]) == ("muted_account", True)
    await rows.block(cid.me, world.ada.me)
    assert await state(of_near["id"]) == ("blocked_account", False)
    await cid.post("/api/v1/domain_blocks", json={"domain": world.remote.host})
    assert await state(of_far.pk) == ("blocked_domain", True)


@pytest.mark.slow
async def test_the_quoted_author_revokes_a_quote(world: World) -> None:
    post = await world.post(world.ada)
    status = await quote(world.bea, post.pk)
    path = f"/api/v1/statuses/{post.pk}/quotes/{status['id']}/revoke"
    await world.bea.refused("POST", path, 403, "This action is not allowed")
    await world.ada.refused("POST", f"/api/v1/statuses/{status['id']}/quotes/{post.pk}/revoke", 404)
    gone = await world.ada.post(path, "Status")
    assert gone["quote"] == {"state": "revoked", "quoted_status": None}
    assert (await world.ada.get(f"/api/v1/statuses/{post.pk}"))["quotes_count"] == 0
    assert await world.ada.get(f"/api/v1/statuses/{post.pk}/quotes") == []
    await world.ada.refused("POST", path, 404)


@pytest.mark.slow
async def test_the_policy_is_changed(world: World) -> None:
    post = await world.post(world.ada)
    path = f"/api/v1/statuses/{post.pk}/interaction_policy"
    changed = await world.ada.put(path, "Status", data={"quote_approval_policy": "followers"})
    assert changed["quote_approval"]["automatic"] == ["followers"]
    assert changed["edited_at"] is None
    await world.bea.refused("PUT", path, 404, "Record not found", data={"quote_approval_policy": "nobody"})
    await world.ada.refused("PUT", path, 422, data={"quote_approval_policy": "friends"})


@pytest.mark.slow
async def test_each_update_that_tells_of_a_policy_has_an_id_of_its_own(world: World) -> None:
    await rows.follow(world.remote, world.ada.me)
    post = await world.post(world.ada)
    await Post.objects.filter(pk=post.pk).aupdate(state="fanned_out", state_due_at=None)
    ids = set()
    for policy in ("followers", "nobody", "public"):
        path = f"/api/v1/statuses/{post.pk}/interaction_policy"
        await world.ada.put(path, "Status", data={"quote_approval_policy": policy})
        update = await _sent("Update")
        ids.add(update["id"])
        assert "updated" not in update["object"]  # it is no edit
    assert len(ids) == 3


async def test_deleting_a_quote_uncounts_it(world: World) -> None:
    post = await world.post(world.ada)
    status = await quote(world.bea, post.pk)
    await world.bea.delete(f"/api/v1/statuses/{status['id']}")
    assert (await world.ada.get(f"/api/v1/statuses/{post.pk}"))["quotes_count"] == 0


async def _sent(kind: str) -> dict[str, Any]:
    body = await sql.value(
        "SELECT body FROM federation_outgoingactivity WHERE activity_type = %s ORDER BY id DESC LIMIT 1",
        [kind],
    )
    return msgspec.json.decode(bytes(body))


async def test_a_remote_author_is_asked_and_answers(world: World) -> None:
    post = await rows.make_post(world.remote, quote_policy=1)
    status = await quote(world.ada, post.pk)
    assert status["quote"] == {"state": "pending", "quoted_status": None}
    request = await _sent("QuoteRequest")
    assert request["object"] == post.uri
    note = request["instrument"]  # embedded, for who asks before anybody can fetch it
    assert (note["id"], note["quote"], note["attributedTo"]) == (status["uri"], post.uri, world.ada.me.uri)
    assert "look" in note["content"]
    assert "@context" not in note
    stranger = await rows.make_remote("stranger", "liar.test")
    stamp = "https://far.test/stamps/1"
    assert not await receive_answer(actor=stranger, quoting_uri=status["uri"], stamp="https://liar.test/1")
    assert not await receive_answer(
        actor=world.remote, quoting_uri=status["uri"], stamp="https://liar.test/1"
    )
    assert await receive_answer(actor=world.remote, quoting_uri=status["uri"], stamp=stamp)
    shown = await world.ada.get(f"/api/v1/statuses/{status['id']}", "Status")
    assert shown["quote"]["state"] == "accepted"
    document = note_document((await load_for_delivery([int(status["id"])]))[int(status["id"])])
    assert (document["quote"], document["quoteAuthorization"]) == (post.uri, stamp)
    assert document["content"].startswith('<p class="quote-inline">RE: ')
    assert await receive_revocation(actor=world.remote, stamp=stamp)
    shown = await world.ada.get(f"/api/v1/statuses/{status['id']}", "Status")
    assert shown["quote"]["state"] == "revoked"


async def test_a_request_only_names_a_post_that_is_not_for_everyone(world: World) -> None:
    post = await rows.make_post(world.remote, quote_policy=1)
    status = await quote(world.ada, post.pk, visibility="private")
    assert (await _sent("QuoteRequest"))["instrument"] == status["uri"]


async def test_a_remote_refusal(world: World) -> None:
    post = await rows.make_post(world.remote, quote_policy=16)
    status = await quote(world.ada, post.pk)
    assert await receive_answer(actor=world.remote, quoting_uri=status["uri"], stamp="")
    shown = await world.ada.get(f"/api/v1/statuses/{status['id']}", "Status")
    assert shown["quote"]["state"] == "rejected"
    silent = await rows.make_post(world.remote)
    await world.ada.refused(
        "POST", "/api/v1/statuses", 404, GONE, json={"status": "x", "quoted_status_id": str(silent.pk)}
    )


async def _remote_quote(world: World, post: Post, **more: Any) -> Post:
    document = {
        "id": "https://far.test/q/1",
        "type": "Note",
        "attributedTo": world.remote.uri,
        "content": "<p>look</p>",
        "to": ["https://www.w3.org/ns/activitystreams#Public"],
        "published": "2026-01-01T00:00:00Z",
        "quote": post.uri,
        **more,
    }
    stored = await receive_post(author=world.remote, document=parse_post(document))
    assert stored is not None
    return stored


async def test_a_remote_request_is_answered_with_a_stamp(world: World) -> None:
    post = await world.post(world.ada)
    quoting = await _remote_quote(world, post)
    path = f"/api/v1/statuses/{quoting.pk}"
    assert (await world.ada.get(path, "Status"))["quote"]["state"] == "pending"
    quoted = await Post.objects.select_related("author").aget(pk=post.pk)
    request = {
        "id": "https://far.test/r/1",
        "type": "QuoteRequest",
        "actor": world.remote.uri,
        "object": post.uri,
        "instrument": quoting.uri,
    }
    for _ in range(2):
        quoting = await Post.objects.aget(pk=quoting.pk)
        assert await answer_request(author=world.remote, quoting=quoting, quoted=quoted, request=request)
    answer = await _sent("Accept")
    assert answer["object"]["id"] == request["id"]
    assert (await world.ada.get(path, "Status"))["quote"]["state"] == "accepted"
    assert (await world.ada.get(f"/api/v1/statuses/{post.pk}"))["quotes_count"] == 1
    assert await Notification.objects.filter(kind="quote").acount() == 1
    stamp_path = answer["result"].removeprefix("https://testserver")
    stamp = (await world.http.get(stamp_path, headers={"Accept": "application/activity+json"})).json()
    assert (stamp["type"], stamp["interactingObject"], stamp["interactionTarget"]) == (
        "QuoteAuthorization",
        quoting.uri,
        post.uri,
    )
    await world.ada.post(f"/api/v1/statuses/{post.pk}/quotes/{quoting.pk}/revoke", "Status")
    assert (await _sent("Delete"))["object"] == answer["result"]
    assert (
        await world.http.get(stamp_path, headers={"Accept": "application/activity+json"})
    ).status_code == 404
    quoting = await Post.objects.aget(pk=quoting.pk)
    assert not await answer_request(author=world.remote, quoting=quoting, quoted=quoted, request=request)


async def test_a_request_that_the_policy_does_not_allow_is_refused(world: World) -> None:
    status = await world.ada.post(
        "/api/v1/statuses", "Status", json={"status": "x", "quote_approval_policy": "nobody"}
    )
    post = await Post.objects.select_related("author").aget(pk=int(status["id"]))
    quoting = await _remote_quote(world, post)
    request = {
        "id": "https://far.test/r/1",
        "actor": world.remote.uri,
        "object": post.uri,
        "instrument": quoting.uri,
    }
    assert not await answer_request(author=world.remote, quoting=quoting, quoted=post, request=request)
    assert (await _sent("Reject"))["object"]["id"] == request["id"]


async def test_a_quote_between_remote_authors_is_pending_until_verified(world: World) -> None:
    other = await rows.make_remote("other", "else.test")
    post = await rows.make_post(other)
    quoting = await _remote_quote(world, post, quoteAuthorization="https://else.test/stamps/1")
    assert quoting.quote_state == "pending"
    assert await QuoteCheck.objects.filter(pk=quoting.pk).aexists()
    own = await rows.make_post(world.remote)
    self_quote = await _remote_quote(world, own, id="https://far.test/q/2")
    assert self_quote.quote_state == "accepted"


@pytest.mark.slow
async def test_quoting_authors_are_notified_of_an_edit(world: World) -> None:
    post = await world.post(world.ada, "original")
    told = await quote(world.bea, post.pk)
    cid, dan = await world.speaker("cid"), await world.speaker("dan")
    revoked = await quote(cid, post.pk)
    await world.ada.post(f"/api/v1/statuses/{post.pk}/quotes/{revoked['id']}/revoke", "Status")
    muted = await quote(dan, post.pk)
    await dan.post(f"/api/v1/statuses/{muted['id']}/mute", "Status")
    await quote(world.ada, post.pk)
    await edit_post(author=world.ada.me, post_id=post.pk, text="changed")
    for _ in range(2):
        await publish_edit([await Post.objects.aget(pk=post.pk)])
    params = {"types[]": "quoted_update"}
    (notification,) = await world.bea.get("/api/v1/notifications", "[Notification]", params=params)
    assert (notification["account"]["id"], notification["status"]["id"]) == (world.ada.id, told["id"])
    assert notification["status"]["quote"]["quoted_status"]["content"] == "<p>changed</p>"
    grouped = await world.bea.get("/api/v2/notifications", params=params)
    assert [group["status_id"] for group in grouped["notification_groups"]] == [told["id"]]
    for speaker in (world.ada, cid, dan):
        assert await speaker.get("/api/v1/notifications", params=params) == []


@pytest.mark.slow
async def test_a_drifted_number_of_quotes_is_repaired(world: World) -> None:
    post = await world.post(world.ada)
    await quote(world.bea, post.pk)
    gone = await quote(world.bea, post.pk)
    await world.bea.delete(f"/api/v1/statuses/{gone['id']}")
    await Post.objects.filter(pk=post.pk).aupdate(quotes_count=7)
    await repair_counts()
    assert (await world.ada.get(f"/api/v1/statuses/{post.pk}"))["quotes_count"] == 1
