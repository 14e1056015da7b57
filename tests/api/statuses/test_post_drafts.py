"""One draft of a post: what may be written is the same by every door and at any time, and what was stored stays readable."""

import asyncio
from typing import Any

import pytest

from activities.media.models import Attachment
from activities.posts.models import Post, Revision, Visibility
from activities.scheduled_posts.handlers import publish
from activities.scheduled_posts.models import ScheduledPost
from core import clock
from stator.outcomes import Kind
from tests.api.statuses.test_scheduled import ahead, due, schedule, upload
from tests.api.support.world import World
from users.domains.services import pause_domain, resume_domain

pytestmark = pytest.mark.anyio


@pytest.mark.parametrize("when", ["now", "later"])
async def test_a_post_is_checked_alike_now_and_later(world: World, when: str) -> None:
    file, quoted = await upload(world), await world.post(world.bea)
    poll = {"options": ["a", "b"], "expires_in": 300}
    for draft, error in (
        ({"status": " "}, "Text can't be blank"),
        ({"status": "x" * 501}, "Text character limit of 500 exceeded"),
        ({"media_ids": [str(number) for number in range(1, 6)]}, "Cannot attach more than 4 files"),
        ({"media_ids": [str(file.pk)], "poll": poll}, "Cannot attach more than 4 files"),
        ({"quoted_status_id": str(quoted.pk), "poll": poll}, "A quote can't have files or a poll"),
        (
            {"quoted_status_id": str(quoted.pk), "media_ids": [str(file.pk)]},
            "A quote can't have files or a poll",
        ),
        ({"poll": {"options": ["a"], "expires_in": 300}}, "Poll options must have more than one item"),
    ):
        body = {"status": "x", **draft, **({"scheduled_at": ahead(hours=1)} if when == "later" else {})}
        await world.ada.refused("POST", "/api/v1/statuses", 422, f"Validation failed: {error}", json=body)
    assert (
        await ScheduledPost.objects.acount() == await Post.objects.filter(author=world.ada.me).acount() == 0
    )


async def test_an_edit_is_checked_alike(world: World) -> None:
    file, quoted = await upload(world), await world.post(world.bea)
    quote = await world.post(world.ada, quoted_id=quoted.pk)
    poll = {"options": ["a", "b"], "expires_in": 300}
    for revision in ({"poll": poll}, {"media_ids": [str(file.pk)]}):
        await world.ada.refused(
            "PUT",
            f"/api/v1/statuses/{quote.pk}",
            422,
            "Validation failed: A quote can't have files or a poll",
            json={"status": "x", **revision},
        )
    await world.ada.put(f"/api/v1/statuses/{quote.pk}", "Status", json={"status": ""})


# what versions before this one have stored, the first of them with the fewest fields
_STORED: list[dict[str, Any]] = [
    {"text": "kept", "in_reply_to_id": None, "attachments": [], "poll": None},
    {
        "text": "kept",
        "visibility": 2,
        "content_warning": "cw",
        "is_sensitive": None,
        "language": "de",
        "in_reply_to_id": None,
        "application": "App",
        "application_website": "https://app.example",
        "attachments": [],
        "poll": {"options": ["a", "b"], "expires_in": 300, "multiple": True, "hides_totals": False},
        "quoted_id": None,
        "quote_policy": 1,
        "policies": {},
        "allowed_mentions": None,
        "a_field_of_another_version": True,
    },
]


@pytest.mark.parametrize("stored", _STORED, ids=["first", "full"])
async def test_stored_drafts_of_earlier_versions_are_shown_and_published(
    world: World, stored: dict[str, Any]
) -> None:
    await ScheduledPost.objects.acreate(author=world.ada.me, draft=stored, scheduled_at=clock.now())
    [shown] = await world.ada.get("/api/v1/scheduled_statuses", "[ScheduledStatus]")
    assert shown["params"]["text"] == "kept"
    assert (await publish(await due())).kind is Kind.TO
    post = await Post.objects.aget()
    visibility = Visibility(stored.get("visibility", world.ada.me.default_visibility))
    assert (post.source, post.visibility) == ("kept", visibility)
    assert post.language == stored.get("language", "en")
    assert (post.question or {}).get("multiple", False) is bool(stored["poll"])


async def test_a_draft_is_stored_in_the_form_that_is_read(world: World) -> None:
    """Versions that run beside this one read it, and media are looked up in it: its names are a contract."""
    file = await upload(world)
    await schedule(world, media_ids=[str(file.pk)], visibility="unlisted", language="de")
    row = await ScheduledPost.objects.aget()
    assert row.draft == {
        "text": "later",
        "is_markdown": False,
        "content_warning": "",
        "visibility": Visibility.unlisted.value,
        "is_sensitive": None,
        "language": "de",
        "in_reply_to_id": None,
        "application": "Test app",
        "application_website": "",
        "circle_id": None,
        "attachments": [file.pk],
        "described_only": False,
        "expires_after": None,
        "chain": [],
        "chain_files": [],
        "chain_warnings": [],
        "chain_open": [],
        "poll": None,
        "quoted_id": None,
        "quote_policy": world.ada.me.default_quote_policy,
        "policies": {},
        "allowed_mentions": None,
    }


async def test_two_requests_at_once_with_one_key_make_one_scheduled_post(world: World) -> None:
    body = {"status": "x", "scheduled_at": ahead(hours=1)}
    headers = {"Idempotency-Key": "once"}
    both = await asyncio.gather(
        *(world.ada.post("/api/v1/statuses", "ScheduledStatus", json=body, headers=headers) for _ in "ab")
    )
    assert both[0]["id"] == both[1]["id"]
    assert await ScheduledPost.objects.acount() == 1


@pytest.mark.slow
async def test_an_edit_that_says_of_its_files_what_is_there_is_none(world: World) -> None:
    file = await upload(world)
    await Attachment.objects.filter(pk=file.pk).aupdate(description="a cat", focus_x=0.5, focus_y=-0.5)
    made = await world.ada.post("/api/v1/statuses", json={"status": "x", "media_ids": [str(file.pk)]})
    same = {"id": str(file.pk), "description": "a cat", "focus": "0.5,-0.5"}
    path, again = f"/api/v1/statuses/{made['id']}", {"status": "x", "media_ids": [str(file.pk)]}
    edited = await world.ada.put(path, "Status", json={**again, "media_attributes": [same]})
    assert edited["edited_at"] is None
    for change in ({"description": "a dog"}, {"focus": "0,0"}):
        before = len(await world.ada.get(f"{path}/history"))
        await world.ada.put(path, "Status", json={**again, "media_attributes": [{**same, **change}]})
        same |= change
        assert len(await world.ada.get(f"{path}/history")) == before + 1
    assert (await Attachment.objects.aget()).description == "a dog"


@pytest.mark.slow
async def test_each_version_of_the_history_has_its_own_files(world: World) -> None:
    first, second = await upload(world), await upload(world)
    await Attachment.objects.filter(pk=first.pk).aupdate(description="a cat", width=30, height=20)
    await Attachment.objects.filter(pk=second.pk).aupdate(url="https://testserver/c.png", blurhash="LEHV6n")
    made = await world.ada.post("/api/v1/statuses", json={"status": "x", "media_ids": [str(first.pk)]})
    path = f"/api/v1/statuses/{made['id']}"
    both = {"status": "x", "media_ids": [str(first.pk), str(second.pk)]}
    dog = {"id": str(first.pk), "description": "a dog"}
    await world.ada.put(path, "Status", json={**both, "media_attributes": [dog]})
    await world.ada.put(path, "Status", json={"status": "x", "media_ids": [str(second.pk)]})
    versions = await world.nobody.get(f"{path}/history", "[StatusEdit]")
    files = [
        [(one["id"], one["description"]) for one in version["media_attachments"]] for version in versions
    ]
    others = (str(second.pk), None)
    assert files == [[(str(first.pk), "a cat")], [(str(first.pk), "a dog"), others], [others]]
    old = versions[0]["media_attachments"][0]
    assert old == {**made["media_attachments"][0], "description": "a cat"}
    assert versions[1]["media_attachments"][1] == versions[2]["media_attachments"][0]


@pytest.mark.slow
async def test_files_of_versions_kept_by_earlier_releases_are_as_today(world: World) -> None:
    """Their rows have only kind, URL and description; of a file that was deleted nothing else is known."""
    file = await upload(world)
    made = await world.ada.post("/api/v1/statuses", json={"status": "x", "media_ids": [str(file.pk)]})
    path = f"/api/v1/statuses/{made['id']}"
    await world.ada.put(path, "Status", json={"status": "y", "media_ids": [str(file.pk)]})
    kept = [
        {"kind": "image", "url": url, "description": "a cat"}
        for url in (file.url, "https://testserver/deleted.png")
    ]
    await Revision.objects.all().aupdate(attachments=kept)
    versions = await world.nobody.get(f"{path}/history", "[StatusEdit]")
    today, deleted = versions[0]["media_attachments"]
    assert today == {**made["media_attachments"][0], "description": "a cat"}
    assert (deleted["type"], deleted["url"]) == ("image", "https://testserver/deleted.png")


async def test_a_scheduled_post_waits_while_its_domain_is_paused(world: World) -> None:
    await schedule(world, hours=1)
    row = await due()
    assert world.ada.me.domain is not None
    domain = await pause_domain(domain=world.ada.me.domain)
    outcome = await publish(row)
    assert (outcome.kind, outcome.reason, outcome.is_attempt) == (Kind.LATER, "its domain is paused", False)
    await resume_domain(domain=domain)
    assert (await publish(await due())).kind == Kind.TO
