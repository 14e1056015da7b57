"""Actor documents and their collections over HTTP."""

import httpx
import pytest

from core import clock
from tests.users.support import AP, make_domain, make_person, make_remote
from users.identities.models import Identity, Restriction
from users.relations.models import Follow
from users.relations.services import following

pytestmark = pytest.mark.anyio


async def test_the_actor_document_says_everything_that_peers_need(client: httpx.AsyncClient) -> None:
    domain = await make_domain("example.com", "testserver")
    ada = await make_person(
        domain,
        "Ada",
        name="Ada L.",
        summary="<p>Hi</p>",
        icon_url="https://media.example/a.png",
        icon_description="A face",
        image_url="/media/h.jpg",
        fields=[{"name": "Site", "value": "<a>x</a>", "source": "x", "verified_at": None}],
        also_known_as=["https://old.example/ada"],
        approves_followers=True,
    )
    answer = await client.get("/users/ada", headers=AP)
    assert answer.headers["content-type"].startswith("application/activity+json")
    assert "Accept" in answer.headers["vary"]
    actor = answer.json()
    assert (actor["id"], actor["type"], actor["preferredUsername"], actor["webfinger"]) == (
        ada.uri, "Person", "Ada", "Ada@example.com",
    )  # fmt: skip
    assert actor["publicKey"] == {
        "id": f"{ada.uri}#main-key",
        "owner": ada.uri,
        "publicKeyPem": ada.public_key,
    }
    assert actor["endpoints"]["sharedInbox"] == "https://testserver/inbox"
    assert actor["icon"] == {
        "type": "Image",
        "mediaType": "image/png",
        "url": ada.icon_url,
        "summary": "A face",
    }
    assert actor["image"]["url"] == "https://testserver/media/h.jpg"
    assert actor["attachment"] == [{"type": "PropertyValue", "name": "Site", "value": "<a>x</a>"}]
    assert actor["manuallyApprovesFollowers"] is True
    assert actor["alsoKnownAs"] == ["https://old.example/ada"]
    assert actor["published"].endswith("T00:00:00Z")
    assert "private" not in answer.text.lower()


@pytest.mark.parametrize(
    ("accept", "is_document"),
    [
        ("application/activity+json", True),
        ('application/ld+json; profile="https://www.w3.org/ns/activitystreams"', True),
        ("application/activity+json, text/html;q=0.1", True),
        ("text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8", False),
        ("*/*", False),
        ("", False),
    ],
)
async def test_servers_get_the_document_and_people_the_page(
    client: httpx.AsyncClient, accept: str, is_document: bool
) -> None:
    await make_person(await make_domain("testserver"))
    answer = await client.get("/users/ada", headers={"Accept": accept})
    assert "Accept" in answer.headers["vary"]
    if is_document:
        assert answer.status_code == 200
    else:
        assert (answer.status_code, answer.headers["location"]) == (302, "/@ada")


async def test_people_of_other_domains_are_not_found_here(client: httpx.AsyncClient) -> None:
    await make_domain("testserver")
    await make_person(await make_domain("two.example"), "eve")
    for path in ("/users/eve", "/users/nobody", "/users/eve/followers", "/users/%25"):
        assert (await client.get(path, headers=AP)).status_code == 404
    assert (await client.get("/users/eve", headers={**AP, "Host": "two.example"})).status_code == 200


async def test_the_deleted_are_gone_and_the_suspended_show_nothing_of_their_own(
    client: httpx.AsyncClient,
) -> None:
    domain = await make_domain("testserver")
    await make_person(domain, "left", deleted_at=clock.now())
    await make_person(
        domain, "banned", restriction=Restriction.suspended, name="Mallory", summary="<p>rude</p>"
    )
    assert (await client.get("/users/left", headers=AP)).status_code == 410
    actor = (await client.get("/users/banned", headers=AP)).json()
    assert actor["suspended"] is True
    assert (actor["name"], actor["summary"]) == ("", "")
    assert actor["publicKey"]["publicKeyPem"]
    assert (await client.get("/users/banned/followers?page=1", headers=AP)).status_code == 404


@pytest.mark.slow
async def test_followers_are_paged_and_only_the_accepted_show(client: httpx.AsyncClient) -> None:
    ada = await make_person(await make_domain("testserver"), approves_followers=True)
    fans = [await make_remote(f"fan{n}") for n in range(53)]
    await Follow.objects.abulk_create(
        Follow(source=fan, target=ada, accepted_at=clock.now() if n < 52 else None)
        for n, fan in enumerate(fans)
    )
    await Identity.objects.filter(pk=ada.pk).aupdate(followers_count=52)
    top = (await client.get("/users/ada/followers", headers=AP)).json()
    assert (top["type"], top["totalItems"], top["id"]) == ("OrderedCollection", 52, ada.followers_url)
    seen, url = [], top["first"]
    while url:
        page = (await client.get(url.removeprefix("https://testserver"), headers=AP)).json()
        assert page["partOf"] == ada.followers_url
        seen += page["orderedItems"]
        url = page.get("next")
    assert len(seen) == len(set(seen)) == 52
    assert seen[0] == "https://remote.example/users/fan51"
    for bad in ("x", "-1", "9" * 30, "1e3", "²"):
        assert (await client.get(f"/users/ada/followers?page=1&max_id={bad}", headers=AP)).status_code == 400


async def test_hidden_follows_are_counted_and_not_named(client: httpx.AsyncClient) -> None:
    ada = await make_person(await make_domain("testserver"), hides_follows=True)
    bob = await make_remote()
    await following.follow(source=bob, target_id=ada.pk, uri=f"{bob.uri}/f")
    top = (await client.get("/users/ada/followers", headers=AP)).json()
    assert top["totalItems"] == 1
    assert "first" not in top
    assert (await client.get("/users/ada/followers?page=1", headers=AP)).status_code == 404
    assert (await client.get("/users/ada/following", headers=AP)).json()["totalItems"] == 0
