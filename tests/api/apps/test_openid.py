"""A domain as OpenID Connect provider: what an app learns of who signed in, and that nobody can forge, replay or widen it."""

import base64
import hashlib
import re
import time
from typing import Any
from urllib.parse import urlsplit

import pytest
from joserfc import jwt
from joserfc.jwk import KeySet

from api.models import IdTokenKey
from core.config import config
from tests.api.apps.authorizing import Browser, asks, change, query_of, register
from tests.api.support.world import World
from tests.users import support
from users.logins.models import IdentityAccess
from users.sharing.services import end_access

pytestmark = pytest.mark.anyio
OPENID = "openid profile email"


async def _keys(world: World) -> KeySet:
    known = (await world.http.get("/.well-known/openid-configuration")).json()
    return KeySet.import_key_set((await world.http.get(known["jwks_uri"])).json())


async def _signed_in(
    world: World, browser: Browser, scope: str = OPENID, **asked: str
) -> tuple[dict[str, Any], dict[str, Any]]:
    """Return the app and what it got for its code."""
    app = await register(world, scopes=OPENID)
    answer = query_of(await browser.decide(await browser.open(**asks(app, scope=scope, **asked))))
    return app, {**(await change(world, app, answer["code"])).json(), "iss": answer.get("iss", "")}


async def test_an_app_learns_who_signed_in(world: World, browser: Browser) -> None:
    app, got = await _signed_in(world, browser, nonce="n-1", state="s")
    found = jwt.decode(got["id_token"], await _keys(world), algorithms=["RS256"])
    claims = found.claims
    known = (await world.http.get("/.well-known/openid-configuration")).json()
    assert claims["iss"] == known["issuer"] == got["iss"]
    assert claims["aud"] == app["client_id"]
    assert claims["nonce"] == "n-1"
    assert claims["sub"] == (await world.http.get("/api/v1/accounts/lookup?acct=ada")).json()["uri"]
    assert (claims["preferred_username"], claims["email"], claims["email_verified"]) == (
        "ada",
        world.ada_login.email,
        True,
    )
    assert time.time() - 60 < claims["auth_time"] <= claims["iat"] < claims["exp"] <= time.time() + 600
    half = base64.urlsafe_b64encode(hashlib.sha256(got["access_token"].encode()).digest()[:16]).rstrip(b"=")
    assert claims["at_hash"] == half.decode()
    assert found.header == {"typ": "JWT", "alg": "RS256", "kid": (await _keys(world)).keys[0].kid}
    headers = {"Authorization": f"Bearer {got['access_token']}"}
    info = (await world.http.get("/oauth/userinfo", headers=headers)).json()
    assert info == {name: claims[name] for name in info}
    assert set(claims) <= set(known["claims_supported"])


async def test_scopes_decide_what_is_told(world: World, browser: Browser) -> None:
    _, got = await _signed_in(world, browser, scope="openid")
    claims = jwt.decode(got["id_token"], await _keys(world)).claims
    assert not {"email", "name", "picture", "nonce"} & set(claims)
    headers = {"Authorization": f"Bearer {got['access_token']}"}
    assert set((await world.http.get("/oauth/userinfo", headers=headers)).json()) == {"iss", "sub"}
    # signing in gives no other access
    assert (await world.http.get("/api/v1/timelines/home", headers=headers)).status_code == 403
    _, got = await _signed_in(world, browser, scope="profile")
    assert "id_token" not in got
    assert got["iss"] == ""


async def test_only_owners_sign_in_elsewhere_as_a_shared_account(world: World, browser: Browser) -> None:
    """Else whoever writes as it could take its accounts at other sites over. Other apps get what the role allows."""
    band = await support.make_person(world.domain, "band")
    await IdentityAccess.objects.acreate(user=world.ada_login, identity=band, is_owner=False)
    app = await register(world, scopes=f"{OPENID} read")
    page = await browser.open(**asks(app, scope="read"))
    assert f'value="{band.pk}"' in page.text
    page = await browser.open(**asks(app, scope="openid"))
    assert f'value="{band.pk}"' not in page.text
    assert (await browser.decide(page, identity=str(band.pk))).status_code == 422
    await IdentityAccess.objects.filter(identity=band.pk).aupdate(is_owner=True)
    code = query_of(await browser.decide(page, identity=str(band.pk)))["code"]
    owner = await support.make_user("owner@example.org")
    await IdentityAccess.objects.acreate(user=owner, identity=band)
    await end_access(identity=band, user=world.ada_login)
    assert (await change(world, app, code)).status_code == 400, "removed before the app exchanged its code"


async def test_an_app_gets_no_more_than_it_registered_for(world: World, browser: Browser) -> None:
    app = await register(world, scopes="read write")
    refused = await browser.open(**asks(app, scope="openid"))
    assert query_of(refused)["error"] == "invalid_scope"
    assert (
        "See your e-mail address"
        in (await browser.open(**asks(await register(world, scopes=OPENID), scope=OPENID))).text
    )


async def test_nobody_is_signed_in_without_a_page(world: World, browser: Browser) -> None:
    app = await register(world, scopes=OPENID)
    asked = asks(app, scope="openid", prompt="none", state="s")
    answer = query_of(await browser.open(**asked))
    assert (answer["error"], answer["state"]) == ("interaction_required", "s")
    answer = query_of(await world.http.get("/oauth/authorize", params=asked))
    assert (answer["error"], answer["iss"]) == ("login_required", "https://testserver/")


@pytest.mark.parametrize("asked", [{"prompt": "login"}, {"prompt": "login consent"}, {"max_age": "0"}])
async def test_an_app_can_ask_for_a_new_sign_in(
    world: World, browser: Browser, asked: dict[str, str]
) -> None:
    app = await register(world, scopes=OPENID)
    elsewhere = (await browser.open(**asks(app, scope="openid", nonce="n", **asked))).headers["location"]
    assert elsewhere.startswith("/sign-in?next=")
    assert "nonce%3Dn" in elsewhere
    assert "max_age" not in elsewhere
    assert (await browser.open(**asks(app, scope="openid", max_age="3600"))).status_code == 200


async def test_a_code_gives_one_id_token_only(world: World, browser: Browser) -> None:
    app = await register(world, scopes=OPENID)
    code = query_of(await browser.decide(await browser.open(**asks(app, scope="openid"))))["code"]
    assert "id_token" in (await change(world, app, code)).json()
    assert (await change(world, app, code)).status_code == 400
    other = await register(world, scopes=OPENID)
    code = query_of(await browser.decide(await browser.open(**asks(app, scope="openid"))))["code"]
    assert (await change(world, other, code)).status_code == 400


@pytest.mark.parametrize(
    ("asked", "error"), [({"nonce": "n" * 256}, "invalid_request"), ({"max_age": "soon"}, "")]
)
async def test_bad_requests_are_refused(
    world: World, browser: Browser, asked: dict[str, str], error: str
) -> None:
    app = await register(world, scopes=OPENID)
    answer = await browser.open(**asks(app, scope="openid", **asked))
    if error:
        assert query_of(answer)["error"] == error
    else:
        assert answer.status_code in {400, 422}


async def test_each_domain_has_a_key_of_its_own_which_is_sealed(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(config(), "key_secret", "of the test")
    here = (await world.http.get("/oauth/jwks")).json()["keys"]
    there = await support.make_domain("other.test")
    elsewhere = (await world.http.get("/oauth/jwks", headers={"Host": "other.test"})).json()["keys"]
    assert len(here) == len(elsewhere) == 1
    assert here[0]["n"] != elsewhere[0]["n"]
    assert not {"d", "p", "q"} & set(here[0])
    stored = await IdTokenKey.objects.aget(domain=there.pk)
    assert "PRIVATE" not in stored.private_key


async def test_a_site_can_offer_to_sign_out_here_too(world: World, browser: Browser) -> None:
    app = await register(world, scopes=OPENID)
    known = (await world.http.get("/.well-known/openid-configuration")).json()
    here = urlsplit(known["end_session_endpoint"]).path
    asked = {
        "client_id": app["client_id"],
        "post_logout_redirect_uri": "https://client.example/bye?a=1",
        "state": "s",
    }
    for wrong in (
        {"post_logout_redirect_uri": "https://client.example.evil.test/"},
        {"client_id": "x"},
        {"post_logout_redirect_uri": "https://[x"},
    ):
        elsewhere = await world.http.get(here, params=asked | wrong)
        assert elsewhere.headers["location"] == "/", wrong
    page = await world.http.get(here, params=asked, headers={"Cookie": browser.cookies})
    assert 'href="https://client.example/bye?a=1&amp;state=s"' in page.text
    assert (await browser.open(**asks(app, scope="openid"))).status_code == 200, (
        "opening the page ends nothing"
    )
    forged = await world.http.post(here, data=asked, headers={"Cookie": browser.cookies})
    assert forged.status_code == 403
    token = re.search(r"csrftoken=(\w+)", page.headers["set-cookie"])
    assert token
    field = re.search(r'name="csrfmiddlewaretoken" value="(\w+)"', page.text)
    assert field
    done = await world.http.post(
        here,
        data=asked | {"csrfmiddlewaretoken": field[1]},
        headers={"Cookie": f"{browser.cookies}; csrftoken={token[1]}"},
    )
    assert done.headers["location"] == "https://client.example/bye?a=1&state=s"
    assert (await browser.open(**asks(app, scope="openid"))).headers["location"].startswith("/sign-in")
    assert (await world.http.get(here, params=asked)).headers["location"] == done.headers["location"]
