"""Every endpoint, called without the necessary authorisation; and every endpoint against the reference table."""

import csv
import re
from collections.abc import Sequence
from functools import cache
from itertools import batched

import pytest

from api.endpoints import __all__ as _families
from api.models import Token
from api.oauth import scopes
from api.oauth.apps import register_app
from api.oauth.bearer import Auth, token_hash
from api.oauth.redirects import OUT_OF_BAND
from api.oauth.tokens import issue
from api.routing import Route, table
from core import clock
from tests.api.support.entities import REFERENCE
from tests.api.support.world import ALL_SCOPES, Speaker, World
from users.identities.models import Identity, Restriction
from users.logins.models import User

pytestmark = pytest.mark.anyio

ROUTES = sorted(table, key=lambda route: (route.path, route.method))
NEEDING_A_PERSON = [route for route in ROUTES if route.auth is Auth.user]
SHARING = 6  # routes that are asked in one world, since what is refused changes nothing
assert _families


def name_of(route: Route) -> str:
    return f"{route.method} {route.path}"


def name_of_group(routes: Sequence[Route]) -> str:
    return f"{name_of(routes[0])} and next"


def groups(routes: Sequence[Route]) -> list[tuple[Route, ...]]:
    return list(batched(routes, SHARING))


def path_for(route: Route, world: World) -> str:
    """The route's path with ids that exist and belong to somebody else."""
    return re.sub(r"<\w+>", world.bea.id, route.path)


@cache
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
        # where the documentation names the scope of something else
        _, _, analogous = row["note"].partition("by-analogy-")
        assert route.scope == (analogous.split()[0] if analogous else row["scopes"])


async def _may_ask_as_staff(route: Route) -> None:
    """Let the tokens of this world have the scopes of staff, which the others do without."""
    if route.scope.startswith("admin:"):
        await Token.objects.aupdate(scopes=f"{ALL_SCOPES} admin:read admin:write")


async def _only_the_authorised_caller_is_admitted(route: Route, world: World) -> None:
    path = path_for(route, world)
    await _may_ask_as_staff(route)
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
    await User.objects.filter(pk=world.ada_login.pk).aupdate(is_disabled=False)


@pytest.mark.parametrize("routes", groups(NEEDING_A_PERSON), ids=name_of_group)
async def test_only_the_authorised_caller_is_admitted(
    routes: Sequence[Route], world: World, subtests: pytest.Subtests
) -> None:
    for route in routes:
        with subtests.test(name_of(route)):
            await _only_the_authorised_caller_is_admitted(route, world)


@pytest.mark.parametrize(
    "route", [r for r in ROUTES if r.auth is Auth.app and r.method == "GET"], ids=name_of
)
async def test_app_endpoints_accept_app_tokens_and_no_anonymous_calls(route: Route, world: World) -> None:
    post = await world.post(world.bea)
    path = re.sub(r"<\w+>", str(post.pk), route.path)
    await world.nobody.refused(route.method, path, 401, "The access token is invalid")
    if route.method == "GET":
        await world.app.get(path)
    else:  # what is sent is not enough; that it is an app is
        assert (await world.app.ask(route.method, path)).status_code in {403, 404, 422}


async def _a_bad_token_is_worse_than_none(route: Route, world: World) -> None:
    path = path_for(route, world)
    await Speaker(world.http, "nonsense").refused(route.method, path, 401, "The access token is invalid")
    if route.scope:
        push = Speaker(world.http, await world.token(world.ada.me, "push"))
        await push.refused(route.method, path, 403, "This action is outside the authorized scopes")


@pytest.mark.parametrize("routes", groups([r for r in ROUTES if r.auth is Auth.either]), ids=name_of_group)
async def test_a_bad_token_is_worse_than_none(
    routes: Sequence[Route], world: World, subtests: pytest.Subtests
) -> None:
    for route in routes:
        with subtests.test(name_of(route)):
            await _a_bad_token_is_worse_than_none(route, world)


async def _an_app_needs_the_scope_too(route: Route, world: World) -> None:
    if not route.scope:
        return
    app, _ = await register_app(name="Small", redirect_uris=[OUT_OF_BAND], scopes="push")
    _, token = await issue(app=app, scopes="push")
    refused = Speaker(world.http, token)
    await refused.refused(
        route.method, path_for(route, world), 403, "This action is outside the authorized scopes"
    )


@pytest.mark.parametrize("routes", groups([r for r in ROUTES if r.auth is Auth.app]), ids=name_of_group)
async def test_an_app_needs_the_scope_too(
    routes: Sequence[Route], world: World, subtests: pytest.Subtests
) -> None:
    for route in routes:
        with subtests.test(name_of(route)):
            await _an_app_needs_the_scope_too(route, world)


async def _disabled_and_pending_logins_are_refused(route: Route, world: World) -> None:
    path = path_for(route, world)
    await _may_ask_as_staff(route)
    await Identity.objects.filter(pk=world.ada.me.pk).aupdate(restriction=Restriction.suspended)
    await world.ada.refused(route.method, path, 403, "Your login is currently disabled")
    await Identity.objects.filter(pk=world.ada.me.pk).aupdate(restriction=Restriction.none)
    if not route.may_be_new:
        for column, sentence in (
            ("confirmed_at", "Your login is missing a confirmed e-mail address"),
            ("approved_at", "Your login is currently pending approval"),
        ):
            await User.objects.filter(pk=world.ada_login.pk).aupdate(**{column: None})
            await world.ada.refused(route.method, path, 403, sentence)
            await User.objects.filter(pk=world.ada_login.pk).aupdate(**{column: clock.now()})
    mine = Token.objects.filter(token_hash=token_hash(world.ada.token))
    await mine.aupdate(expires_at=clock.now())
    await world.ada.refused(route.method, path, 401, "The access token expired")
    await mine.aupdate(revoked_at=clock.now())
    await world.ada.refused(route.method, path, 401, "The access token was revoked")
    await mine.aupdate(expires_at=None, revoked_at=None)


@pytest.mark.parametrize("routes", groups([r for r in ROUTES if r.auth is not Auth.none]), ids=name_of_group)
async def test_disabled_and_pending_logins_are_refused(
    routes: Sequence[Route], world: World, subtests: pytest.Subtests
) -> None:
    """Suspended, disabled, not confirmed, not let in; a token that was taken back, or is over. Nobody gets further by showing a token."""
    for route in routes:
        with subtests.test(name_of(route)):
            await _disabled_and_pending_logins_are_refused(route, world)


@pytest.mark.parametrize(
    "route", [r for r in ROUTES if r.auth is Auth.none and r.method == "GET"], ids=name_of
)
async def test_a_token_is_no_matter_where_none_is_asked(route: Route, world: World) -> None:
    path = path_for(route, world)
    plain = await world.nobody.ask("GET", path)
    for speaker in (Speaker(world.http, "nonsense"), world.app, world.ada):
        assert (await speaker.ask("GET", path)).status_code == plain.status_code


# What belongs to bea, made by her through the API: (how, with what, the paths that only she may use, as routes)
PRIVATE: list[tuple[str, dict[str, str], list[str]]] = [
    (
        "/api/v1/lists",
        {"title": "Mine"},
        [
            "GET /api/v1/lists/<id>",
            "PUT /api/v1/lists/<id>",
            "DELETE /api/v1/lists/<id>",
            "GET /api/v1/lists/<id>/accounts",
            "POST /api/v1/lists/<id>/accounts",
            "DELETE /api/v1/lists/<id>/accounts",
            "GET /api/v1/timelines/list/<id>",
        ],
    ),
    (
        "/api/v1/circles",
        {"title": "Mine"},
        [
            "GET /api/v1/circles/<id>",
            "PUT /api/v1/circles/<id>",
            "DELETE /api/v1/circles/<id>",
            "GET /api/v1/circles/<id>/accounts",
            "POST /api/v1/circles/<id>/accounts",
            "DELETE /api/v1/circles/<id>/accounts",
        ],
    ),
    (
        "/api/v2/filters",
        {"title": "Mine", "context[]": "home", "keywords_attributes[0][keyword]": "word"},
        [
            "GET /api/v2/filters/<id>",
            "PUT /api/v2/filters/<id>",
            "DELETE /api/v2/filters/<id>",
            "GET /api/v2/filters/<id>/keywords",
            "POST /api/v2/filters/<id>/keywords",
            "GET /api/v2/filters/<id>/statuses",
            "POST /api/v2/filters/<id>/statuses",
        ],
    ),
    (
        "/api/v1/filters",
        {"phrase": "word", "context[]": "home"},
        ["GET /api/v1/filters/<id>", "PUT /api/v1/filters/<id>", "DELETE /api/v1/filters/<id>"],
    ),
    ("/api/v1/featured_tags", {"name": "mine"}, ["DELETE /api/v1/featured_tags/<id>"]),
    (
        "/api/v1/statuses",
        {"status": "for me alone", "visibility": "direct"},
        [
            "GET /api/v1/statuses/<id>",
            "PUT /api/v1/statuses/<id>",
            "DELETE /api/v1/statuses/<id>",
            "GET /api/v1/statuses/<id>/context",
            "GET /api/v1/statuses/<id>/history",
            "GET /api/v1/statuses/<id>/source",
            "GET /api/v1/statuses/<id>/favourited_by",
            "GET /api/v1/statuses/<id>/reblogged_by",
            "POST /api/v1/statuses/<id>/favourite",
            "POST /api/v1/statuses/<id>/reblog",
            "POST /api/v1/statuses/<id>/bookmark",
            "POST /api/v1/statuses/<id>/mute",
            "POST /api/v1/statuses/<id>/pin",
            "GET /api/v1/pleroma/statuses/<id>/reactions",
        ],
    ),
]


@pytest.mark.slow
@pytest.mark.parametrize(("make", "given", "names"), PRIVATE, ids=[row[0] for row in PRIVATE])
async def test_objects_of_other_users_are_404(
    make: str, given: dict[str, str], names: list[str], world: World
) -> None:
    """Hidden and absent look the same, for everybody else and in every way; and nothing changes."""
    made = await world.bea.post(make, data=given)
    known = {name_of(route) for route in ROUTES}
    more = {"title": "Taken", "phrase": "taken", "context[]": "home", "status": "taken", "keyword": "taken"}
    for name in names:
        method, _, path = name.partition(" ")
        assert any(re.sub(r"<\w+>", "<id>", one) == name for one in known), f"{name} is no route"
        path = path.replace("<id>", str(made["id"]))
        data = {} if method == "GET" else {"data": more}
        await world.ada.refused(method, path, 404, "Record not found", **data)
    readable = [n for n in names if n.startswith("GET ") and n.endswith("<id>") and "timelines" not in n]
    for name in readable:
        shown = await world.bea.get(name.partition(" ")[2].replace("<id>", str(made["id"])))
        assert "aken" not in str(shown)


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
    assert scopes.descriptions(["read", "read:statuses", "push"]) == [
        "Read all your data: posts, messages, notifications, lists and settings",
        "Send you push notifications",
    ]
    assert all(sentence for sentence in scopes.descriptions(scopes.KNOWN))
    for scope in scopes.KNOWN:
        assert scopes.descriptions([scope])
