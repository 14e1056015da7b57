"""Every update answers to PUT and to PATCH alike, as Rails routes them: Phanpy puts a profile, masto.js patches a policy."""

import re
from typing import Any

import pytest

import api.endpoints  # noqa: F401  # fills the table
from api.routing import Route, table
from tests.api.support.world import World
from tests.media.files import image

pytestmark = pytest.mark.anyio

UPDATES = sorted((route for route in table if len(route.verbs) > 1), key=lambda route: route.path)


def test_every_update_but_one_has_both_verbs() -> None:
    single = {route.path for route in table if route.method in {"PUT", "PATCH"} and len(route.verbs) == 1}
    # the second puts a reaction, and has no update that Rails would route
    assert single == {
        "/api/v1/accounts/update_credentials",
        "/api/v1/pleroma/statuses/<id>/reactions/<emoji>",
    }
    assert len(UPDATES) >= 13


@pytest.mark.parametrize("route", UPDATES, ids=lambda route: route.path)
async def test_both_verbs_lead_to_the_same_door(world: World, route: Route) -> None:
    path = re.sub(r"<\w+>", "1", route.path)
    for verb in ("PUT", "PATCH"):
        await world.nobody.refused(verb, path, 401, "The access token is invalid")
        small = await world.speaker(f"small{verb.lower()}", scopes="read")
        await small.refused(verb, path, 403, "This action is outside the authorized scopes")
    wrong = await world.ada.refused(
        "POST" if "POST" not in await _allowed(world, path) else "LOCK", path, 405
    )
    assert {"PUT", "PATCH"} <= {verb.strip() for verb in wrong.headers["allow"].split(",")}


async def _allowed(world: World, path: str) -> set[str]:
    answer = await world.http.request("OPTIONS", path)
    return {verb.strip() for verb in answer.headers["allow"].split(",")}


@pytest.mark.slow
@pytest.mark.parametrize("verb", ["PUT", "PATCH"])
async def test_an_update_does_the_same_by_either_verb(world: World, verb: str) -> None:
    async def update(path: str, kind: str, **more: Any) -> Any:
        return await (world.ada.put if verb == "PUT" else world.ada.patch)(path, kind, **more)

    file = {"header": ("h.png", image(), "image/png")}
    profile = await update("/api/v1/profile", "Profile", data={"display_name": f"Ada {verb}"}, files=file)
    assert profile["display_name"] == f"Ada {verb}"
    assert profile["header"]
    post = await world.post(world.ada, "before")
    edited = await update(f"/api/v1/statuses/{post.pk}", "Status", data={"status": f"after {verb}"})
    assert f"after {verb}" in edited["content"]
    policy = await update(
        f"/api/v1/statuses/{post.pk}/interaction_policy", "Status", json={"quote_approval_policy": "nobody"}
    )
    assert policy["quote_approval"]["automatic"] == []
    for version in ("v1", "v2"):
        await update(f"/api/{version}/notifications/policy", "")
    made = await world.ada.post("/api/v1/lists", "List", data={"title": "Cats"})
    assert (await update(f"/api/v1/lists/{made['id']}", "List", data={"title": verb}))["title"] == verb


async def test_update_credentials_is_patched_only(world: World) -> None:
    path = "/api/v1/accounts/update_credentials"
    await world.ada.patch(path, "CredentialAccount", data={"display_name": "Ada"})
    refused = await world.ada.refused("PUT", path, 405, data={"display_name": "Ada"})
    assert "PATCH" in refused.headers["allow"]
    assert "PUT" not in refused.headers["allow"]
