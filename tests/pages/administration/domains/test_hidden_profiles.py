"""A domain that shows visitors no profiles: every page, feed and endpoint that visitors can open; other servers and signed-in people read on."""

from urllib.parse import quote

import pytest
from django.urls import get_resolver

from activities.posts.models import Post
from api.routing import Auth, table
from tests.pages.conftest import Site
from tests.support.posts import write_post
from tests.users.support import make_domain
from users.collections.services import create_collection
from users.domains.services import edit_domain
from web.frame.visitors import OF_PEOPLE

pytestmark = [pytest.mark.anyio, pytest.mark.slow]

SECRET = "quokkaquokka"
AP = {"Accept": "application/activity+json"}


@pytest.fixture
async def written(site: Site) -> Post:
    me = site.member.me
    me.name, me.is_discoverable, me.is_indexable = f"Mia {SECRET}", True, True
    await me.asave()
    return await write_post(author=me, text=f"{SECRET} #{SECRET}")


async def _paths(site: Site, post: Post) -> dict[str, str]:
    """The address of each page of people, by name, filled with what there is."""
    made = await create_collection(owner=site.member.me, name=SECRET)
    values: dict[str, object] = {
        "handle": "mia",
        "post_id": post.pk,
        "tab": "replies",
        "kind": "rss",
        "name": SECRET,
        "collection_id": made.pk,
        "card_id": 1,
    }
    found = {}
    for name in OF_PEOPLE:
        (((path, names),), *_) = get_resolver().reverse_dict[name]
        found[name] = "/" + path % {one: values[one] for one in names}
    found["search"] += f"?q={SECRET}"
    found["interact"] += f"?uri={post.uri}"
    return found


async def _set(site: Site, *, shown: bool) -> None:
    site.domain = await edit_domain(domain=site.domain, shows_profiles=shown)


async def test_pages_ask_visitors_to_sign_in(site: Site, written: Post) -> None:
    paths = await _paths(site, written)
    shown = {name for name, path in paths.items() if SECRET in (await site.nobody.get(path)).text}
    assert len(shown) > len(OF_PEOPLE) / 2, "the test looks at what shows somebody"
    await _set(site, shown=False)
    for name, path in paths.items():
        for headers in ({}, AP):
            answer = await site.nobody.get(path, headers=headers)
            is_document = answer.headers["content-type"].startswith("application/activity+json")
            if not (headers and is_document):
                assert answer.status_code in ({401} if not headers else {301, 302, 401, 404}), name
                assert SECRET not in answer.text.replace(quote(path, safe=""), ""), name
    page = await site.nobody.get("/@mia")
    assert "Sign in to see this" in page.text
    assert 'href="/sign-in?next=' in page.text
    assert "og:" not in page.text
    for path in ("/@mia", f"/@mia/{written.pk}", f"/tags/{SECRET}"):
        assert SECRET in (await site.member.get(path)).text, path


async def test_no_other_page_shows_them(site: Site, written: Post) -> None:
    """Whatever else visitors can open names neither the person nor the post."""
    await _set(site, shown=False)
    for name, places in get_resolver().reverse_dict.lists():
        if not isinstance(name, str) or name in OF_PEOPLE:
            continue
        for ((path, names),), *_ in places:
            if not names and not path.startswith("api/"):
                answer = await site.nobody.get(f"/{path}")
                assert SECRET not in answer.text, path
    assert (await site.nobody.get("/sitemap.xml")).status_code == 404
    robots = (await site.nobody.get("/robots.txt")).text
    assert "Sitemap" not in robots
    assert "Disallow: /@\n" in robots


async def test_the_api_asks_for_a_token(site: Site, written: Post) -> None:
    me, http = site.member.me, site.nobody.http
    paths = [
        f"/api/v1/accounts/{me.pk}",
        f"/api/v1/accounts/{me.pk}/statuses",
        "/api/v1/accounts/lookup?acct=mia",
        f"/api/v1/accounts?id[]={me.pk}",
        f"/api/v1/statuses/{written.pk}",
        f"/api/v1/statuses/{written.pk}/context",
        f"/api/v1/timelines/tag/{SECRET}",
        "/api/v1/timelines/public",
        f"/api/v2/search?q={SECRET}",
        f"/api/oembed?url={written.url}",
    ]
    for path in paths:
        assert SECRET in (await http.get(path)).text or "timelines" in path or "context" in path, path
    await _set(site, shown=False)
    for path in paths:
        answer = await http.get(path)
        assert answer.status_code == 401, path
        assert answer.json() == {"error": "This API requires an authenticated user"}
    for route in table:
        if (
            route.auth is Auth.either
            and route.method == "GET"
            and not route.path.startswith("/api/v1/instance")
        ):
            asked = route.path
            for name in route.path_parameters:
                asked = asked.replace(f"<{name}>", "1")
            assert (await http.get(asked)).status_code == 401, route.path
    access = (await http.get("/api/v2/instance")).json()["configuration"]["timelines_access"]
    assert access["live_feeds"]["local"] == "authenticated"


async def test_other_servers_read_on(site: Site, written: Post) -> None:
    await _set(site, shown=False)
    for path in ("/users/mia", "/@mia", f"/users/mia/statuses/{written.pk}"):
        answer = await site.nobody.get(path, headers=AP)
        assert answer.status_code == 200, path
        assert SECRET in answer.text
    outbox = (await site.nobody.get("/users/mia/outbox?page=true", headers=AP)).json()
    assert len(outbox["orderedItems"]) == 1
    found = await site.nobody.get("/.well-known/webfinger?resource=acct:mia@testserver")
    assert found.status_code == 200


async def test_nor_do_other_domains_of_the_server_show_them(site: Site, written: Post) -> None:
    await make_domain("second.test")
    paths = [
        "/@mia@testserver",
        f"/@mia@testserver/{written.pk}",
        f"/tags/{SECRET}",
        "/federated",
        f"/search?q={SECRET}",
        f"/api/v1/accounts/{site.member.me.pk}",
        f"/api/v1/statuses/{written.pk}",
        f"/api/v2/search?q={SECRET}",
    ]
    there = {"Host": "second.test"}
    before = {path: (await site.nobody.get(path, headers=there)).text.count(SECRET) for path in paths}
    await _set(site, shown=False)
    for path, count in before.items():
        text = (await site.nobody.get(path, headers=there)).text
        assert count > 0, path
        assert f"Mia {SECRET}" not in text, (
            path
        )  # the name of the hashtag and what was searched for may be repeated
        assert f"{written.pk}" not in text or "/statuses/" in path or "testserver/" in path, path
