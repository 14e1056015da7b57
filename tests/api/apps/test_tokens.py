"""Tokens: for a code, for an app alone, for a password where that is allowed; and how they end."""

import asyncio
import base64
import datetime as dt
import hashlib
from typing import Any

import pytest

from api.handlers import delete_expired
from api.models import App, Token
from core import clock
from core.config import config
from tests.api.apps.authorizing import CALLBACK, CUSTOM, Browser, asks, change, query_of, register
from tests.api.support.world import World
from users.logins.models import User
from users.logins.services import logins

pytestmark = pytest.mark.anyio


async def test_pkce(world: World, browser: Browser) -> None:
    app = await register(world)
    verifier = "v" * 50
    challenge = base64.urlsafe_b64encode(hashlib.sha256(verifier.encode()).digest()).rstrip(b"=").decode()
    asked = asks(app, code_challenge=challenge, code_challenge_method="S256")
    for wrong in ("", "w" * 50, challenge):
        code = query_of(await browser.decide(await browser.open(**asked)))["code"]
        response = await change(world, app, code, code_verifier=wrong)
        assert (response.status_code, response.json()["error"]) == (400, "invalid_grant"), wrong
    code = query_of(await browser.decide(await browser.open(**asked)))["code"]
    assert (await change(world, app, code, code_verifier=verifier)).status_code == 200
    code = query_of(await browser.decide(await browser.open(**asks(app))))["code"]
    assert (await change(world, app, code, code_verifier=verifier)).status_code == 400


async def test_a_code_that_comes_twice_ends_the_token_of_the_first(world: World, browser: Browser) -> None:
    app = await register(world)
    code = query_of(await browser.decide(await browser.open(**asks(app))))["code"]
    world.ada.token = (await change(world, app, code)).json()["access_token"]
    replayed = await change(world, app, code)
    assert (replayed.status_code, replayed.json()["error"]) == (400, "invalid_grant")
    await world.ada.refused("GET", "/api/v1/timelines/home", 401, "The access token was revoked")


async def test_a_code_is_bound_to_its_app_its_redirect_and_ten_minutes(
    world: World, browser: Browser
) -> None:
    app, other = await register(world, redirect_uris=f"{CALLBACK}\n{CUSTOM}"), await register(world)

    async def code() -> str:
        return query_of(await browser.decide(await browser.open(**asks(app))))["code"]

    assert (await change(world, other, await code())).json()["error"] == "invalid_grant"
    for wrong in (CUSTOM, "https://bücher.test/ß", "\u202e"):
        response = await change(world, app, await code(), redirect_uri=wrong)
        assert (response.status_code, response.json()["error"]) == (400, "invalid_grant"), wrong
    late = await code()
    with clock.shifted(dt.timedelta(minutes=11)):
        assert (await change(world, app, late)).json()["error"] == "invalid_grant"
    assert (await change(world, app, "nonsense")).json()["error"] == "invalid_grant"


async def test_token_requests_that_are_refused(world: World) -> None:
    app = await register(world)
    credentials = {"client_id": app["client_id"], "client_secret": app["client_secret"]}
    for fields, status, error in (
        ({}, 400, "invalid_request"),
        ({"grant_type": "password", **credentials}, 400, "unsupported_grant_type"),
        ({"grant_type": "client_credentials"}, 401, "invalid_client"),
        ({"grant_type": "client_credentials", **credentials, "client_secret": "x"}, 401, "invalid_client"),
        ({"grant_type": "client_credentials", **credentials, "scope": "push"}, 400, "invalid_scope"),
        ({"grant_type": "authorization_code", **credentials}, 400, "invalid_request"),
        ({"grant_type": "authorization_code", **credentials, "code": "x\x00"}, 400, "invalid_request"),
    ):
        await world.nobody.refused("POST", "/oauth/token", status, error, data=fields)


async def test_an_app_token_by_body_basic_or_json(world: World) -> None:
    app = await register(world)
    pair = base64.b64encode(f"{app['client_id']}:{app['client_secret']}".encode()).decode()
    credentials = {"client_id": app["client_id"], "client_secret": app["client_secret"]}
    for more in (
        {"data": {"grant_type": "client_credentials", **credentials}},
        {"json": {"grant_type": "client_credentials", **credentials}},
        {"data": {"grant_type": "client_credentials"}, "headers": {"Authorization": f"Basic {pair}"}},
    ):
        token = await world.nobody.post("/oauth/token", "Token", **more)
        assert token["scope"] == "read"
        shown = await world.nobody.get(
            "/api/v1/apps/verify_credentials",
            "Application",
            headers={"Authorization": f"Bearer {token['access_token']}"},
        )
        assert shown["id"] == app["id"]


async def test_two_requests_with_one_code_get_one_token(world: World, browser: Browser) -> None:
    app = await register(world)
    code = query_of(await browser.decide(await browser.open(**asks(app))))["code"]
    answers = await asyncio.gather(*(change(world, app, code) for _ in range(4)))
    assert sorted(answer.status_code for answer in answers)[:2] in ([200, 400], [400, 400])
    assert sum(answer.status_code == 200 for answer in answers) <= 1
    assert await Token.objects.filter(app__client_id=app["client_id"]).acount() == 1


async def test_a_verifier_of_another_code_is_worth_nothing(world: World, browser: Browser) -> None:
    app = await register(world)
    codes = {}
    for verifier in ("a" * 43, "b" * 43):
        digest = hashlib.sha256(verifier.encode()).digest()
        challenge = base64.urlsafe_b64encode(digest).rstrip(b"=").decode()
        page = await browser.open(**asks(app, code_challenge=challenge, code_challenge_method="S256"))
        codes[verifier] = query_of(await browser.decide(page))["code"]
    for verifier, other in (("a" * 43, "b" * 43), ("b" * 43, "a" * 43)):
        swapped = await change(world, app, codes[other], code_verifier=verifier)
        assert (swapped.status_code, swapped.json()["error"]) == (400, "invalid_grant")
    assert (await change(world, app, codes["a" * 43], code_verifier="a" * 43)).status_code == 200


# --- a password for a token -----------------------------------------------------------------------------------------


@pytest.fixture
def password_grant(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(config(), "password_grant", True)


def by_password(app: dict[str, Any], **changed: str) -> dict[str, str]:
    return {
        "grant_type": "password",
        "client_id": app["client_id"],
        "client_secret": app["client_secret"],
        "username": "ada@example.org",
        "password": "correct horse battery",
        "scope": "read write",
        **changed,
    }


async def test_a_password_is_worth_no_token_unless_the_operator_says_so(world: World) -> None:
    app = await register(world)
    await world.nobody.refused("POST", "/oauth/token", 400, "unsupported_grant_type", data=by_password(app))
    server = await world.nobody.get("/.well-known/oauth-authorization-server")
    assert "password" not in server["grant_types_supported"]


@pytest.mark.slow
@pytest.mark.usefixtures("password_grant")
async def test_a_password_for_a_token(world: World) -> None:
    app = await register(world)
    await logins.set_password(user=world.ada_login, password="correct horse battery")
    token = await world.nobody.post("/oauth/token", "Token", data=by_password(app))
    assert token["scope"] == "read write"
    world.ada.token = token["access_token"]
    assert (await world.ada.get("/api/v1/accounts/verify_credentials"))["username"] == "ada"
    server = await world.nobody.get("/.well-known/oauth-authorization-server", "OAuthServerInfo")
    assert "password" in server["grant_types_supported"]
    for changed, status, error in (
        ({"password": "wrong"}, 400, "invalid_grant"),
        ({"username": "nobody@example.org"}, 400, "invalid_grant"),
        ({"username": "", "password": ""}, 400, "invalid_grant"),
        ({"username": "a\x00b"}, 400, "invalid_request"),
        ({"scope": "push"}, 400, "invalid_scope"),
        ({"client_secret": "wrong"}, 401, "invalid_client"),
    ):
        await world.nobody.refused("POST", "/oauth/token", status, error, data=by_password(app, **changed))
    await User.objects.filter(pk=world.ada_login.pk).aupdate(is_disabled=True)
    await world.nobody.refused("POST", "/oauth/token", 400, "invalid_grant", data=by_password(app))


@pytest.mark.slow
@pytest.mark.usefixtures("password_grant")
async def test_passwords_cannot_be_guessed_there_either(world: World) -> None:
    app = await register(world)
    for _ in range(10):
        await world.nobody.refused("POST", "/oauth/token", 400, "invalid_grant", data=by_password(app))
    await world.nobody.refused("POST", "/oauth/token", 429, data=by_password(app))


async def test_revoke(world: World, browser: Browser) -> None:
    app, other = await register(world), await register(world)
    code = query_of(await browser.decide(await browser.open(**asks(app))))["code"]
    token = (await change(world, app, code)).json()["access_token"]
    world.ada.token = token

    def fields(one: dict[str, Any]) -> dict[str, str]:
        return {"client_id": one["client_id"], "client_secret": one["client_secret"], "token": token}

    await world.nobody.post("/oauth/revoke", "{}", data=fields(other))
    await world.ada.get("/api/v1/accounts/verify_credentials")
    await world.nobody.refused(
        "POST", "/oauth/revoke", 403, "unauthorized_client", data={**fields(app), "client_secret": "wrong"}
    )
    for _ in range(2):
        await world.nobody.post("/oauth/revoke", "{}", data=fields(app))
    await world.ada.refused("GET", "/api/v1/accounts/verify_credentials", 401, "The access token was revoked")


async def test_user_info_and_server_info(world: World) -> None:
    info = await world.ada.get("/oauth/userinfo", "OAuthUserInfo")
    assert info["sub"] == world.ada.me.uri
    assert await world.ada.post("/oauth/userinfo", "OAuthUserInfo") == info
    server = await world.nobody.get("/.well-known/oauth-authorization-server", "OAuthServerInfo")
    assert server["code_challenge_methods_supported"] == ["S256"]
    assert server["authorization_endpoint"] == "https://testserver/oauth/authorize"


async def test_a_new_password_ends_all_tokens(world: World) -> None:
    await logins.set_password(user=world.ada_login, password="a better password than before")
    await world.ada.refused("GET", "/api/v1/accounts/verify_credentials", 401, "The access token was revoked")


async def test_expired_tokens_are_removed_and_others_kept(world: World) -> None:

    await world.ada.post("/api/v1/statuses", data={"status": "x"}, headers={"Idempotency-Key": "k"})
    await Token.objects.filter(identity=world.bea.me.pk).aupdate(
        revoked_at=clock.now() - dt.timedelta(days=31)
    )
    await App.objects.all().aupdate(created_at=clock.now() - dt.timedelta(days=60))
    with clock.shifted(dt.timedelta(hours=2)):
        await delete_expired()
    assert await Token.objects.acount() == 2
    assert await App.objects.acount() == 2
    await world.ada.get("/api/v1/accounts/verify_credentials")


async def test_a_token_out_of_use_for_a_year_ends(world: World) -> None:
    year = dt.timedelta(days=365)
    hour = dt.timedelta(hours=1)
    for used, created, status in (
        (year - hour, 2 * year, 200),
        (year + hour, 2 * year, 401),
        (None, year - hour, 200),
        (None, year + hour, 401),
    ):
        now = clock.now()
        await Token.objects.filter(identity=world.ada.me).aupdate(
            last_used_at=None if used is None else now - used, created_at=now - created, revoked_at=None
        )
        await delete_expired()
        response = await world.ada.ask("GET", "/api/v1/accounts/verify_credentials")
        assert response.status_code == status, (used, created)
