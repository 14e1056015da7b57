"""Links in profiles, verified by real pages: with and without a link back, attacks, and what happens when the link back is removed."""

import gzip
from collections.abc import AsyncIterator
from html import escape
from typing import Any

import httpx
import pytest

from core.db import own_connection, sql
from federation.models import OutgoingActivity
from stator.workers.worker import Worker
from tests.activities.people import follow
from tests.api.support.world import World, make_world
from tests.federation.conftest import met, running
from tests.support.peers import FakePeer, MastodonPeer, Reply
from tests.support.waiting import wait_until
from tests.users.support import AP, sign_in
from users.identities.models import Identity
from users.identities.services.remote_actors import fetch_and_store
from users.logins.cookies import cookie_name
from users.verified_links import handlers
from users.verified_links.models import LinkProblem, ProfileLink

pytestmark = [pytest.mark.anyio, pytest.mark.slow]

ADA = "https://testserver/@ada"
_A_WEEK_LATER = (
    "UPDATE users_profilelink SET state_due_at = now(), state_changed_at = now() - interval '8 days'"
)
BACK = f'<a rel="me" href="{ADA}">me</a>'


@pytest.fixture
async def world(client: httpx.AsyncClient) -> World:
    return await make_world(client)


@pytest.fixture
async def site() -> AsyncIterator[FakePeer]:
    async with FakePeer("far.test") as server:
        yield server


def _page(html: str, status: int = 200, **headers: str) -> Reply:
    return Reply(status, html.encode(), "text/html; charset=utf-8", headers)


async def _save(world: World, *values: str) -> None:
    fields = {str(n): {"name": f"Link {n}", "value": value} for n, value in enumerate(values)}
    await world.ada.patch("/api/v1/accounts/update_credentials", json={"fields_attributes": fields})


async def _work(*, tries: int = 1) -> list[ProfileLink]:
    """Let the time of debouncing and waits pass, and the worker check all links."""
    for _ in range(tries):
        before = await _tries()
        async with running(Worker([ProfileLink], with_jobs=False, poll_s=0.1, drain_s=1)):
            await _run("UPDATE users_profilelink SET state_due_at = now() WHERE state_due_at IS NOT NULL")
            await wait_until(lambda before=before: _is_done(before))
    async with own_connection():
        return [link async for link in ProfileLink.objects.order_by("id")]


async def _tries() -> dict[int, tuple[Any, ...]]:
    async with own_connection():
        rows = await sql.rows("SELECT id, tried_at FROM users_profilelink WHERE state = 'due'")
    return {row[0]: row for row in rows}


async def _is_done(before: dict[int, tuple[Any, ...]]) -> bool:
    now = await _tries()
    return all(now.get(pk) != row for pk, row in before.items())


async def _run(statement: str) -> None:
    async with own_connection():
        await sql.run(statement)


async def _dates(world: World) -> list[str | None]:
    account = await world.nobody.get(f"/api/v1/accounts/{world.ada.id}", "Account")
    return [field["verified_at"] for field in account["fields"]]


async def test_each_way_to_link_back_verifies(world: World, site: FakePeer) -> None:
    filler = "<i class=x></i>" * 60_000  # read in a child process
    site.replies = {
        "/a": _page(f'<p>x</p><a href="{ADA}/" rel="nofollow ME noopener">me</a>'),
        "/link": _page('<link rel=me href="https://TESTSERVER/@Ada">'),
        "/header": Reply(
            200, b"", "text/plain", {"Link": f'<https://x.test>; rel="next", <{ADA}>; rel="me"'}
        ),
        "/uri": _page('<a rel="me" href="https://testserver/users/ada#main">me</a>'),
        "/moved": _page(f'<a rel="me" href="{site.base_url}/old-name">me</a>'),
        "/old-name": Reply(301, b"", "text/html", {"Location": ADA}),
        "/large": _page(f"{filler}{BACK}"),
    }
    paths = ("/a", "/link", "/header", "/uri", "/moved", "/large")
    await _save(world, *(f"{site.base_url}{path}" for path in paths))
    assert await _dates(world) == [None] * 6
    announced = await OutgoingActivity.objects.acount()
    links = await _work()
    assert [(link.url.rpartition("/")[2], link.problem) for link in links] == [
        (path[1:], "") for path in paths
    ]
    dates = await _dates(world)
    assert all(dates)
    page = (await world.nobody.http.get("/@ada")).text
    assert page.count('class="verified"') == 6
    assert "verified" not in (await world.nobody.http.get("/users/ada", headers=AP)).text
    assert await OutgoingActivity.objects.acount() == announced  # dates are not federated
    await _save(world, *(f"{site.base_url}{path}" for path in reversed(paths)))
    assert await _dates(world) == list(reversed(dates))


async def test_pages_that_prove_nothing_do_not_verify(world: World, site: FakePeer) -> None:
    bomb = gzip.compress(b" " * 30_000_000)
    site.replies = {
        "/none": _page(f'<a href="{ADA}">no rel</a><!-- {BACK} --><script>"{BACK}"</script>'),
        "/other": _page('<a rel="me" href="https://testserver/@bea">somebody else</a>'),
        "/script": _page('<a rel="me" href="javascript:location=\'https://testserver/@ada\'">x</a>'),
        "/inside": Reply(302, b"", "text/html", {"Location": "http://10.0.0.1/"}),
        "/bomb": Reply(200, bomb, "text/html", {"Content-Encoding": "gzip"}),
        "/gone": _page(BACK, 404),
    }
    await _save(world, *(f"{site.base_url}{path}" for path in site.replies))
    assert [link.problem for link in await _work()] == [
        *["no_backlink"] * 3,
        LinkProblem.private,
        LinkProblem.too_large,
        LinkProblem.not_found,
    ]
    assert await _dates(world) == [None] * 6


async def test_a_redirect_to_another_website_verifies_nothing(world: World, site: FakePeer) -> None:
    """Otherwise any website with an open redirect could be claimed. A link back that redirects to somebody else is none, either."""
    async with FakePeer("near.test") as other:
        other.replies = {"/": _page(BACK)}
        site.replies = {
            "/out": Reply(302, b"", "text/html", {"Location": f"{other.base_url}/"}),
            "/in": Reply(302, b"", "text/html", {"Location": f"{site.base_url}/home"}),
            "/home": _page(BACK),
            "/wrong": _page(f'<a rel="me" href="{site.base_url}/bea">'),
            "/bea": Reply(301, b"", "text/html", {"Location": "https://testserver/@bea"}),
        }
        await _save(world, *(f"{site.base_url}{path}" for path in ("/out", "/in", "/wrong")))
        assert [link.problem for link in await _work()] == ["redirected", "", "no_backlink"]


async def test_only_a_whole_link_is_fetched(world: World, site: FakePeer) -> None:
    await _save(
        world,
        f"see {site.base_url}/x",
        "javascript:alert(1)",
        f"@ana@{site.host}",
        "#tag",
        "http://user@far.test/",
    )
    assert await _work() == []
    assert site.requests == []


async def test_profiles_of_this_server_are_read_without_a_request(world: World, site: FakePeer) -> None:
    await world.bea.patch(
        "/api/v1/accounts/update_credentials",
        json={"fields_attributes": {"0": {"name": "Me", "value": ADA}}},
    )
    await _save(world, "https://testserver/@bea", "https://testserver/@nobody", "https://testserver/about")
    links = {link.url: link.problem for link in await _work()}
    assert links == {
        ADA: "",
        "https://testserver/@bea": "",
        "https://testserver/@nobody": "no_backlink",
        "https://testserver/about": "no_backlink",
    }


async def test_a_broken_or_endless_page_is_tried_again_and_then_given_up(
    world: World, site: FakePeer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(handlers, "_TIMEOUT_S", 0.3)
    site.replies = {"/broken": _page(BACK)}
    broken = f"{site.base_url}/broken"
    async with FakePeer("near.test") as slow:
        slow.delay_s = 3600
        await _save(world, broken, f"{slow.base_url}/")
        first, second = await _work()
        assert first.verified_at
        assert (second.state, second.problem) == ("due", LinkProblem.timed_out)
        site.replies = {"/broken": _page("", 503)}
        await _run(_A_WEEK_LATER)
        async with running(Worker([ProfileLink], with_jobs=False, poll_s=0.1, drain_s=1)):
            await wait_until(lambda: _is_done_with(broken, LinkProblem.broken))
        assert (await _dates(world))[0]  # for now
        await _work(tries=3)
        links = {link.url: (link.state, link.problem, link.verified_at) for link in await _work()}
        assert links[broken] == ("checked", LinkProblem.broken, None)
        assert await _dates(world) == [None, None]


async def _is_done_with(url: str, problem: str) -> bool:
    async with own_connection():
        return await ProfileLink.objects.filter(url=url, problem=problem).aexists()


async def test_a_link_back_that_is_removed_ends_the_verification(world: World, site: FakePeer) -> None:
    """At the weekly check, at once; a page that has it again is verified again when the profile is saved."""
    site.replies = {"/": _page(BACK)}
    url = f"{site.base_url}/"
    await _save(world, url)
    [link] = await _work()
    assert link.verified_at
    site.replies = {"/": _page("moved out")}
    await _run(_A_WEEK_LATER)
    async with running(Worker([ProfileLink], with_jobs=False, poll_s=0.1, drain_s=1)):
        await wait_until(lambda: _is_done_with(url, LinkProblem.no_backlink))
    assert await _dates(world) == [None]
    site.replies = {"/": _page(BACK)}
    await _save(world, url)
    assert await _dates(world) == [None]  # just tried
    await _run("UPDATE users_profilelink SET tried_at = now() - interval '2 min'")
    await _save(world, url)
    await _work()
    assert all(await _dates(world))
    await _save(world, "nothing")
    assert await _work() == []


async def test_links_of_remote_people_are_verified_once_followed_from_here(world: World) -> None:
    async with MastodonPeer("far.test") as peer:
        link = f'<a href="{peer.base_url}/home" rel="me">home</a>'
        field = {"type": "PropertyValue", "name": "Home", "value": link}
        ana = peer.add_actor("ana", attachment=[field])
        peer.replies = {"/home": _page(f'<a rel="me" href="{peer.base_url}/@ana">me</a>')}
        person = await met(ana)
        assert await ProfileLink.objects.acount() == 0
        await follow(world.ada.me, person)
        person = await fetch_and_store(person.uri, fresh=True)
        assert await ProfileLink.objects.acount() == 0  # its fields did not change
        ana.extra["attachment"] = [field | {"name": "My home"}]
        person = await fetch_and_store(person.uri, fresh=True)
        assert [(one.url, one.problem) for one in await _work()] == [(f"{peer.base_url}/home", "")]
        shown = await world.nobody.get(f"/api/v1/accounts/{person.pk}", "Account")
        assert shown["fields"][0]["verified_at"]
        ana.extra["attachment"] = [field | {"value": link.replace("/home", "/else")}]
        person = await fetch_and_store(person.uri, fresh=True)
        assert person.fields[0]["verified_at"] is None
        [changed] = await _work()
        assert (changed.url, changed.problem) == (f"{peer.base_url}/else", LinkProblem.not_found)
        # a URL that no index of Postgres takes must not stop the profile from changing
        words = "".join(chr(0x4E00 + number * 7919 % 20_000) for number in range(1900))
        long = f'<a href="{peer.base_url}/{words}">long</a>'
        ana.extra["attachment"] = [field, field | {"name": "Long", "value": long}]
        person = await fetch_and_store(person.uri, fresh=True)
        assert [one["name"] for one in person.fields] == ["Home", "Long"]
        assert [one.url for one in await _work()] == [f"{peer.base_url}/home"]


async def test_the_settings_say_of_each_link_whether_it_is_verified(world: World, site: FakePeer) -> None:
    site.replies = {"/": _page(BACK), "/none": _page("nothing")}
    await _save(world, f"{site.base_url}/", f"{site.base_url}/none", "no link")
    _, token = await sign_in(world.ada_login, world.domain)
    cookies = {"Cookie": f"{cookie_name(world.domain)}={token}"}
    page = (await world.nobody.http.get("/settings", headers=cookies)).text
    assert page.count("Not verified yet") == 2
    assert f'value="{escape(BACK.replace("me</a>", "testserver</a>"))}"' in page
    await _work()
    page = (await world.nobody.http.get("/settings", headers=cookies)).text
    assert page.count("✓ Verified on <time") == page.count("Not verified. Last tried: <time") == 1
    assert "The page does not link back to your profile." in page
    await _save(world, "no link")
    assert "rel=&quot;me&quot;" not in (await world.nobody.http.get("/settings", headers=cookies)).text


async def test_profiles_from_before_are_listed_once(world: World, site: FakePeer) -> None:
    site.replies = {"/": _page(BACK)}
    url = f"{site.base_url}/"
    await Identity.objects.filter(pk=world.ada.me.pk).aupdate(
        fields=[{"name": "", "value": f'<a href="{url}">x</a>', "source": url, "verified_at": None}]
    )
    for _ in range(2):
        await handlers.list_links_of_older_profiles()
    assert [(link.url, link.problem) for link in await _work()] == [(url, "")]
    assert all(await _dates(world))
