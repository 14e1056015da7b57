"""JSON's null in an edit: it clears, where there is something to clear; what is not sent stays."""

from typing import Any

import pytest

from activities.media.models import Attachment
from tests.api.support.world import World

pytestmark = pytest.mark.anyio


async def test_null_takes_the_end_of_a_filter_away(world: World) -> None:
    body = {"title": "x", "phrase": "x", "context": ["home"], "expires_in": 600}
    for version in ("v1", "v2"):
        path = f"/api/{version}/filters"
        made = await world.ada.post(path, json=body)
        assert made["expires_at"] is not None
        kept = {name: value for name, value in body.items() if name != "expires_in"}
        assert (await world.ada.put(f"{path}/{made['id']}", json=kept))["expires_at"] is not None
        for nothing in (None, ""):
            cleared = await world.ada.put(f"{path}/{made['id']}", json={**kept, "expires_in": nothing})
            assert cleared["expires_at"] is None
        assert (await world.ada.post(path, json={**body, "expires_in": None}))["expires_at"] is None


async def test_null_takes_a_warning_away(world: World) -> None:
    post = await world.ada.post("/api/v1/statuses", json={"status": "words", "spoiler_text": "psst"})
    path = f"/api/v1/statuses/{post['id']}"
    assert (await world.ada.put(path, json={"status": "other"}))["spoiler_text"] == "psst"
    assert (await world.ada.put(path, json={"status": "other", "spoiler_text": None}))["spoiler_text"] == ""
    await world.ada.refused("PUT", path, 422, "Validation failed: Text can't be blank", json={"status": None})
    await world.ada.post("/api/v1/statuses", "Status", json={"status": "x", "spoiler_text": None})


@pytest.mark.slow
async def test_null_takes_a_description_away(world: World) -> None:
    file = await Attachment.objects.acreate(
        author=world.ada.me,
        kind="image",
        url="https://testserver/a.png",
        preview_url="https://testserver/b.png",
        description="a cat",
    )
    path = f"/api/v1/media/{file.pk}"
    assert (await world.ada.put(path, json={"focus": "0,0"}))["description"] == "a cat"
    assert (await world.ada.put(path, json={"description": None}))["description"] is None
    await world.ada.put(path, json={"description": "a dog"})
    post = await world.ada.post("/api/v1/statuses", json={"status": "x", "media_ids": [str(file.pk)]})
    change: dict[str, Any] = {"id": str(file.pk), "focus": None, "description": None}
    edited = await world.ada.put(
        f"/api/v1/statuses/{post['id']}", json={"status": "x", "media_attributes": [change]}
    )
    assert edited["media_attachments"][0]["description"] is None


async def test_null_takes_away_what_a_profile_says(world: World) -> None:
    path = "/api/v1/accounts/update_credentials"
    await world.ada.patch(path, json={"note": "words", "source": {"language": "de"}})
    kept = await world.ada.patch(path, json={"source": {"sensitive": True}})
    assert (kept["source"]["language"], kept["source"]["note"]) == ("de", "words")
    cleared = await world.ada.patch(path, json={"note": None, "source": {"language": None}})
    assert not cleared["source"]["language"]
    assert cleared["source"]["note"] == ""
    assert cleared["source"]["sensitive"] is True
    await world.ada.patch("/api/v1/profile", json={"note": "words"})
    assert (await world.ada.patch("/api/v1/profile", json={"note": None}))["note"] == ""
