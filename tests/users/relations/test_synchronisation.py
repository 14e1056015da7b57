"""Followers synchronisation (FEP-8fcf): digests, the list for signed readers of one host, and repair by another server's list."""

import hashlib
from collections.abc import AsyncIterator
from types import SimpleNamespace
from typing import Any

import httpx
import pytest

from core.db import release_connection
from federation.followers_sync import FollowersDigest, digest_of, is_first_in_hour, read_digest
from federation.handlers.delivery_queue import DueDelivery
from federation.handlers.followers_header import headers_for
from federation.models import SystemKey
from takahe.asgi import application
from tests.support.memory import forget_everything
from tests.support.peers import MastodonPeer, Received, Reply, outbound
from tests.support.peers.http import as_json
from tests.users.inbox.messages import activity as said
from tests.users.support import AP, key_pair, make_domain, make_person, make_remote, sent
from users.identities.models import Identity
from users.identities.services.remote_actors import ensure_actor
from users.relations.inbox import repair, require_followers
from users.relations.models import Follow
from users.relations.queries.synchronisation import digests_by_host
from users.relations.services import following
from users.relations.services.synchronisation import repair_followers

pytestmark = pytest.mark.anyio


@pytest.fixture
async def ada(db: None) -> Identity:
    forget_everything()
    return await make_person(await make_domain())


@pytest.fixture
async def peer(ada: Identity) -> AsyncIterator[MastodonPeer]:
    await SystemKey.objects.acreate(public_key=key_pair().public_pem, private_key=key_pair().private_pem)
    async with outbound(resolve={"far.test": "127.0.0.1"}), MastodonPeer("far.test") as server:
        yield server


def test_the_digest_is_the_xor_of_hashes_in_any_order() -> None:
    one, two = (f"https://a.example/users/{name}" for name in ("x", "y"))
    hashes = [int(hashlib.sha256(uri.encode()).hexdigest(), 16) for uri in (one, two)]
    assert digest_of([one, two]) == digest_of([two, one]) == f"{hashes[0] ^ hashes[1]:064x}"
    assert digest_of([]) == "0" * 64


def test_only_headers_about_the_actors_own_host_are_read() -> None:
    actor = "https://a.example/users/x"
    good = FollowersDigest(f"{actor}/followers", f"{actor}/followers_synchronization", "0" * 64)
    assert read_digest(good.header(), actor) == good
    for wrong in (
        good._replace(url="https://evil.example/list"),
        good._replace(url="http://127.0.0.1/"),
        good._replace(collection_id="https://evil.example/followers"),
        good._replace(digest="0" * 63),
        good._replace(digest="g" * 64),
    ):
        assert read_digest(wrong.header(), actor) is None
    for text in ("", "x", '"' * 100_000, 'url="' * 50_000):
        assert read_digest(text, actor) is None
    forget_everything()
    assert [is_first_in_hour(actor), is_first_in_hour(actor), is_first_in_hour("other")] == [
        True,
        False,
        True,
    ]


async def _follow(fan: Identity, target: Identity) -> None:
    await following.follow(source=fan, target_id=target.pk, uri=f"{fan.uri}/f")


async def test_each_host_gets_the_digest_and_the_list_of_its_own(ada: Identity, peer: MastodonPeer) -> None:
    await Identity.objects.filter(pk=ada.pk).aupdate(hides_follows=True)
    actor, other = peer.add_actor("bob"), await make_remote("eve", "near.example")
    bob = await ensure_actor(actor.uri)
    for fan in (bob, other):
        await _follow(fan, ada)
    assert await digests_by_host(ada.pk) == {
        peer.host: digest_of([bob.uri]),
        "near.example": digest_of([other.uri]),
    }
    bodies = [f'{{"cc":["{ada.uri}/followers"]}}', f'{{"to":["{bob.uri}/followers"]}}', "{}"]
    waiting = [DueDelivery(at, "", ada.pk, 0, body.encode(), False) for at, body in enumerate(bodies)]
    (header,) = (await headers_for("near.example", waiting)).items()
    assert header[0] == 0
    assert digest_of([other.uri]) in header[1]
    assert await headers_for("nobody.example", waiting) == {}

    path, transport = "/users/ada/followers_synchronization", httpx.ASGITransport(application)
    async with httpx.AsyncClient(transport=transport, base_url="http://testserver") as http:
        await release_connection()
        assert (await http.get(path, headers=AP)).status_code == 401
        signed = peer.signed(actor, f"http://testserver{path}", method="GET")
        answer = await http.get(path, headers=AP | signed)
        assert answer.json()["orderedItems"] == [bob.uri]
        assert "no-store" in answer.headers["cache-control"]
        forged = peer.signed(actor, "http://testserver/users/ada", method="GET")
        assert (await http.get(path, headers=AP | forged)).status_code == 401


def _list(peer: MastodonPeer, *uris: str, **more: Any) -> str:
    return str(
        peer.add_document(
            {"id": f"{peer.base_url}/list", "type": "OrderedCollection", "orderedItems": list(uris), **more}
        )["id"]
    )


async def test_follows_become_those_that_the_other_server_lists(ada: Identity, peer: MastodonPeer) -> None:
    target = await ensure_actor(peer.add_actor("star").uri)
    people = {
        name: await make_person(ada.domain, name) for name in ("known", "lost", "waits", "fresh", "never")
    }
    for name in ("known", "lost", "waits", "fresh"):
        await following.follow(source=people[name], target_id=target.pk)
    accepted = [people[name].pk for name in ("known", "lost")]
    old = target.created_at.replace(year=2020)
    await Follow.objects.filter(source__in=accepted).aupdate(accepted_at=old)
    await following.accept_follow(target=target, source_id=people["fresh"].pk)
    before = len(await sent())
    url = _list(
        peer,
        *(people[name].uri for name in ("known", "waits", "never")),
        "https://elsewhere.example/users/x",
        f"{ada.uri}-nobody",
    )
    assert await repair_followers(target, url, ada.domain.base_url) == 3
    rows = {row.source_id: row.accepted_at is not None async for row in Follow.objects.all()}
    # what was accepted a moment ago may be missing in a list that was made before
    assert rows == {people[name].pk: True for name in ("known", "waits", "fresh")}
    undone = [(kind, document["actor"]) for kind, _, document in (await sent())[before:]]
    assert undone == [("Undo", people["lost"].uri), ("Undo", people["never"].uri)]


async def test_lists_that_are_not_whole_change_nothing(ada: Identity, peer: MastodonPeer) -> None:
    target = await ensure_actor(peer.add_actor("star").uri)
    await following.follow(source=ada, target_id=target.pk)
    await Follow.objects.aupdate(accepted_at=target.created_at.replace(year=2020))
    for more in ({"next": f"{peer.base_url}/2"}, {"orderedItems": None}, {"orderedItems": ["x"] * 10_001}):
        assert await repair_followers(target, _list(peer, **more), ada.domain.base_url) == 0
    assert await Follow.objects.aexists()


async def test_an_equal_digest_asks_for_nothing(ada: Identity, peer: MastodonPeer) -> None:
    target = await ensure_actor(peer.add_actor("star").uri)
    await following.follow(source=ada, target_id=target.pk)
    await Follow.objects.aupdate(accepted_at=target.created_at)

    async def asks(digest: str, collection: str = target.followers_url, host: str = ada.host) -> int:
        document = said(target, "x", f"{target.uri}/sync", digest=digest, collection=collection, host=host)
        activity: Any = SimpleNamespace(actor=target.uri, object_id=document["object"], document=document)
        return len(await require_followers(activity))

    assert await asks(digest_of([ada.uri])) == 0
    assert await asks(digest_of([])) == 1
    assert await asks(digest_of([]), collection=f"{ada.uri}/followers") == 0
    # whom the people of another domain follow, another digest says
    assert await asks(digest_of([ada.uri]), host="second.example") == 1
    assert await asks(digest_of([]), host="second.example") == 0


async def test_each_domain_here_is_repaired_by_its_own_list(ada: Identity, peer: MastodonPeer) -> None:
    """The server shows whoever asks the followers on their host: each domain asks in its own name, and others' follows stay."""
    actor = peer.add_actor("star")
    target = await ensure_actor(actor.uri)
    second = await make_person(await make_domain("second.example"), "bea")
    lost = await make_person(second.domain, "lost")
    for person in (ada, second, lost):
        await following.follow(source=person, target_id=target.pk)
    await Follow.objects.aupdate(accepted_at=target.created_at.replace(year=2020))
    followers = [ada.uri, second.uri]

    def listed(request: Received) -> Reply:
        reader = request.headers["signature"].partition('keyId="')[2].partition("/actor#")[0]
        items = [uri for uri in followers if uri.startswith(f"{reader}/")]
        return as_json({"id": f"{peer.base_url}/list", "type": "OrderedCollection", "orderedItems": items})

    peer.replies["/list"] = listed
    url = f"{peer.base_url}/list"
    for domain, changed in ((ada.domain, 0), (second.domain, 1), (second.domain, 0)):
        await repair(f"{url} {target.uri} {domain.name}")
        rows = [row.source_id async for row in Follow.objects.order_by("id")]
        assert (lost.pk in rows) == (domain == ada.domain and not changed)
        assert {ada.pk, second.pk} <= set(rows)
    await repair(f"{url} {target.uri} evil.example")  # no domain of ours
    assert await Follow.objects.acount() == 2
