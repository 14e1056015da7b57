"""Headers of responses: CORS, rate limits, entity tags."""

import httpx
import pytest

from api.limits import APPS, BUCKETS, DELETES, GENERAL
from core.config import config
from core.hosts.networks import SITE_FACTOR
from core.ratelimit import limiter
from takahe.asgi import application
from tests.api.support.world import Speaker, World
from tests.users.support import make_person

pytestmark = pytest.mark.anyio

ORIGIN = {"Origin": "https://client.example"}


async def test_any_origin_may_call_and_read_the_headers_that_clients_read(world: World) -> None:
    for path in (
        "/api/v1/timelines/public",
        "/api/v1/no_such_thing",
        "/api/v1/timelines/home",
        "/oauth/userinfo",
        "/.well-known/oauth-authorization-server",
        "/.well-known/nodeinfo",
        "/nodeinfo/2.0",
    ):
        response = await world.nobody.ask("GET", path, headers=ORIGIN)
        assert response.headers["access-control-allow-origin"] == "*", path
        exposed = response.headers["access-control-expose-headers"]
        for name in ("Link", "X-RateLimit-Limit", "X-RateLimit-Remaining", "X-RateLimit-Reset"):
            assert name in exposed
        assert "access-control-allow-credentials" not in response.headers


async def test_preflight(world: World) -> None:
    response = await world.nobody.ask(
        "OPTIONS",
        "/api/v1/timelines/home",
        headers={
            **ORIGIN,
            "Access-Control-Request-Method": "GET",
            "Access-Control-Request-Headers": "authorization,idempotency-key",
        },
    )
    assert response.status_code in {200, 204}
    allowed = response.headers["access-control-allow-headers"].lower()
    assert "authorization" in allowed
    assert "idempotency-key" in allowed


@pytest.mark.parametrize(
    "names", ["x-requested-with, baggage, sentry-trace", "X-Client,Authorization", "cache-control"]
)
async def test_any_header_may_be_sent(world: World, names: str) -> None:
    headers = {
        **ORIGIN,
        "Access-Control-Request-Method": "POST",
        "Access-Control-Request-Headers": names,
    }
    for path in ("/api/v1/statuses", "/oauth/token", "/.well-known/webfinger"):
        response = await world.nobody.ask("OPTIONS", path, headers=headers)
        assert response.headers["access-control-allow-headers"] == names, path


async def test_a_preflight_echoes_nothing_but_names_of_headers(world: World) -> None:
    for names in ("a: b", 'x"y', "x" * 5000, "<b>"):
        headers = {**ORIGIN, "Access-Control-Request-Method": "GET", "Access-Control-Request-Headers": names}
        response = await world.nobody.ask("OPTIONS", "/api/v1/statuses", headers=headers)
        assert response.status_code == 204
        assert "access-control-allow-headers" not in response.headers


async def test_pages_are_not_for_other_origins(world: World) -> None:
    response = await world.nobody.ask("GET", "/oauth/authorize", headers=ORIGIN)
    assert "access-control-allow-origin" not in response.headers


async def test_the_limit_is_told_counted_and_enforced(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(config(), "rate_limit_percent", 1)
    limit = BUCKETS[GENERAL].limit // 100
    for used in range(1, limit + 1):
        response = await world.ada.ask("GET", "/api/v1/accounts/verify_credentials")
        assert response.status_code == 200
        assert response.headers["x-ratelimit-limit"] == str(limit)
        assert response.headers["x-ratelimit-remaining"] == str(limit - used)
        assert response.headers["x-ratelimit-reset"].endswith("Z")
    response = await world.ada.refused("GET", "/api/v1/accounts/verify_credentials", 429, "Too many requests")
    assert response.headers["x-ratelimit-remaining"] == "0"
    assert int(response.headers["retry-after"]) > 0
    await world.bea.get("/api/v1/accounts/verify_credentials")


async def test_deletes_have_a_limit_of_their_own(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(config(), "rate_limit_percent", 10)
    posts = [
        await world.post(world.ada, f"post {number}") for number in range(BUCKETS[DELETES].limit // 10 + 1)
    ]
    for post in posts[:-1]:
        await world.ada.delete(f"/api/v1/statuses/{post.pk}")
    await world.ada.refused("DELETE", f"/api/v1/statuses/{posts[-1].pk}", 429)
    await world.ada.get("/api/v1/timelines/home")


async def test_an_unchanged_answer_is_not_sent_again(world: World) -> None:
    first = await world.ada.ask("GET", "/api/v1/timelines/home")
    headers = {"If-None-Match": first.headers["etag"]}
    again = await world.ada.ask("GET", "/api/v1/timelines/home", headers=headers)
    assert (again.status_code, again.content) == (304, b"")
    await world.post(world.ada)
    assert (await world.ada.ask("GET", "/api/v1/timelines/home", headers=headers)).status_code == 200


async def test_head_and_a_trailing_slash(world: World) -> None:
    response = await world.nobody.ask("HEAD", "/api/v1/instance")
    assert response.status_code == 200
    await world.nobody.get("/api/v1/instance/", "V1::Instance")


async def test_guessing_tokens_is_counted(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(config(), "rate_limit_percent", 1)
    headers = {"Authorization": "Bearer guess"}
    for _ in range(BUCKETS[GENERAL].limit // 100):
        await world.nobody.refused("GET", "/api/v1/timelines/home", 401, headers=headers)
    await world.nobody.refused("GET", "/api/v1/timelines/home", 429, headers=headers)


def _from(address: str) -> httpx.AsyncClient:

    return httpx.AsyncClient(
        transport=httpx.ASGITransport(application, client=(address, 40000)), base_url="http://testserver"
    )


async def test_callers_without_a_login_are_counted_by_network(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A subscriber's next IPv6 address is not another caller; a whole /48 may do five times as much."""
    monkeypatch.setattr(config(), "rate_limit_percent", 1)
    limit = BUCKETS[GENERAL].limit // 100

    async def status(address: str) -> int:
        async with _from(address) as http:
            return (await http.get("/api/v1/custom_emojis")).status_code

    assert [await status(f"2001:db8:0:1::{n}") for n in range(limit + 1)] == [200] * limit + [429]
    others = [await status(f"2001:db8:0:{n:x}::1") for n in range(2, limit * SITE_FACTOR + 1)]
    assert others == [200] * (limit * (SITE_FACTOR - 1)) + [429] * (limit - 1)
    assert await status("2001:db8:1::1") == 200


async def test_limits_survive_a_restart(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(config(), "rate_limit_percent", 1)
    for _ in range(BUCKETS[GENERAL].limit // 100):
        await world.ada.get("/api/v1/accounts/verify_credentials")
    await limiter().stop()
    limiter().clear()
    await limiter().start()
    try:
        await world.ada.refused("GET", "/api/v1/accounts/verify_credentials", 429)
    finally:
        await limiter().stop()


async def test_new_apps_are_counted_exactly(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    """In the database, so that another process, which has counted nothing, knows."""
    monkeypatch.setattr(config(), "rate_limit_percent", 10)
    app = {"client_name": "x", "redirect_uris": "urn:ietf:wg:oauth:2.0:oob"}
    for _ in range(BUCKETS[APPS].limit // 10):
        await world.nobody.post("/api/v1/apps", json=app)
        limiter().clear()
    await world.nobody.refused("POST", "/api/v1/apps", 429, json=app)


async def test_the_identities_of_a_login_share_its_limit(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    """More names don't make more calls."""
    monkeypatch.setattr(config(), "rate_limit_percent", 1)
    second = await make_person(world.domain, "second", world.ada_login)
    other = Speaker(world.http, await world.token(second), second)
    for speaker, left in ((world.ada, "2"), (other, "1"), (world.ada, "0"), (world.bea, "2")):
        response = await speaker.ask("GET", "/api/v1/preferences")
        assert (response.status_code, response.headers["x-ratelimit-remaining"]) == (200, left)
    assert (await other.ask("GET", "/api/v1/preferences")).status_code == 429
