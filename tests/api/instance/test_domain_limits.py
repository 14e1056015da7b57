"""Limits that the staff of a domain chose hold for its people by every door, and are stated to apps."""

from typing import Any

import pytest

from activities.posts.models import Post
from activities.scheduled_posts.handlers import publish
from stator.outcomes import Kind
from tests.api.statuses.test_scheduled import ahead, due, upload
from tests.api.support.world import World
from users.domains.models import Domain
from users.domains.services import edit_domain

pytestmark = pytest.mark.anyio

CHOSEN = {"characters": 1000, "files": 6, "poll_options": 7, "bio": 3000, "fields": 8}
LOW = {"characters": 100, "files": 1, "poll_options": 2, "bio": 100, "fields": 1}


async def _limit(world: World, limits: dict[str, int]) -> Domain:
    domain = world.ada.me.domain
    assert domain is not None
    return await edit_domain(domain=domain, limits=dict.fromkeys(CHOSEN) | limits)


async def _documents(world: World) -> tuple[dict[str, Any], dict[str, Any], dict[str, Any]]:
    v2 = (await world.ada.get("/api/v2/instance", "Instance"))["configuration"]
    v1 = (await world.ada.get("/api/v1/instance", "V1::Instance"))["configuration"]
    nodeinfo = (await world.ada.http.get("/nodeinfo/2.1")).json()["metadata"]
    return v2, v1, nodeinfo


@pytest.mark.parametrize("limits", [{}, CHOSEN, LOW], ids=["default", "high", "low"])
async def test_apps_are_told(world: World, limits: dict[str, int]) -> None:
    await _limit(world, limits)
    said = {"characters": 500, "files": 4, "poll_options": 4, "bio": 2000, "fields": 6} | limits
    v2, v1, nodeinfo = await _documents(world)
    for told in (v2, v1):
        assert told["statuses"]["max_characters"] == said["characters"]
        assert told["statuses"]["max_media_attachments"] == said["files"]
        assert told["polls"]["max_options"] == said["poll_options"]
    assert (v2["accounts"]["max_note_length"], v2["accounts"]["max_profile_fields"]) == (
        said["bio"],
        said["fields"],
    )
    assert nodeinfo["maxNoteTextLength"] == said["characters"]
    assert nodeinfo["pollLimits"] == {"max_options": said["poll_options"]}
    assert nodeinfo["fieldsLimits"] == {"maxFields": said["fields"]}


async def _try(world: World, limits: dict[str, int], *, over: int) -> list[int]:
    """Write as much as is allowed and `over` more, by each door; return the status of each answer."""
    files = [str((await upload(world)).pk) for _ in range(limits["files"] + over)]
    options = [f"option {number}" for number in range(limits["poll_options"] + over)]
    text = "x" * (limits["characters"] + over)
    poll = {"options": options, "expires_in": 300}
    fields = {f"fields_attributes[{number}][name]": "a" for number in range(limits["fields"] + over)}
    requests: list[tuple[str, str, dict[str, Any]]] = [
        ("POST", "/api/v1/statuses", {"json": {"status": text}}),
        ("POST", "/api/v1/statuses", {"json": {"status": text, "scheduled_at": ahead(hours=1)}}),
        ("POST", "/api/v1/statuses", {"json": {"status": "x", "media_ids": files}}),
        ("POST", "/api/v1/statuses", {"json": {"status": "x", "poll": poll}}),
        ("PATCH", "/api/v1/accounts/update_credentials", {"data": {"note": "x" * (limits["bio"] + over)}}),
        ("PATCH", "/api/v1/accounts/update_credentials", {"data": fields}),
    ]
    post = await world.post(world.ada)
    requests.append(("PUT", f"/api/v1/statuses/{post.pk}", {"json": {"status": text}}))
    return [(await world.ada.ask(method, path, **more)).status_code for method, path, more in requests]


@pytest.mark.parametrize("limits", [CHOSEN, LOW], ids=["high", "low"])
async def test_they_hold_by_every_door(world: World, limits: dict[str, int]) -> None:
    await _limit(world, limits)
    assert await _try(world, limits, over=1) == [422] * 7
    assert await _try(world, limits, over=0) == [200] * 7


async def test_a_scheduled_post_is_held_to_those_of_its_time(world: World) -> None:
    await _limit(world, CHOSEN)
    body = {"status": "x" * 900, "scheduled_at": ahead(hours=1)}
    assert (await world.ada.ask("POST", "/api/v1/statuses", json=body)).status_code == 200
    await _limit(world, LOW)
    before = await Post.objects.acount()
    assert (await publish(await due())).kind is Kind.FAILED
    assert await Post.objects.acount() == before
    [waiting] = await world.ada.get("/api/v1/scheduled_statuses")
    assert waiting["params"]["text"] == "x" * 900, "it went back to its author"
