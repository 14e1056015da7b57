"""Domains with authorized fetch: unsigned GETs get no document but what the check of a key needs."""

import httpx
import pytest

from core import clock
from tests.activities.asking import get, signed_get
from tests.activities.people import block, make_post, make_remote
from tests.activities.posts.test_ap_blocked_readers import documents_of
from tests.support.peers import cavage_headers, make_key
from tests.users.support import AP, make_domain, make_person
from users.emojis.models import Emoji
from users.identities.models import Identity

pytestmark = pytest.mark.anyio


@pytest.fixture
async def ada(db: None) -> Identity:
    return await make_person(await make_domain(authorized_fetch=True))


@pytest.mark.slow
async def test_documents_are_for_signed_gets_only(client: httpx.AsyncClient, ada: Identity) -> None:
    addresses = [*await documents_of(ada), f"{ada.uri}/collections/tags", "https://testserver/tags/cafe"]
    signer, blocked = await make_remote("sam"), await make_remote("fay")
    await block(ada, blocked)
    for address in addresses:
        refused = await get(client, address)
        if address not in {ada.uri, ada.profile_url}:
            assert refused.status_code == 401, address
            assert refused.json() == {"error": "This server answers signed requests only."}
        assert refused.headers["Cache-Control"] == "private, no-store"
        answer = await signed_get(client, address, signer)
        assert (answer.status_code, answer.headers["Cache-Control"]) == (200, "private, no-store"), address
        if not address.endswith("cafe"):
            assert (await signed_get(client, address, blocked)).status_code == 404, address


async def test_an_unsigned_get_of_an_actor_shows_its_key_and_no_profile(
    client: httpx.AsyncClient, ada: Identity
) -> None:
    for address in (ada.uri, ada.profile_url):
        document = (await get(client, address)).json()
        assert {"id", "type", "preferredUsername", "inbox", "publicKey"} <= document.keys()
        assert (
            not {"name", "summary", "icon", "image", "attachment", "followers", "outbox", "url"}
            & document.keys()
        )
        assert document["publicKey"]["publicKeyPem"] == ada.public_key


async def test_a_signature_that_is_only_claimed_opens_nothing(
    client: httpx.AsyncClient, ada: Identity
) -> None:
    signer = await make_remote("sam")
    assert "name" in (await signed_get(client, ada.uri, signer)).json()
    headers = cavage_headers(
        make_key(), f"{signer.uri}#main-key", "GET", "http://testserver/users/ada/outbox"
    )
    assert (await client.get("/users/ada/outbox", headers={**headers, **AP})).status_code == 401


async def test_emoji_are_for_signed_gets_only(client: httpx.AsyncClient, ada: Identity) -> None:
    emoji = await Emoji.objects.acreate(shortcode="blob", file="blob.png", updated_at=clock.now())
    address = f"https://testserver/emojis/{emoji.pk}"
    assert (await get(client, address)).status_code == 401
    answer = await signed_get(client, address, await make_remote("sam"))
    assert (answer.status_code, answer.json()["name"]) == (200, ":blob:")


async def test_discovery_stays_open_to_unsigned_requests(client: httpx.AsyncClient, ada: Identity) -> None:
    assert "publicKey" in (await get(client, "https://testserver/actor")).json()
    assert (await client.get("/.well-known/webfinger?resource=acct:ada@testserver")).status_code == 200
    assert (await client.get("/nodeinfo/2.1")).status_code == 200
    page = await client.get("/@ada", headers={"Accept": "text/html"})
    assert (page.status_code, "ada" in page.text) == (200, True)


async def test_another_domain_of_this_server_does_not_give_the_document_away(
    client: httpx.AsyncClient, db: None
) -> None:
    await make_domain()
    second = await make_domain("second.example", authorized_fetch=True)
    eve = await make_person(second, "eve", summary="for peers")
    answer = await get(client, "https://testserver/@eve@second.example")
    assert (answer.status_code, answer.headers["Location"]) == (302, eve.uri)
    assert answer.headers["Vary"] == "Accept"


async def test_an_address_leads_to_posts_of_its_author_only(client: httpx.AsyncClient, ada: Identity) -> None:
    """Else `/@ada/…` would lead wherever the post with that id stands."""
    eve, fay = await make_person(ada.domain, "eve"), await make_remote("fay")
    hers, remote = await make_post(eve), await make_post(fay)
    for name, post, status in (
        ("eve", hers, 302),
        ("ada", hers, 404),
        ("ada", remote, 404),
        (f"fay@{fay.host}", remote, 404),
    ):
        answer = await get(client, f"https://testserver/@{name}/{post.pk}")
        assert answer.status_code == status, name
    assert (await get(client, f"https://testserver/@nobody/{hers.pk}")).status_code == 404
