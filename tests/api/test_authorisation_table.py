"""Every endpoint, called by everybody who must not get through; and every endpoint against the reference table."""

import csv
import re

import pytest

from api import scopes
from api.auth import Auth
from api.endpoints import __all__ as _families
from api.routing import Route, table
from tests.api.support.entities import REFERENCE
from tests.api.support.world import Speaker, World
from users.models import Identity, Restriction, User

pytestmark = pytest.mark.anyio

ROUTES = sorted(table, key=lambda route: (route.path, route.method))
NEEDING_A_PERSON = [route for route in ROUTES if route.auth is Auth.user]
assert _families


def name_of(route: Route) -> str:
    return f"{route.method} {route.path}"


def path_for(route: Route, world: World) -> str:
    """The route's path with ids that exist and belong to somebody else."""
    return re.sub(r"<\w+>", world.bea.id, route.path)


def _reference() -> dict[tuple[str, str], dict[str, str]]:
    with (REFERENCE / "mastodon_endpoints.tsv").open() as file:
        rows = csv.DictReader(file, delimiter="\t", quoting=csv.QUOTE_NONE)
        return {(row["method"], re.sub(r":\w+", "<>", row["path"])): row for row in rows}


@pytest.mark.parametrize("route", ROUTES, ids=name_of)
def test_a_route_asks_for_what_the_table_says(route: Route) -> None:
    row = _reference()[route.method, re.sub(r"<\w+>", "<>", route.path)]
    asked, granted = row["oauth"], route.auth.value
    if "public-in-practice" in row["note"]:
        asked = "either"
    if asked == "none":
        # a token is never needed; where one changes what is seen, it is read
        assert granted in {"none", "either"}
        return
    assert granted == asked
    if row["scopes"]:
        assert route.scope == row["scopes"]


@pytest.mark.parametrize("route", NEEDING_A_PERSON, ids=name_of)
async def test_nobody_but_the_right_person_gets_through(route: Route, world: World) -> None:
    path = path_for(route, world)
    await world.nobody.refused(route.method, path, 401, "The access token is invalid")
    await Speaker(world.http, "nonsense").refused(route.method, path, 401, "The access token is invalid")
    await world.app.refused(route.method, path, 422, "This method requires an authenticated user")
    if route.scope:
        parts = re.split(r"[ |]", route.scope)
        others = [one for one in scopes.KNOWN if not any(scopes.covers(one, part) for part in parts)]
        small = Speaker(world.http, await world.token(world.ada.me, " ".join(others)))
        await small.refused(route.method, path, 403, "This action is outside the authorized scopes")
    await Identity.objects.filter(pk=world.ada.me.pk).aupdate(restriction=Restriction.suspended)
    await world.ada.refused(route.method, path, 403, "Your login is currently disabled")
    await Identity.objects.filter(pk=world.ada.me.pk).aupdate(restriction=Restriction.none)
    await User.objects.filter(pk=world.ada_login.pk).aupdate(is_disabled=True)
    await world.ada.refused(route.method, path, 403, "Your login is currently disabled")


@pytest.mark.parametrize(
    "route", [r for r in ROUTES if r.auth is Auth.app and r.method == "GET"], ids=name_of
)
async def test_an_app_is_enough_and_nobody_is_not(route: Route, world: World) -> None:
    post = await world.post(world.bea)
    path = re.sub(r"<\w+>", str(post.pk), route.path)
    await world.nobody.refused(route.method, path, 401, "The access token is invalid")
    await world.app.get(path)


@pytest.mark.parametrize("route", [r for r in ROUTES if r.auth is Auth.either], ids=name_of)
async def test_a_bad_token_is_worse_than_none(route: Route, world: World) -> None:
    path = path_for(route, world)
    await Speaker(world.http, "nonsense").refused(route.method, path, 401, "The access token is invalid")
    if route.scope:
        push = Speaker(world.http, await world.token(world.ada.me, "push"))
        await push.refused(route.method, path, 403, "This action is outside the authorized scopes")


def test_scopes_have_parents() -> None:
    assert scopes.covers("read", "read:statuses")
    assert scopes.covers("follow", "write:follows")
    assert scopes.covers("read:accounts", "profile|read:accounts")
    assert scopes.covers("admin:read", "admin:read:accounts")
    assert scopes.covers("read:statuses read:notifications", "read:statuses read:notifications")
    assert not scopes.covers("read:statuses", "read:statuses read:notifications")
    assert not scopes.covers("read", "admin:read:accounts")
    assert not scopes.covers("read", "write:statuses")
    assert not scopes.covers("follow", "write:statuses")
    assert not scopes.covers("profile", "read:accounts")
    assert not scopes.covers("", "read")


def test_scopes_in_words_leave_out_what_a_parent_says() -> None:
    assert scopes.in_words(["read", "read:statuses", "push"]) == [
        "Read everything of yours: posts, messages, notifications, lists and settings",
        "Get your notifications pushed to it",
    ]
    assert all(sentence for sentence in scopes.in_words(scopes.KNOWN))
    for scope in scopes.KNOWN:
        assert scopes.in_words([scope])
