"""Instance endpoints, search, and the OpenAPI document."""

import json

import pytest

from api.routing import table
from tests.activities import people as rows
from tests.api.support.world import World
from tests.users.support import give_role
from users.domains.services import add_rule, edit_domain
from users.roles.models import OWNER

pytestmark = pytest.mark.anyio


async def test_instance_in_both_versions(world: World) -> None:
    await give_role(world.ada_login, OWNER)
    await edit_domain(domain=world.domain, description="A place", contact_email="a@example.org")
    german = {"de": {"text": "Seid nett", "hint": ""}, "pt-br": {"text": "", "hint": "Sempre"}}
    await add_rule(domain=world.domain, text="Be kind", hint="Always", translations=german)
    await world.post(world.bea)
    shown = await world.nobody.get("/api/v2/instance", "Instance")
    assert shown["domain"] == "testserver"
    assert shown["contact"]["account"]["username"] == "ada"
    translations = {
        "de": {"text": "Seid nett", "hint": "Always"},
        "pt-BR": {"text": "Be kind", "hint": "Sempre"},
    }
    assert shown["rules"] == [{"id": "1", "text": "Be kind", "hint": "Always", "translations": translations}]
    old = await world.nobody.get("/api/v1/instance", "V1::Instance")
    assert old["uri"] == "testserver"
    assert old["stats"]["user_count"] == 2
    assert old["stats"]["status_count"] == 1
    assert old["rules"] == shown["rules"]
    assert await world.nobody.get("/api/v1/instance/rules", "[Rule]") == shown["rules"]


@pytest.mark.parametrize(
    ("mode", "enabled", "approval", "invites"),
    [
        ("open", True, False, False),
        ("approval", True, True, False),
        ("invite", False, False, True),
        ("closed", False, False, False),
    ],
)
async def test_both_versions_state_the_sign_up_mode(
    world: World, mode: str, enabled: bool, approval: bool, invites: bool
) -> None:
    await edit_domain(domain=world.domain, sign_up_mode=mode)
    shown = (await world.nobody.get("/api/v2/instance", "Instance"))["registrations"]
    assert (shown["enabled"], shown["approval_required"], shown["reason_required"]) == (
        enabled,
        approval,
        approval,
    )
    old = await world.nobody.get("/api/v1/instance", "V1::Instance")
    assert (old["registrations"], old["approval_required"], old["invites_enabled"]) == (
        enabled,
        approval,
        invites,
    )


@pytest.mark.slow
async def test_the_limits_are_those_that_count(world: World) -> None:
    limits = (await world.nobody.get("/api/v2/instance", "Instance"))["configuration"]
    accounts = limits["accounts"]
    path = "/api/v1/accounts/update_credentials"
    for field, most in (
        ("display_name", accounts["max_display_name_length"]),
        ("note", accounts["max_note_length"]),
        ("avatar_description", accounts["max_avatar_description_length"]),
        ("header_description", accounts["max_header_description_length"]),
        ("fields_attributes[0][name]", accounts["profile_field_name_limit"]),
        ("fields_attributes[0][value]", accounts["profile_field_value_limit"]),
    ):
        await world.ada.patch(path, data={field: "x" * most})
        await world.ada.refused("PATCH", path, 422, data={field: "x" * (most + 1)})
    fields = [{"name": str(number), "value": "x"} for number in range(accounts["max_profile_fields"] + 1)]
    await world.ada.refused("PATCH", path, 422, json={"fields_attributes": fields})
    await world.ada.patch(path, json={"fields_attributes": fields[1:]})
    longest = limits["statuses"]["max_characters"]
    await world.ada.post("/api/v1/statuses", data={"status": "x" * longest})
    await world.ada.refused("POST", "/api/v1/statuses", 422, data={"status": "x" * (longest + 1)})
    for number in range(accounts["max_featured_tags"]):
        await world.ada.post("/api/v1/featured_tags", data={"name": f"tag{number}"})
    await world.ada.refused("POST", "/api/v1/featured_tags", 422, data={"name": "onemore"})
    posts = [await world.post(world.ada, f"post {n}") for n in range(accounts["max_pinned_statuses"] + 1)]
    for post in posts[1:]:
        await world.ada.post(f"/api/v1/statuses/{post.pk}/pin")
    await world.ada.refused("POST", f"/api/v1/statuses/{posts[0].pk}/pin", 422)


async def test_peers_and_activity(world: World) -> None:
    await world.post(world.ada)
    assert isinstance(await world.nobody.get("/api/v1/instance/peers", "[string]"), list)
    weeks = await world.nobody.get("/api/v1/instance/activity", "[InstanceActivity]")
    assert len(weeks) == 12
    assert weeks[0]["statuses"] == "1"
    assert weeks[0]["registrations"] == "2"
    assert await world.nobody.get("/api/v1/custom_emojis", "[CustomEmoji]") == []


async def test_search_finds_people_posts_and_hashtags(world: World) -> None:
    await world.post(world.ada, "about turtles #Turtles")
    found = await world.ada.get("/api/v2/search", "Search", params={"q": "turtles"})
    assert len(found["statuses"]) == 1
    assert found["hashtags"][0]["name"] == "Turtles"
    assert found["hashtags"][0]["history"][0]["uses"] == "1"
    found = await world.ada.get("/api/v2/search", "Search", params={"q": "be", "type": "accounts"})
    assert [a["username"] for a in found["accounts"]] == ["bea"]
    assert found["statuses"] == found["hashtags"] == []


async def test_an_address_finds_what_is_there(world: World) -> None:
    post = await rows.make_post(world.remote)
    found = await world.ada.get("/api/v2/search", "Search", params={"q": post.uri})
    assert [s["id"] for s in found["statuses"]] == [str(post.pk)]
    found = await world.ada.get("/api/v2/search", "Search", params={"q": world.remote.uri, "resolve": "true"})
    assert [a["acct"] for a in found["accounts"]] == ["rob@far.test"]


@pytest.mark.slow
async def test_unresolvable_addresses_give_an_empty_answer(world: World) -> None:
    for q in (
        "https://127.0.0.1/x",
        "@nobody@127.0.0.1",
        "https://localhost:1/",
        "http://[",
        "@a@b@c",
        "https://",
    ):
        found = await world.ada.get("/api/v2/search", "Search", params={"q": q, "resolve": "true"})
        assert found["accounts"] == found["statuses"] == [], q


async def test_anonymous_search_does_not_resolve(world: World) -> None:
    await world.nobody.get("/api/v2/search", "Search", params={"q": "x"})
    for parameters in ({"q": "@a@far.test", "resolve": "1"}, {"q": "x", "offset": "5"}):
        await world.nobody.refused(
            "GET", "/api/v2/search", 422, "This method requires an authenticated user", params=parameters
        )
    await world.ada.refused("GET", "/api/v2/search", 400)


@pytest.mark.slow
async def test_the_openapi_document_has_every_route(world: World) -> None:
    document = await world.nobody.get("/api/openapi.json")
    described = {
        (method.upper(), path.replace("{", "<").replace("}", ">"))
        for path, operations in document["paths"].items()
        for method in operations
    }
    assert described == {(verb, route.path) for route in table for verb in route.verbs}
    text = json.dumps(document)
    for reference in {part.split('"')[0] for part in text.split('"#/components/schemas/')[1:]}:
        assert reference in document["components"]["schemas"]
    names = [o["operationId"] for operations in document["paths"].values() for o in operations.values()]
    assert len(set(names)) == len(names)
