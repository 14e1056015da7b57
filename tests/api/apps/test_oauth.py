"""The way from a new app to a token, and every way that must not lead to one."""

from urllib.parse import parse_qs, urlsplit

import pytest

from api.models import App, AuthorizationCode, Token
from tests.api.apps.authorizing import CALLBACK, CUSTOM, OOB, Browser, asks, change, query_of, register
from tests.api.support.entities import check
from tests.api.support.world import World
from tests.users import support
from users.identities.models import Identity, Restriction

pytestmark = pytest.mark.anyio


async def test_the_whole_authorisation_flow(world: World, browser: Browser) -> None:
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


async def test_the_page_of_the_code_is_plain_and_not_cached(world: World) -> None:
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


async def test_errors_of_the_app_are_returned_to_it(world: World, browser: Browser) -> None:
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


async def test_refusing_access_grants_nothing(world: World, browser: Browser) -> None:
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


async def test_authorization_returns_after_signing_in(world: World) -> None:
    app = await register(world)
    response = await world.http.get("/oauth/authorize", params=asks(app, state="s"))
    assert response.status_code == 303
    back = parse_qs(urlsplit(response.headers["location"]).query)["next"][0]
    assert back.startswith("/oauth/authorize?client_id=")
    assert "state=s" in back


async def test_force_login_asks_for_the_password_and_keeps_the_session(
    world: World, browser: Browser
) -> None:
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


async def test_a_page_says_in_the_readers_language_what_it_refuses(world: World) -> None:
    """Where the app has no address to be sent to; others get OAuth's own words in English."""
    german = {"Accept-Language": "de", "Accept": "text/html"}
    wrong = {"scope": "read nonsense"}
    out_of_band = await register(world, redirect_uris=OOB)
    page = await world.http.get("/oauth/authorize", params=asks(out_of_band, **wrong), headers=german)
    assert page.status_code == 400
    assert "Diese App verlangt Berechtigungen" in page.text
    assert "malformed" not in page.text
    app = await register(world)
    sent = await world.http.get("/oauth/authorize", params=asks(app, **wrong), headers=german)
    assert query_of(sent)["error_description"] == "The requested scope is invalid, unknown, or malformed."
