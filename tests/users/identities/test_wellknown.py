"""WebFinger, host-meta and nodeinfo over HTTP."""

import httpx
import pytest
from django.db import DEFAULT_DB_ALIAS
from django_async_backend.db import async_connections

from core import clock
from tests.users.support import AP, make_domain, make_person
from users.domains.models import SignUpMode
from users.identities.models import Restriction

pytestmark = pytest.mark.anyio
FINGER = "/.well-known/webfinger"


async def test_webfinger_finds_people_however_they_are_named(client: httpx.AsyncClient) -> None:
    domain = await make_domain("example.com", "testserver")
    ada = await make_person(domain, "Ada")
    for resource in (
        "acct:ada@example.com",
        "ACCT:Ada@EXAMPLE.com".replace("ACCT", "acct"),
        "ada@example.com",
        "@ada@example.com",
        "acct:ada@testserver",
        "https://testserver/users/Ada",
        "https://testserver/users/ada",
        "https://testserver/@ADA",
        "https://example.com/@ada/",
    ):
        answer = await client.get(FINGER, params={"resource": resource})
        assert answer.status_code == 200, resource
        assert answer.headers["content-type"].startswith("application/jrd+json")
        assert answer.headers["access-control-allow-origin"] == "*"
        body = answer.json()
        assert body["subject"] == "acct:Ada@example.com"
        links = {link["rel"]: link for link in body["links"]}
        assert (links["self"]["href"], links["self"]["type"]) == (ada.uri, "application/activity+json")
        assert "{uri}" in links["http://ostatus.org/schema/1.0/subscribe"]["template"]
        intents = {
            rel.rpartition("/")[2]: link["template"] for rel, link in links.items() if "fep/3b86" in rel
        }
        assert intents.keys() == {"Object", "Follow", "Like", "Announce", "Create"}
        assert intents["Follow"] == "https://testserver/authorize_interaction?uri={object}"
        assert intents["Create"] == "https://testserver/share?text={content}&title={name}"


async def test_the_application_actor_is_found_and_says_what_it_can(client: httpx.AsyncClient) -> None:
    """By nodeinfo (FEP-2677) and WebFinger (FEP-d556); actors name it, with its capabilities (FEP-844e)."""
    ada = await make_person(await make_domain("testserver"), "ada")
    links = (await client.get("/.well-known/nodeinfo")).json()["links"]
    [href] = [link["href"] for link in links if link["rel"].endswith("#Application")]
    finger = (await client.get(FINGER, params={"resource": "https://testserver/"})).json()
    assert href == finger["links"][0]["href"] == "https://testserver/actor"
    application = (await client.get("/actor", headers=AP)).json()
    assert (application["id"], application["type"]) == (href, "Application")
    assert [one["href"] for one in application["implements"]] == [
        "https://datatracker.ietf.org/doc/html/rfc9421"
    ]
    actor = (await client.get(ada.uri.removeprefix("https://testserver"), headers=AP)).json()
    assert actor["generator"] == {"type": "Application", "id": href, "implements": application["implements"]}
    for document in (application, actor):
        *named, terms = document["@context"]
        assert terms["implements"]["@id"] == "https://w3id.org/fep/844e#implements"
        # software that reads JSON-LD as such has these built in; others it would fetch, from hosts that may be down
        assert set(named) <= {
            "https://www.w3.org/ns/activitystreams",
            "https://w3id.org/security/v1",
            "https://w3id.org/security/multikey/v1",
        }


async def test_webfinger_works_across_domains_of_one_server(client: httpx.AsyncClient) -> None:
    await make_domain("testserver")
    await make_person(await make_domain("two.example"), "eve")
    answer = await client.get(FINGER, params={"resource": "acct:eve@two.example"})
    assert answer.json()["subject"] == "acct:eve@two.example"
    assert (await client.get(FINGER, params={"resource": "acct:eve@testserver"})).status_code == 404


async def test_webfinger_names_the_system_actor(client: httpx.AsyncClient) -> None:
    await make_domain("testserver")
    for resource in ("acct:testserver@testserver", "https://testserver/actor", "https://testserver"):
        body = (await client.get(FINGER, params={"resource": resource})).json()
        assert body["subject"] == "acct:testserver@testserver"
        assert body["links"][0]["href"] == "https://testserver/actor"


@pytest.mark.parametrize(
    ("resource", "status"),
    [
        (None, 400),
        ("", 400),
        ("acct:", 400),
        ("acct:a b@testserver", 400),
        ("acct:ada@", 400),
        ("acct:ada\x00@testserver", 400),
        ("x" * 3000, 400),
        ("https://[::1", 400),
        ("acct:nobody@testserver", 404),
        ("acct:ada@elsewhere.example", 404),
        ("acct:аda@testserver", 404),
        ("acct:%@testserver", 404),
        ("https://testserver/users/ada/statuses/1", 404),
        ("https://elsewhere.example/users/ada", 404),
        ("acct:left@testserver", 410),
        ("acct:banned@testserver", 410),
    ],
)
async def test_webfinger_refuses_with_the_right_status(
    client: httpx.AsyncClient, resource: str | None, status: int
) -> None:
    domain = await make_domain("testserver")
    await make_person(domain)
    await make_person(domain, "left", deleted_at=clock.now())
    await make_person(domain, "banned", restriction=Restriction.suspended)
    answer = await client.get(FINGER, params={} if resource is None else {"resource": resource})
    assert answer.status_code == status
    assert set(answer.json()) == {"error"}


async def test_webfinger_and_actor_take_two_queries_at_most(
    client: httpx.AsyncClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    domain = await make_domain("testserver")
    await make_person(domain)
    asked: list[str] = []
    cursor_class = type(await async_connections[DEFAULT_DB_ALIAS].cursor())
    execute = cursor_class.execute

    async def counted(self: object, sql: str, params: object = None) -> object:
        asked.append(sql)
        return await execute(self, sql, params)

    monkeypatch.setattr(cursor_class, "execute", counted)
    assert (await client.get(FINGER, params={"resource": "acct:ada@testserver"})).status_code == 200
    assert 1 <= len(asked) <= 2, asked
    asked.clear()
    assert (await client.get("/users/ada", headers=AP)).status_code == 200
    assert 1 <= len(asked) <= 2, asked
    # a profile that names actors costs one more, however many it names
    names = " ".join(f"@bob{number}@remote.example" for number in range(20))
    fields = [{"name": "Friends", "value": "", "source": "@eve @bob1@remote.example", "verified_at": None}]
    await make_person(domain, "eve", summary_source=names, fields=fields)
    asked.clear()
    assert (await client.get("/users/eve", headers=AP)).status_code == 200
    assert 1 <= len(asked) <= 3, asked


async def test_nodeinfo_tells_what_runs_and_how_big_it_is(client: httpx.AsyncClient) -> None:
    domain = await make_domain("testserver", sign_up_mode=SignUpMode.open, description="A test")
    await make_person(domain, posts_count=3, last_post_at=clock.now())
    await make_person(domain, "eve", posts_count=1)
    await make_person(await make_domain("two.example"), "foreign", posts_count=50)
    links = (await client.get("/.well-known/nodeinfo")).json()["links"]
    assert [link["href"] for link in links] == [
        "https://testserver/nodeinfo/2.0",
        "https://testserver/nodeinfo/2.1",
        "https://testserver/actor",
    ]
    for version in ("2.0", "2.1"):
        document = (await client.get(f"/nodeinfo/{version}")).json()
        assert document["version"] == version
        assert document["software"]["name"] == "takahe"
        assert ("repository" in document["software"]) is (version == "2.1")
        assert document["metadata"]["upstream"] == {"name": "mastodon"}
        assert {"mastodon_api", "mastodon_api_streaming"} <= set(document["metadata"]["features"])
        assert document["protocols"] == ["activitypub"]
        assert document["usage"] == {
            "users": {"total": 2, "activeMonth": 1, "activeHalfyear": 1},
            "localPosts": 4,
        }
        assert document["openRegistrations"] is True
    assert (await client.get("/nodeinfo/3.0")).status_code == 404


async def test_host_meta_points_to_webfinger(client: httpx.AsyncClient) -> None:
    await make_domain("testserver")
    answer = await client.get("/.well-known/host-meta")
    assert answer.headers["content-type"].startswith("application/xrd+xml")
    assert 'template="https://testserver/.well-known/webfinger?resource={uri}"' in answer.text
    assert "lrdd" in (await client.get("/.well-known/host-meta.json")).text


async def test_password_managers_find_where_to_change_a_password(client: httpx.AsyncClient) -> None:
    await make_domain("testserver")
    answer = await client.get("/.well-known/change-password")
    assert (answer.status_code, answer.headers["location"]) == (302, "/settings/security")
