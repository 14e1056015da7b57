"""The way from a new app to a token, and every way that must not lead to one."""

import asyncio
import base64
import datetime as dt
import hashlib
import re
from html import unescape
from typing import Any
from urllib.parse import parse_qs, urlsplit

import httpx
import pytest

from api.models import App, AuthorizationCode, Token
from core import clock
from core.config import config
from tests.api.support.entities import check
from tests.api.support.world import World
from tests.users import support
from users.identities.models import Identity, Restriction
from users.logins.models import User
from users.logins.services import logins

pytestmark = pytest.mark.anyio

OOB = "urn:ietf:wg:oauth:2.0:oob"
CALLBACK = "https://client.example/callback?x=1"
CUSTOM = "myapp://oauth/done"


class Browser:
    """A person's browser on the authorize page, signed in."""

    def __init__(self, world: World, cookie: str) -> None:
        self.http = world.http
        self.cookies = f"__Host-session={cookie}"

    async def open(self, **asked: str) -> httpx.Response:
        return await self.http.get("/oauth/authorize", params=asked, headers={"Cookie": self.cookies})

    async def decide(self, page: httpx.Response, decision: str = "allow", **changed: str) -> httpx.Response:
        """Send the form of the page as it stands."""
        fields = dict(re.findall(r'type="hidden" name="([^"]+)" value="([^"]*)"', page.text))
        fields = {name: unescape(value) for name, value in fields.items()}
        chosen = re.search(r'name="identity" value="(\d+)" checked', page.text)
        if chosen:
            fields["identity"] = chosen.group(1)
        token = page.cookies.get("csrftoken") or re.search(
            r"csrftoken=(\w+)", page.headers["set-cookie"]
        ).group(1)
        return await self.http.post(
            "/oauth/authorize",
            data={**fields, "decision": decision, **changed},
            headers={"Cookie": f"{self.cookies}; csrftoken={token}"},
        )


@pytest.fixture
async def browser(world: World) -> Browser:
    _, cookie = await support.sign_in(world.ada_login, world.domain)
    return Browser(world, cookie)


async def register(world: World, **changed: Any) -> dict[str, Any]:
    registration = {"client_name": "App", "redirect_uris": CALLBACK, "scopes": "read write", **changed}
    return await world.nobody.post("/api/v1/apps", "CredentialApplication", data=registration)


def asks(app: dict[str, Any], **changed: str) -> dict[str, str]:
    return {
        "client_id": app["client_id"],
        "redirect_uri": app["redirect_uris"][0],
        "response_type": "code",
        "scope": "read write",
        **changed,
    }


def query_of(response: httpx.Response) -> dict[str, str]:
    assert response.status_code in {302, 303}, response.text
    return {
        name: values[0] for name, values in parse_qs(urlsplit(response.headers["location"]).query).items()
    }


async def change(world: World, app: dict[str, Any], code: str, **changed: str) -> httpx.Response:
    fields = {
        "grant_type": "authorization_code",
        "code": code,
        "client_id": app["client_id"],
        "client_secret": app["client_secret"],
        "redirect_uri": app["redirect_uris"][0],
        **changed,
    }
    return await world.http.post("/oauth/token", data=fields)


async def test_the_whole_way(world: World, browser: Browser) -> None:
    app = await register(world)
    page = await browser.open(**asks(app, state="s&=1"))
    assert page.status_code == 200
    assert "Authorize App?" in page.text
    assert "Read all your data" in page.text
    assert page.headers["cross-origin-opener-policy"] == "unsafe-none"
    assert "form-action 'self' https://client.example" in page.headers["content-security-policy"]
    sent = await browser.decide(page)
    assert sent.headers["location"].startswith("https://client.example/callback?x=1&code=")
    answer = query_of(sent)
    assert answer["state"] == "s&=1"
    response = await change(world, app, answer["code"])
    token = response.json()
    check("Token", token)
    assert token["scope"] == "read write"
    assert response.headers["cache-control"] == "no-store"
    world.ada.token = token["access_token"]
    assert (await world.ada.get("/api/v1/accounts/verify_credentials"))["username"] == "ada"
    shown = await world.ada.get("/api/v1/apps/verify_credentials", "Application")
    assert shown["name"] == "App"


async def test_nothing_readable_is_stored(world: World, browser: Browser) -> None:
    app = await register(world)
    code = query_of(await browser.decide(await browser.open(**asks(app))))["code"]
    token = (await change(world, app, code)).json()["access_token"]
    stored = await Token.objects.order_by("-id").afirst()
    assert token not in str(vars(stored))
    assert app["client_secret"] not in str(vars(await App.objects.aget(client_id=app["client_id"])))
    assert code not in str(vars(await AuthorizationCode.objects.order_by("-id").afirst()))


async def test_out_of_band_shows_the_code(world: World, browser: Browser) -> None:
    app = await register(world, redirect_uris=OOB)
    sent = await browser.decide(await browser.open(**asks(app)))
    code = query_of(sent)["code"]
    page = await world.http.get(sent.headers["location"])
    assert code in page.text
    assert (await change(world, app, code)).status_code == 200


async def test_the_page_of_the_code_is_plain_and_kept_by_nobody(world: World) -> None:
    page = await world.http.get("/oauth/authorize/native", params={"code": '<b onclick="x">'})
    assert page.status_code == 200
    assert "<b onclick" not in page.text
    assert page.headers["cache-control"] == "no-store"


async def test_custom_schemes_and_several_redirects(world: World, browser: Browser) -> None:
    app = await register(world, redirect_uris=f"{CALLBACK}\n{CUSTOM}")
    assert app["redirect_uris"] == [CALLBACK, CUSTOM]
    page = await browser.open(**asks(app, redirect_uri=CUSTOM))
    assert "form-action 'self' myapp:" in page.headers["content-security-policy"]
    sent = await browser.decide(page)
    assert sent.headers["location"].startswith("myapp://oauth/done?code=")


@pytest.mark.parametrize(
    "uri", ["icecubesapp://", "myapp:", "x://", "app:///done", "com.example.app:/oauth", "app://?a=b"]
)
async def test_a_scheme_of_an_app_needs_nothing_after_it(world: World, browser: Browser, uri: str) -> None:
    """Ice Cubes registers `icecubesapp://`, and iOS hands the answer to it by the scheme alone."""
    app = await register(world, redirect_uris=uri)
    assert app["redirect_uris"] == [uri]
    page = await browser.open(**asks(app))
    scheme = uri.partition(":")[0]
    assert f"form-action 'self' {scheme}:" in page.headers["content-security-policy"]
    assert f"You will be sent to {scheme}:" in page.text
    sent = await browser.decide(page)
    expected = f"{uri}&code=" if "?" in uri else f"{uri}?code="
    assert sent.headers["location"].startswith(expected)
    code = query_of(sent)["code"]
    assert (await change(world, app, code)).status_code == 200


async def test_a_redirect_is_matched_exactly(world: World, browser: Browser) -> None:
    app = await register(world)
    for uri in (
        "https://client.example/callback",
        "https://client.example/callback?x=1&y=2",
        "https://client.example.evil.test/callback?x=1",
        "https://evil.test/",
        "//evil.test",
        OOB,
        "",
    ):
        page = await browser.open(**asks(app, redirect_uri=uri))
        assert page.status_code == 400, uri
        assert "location" not in page.headers


async def test_an_unknown_app_leads_nowhere(browser: Browser) -> None:
    page = await browser.open(client_id="nobody", redirect_uri=CALLBACK, response_type="code")
    assert page.status_code == 400


async def test_what_the_app_asked_wrongly_it_is_told(world: World, browser: Browser) -> None:
    app = await register(world)
    for changed, error in (
        ({"response_type": "token"}, "unsupported_response_type"),
        ({"scope": "read admin:write"}, "invalid_scope"),
        ({"scope": "nonsense"}, "invalid_scope"),
        ({"code_challenge": "x" * 43, "code_challenge_method": "plain"}, "invalid_request"),
        ({"code_challenge": "short", "code_challenge_method": "S256"}, "invalid_request"),
    ):
        answer = query_of(await browser.open(**asks(app, state="s", **changed)))
        assert (answer["error"], answer["state"]) == (error, "s")


async def test_no_means_no(world: World, browser: Browser) -> None:
    app = await register(world)
    answer = query_of(await browser.decide(await browser.open(**asks(app, state="s")), decision="deny"))
    assert (answer["error"], answer["state"]) == ("access_denied", "s")
    assert await AuthorizationCode.objects.acount() == 0


async def test_the_form_needs_its_own_token_and_a_session(world: World, browser: Browser) -> None:
    app = await register(world)
    response = await world.http.post(
        "/oauth/authorize",
        data={**asks(app), "decision": "allow", "identity": world.ada.id},
        headers={"Cookie": browser.cookies},
    )
    assert response.status_code == 403
    page = await browser.open(**asks(app))
    browser.cookies = "__Host-session=" + "x" * 43
    response = await browser.decide(page)
    assert response.headers["location"].startswith("/sign-in?next=")
    assert await AuthorizationCode.objects.acount() == 0


async def test_one_who_is_not_signed_in_signs_in_first_and_comes_back(world: World) -> None:
    app = await register(world)
    response = await world.http.get("/oauth/authorize", params=asks(app, state="s"))
    assert response.status_code == 303
    back = parse_qs(urlsplit(response.headers["location"]).query)["next"][0]
    assert back.startswith("/oauth/authorize?client_id=")
    assert "state=s" in back


async def test_force_login_asks_for_the_password_and_signs_nobody_out(world: World, browser: Browser) -> None:
    """Any site can send a browser to this address: opening it may not end the session."""
    app = await register(world)
    response = await browser.open(**asks(app, force_login="true"))
    location = response.headers["location"]
    assert location.startswith("/sign-in?next=")
    assert "force_login" not in location
    form = await world.http.get(location, headers={"Cookie": browser.cookies})
    assert (form.status_code, "current-password" in form.text) == (200, True)
    assert (await browser.open(**asks(app))).status_code == 200


async def test_the_person_chooses_which_identity_the_app_gets(world: World, browser: Browser) -> None:
    band = await support.make_person(world.domain, "band", world.ada_login)
    app = await register(world)
    page = await browser.open(**asks(app))
    assert "@band@testserver" in page.text
    code = query_of(await browser.decide(page, identity=str(band.pk)))["code"]
    world.ada.token = (await change(world, app, code)).json()["access_token"]
    assert (await world.ada.get("/api/v1/accounts/verify_credentials"))["username"] == "band"
    refused = await browser.decide(await browser.open(**asks(app)), identity=world.bea.id)
    assert refused.status_code == 422


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


async def test_the_form_cannot_be_given_another_app_or_address(world: World, browser: Browser) -> None:
    """What the person saw is what they agree to: fields changed on the way are checked as if they had been asked."""
    app, other = await register(world), await register(world, redirect_uris="https://evil.test/")
    page = await browser.open(**asks(app))
    for changed in (
        {"redirect_uri": "https://evil.test/"},
        {"redirect_uri": f"{CALLBACK}.evil.test"},
        {"client_id": other["client_id"]},
        {"client_id": "nobody"},
    ):
        answer = await browser.decide(page, **changed)
        assert answer.status_code == 400, changed
        assert "location" not in answer.headers
    answer = query_of(await browser.decide(page, scope="read write push"))
    assert answer["error"] == "invalid_scope"
    assert await AuthorizationCode.objects.acount() == 0


async def test_signing_in_leads_back_to_the_question_and_nowhere_else(world: World) -> None:
    app = await register(world)
    response = await world.http.get("/oauth/authorize", params=asks(app))
    page = await world.http.get(response.headers["location"])
    assert page.headers["cross-origin-opener-policy"] == "unsafe-none"
    assert (await world.http.get("/sign-in")).headers["cross-origin-opener-policy"] == "same-origin"
    for elsewhere in (
        "https://evil.test/oauth/authorize",
        "//evil.test/oauth/authorize",
        "/\\evil.test/oauth/authorize",
        "javascript:alert(1)",
        "\t//evil.test",
    ):
        page = await world.http.get("/sign-in", params={"next": elsewhere})
        assert "evil.test" not in page.text
        assert "javascript:alert" not in page.text
        assert page.headers["cross-origin-opener-policy"] == "same-origin"


async def test_a_suspended_person_gives_nothing_and_their_code_is_worth_nothing(
    world: World, browser: Browser
) -> None:
    app = await register(world)
    page = await browser.open(**asks(app))
    code = query_of(await browser.decide(page))["code"]
    await Identity.objects.filter(pk=world.ada.me.pk).aupdate(restriction=Restriction.suspended)
    assert (await browser.decide(page)).status_code == 422
    assert (await browser.open(**asks(app))).headers["location"] == "/settings/identities"
    world.ada.token = (await change(world, app, code)).json()["access_token"]
    await world.ada.refused(
        "GET", "/api/v1/accounts/verify_credentials", 403, "Your login is currently disabled"
    )


async def test_delete_says_no_as_the_button_does(world: World, browser: Browser) -> None:
    app = await register(world)
    page = await browser.open(**asks(app, state="s"))
    token = page.cookies["csrftoken"]
    headers = {"Cookie": f"{browser.cookies}; csrftoken={token}", "X-CSRFToken": token}
    answer = await world.http.request(
        "DELETE", "/oauth/authorize", params={**asks(app, state="s"), "decision": "allow"}, headers=headers
    )
    assert (query_of(answer)["error"], query_of(answer)["state"]) == ("access_denied", "s")
    forged = await world.http.request(
        "DELETE", "/oauth/authorize", params=asks(app), headers={"Cookie": browser.cookies}
    )
    assert forged.status_code == 403
    assert await AuthorizationCode.objects.acount() == 0


async def test_the_language_travels_along_and_is_never_markup(world: World, browser: Browser) -> None:
    app = await register(world)
    response = await world.http.get("/oauth/authorize", params=asks(app, lang="de"))
    assert "lang%3Dde" in response.headers["location"]
    assert (await browser.open(**asks(app, lang="de"))).status_code == 200
    strange = await browser.open(**asks(app, lang='"><script>x</script>'))
    assert "<script>x" not in strange.text


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


async def test_apps_that_cannot_be_registered(world: World) -> None:
    for changed, status, error in (
        ({"client_name": ""}, 400, None),
        ({"redirect_uris": ""}, 400, None),
        ({"redirect_uris": "nowhere"}, 422, "Validation failed: Redirect URI must be an absolute URI."),
        (
            {"redirect_uris": "javascript:alert(1)"},
            422,
            "Validation failed: Redirect URI must be an absolute URI.",
        ),
        ({"redirect_uris": "https:///path"}, 422, "Validation failed: Redirect URI must be an absolute URI."),
        ({"redirect_uris": "https:"}, 422, "Validation failed: Redirect URI must be an absolute URI."),
        ({"redirect_uris": "://nowhere"}, 422, "Validation failed: Redirect URI must be an absolute URI."),
        ({"redirect_uris": "javascript:"}, 422, "Validation failed: Redirect URI must be an absolute URI."),
        ({"redirect_uris": "data://"}, 422, "Validation failed: Redirect URI must be an absolute URI."),
        ({"redirect_uris": "https://a.test/#x"}, 422, None),
        ({"redirect_uris": "https://a.test/#"}, 422, None),
        ({"scopes": "everything"}, 422, None),
        ({"website": "javascript:alert(1)"}, 422, None),
        ({"client_name": "x" * 61}, 422, None),
    ):
        registration = {"client_name": "App", "redirect_uris": OOB, **changed}
        await world.nobody.refused("POST", "/api/v1/apps", status, error, data=registration)


@pytest.mark.parametrize(
    "scheme",
    [
        "javascript", "JavaScript", "vbscript", "data", "file", "blob", "about", "filesystem", "view-source", "View-Source", "jar",
        "mhtml", "ms-its", "chrome", "resource", "intent", "content", "mailto", "tel", "sms", "ws", "ftp",
    ],
)  # fmt: skip
async def test_no_redirect_leads_into_the_browser_itself(world: World, scheme: str) -> None:
    for uri in (f"{scheme}:x", f"{scheme}://x", f"{scheme}:", f"{scheme}:https://a.test/"):
        for sent in (
            {"json": {"client_name": "App", "redirect_uris": [CALLBACK, uri]}},
            {"data": {"client_name": "App", "redirect_uris": uri}},
        ):
            error = "Validation failed: Redirect URI must be an absolute URI."
            await world.nobody.refused("POST", "/api/v1/apps", 422, error, **sent)
    assert not await App.objects.filter(name="App").aexists()


async def test_an_app_that_registered_such_a_redirect_before_leads_nowhere(
    world: World, browser: Browser
) -> None:
    app = await register(world)
    uri = "view-source:https://a.test/"
    await App.objects.filter(client_id=app["client_id"]).aupdate(redirect_uris=[uri])
    answer = await browser.open(**{**asks(app), "redirect_uri": uri})
    assert answer.status_code == 422
    assert "Location" not in answer.headers


async def test_redirect_uris_as_a_json_list(world: World) -> None:
    app = await world.nobody.post(
        "/api/v1/apps",
        "CredentialApplication",
        json={"client_name": "App", "redirect_uris": [CALLBACK, OOB]},
    )
    assert app["redirect_uris"] == [CALLBACK, OOB]
    assert app["redirect_uri"] == f"{CALLBACK}\n{OOB}"
    assert app["scopes"] == ["read"]


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


async def test_what_has_ended_is_removed_and_what_lives_stays(world: World) -> None:
    from api.jobs import delete_expired

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
