"""The session cookie over HTTP: what it looks like, whom it lets in, and where it counts."""

from collections.abc import AsyncIterator
from http.cookies import SimpleCookie

import httpx
import pytest

from tests.users.logins.tiny_app import application
from tests.users.support import make_domain, make_person, make_user, sign_in

pytestmark = pytest.mark.anyio


@pytest.fixture
async def http(db: None) -> AsyncIterator[httpx.AsyncClient]:
    transport = httpx.ASGITransport(application())  # type: ignore[arg-type]
    async with httpx.AsyncClient(transport=transport, base_url="https://testserver") as client:
        yield client


async def test_the_cookie_is_out_of_reach_of_scripts_other_sites_and_plain_http(
    http: httpx.AsyncClient,
) -> None:
    await make_domain("testserver")
    answer = await http.get("/enter")
    ((name, morsel),) = SimpleCookie(answer.headers["set-cookie"]).items()
    assert name == "__Host-session"
    assert (morsel["secure"], morsel["httponly"], morsel["samesite"], morsel["path"]) == (
        True,
        True,
        "Lax",
        "/",
    )
    assert morsel["domain"] == ""
    assert int(morsel["max-age"]) > 29 * 86400
    assert len(morsel.value) >= 43
    assert (await http.get("/who")).json()["user"] == "ada@example.org"
    assert (await http.get("/who")).headers["cache-control"] == "private, no-cache"
    await http.get("/leave")
    assert (await http.get("/who")).json()["user"] is None


async def test_a_domain_without_tls_has_a_plain_cookie(http: httpx.AsyncClient) -> None:
    await make_domain("localhost:8000")
    answer = await http.get("http://localhost:8000/enter")
    ((name, morsel),) = SimpleCookie(answer.headers["set-cookie"]).items()
    assert (name, morsel["secure"], morsel["httponly"]) == ("session", "", True)


async def test_the_unprefixed_name_does_not_count_on_a_tls_domain(http: httpx.AsyncClient) -> None:
    """A neighbour's subdomain can plant `session`, but not `__Host-session`."""
    await make_domain("testserver")
    _, cookie = await sign_in(await make_user())
    for name, known in (("session", None), ("__Host-session", "ada@example.org"), ("__host-session", None)):
        answer = await http.get("/who", headers={"Cookie": f"{name}={cookie}"})
        assert answer.json()["user"] == known, name


async def test_a_planted_cookie_is_worth_nothing_after_signing_in(http: httpx.AsyncClient) -> None:
    await make_domain("testserver")
    _, planted = await sign_in(await make_user("thief@example.org"))
    answer = await http.get("/enter", headers={"Cookie": f"__Host-session={planted}"})
    ((_, morsel),) = SimpleCookie(answer.headers["set-cookie"]).items()
    assert morsel.value != planted
    http.cookies.clear()
    answer = await http.get("/who", headers={"Cookie": f"__Host-session={planted}"})
    assert answer.json()["user"] is None


async def test_malformed_cookies_are_anonymous(http: httpx.AsyncClient) -> None:
    await make_domain("testserver")
    for value in ("", "x", "x" * 4000, '"', "a=b", "%00" * 15):
        answer = await http.get("/who", headers={"Cookie": f"__Host-session={value}"})
        assert (answer.status_code, answer.json()["user"]) == (200, None), value


async def test_a_bearer_token_leaves_the_cookie_out(http: httpx.AsyncClient) -> None:
    await make_domain("testserver")
    _, cookie = await sign_in(await make_user())
    headers = {"Cookie": f"__Host-session={cookie}", "Authorization": "Bearer x"}
    assert (await http.get("/who", headers=headers)).json()["user"] is None


async def test_signing_in_on_a_domain_selects_an_identity_of_that_domain(http: httpx.AsyncClient) -> None:
    one, two = await make_domain("testserver"), await make_domain("two.example")
    user = await make_user()
    await make_person(one, "first", user)
    await make_person(two, "second", user)
    for domain, handle in ((one, "first@testserver"), (two, "second@two.example")):
        _, cookie = await sign_in(user, domain)
        answer = await http.get(f"https://{domain.host}/who", headers={"Cookie": f"__Host-session={cookie}"})
        assert answer.json() == {"domain": domain.name, "user": user.email, "identity": handle}
