"""The reference table of endpoints against what is here: routed, asked for the right token, and called by a test; the rest a clean 404."""

import csv
import re
from typing import Any

import pytest
from django.urls import Resolver404, resolve

import api.endpoints  # noqa: F401  # fills the table
from api.routing import table
from tests.api.support.calls import are_made
from tests.api.support.entities import REFERENCE
from tests.api.support.world import World

pytestmark = pytest.mark.anyio

type Row = dict[str, str]

# Beginnings of paths whose code is on its way. Empty: everything is here.
ON_THE_WAY: tuple[str, ...] = ()
# Not endpoints of api/routing.py, which dispatches by itself: pages, documents of other rooms, the WebSocket.
ELSEWHERE = ("/health", "/nodeinfo/", "/.well-known/", "/oauth/authorize")
# Gone from Mastodon and from here, or standing at an address that another endpoint has with another method.
_REMOVED = {"GET /.well-known/keybase-proof-config"}
_WANTED_ANYWAY = ("/oauth/", "/.well-known/", "/api/oembed", "/health")


def _rows() -> list[Row]:
    with (REFERENCE / "mastodon_endpoints.tsv").open() as file:
        return list(csv.DictReader(file, delimiter="\t", quoting=csv.QUOTE_NONE))


def name_of(row: Row) -> str:
    return f"{row['method']} {row['path']}"


def _is_wanted(row: Row) -> bool:
    if name_of(row) in _REMOVED:
        return False
    if row["tier"] in {"1", "2"} or "/admin/" in row["path"] or row["path"].startswith(_WANTED_ANYWAY):
        return True
    return row["tier"] == "0" and "deprecated-but-still-called-by-clients" in row["note"]


WANTED = [row for row in _rows() if _is_wanted(row)]
NOT_MERGED_YET = frozenset(name_of(row) for row in WANTED if row["path"].startswith(ON_THE_WAY or "-"))
HERE = [row for row in WANTED if name_of(row) not in NOT_MERGED_YET]
ROUTES = {(route.method, re.sub(r"<\w+>", ":", route.path)): route for route in table}


def _route(row: Row) -> Any:
    return ROUTES.get((row["method"], re.sub(r":\w+", ":", row["path"])))


LATER = [
    row for row in _rows() if (not _is_wanted(row) or name_of(row) in NOT_MERGED_YET) and _route(row) is None
]


def test_the_table_is_read_whole() -> None:
    assert len(_rows()) > 300
    assert len(WANTED) > 220
    assert {name_of(row) for row in WANTED} >= NOT_MERGED_YET


def test_implemented_endpoints_are_not_listed_as_missing() -> None:
    arrived = [name_of(row) for row in WANTED if name_of(row) in NOT_MERGED_YET and _route(row) is not None]
    assert arrived == [], "take these out of ON_THE_WAY"


@pytest.mark.parametrize("row", HERE, ids=name_of)
def test_each_endpoint_is_routed_with_its_scopes(row: Row) -> None:
    route = _route(row)
    if route is None:
        assert row["path"].startswith(ELSEWHERE) or row["method"] == "WS", "there is no such endpoint"
        if row["method"] != "WS":
            _check_resolves(row["path"])
        return
    asked = "either" if "public-in-practice" in row["note"] else row["oauth"]
    if asked == "none":  # a token is never needed; where one changes what is seen, it is read
        assert route.auth.value in {"none", "either"}
        return
    assert route.auth.value == asked
    if row["scopes"]:
        # where the documentation names the scope of something else
        _, _, analogous = row["note"].partition("by-analogy-")
        assert route.scope == (analogous.split()[0] if analogous else row["scopes"])


def _check_resolves(path: str) -> None:
    try:
        resolve(path)
    except Resolver404:
        pytest.fail(f"nothing answers at {path}")


@pytest.mark.slow
@pytest.mark.parametrize("row", HERE, ids=name_of)
def test_each_endpoint_is_called_by_a_test(row: Row) -> None:
    assert are_made(row["method"], row["path"]), "no test calls this endpoint"


@pytest.mark.parametrize("row", LATER, ids=name_of)
async def test_unimplemented_endpoints_answer_404(row: Row, world: World) -> None:
    path = re.sub(r":\w+", world.bea.id, row["path"])
    for speaker in (world.nobody, world.app, world.ada):
        answer = await speaker.ask(row["method"], path)
        # a removed one may stand where another method is served: `POST /api/v1/notifications/dismiss`
        expected = {404, 405} if row["tier"] == "0" else {404}
        assert answer.status_code in expected, answer.text
        assert answer.headers["content-type"].startswith("application/json")
        assert isinstance(answer.json()["error"], str)
