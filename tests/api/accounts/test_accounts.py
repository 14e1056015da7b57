"""One's own account, and others'."""

import datetime as dt

import pytest

from activities.posts.models import Visibility
from api.models import Token
from core import clock
from tests.activities import people as rows
from tests.api.support.world import World
from tests.users import support
from users.domains.services import edit_domain
from users.identities.models import Identity, Restriction
from users.logins.models import IdentityAccess

pytestmark = pytest.mark.anyio


async def test_verify_credentials_shows_the_caller(world: World) -> None:
    account = await world.ada.get("/api/v1/accounts/verify_credentials", "CredentialAccount")
    assert account["acct"] == "ada"
    assert account["source"]["privacy"] == "public"
    assert account["role"]["permissions"] == "0"


async def test_verify_credentials_wants_a_good_token(world: World) -> None:
    path = "/api/v1/accounts/verify_credentials"
    await world.nobody.refused("GET", path, 401, "The access token is invalid")
    await world.nobody.refused(
        "GET", path, 401, "The access token is invalid", headers={"Authorization": "Bearer nonsense"}
    )
    await world.app.refused("GET", path, 422, "This method requires an authenticated user")


async def test_the_profile_scope_allows_verify_credentials(world: World) -> None:
    world.ada.token = await world.token(world.ada.me, "profile")
    await world.ada.get("/api/v1/accounts/verify_credentials")
    await world.ada.refused(
        "GET", "/api/v1/timelines/home", 403, "This action is outside the authorized scopes"
    )


async def test_update_credentials_changes_what_is_sent_and_nothing_else(world: World) -> None:
    changed = await world.ada.patch(
        "/api/v1/accounts/update_credentials",
        "CredentialAccount",
        data={
            "display_name": "Ada L.",
            "note": "I count.\nhttps://example.org",
            "locked": "true",
            "bot": "1",
            "fields_attributes[0][name]": "Site",
            "fields_attributes[0][value]": "https://ada.example",
            "source[privacy]": "unlisted",
            "source[language]": "nl",
        },
    )
    assert changed["display_name"] == "Ada L."
    assert changed["source"]["note"] == "I count.\nhttps://example.org"
    assert changed["locked"] is True
    assert changed["bot"] is True
    assert changed["fields"][0]["name"] == "Site"
    assert changed["source"]["fields"][0]["value"] == "https://ada.example"
    assert changed["source"]["privacy"] == "unlisted"
    again = await world.ada.patch("/api/v1/accounts/update_credentials", json={"bot": False})
    assert again["bot"] is False
    assert again["locked"] is True
    assert again["display_name"] == "Ada L."


async def test_fields_arrive_as_json_list_or_hash(world: World) -> None:
    for fields in ([{"name": "a", "value": "b"}], {"0": {"name": "a", "value": "b"}}):
        changed = await world.ada.patch(
            "/api/v1/accounts/update_credentials", json={"fields_attributes": fields}
        )
        assert changed["source"]["fields"] == [{"name": "a", "value": "b", "verified_at": None}]


async def test_a_display_name_can_be_emptied_and_not_be_endless(world: World) -> None:
    changed = await world.ada.patch("/api/v1/accounts/update_credentials", data={"display_name": ""})
    assert changed["display_name"] == ""
    response = await world.ada.refused(
        "PATCH", "/api/v1/accounts/update_credentials", 422, data={"display_name": "x" * 5000}
    )
    assert response.json()["error"].startswith("Validation failed: ")


async def test_an_account_is_found_by_id_name_and_prefix(world: World) -> None:
    shown = await world.ada.get(f"/api/v1/accounts/{world.bea.id}", "Account")
    assert shown["username"] == "bea"
    assert shown["uri"] == world.bea.me.uri
    by_name = await world.nobody.get("/api/v1/accounts/lookup", "Account", params={"acct": "BEA@testserver"})
    assert by_name["id"] == world.bea.id
    found = await world.ada.get("/api/v1/accounts/search", "[Account]", params={"q": "@be"})
    assert [one["id"] for one in found] == [world.bea.id]
    many = await world.nobody.get(
        "/api/v1/accounts", "[Account]", params={"id[]": [world.bea.id, "77", world.ada.id]}
    )
    assert [one["id"] for one in many] == [world.bea.id, world.ada.id]


async def test_a_remote_account_has_its_host_in_its_name(world: World) -> None:
    shown = await world.ada.get(f"/api/v1/accounts/{world.remote.pk}", "Account")
    assert shown["acct"] == "rob@far.test"
    assert "roles" not in shown


async def test_an_account_that_is_not_there_is_not_found(world: World) -> None:
    for wrong in ("1", "abc", "9" * 30, "0x1", "-1"):
        await world.ada.refused("GET", f"/api/v1/accounts/{wrong}", 404, "Record not found")
    await world.nobody.refused("GET", "/api/v1/accounts/lookup?acct=nobody", 404, "Record not found")
    await world.nobody.refused("GET", "/api/v1/accounts/lookup", 400)


async def test_a_deleted_account_is_gone_and_a_suspended_one_empty(world: World) -> None:
    await Identity.objects.filter(pk=world.bea.me.pk).aupdate(deleted_at=clock.now())
    await world.ada.refused("GET", f"/api/v1/accounts/{world.bea.id}", 410)
    await Identity.objects.filter(pk=world.remote.pk).aupdate(
        restriction=Restriction.suspended, summary="<p>bad words</p>"
    )
    shown = await world.ada.get(f"/api/v1/accounts/{world.remote.pk}", "Account")
    assert shown["suspended"] is True
    assert shown["note"] == ""


async def test_a_moved_account_says_where_to(world: World) -> None:
    await Identity.objects.filter(pk=world.bea.me.pk).aupdate(moved_to_uri=world.remote.uri)
    shown = await world.nobody.get(f"/api/v1/accounts/{world.bea.id}", "Account")
    assert shown["moved"]["acct"] == "rob@far.test"


async def test_statuses_of_an_account(world: World) -> None:
    first = await world.post(world.bea, "one #cats")
    reply = await world.post(world.bea, "@ada two", in_reply_to_id=(await world.post(world.ada)).pk)
    hidden = await world.post(world.bea, "three", visibility=Visibility.followers)
    path = f"/api/v1/accounts/{world.bea.id}/statuses"
    assert [s["id"] for s in await world.nobody.get(path, "[Status]")] == [str(reply.pk), str(first.pk)]
    assert [s["id"] for s in await world.bea.get(path)] == [str(hidden.pk), str(reply.pk), str(first.pk)]
    assert [s["id"] for s in await world.ada.get(path, params={"exclude_replies": "true"})] == [str(first.pk)]
    assert [s["id"] for s in await world.ada.get(path, params={"tagged": "Cats"})] == [str(first.pk)]
    assert await world.ada.get(path, params={"only_media": 1}) == []
    assert await world.ada.get(path, params={"pinned": "on"}) == []


async def test_preferences(world: World) -> None:
    shown = await world.ada.get("/api/v1/preferences", "Preferences")
    assert shown["posting:default:visibility"] == "public"


async def test_a_token_that_was_revoked_or_is_over_says_so(world: World) -> None:

    path = "/api/v1/accounts/verify_credentials"
    await Token.objects.filter(identity=world.ada.me.pk).aupdate(revoked_at=clock.now())
    await world.ada.refused("GET", path, 401, "The access token was revoked")
    await Token.objects.filter(identity=world.ada.me.pk).aupdate(
        revoked_at=None, expires_at=clock.now() - dt.timedelta(seconds=1)
    )
    await world.ada.refused("GET", path, 401, "The access token expired")


async def test_a_login_that_may_not_come_in_says_why(world: World) -> None:
    path = "/api/v1/accounts/verify_credentials"
    login = world.ada_login
    for change, sentence in (
        ({"confirmed_at": None}, "Your login is missing a confirmed e-mail address"),
        ({"approved_at": None}, "Your login is currently pending approval"),
        ({"is_disabled": True}, "Your login is currently disabled"),
    ):
        before = {name: getattr(login, name) for name in change}
        await type(login).objects.filter(pk=login.pk).aupdate(**change)
        await world.ada.refused("GET", path, 403, sentence)
        await type(login).objects.filter(pk=login.pk).aupdate(**before)
    await world.ada.get(path)


async def test_a_token_is_revoked_with_the_access_to_its_identity(world: World) -> None:

    await IdentityAccess.objects.filter(identity=world.ada.me.pk).adelete()
    await world.ada.refused("GET", "/api/v1/accounts/verify_credentials", 401, "The access token was revoked")


async def test_a_domain_that_is_not_public_keeps_its_timelines_to_its_people(world: World) -> None:

    await edit_domain(domain=world.domain, is_public=False)
    refusal = "This API requires an authenticated user"
    for path in ("timelines/public", "timelines/tag/x", "trends", "trends/statuses", "directory", "tags/x"):
        await world.nobody.refused("GET", f"/api/v1/{path}", 401, refusal)
        await world.ada.get(f"/api/v1/{path}")
    await world.nobody.refused("GET", "/api/v2/search?q=x", 401, refusal)
    post = await rows.make_post(world.bea.me)
    await world.nobody.get(f"/api/v1/statuses/{post.pk}", "Status")
    await world.nobody.get(f"/api/v1/accounts/{world.bea.id}", "Account")
    await world.nobody.get("/api/v2/instance", "Instance")


async def test_one_login_acts_as_several_identities_by_several_tokens(world: World) -> None:
    other = await support.make_person(world.domain, "adas_band", world.ada_login)
    token = await world.token(other)
    band = await world.ada.get(
        "/api/v1/accounts/verify_credentials", headers={"Authorization": f"Bearer {token}"}
    )
    assert band["username"] == "adas_band"


async def test_last_use_is_written_once_an_hour(world: World) -> None:

    await world.ada.get("/api/v1/accounts/verify_credentials")
    first = (await Token.objects.aget(identity=world.ada.me.pk)).last_used_at
    await world.ada.get("/api/v1/accounts/verify_credentials")
    assert (await Token.objects.aget(identity=world.ada.me.pk)).last_used_at == first
    with clock.shifted(dt.timedelta(hours=2)):
        await world.ada.get("/api/v1/accounts/verify_credentials")
    assert (await Token.objects.aget(identity=world.ada.me.pk)).last_used_at > first


async def test_last_status_at_is_a_day(world: World) -> None:
    await rows.make_post(world.bea.me)
    await Identity.objects.filter(pk=world.bea.me.pk).aupdate(last_post_at=clock.now())
    shown = await world.ada.get(f"/api/v1/accounts/{world.bea.id}", "Account")
    assert shown["last_status_at"] == clock.now().date().isoformat()
