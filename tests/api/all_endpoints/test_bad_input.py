"""Invalid input to endpoints: always the documented kind of error, in JSON, never a 500, and nothing written."""

import re

import pytest

import api.endpoints  # noqa: F401  # fills the table
from activities.posts.models import Post
from api.routing import Route, table
from core.config import config
from tests.api.support.world import World, let_in_as_owner

pytestmark = pytest.mark.anyio

ROUTES = sorted(table, key=lambda route: (route.path, route.method))
VALUES = [
    "",
    "\x00",
    "a\x00b",
    "-1",
    "0",
    "999999999999999999999999999999",
    "1e9",
    "abc",
    "null",
    "[]",
    "' OR 1=1 --",
    "\u202e\ufeff",
    "x" * 11_000,
    "https://far.test/\x00",
    "@a@b@c",
]
JSON_VALUES = [
    None,
    True,
    0,
    -1,
    1.5,
    2**70,
    "",
    "\x00",
    [],
    [[]],
    [None],
    {},
    {"a": {"b": []}},
    ["x"] * 1500,
]
WIRE = [
    (b"{", "application/json"),
    (b"[]", "application/json"),
    (b'"text"', "application/json"),
    (b"null", "application/json"),
    (b'{"status": "\\ud800"}', "application/json"),
    (b"\xff\xfe", "application/json"),
    (b"[" * 5000, "application/json"),
    (b"status=%FF%FE&limit=%00", "application/x-www-form-urlencoded"),
    (b"a[b][c][d][e][f][g]=1&[]=2&a]=3&a[=4", "application/x-www-form-urlencoded"),
    (b"&".join(b"a%d=1" % n for n in range(3000)), "application/x-www-form-urlencoded"),
    (b'--x\r\nContent-Disposition: form-data; name="status"\r\n\r\ncut', "multipart/form-data; boundary=x"),
    (b"no boundary", "multipart/form-data"),
    (b"status=x", "text/plain"),
    (b"status=x", "multipart/form-data; boundary=" + "x" * 300),
]


def name_of(route: Route) -> str:
    return f"{route.method} {route.path}"


def fields_of(route: Route) -> list[tuple[str, ...]]:
    """Return the names that get a value each in turn; those that the route doesn't declare get theirs together."""
    if route.parameters is None:
        return [("id", "limit")]
    return [(name,) for name in route.parameters[1].__struct_fields__]


async def _says(world: World, method: str, path: str, **more: object) -> int:
    response = await world.ada.ask(method, path, **more)
    what = f"{method} {path} {str(more)[:200]} → {response.status_code} {response.text[:300]}"
    # no stream begins in a client without a lifespan: tests/api/streaming has a real server
    assert response.status_code < 500 or (response.status_code == 503 and "/streaming/" in path), what
    if response.status_code >= 400:
        assert isinstance(response.json()["error"], str), what
    return response.status_code


@pytest.fixture(autouse=True)
def _no_limits(monkeypatch: pytest.MonkeyPatch) -> None:

    monkeypatch.setattr(config(), "rate_limit_percent", 0)


@pytest.mark.slow
@pytest.mark.parametrize("route", ROUTES, ids=name_of)
async def test_strange_values_everywhere(route: Route, world: World) -> None:
    post = await world.post(world.bea)
    path = re.sub(r"<\w+>", str(post.pk), route.path)
    place = "params" if route.method == "GET" else "data"
    for fields in fields_of(route):
        for value in VALUES:
            await _says(world, route.method, path, **{place: dict.fromkeys(fields, value)})
        for shape in ("[]", "[x]", "[][y]"):
            await _says(world, route.method, path, **{place: {f"{field}{shape}": "1" for field in fields}})
        if route.method != "GET":
            for value in JSON_VALUES:
                await _says(world, route.method, path, json=dict.fromkeys(fields, value))


@pytest.mark.slow
@pytest.mark.parametrize("share", range(4))
async def test_strange_ids_in_paths(world: World, share: int, subtests: pytest.Subtests) -> None:
    """They name nothing, so that no route changes what the next one sees. Ada owns the server: staff are told that there is no such row."""
    await let_in_as_owner(world)
    for route in [r for r in ROUTES if "<" in r.path][share::4]:
        with subtests.test(name_of(route)):
            await _ask_with_strange_ids(world, route)


async def _ask_with_strange_ids(world: World, route: Route) -> None:
    for text in (
        "0",
        "-1",
        "abc",
        "9" * 19,
        "9" * 40,
        "%00",
        "%FF",
        "1%2F2",
        "1.5",
        "%20",
        "%E2%80%AE",
        "x" * 3000,
    ):
        status = await _says(world, route.method, re.sub(r"<\w+>", text, route.path))
        if "<hashtag>" not in route.path and text != "%00":  # which no path of ours ever matches
            assert status in {404, 405, 410, 422}, text


@pytest.mark.parametrize("route", [r for r in ROUTES if r.method != "GET"], ids=name_of)
async def test_broken_bodies(route: Route, world: World) -> None:
    path = re.sub(r"<\w+>", world.bea.id, route.path)
    for body, kind in WIRE:
        await _says(world, route.method, path, content=body, headers={"Content-Type": kind})


async def test_queries_that_cannot_be_read(world: World) -> None:
    for query in (
        "limit=%FF",
        "limit=%00",
        "%00=1",
        "max_id=%ED%A0%80",
        "&&&==",
        "limit[=1",
        "limit]=1",
        "max_id[]=1",
    ):
        await _says(world, "GET", f"/api/v1/timelines/home?{query}")


async def test_headers_that_cannot_be_read(world: World) -> None:
    path = "/api/v1/accounts/verify_credentials"
    for value in (
        "Bearer",
        "Bearer ",
        "bearer a b",
        "Basic xyz",
        "Token abc",
        "Bearer \xff",
        "Bearer " + "x" * 5000,
    ):
        await world.nobody.refused("GET", path, 401, headers={"Authorization": value.encode("latin-1")})
    await world.nobody.refused(
        "POST",
        "/oauth/token",
        400,
        data={"grant_type": "client_credentials"},
        headers={"Authorization": "Basic %%%"},
    )


async def test_nothing_is_written_by_what_is_refused(world: World) -> None:
    for draft in (
        {"status": "a\x00b"},
        {"status": "x", "spoiler_text": "\x00"},
        {"status": "x", "language": "x" * 100},
        {"status": "x", "in_reply_to_id": "9" * 30},
        {"status": "x" * 100_000},
        {"status": "x", "poll": {"options": ["y" * 10_000], "expires_in": 300}},
    ):
        response = await world.ada.ask("POST", "/api/v1/statuses", json=draft)
        assert response.status_code in {404, 422}, response.text
    assert await Post.objects.acount() == 0


async def test_a_thousand_mentions_are_one_post_or_an_error(world: World) -> None:
    text = " ".join(f"@p{number}" for number in range(1000))
    await world.ada.refused("POST", "/api/v1/statuses", 422, data={"status": text})
