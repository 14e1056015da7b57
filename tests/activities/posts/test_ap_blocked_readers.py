"""Blocked people and servers get 404 for every document that they ask for with their own signature."""

import httpx
import pytest

from activities.posts.models import Pin, Visibility
from core import clock
from core.ids import new_id
from federation.models import Policy, RemoteKey
from federation.peers import set_policy
from tests.activities.asking import get, signed_get
from tests.activities.people import block, follow, make_post, make_remote
from tests.support.peers import FakePeer, cavage_headers, make_key, outbound
from tests.users.support import AP, make_domain, make_person
from users.domains.models import Domain
from users.emojis.models import Emoji
from users.identities.models import Identity, Restriction
from users.logins.services.staff import OPERATOR
from users.moderation.services.domain_policies import Choice, set_domain_policy
from users.relations.models import HostBlock

pytestmark = pytest.mark.anyio


@pytest.fixture
async def ada(db: None) -> Identity:
    return await make_person(await make_domain())


async def documents_of(ada: Identity) -> list[str]:
    """The addresses of one document of each kind, all public."""
    post = await make_post(ada)
    boost = await make_post(ada, boost_of=await make_post(await make_remote("author", "third.test")))
    await Pin.objects.acreate(id=new_id(), identity=ada, post=post, created_at=clock.now())
    return [
        ada.uri,
        ada.profile_url,
        *(f"{ada.uri}/{which}" for which in ("followers", "following", "outbox", "collections/featured")),
        f"{ada.outbox_url}?page=true",
        f"{ada.uri}/followers?page=1",
        *(f"{post.uri}{which}" for which in ("", "/activity", "/replies", "/likes", "/shares")),
        boost.uri,
    ]


@pytest.mark.slow
async def test_blocked_actors_get_no_document(client: httpx.AsyncClient, ada: Identity) -> None:
    addresses = await documents_of(ada)
    blocked, other = await make_remote("fay"), await make_remote("sam")
    await block(ada, blocked)
    for address in addresses:
        assert (await get(client, address)).status_code == 200, address
        assert (await signed_get(client, address, other)).status_code == 200, address
        assert (await signed_get(client, address, blocked)).status_code == 404, address
    await block(other, ada)  # who blocks ada may still read what is public
    assert (await signed_get(client, ada.uri, other)).status_code == 200


@pytest.mark.parametrize("how", ["server", "domain", "person", "suspended", "handle"])
async def test_blocked_hosts_and_suspended_actors_read_no_document(
    client: httpx.AsyncClient, ada: Identity, how: str
) -> None:
    addresses = await documents_of(ada)
    signer = await make_remote("fay", "sub.far.test")
    await follow(signer, ada)
    private = await make_post(ada, Visibility.followers)
    assert (await signed_get(client, private.uri, signer)).status_code == 200
    if how == "server":
        emoji = await Emoji.objects.acreate(shortcode="blob", file="blob.png", updated_at=clock.now())
        addresses += [f"https://testserver/emojis/{emoji.pk}", "https://testserver/tags/cafe"]
        await set_policy(host="far.test", policy=Policy.blocked)
    elif how == "domain":
        domain, choice = await Domain.objects.aget(), Choice(policy=Policy.blocked)
        await set_domain_policy(moderator=OPERATOR, domain=domain, host="far.test", choice=choice)
        bo = await make_person(await make_domain("second.test"), "bo")
        there = await signed_get(client, bo.uri, signer, "second.test")
        assert there.status_code == 200, "other domains show theirs"
    elif how == "person":
        await HostBlock.objects.acreate(identity=ada, host="sub.far.test")
    elif how == "handle":  # whose handles are on another host than its actors
        await Identity.objects.filter(pk=signer.pk).aupdate(host="people.test")
        await HostBlock.objects.acreate(identity=ada, host="people.test")
    else:
        await Identity.objects.filter(pk=signer.pk).aupdate(restriction=Restriction.suspended)
    for address in (*addresses, private.uri):
        assert (await signed_get(client, address, signer)).status_code == 404, address
    away = await make_remote("sam", "other.test")
    assert (await signed_get(client, ada.uri, away)).status_code == 200


@pytest.mark.parametrize("suffix", ["#main-key", "/main-key", ""])
async def test_a_key_that_was_never_seen_names_its_owner(
    client: httpx.AsyncClient, ada: Identity, suffix: str
) -> None:
    blocked = await make_remote("fay")
    await block(ada, blocked)
    headers = cavage_headers(make_key(), f"{blocked.uri}{suffix}", "GET", "http://testserver/users/ada")
    assert (await client.get("/users/ada", headers={**headers, **AP})).status_code == 404
    assert not await RemoteKey.objects.aexists()


@pytest.mark.slow
async def test_an_unknown_key_id_is_fetched_if_an_actor_on_its_host_is_blocked(
    client: httpx.AsyncClient, ada: Identity
) -> None:
    async with outbound(), FakePeer() as peer:
        fay, sam = peer.add_actor("fay"), peer.add_actor("sam")
        for actor in (fay, sam):
            actor.key_id = f"{peer.base_url}/keys/{actor.username}"
            peer.documents[f"/keys/{actor.username}"] = peer.key_entry(actor)
            signed = {**peer.signed(actor, "http://testserver/users/ada", method="GET"), **AP}
            assert (await client.get("/users/ada", headers=signed)).status_code == 200
        assert not peer.requests  # nobody is blocked, so nothing is asked
        await block(ada, await make_remote("fay", peer.host, uri=fay.uri))
        answers = []
        for actor in (fay, sam):
            signed = {**peer.signed(actor, "http://testserver/users/ada", method="GET"), **AP}
            answers.append((await client.get("/users/ada", headers=signed)).status_code)
        assert answers == [404, 200]


async def test_caches_serve_neither_refusals_to_others_nor_documents_to_blocked_actors(
    client: httpx.AsyncClient, ada: Identity
) -> None:
    blocked = await make_remote("fay")
    await block(ada, blocked)
    gone = await make_person(ada.domain, "gone", deleted_at=clock.now())
    deleted = await make_post(ada, deleted_at=clock.now())
    asked = [(await get(client, address)) for address in await documents_of(ada)]
    asked += [await signed_get(client, ada.uri, blocked), await get(client, f"{ada.uri}/posts/1")]
    asked += [await get(client, "/users/nobody"), await get(client, gone.uri), await get(client, deleted.uri)]
    assert {answer.status_code for answer in asked} == {200, 404, 410}
    for answer in asked:
        varies = {name.strip() for name in answer.headers["Vary"].split(",")}
        assert {"Accept", "Signature", "Signature-Input"} <= varies, answer.url
        is_document = "application/activity+json" in answer.headers["Content-Type"]
        assert answer.headers["Cache-Control"].startswith("public" if is_document else "private, no-store")
