"""Aliases and moves through the API, with GoToSocial's addresses and parameters."""

import pytest

from tests.api.support.world import World
from tests.users import support
from users.identities.models import Identity
from users.logins.models import IdentityAccess
from users.logins.passwords import hash_password
from users.moves.models import Move
from users.moves.services.moving import undo_move

pytestmark = pytest.mark.anyio

_ALIAS = "/api/v1/accounts/alias"
_MOVE = "/api/v1/accounts/move"
_PASSWORD = "correct horse battery"


@pytest.fixture
async def password(world: World) -> str:
    world.ada_login.password_hash = await hash_password(_PASSWORD)
    await world.ada_login.asave(update_fields=["password_hash"])
    return _PASSWORD


async def _mark_bea_as_ada(world: World) -> str:
    """Let Bea's account name Ada's as its alias; its address."""
    shown = await world.bea.post(_ALIAS, data={"also_known_as_uris[]": [world.ada.me.uri]})
    assert shown["source"]["also_known_as_uris"] == [world.ada.me.uri]
    return str(world.bea.me.uri)


async def test_aliases_are_replaced_and_cleared(world: World) -> None:
    uri = world.bea.me.uri
    shown = await world.ada.post(
        _ALIAS, "CredentialAccount", json={"also_known_as_uris": [f"@{world.bea.me.handle}"]}
    )
    assert shown["source"]["also_known_as_uris"] == [uri]
    document = (await world.nobody.ask("GET", "/users/ada", headers=support.AP)).json()
    assert document["alsoKnownAs"] == [uri]
    assert (await world.ada.post(_ALIAS))["source"]["also_known_as_uris"] == []
    await world.ada.refused("POST", _ALIAS, 422, data={"also_known_as_uris[]": [world.ada.me.uri]})
    await world.ada.refused("POST", _ALIAS, 422, data={"also_known_as_uris[]": ["ftp://x.example/1"]})
    await world.nobody.refused("POST", _ALIAS, 401)


async def test_a_move_is_shown_and_ends_posting(world: World, password: str) -> None:
    uri = await _mark_bea_as_ada(world)
    answer = await world.ada.ask("POST", _MOVE, data={"moved_to_uri": uri, "password": password})
    assert (answer.status_code, answer.json()) == (202, {"message": "accepted"})
    shown = await world.nobody.get(f"/api/v1/accounts/{world.ada.id}", "Account")
    assert shown["moved"]["uri"] == uri
    assert (await world.ada.get("/api/v1/accounts/verify_credentials"))["moved"]["uri"] == uri
    assert (await world.nobody.get("/api/v1/accounts/lookup?acct=ada"))["moved"]["uri"] == uri
    document = (await world.nobody.ask("GET", "/users/ada", headers=support.AP)).json()
    assert document["movedTo"] == uri
    sentence = f"You have moved to {uri}, so post and follow there, or undo the move in your settings."
    await world.ada.refused("POST", "/api/v1/statuses", 403, sentence, data={"status": "hello"})
    await world.ada.refused("POST", f"/api/v1/accounts/{world.bea.id}/follow", 403, sentence)
    await world.bea.refused("POST", f"/api/v1/accounts/{world.ada.id}/follow", 403)
    await undo_move(identity=world.ada.me)
    assert "moved" not in await world.nobody.get(f"/api/v1/accounts/{world.ada.id}", "Account")
    await world.ada.post("/api/v1/statuses", "Status", data={"status": "hello again"})


async def test_moves_that_are_refused(world: World, password: str) -> None:
    target = {"moved_to_uri": world.bea.me.uri, "password": password}
    await world.ada.refused("POST", _MOVE, 422, data=target)  # no alias
    await _mark_bea_as_ada(world)
    await world.ada.refused("POST", _MOVE, 403, data=target | {"password": "wrong"})
    await world.ada.refused("POST", _MOVE, 400, data={"moved_to_uri": world.bea.me.uri})
    await world.nobody.refused("POST", _MOVE, 401, data=target)
    # a login that an identity was only shared with, with its own right password
    await IdentityAccess.objects.filter(identity=world.ada.me.pk).aupdate(is_owner=False)
    await world.ada.refused("POST", _MOVE, 403, data=target)
    assert not await Move.objects.aexists()
    assert (await Identity.objects.aget(pk=world.ada.me.pk)).moved_to_uri == ""
