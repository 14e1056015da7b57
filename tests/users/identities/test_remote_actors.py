"""Looking up people of other servers, over real HTTP on loopback."""

import dataclasses
from collections.abc import AsyncIterator

import pytest

from core.errors import BadInput, Gone, NotAllowed, NotFound
from core.http import FetchError
from federation.models import Policy, SystemKey
from federation.peers import set_policy
from stator.outcomes import Kind
from tests.support.peers import Liar, MastodonPeer, outbound
from tests.users.support import fresh, key_pair, make_domain, make_person, make_remote
from users.domains.models import Domain
from users.identities.handlers import refetch
from users.identities.models import Identity, IdentityGraph
from users.identities.queries import identities as reads
from users.identities.services import remote_actors

pytestmark = pytest.mark.anyio


@pytest.fixture
async def home(db: None) -> AsyncIterator[Domain]:
    domain = await make_domain("testserver")
    await SystemKey.objects.acreate(public_key=key_pair().public_pem, private_key=key_pair().private_pem)
    async with outbound(resolve={"far.test": "127.0.0.1", "other.test": "127.0.0.1"}):
        yield domain


@pytest.fixture
async def peer(home: Domain) -> AsyncIterator[MastodonPeer]:
    async with MastodonPeer("far.test") as server:
        yield server


async def test_an_unknown_actor_is_found_by_handle_and_by_url_and_stored_once(peer: MastodonPeer) -> None:
    actor = peer.add_actor("Ana", name="Ana", summary="<p>Hi</p>")
    found = await remote_actors.look_up(f"@ANA@{peer.host}")
    assert (found.uri, found.username, found.host, found.name) == (actor.uri, "Ana", peer.host, "Ana")
    assert not found.is_local
    for text in (actor.uri, f"acct:ana@{peer.host}", f"{actor.uri}#main-key"):
        assert (await remote_actors.look_up(text)).pk == found.pk
    assert (await remote_actors.ensure_actor(actor.uri)).pk == found.pk
    assert await Identity.objects.acount() == 1


async def test_locals_are_found_without_a_request(home: Domain) -> None:
    ada = await make_person(home, "Ada")
    for text in ("@ada@testserver", ada.uri, "https://testserver/@ada"):
        assert (await remote_actors.look_up(text)).pk == ada.pk
    for text in (
        "@nobody@testserver",
        "https://testserver/users/nobody",
        "https://testserver/@nobody",
        "@ada",
    ):
        with pytest.raises(NotFound):
            await remote_actors.look_up(text)


async def test_unknown_people_are_not_found(peer: MastodonPeer) -> None:
    with pytest.raises(FetchError):
        await remote_actors.look_up(f"@nobody@{peer.host}")
    with pytest.raises(FetchError):
        await remote_actors.look_up("@ana@127.0.0.9:9")
    with pytest.raises(BadInput):
        await remote_actors.look_up("a b c")
    note = peer.add_document({"id": f"{peer.base_url}/n/1", "type": "Note", "content": "x"})
    with pytest.raises(NotFound):
        await remote_actors.look_up(note["id"])
    with pytest.raises(NotFound):
        await remote_actors.look_up(f"@ana@{peer.host}", may_fetch=False)
    assert await Identity.objects.acount() == 0


async def test_blocked_hosts_are_not_asked(peer: MastodonPeer) -> None:
    actor = peer.add_actor("ana")
    await set_policy(host=peer.host, policy=Policy.blocked)
    for text in (actor.uri, f"@ana@{peer.host}"):
        with pytest.raises((NotAllowed, FetchError)):
            await remote_actors.look_up(text)
    assert peer.requests == []


async def test_an_actor_that_claims_to_live_here_is_refused(peer: MastodonPeer) -> None:
    actor = peer.add_actor("ada", webfinger="ada@testserver")
    await make_person(await Domain.objects.aget(), "ada")
    found = await remote_actors.ensure_actor(actor.uri)
    assert found.host == peer.host


async def test_a_handle_on_another_host_is_believed_when_both_hosts_say_so(peer: MastodonPeer) -> None:
    async with MastodonPeer("other.test") as front:
        actor = peer.add_actor("ana", webfinger=f"Anna@{front.host}")
        found = await remote_actors.resolve_actor(actor.uri)
        assert (found.stated_handle, found.handle_host) == (f"Anna@{front.host}", "")
        named = front.add_actor("Anna")
        front.actors["Anna"] = dataclasses.replace(named, uri=actor.uri)
        found = await remote_actors.resolve_actor(actor.uri)
        assert (found.username, found.handle_host) == ("Anna", front.host)


async def test_an_actor_of_another_host_is_not_believed(home: Domain) -> None:
    async with Liar("far.test") as liar:
        actor = liar.add_actor("eve")
        liar.documents["/users/eve"] = {**liar.actor_document(actor), "id": "https://victim.example/users/x"}
        with pytest.raises(FetchError):
            await remote_actors.ensure_actor(actor.uri)
    assert await Identity.objects.acount() == 0


async def test_a_handle_goes_to_the_new_actor_only_when_the_old_one_is_gone(peer: MastodonPeer) -> None:
    actor = peer.add_actor("ana")
    old = await make_remote("Ana", peer.host, uri=f"{peer.base_url}/old/ana")
    with pytest.raises(BadInput):
        await remote_actors.ensure_actor(actor.uri)
    assert (await fresh(old)).state == "outdated"
    assert (await refetch(await fresh(old))).kind is not Kind.TO  # 404 is not gone
    await remote_actors.delete_gone_actor(old.uri)
    found = await remote_actors.ensure_actor(actor.uri)
    assert (found.uri, found.username) == (actor.uri, "ana")
    assert await reads.by_handle(f"ana@{peer.host}") == found


async def test_outdated_actors_are_fetched_again(peer: MastodonPeer) -> None:
    actor = peer.add_actor("ana", name="Old")
    found = await remote_actors.ensure_actor(actor.uri)
    actor.extra["name"] = "New"
    outcome = await refetch(found)
    assert (outcome.kind, outcome.state) == (Kind.TO, IdentityGraph.steady)
    assert (await fresh(found)).name == "New"


async def test_an_actor_whose_server_says_gone_is_deleted(peer: MastodonPeer) -> None:
    actor = peer.add_actor("ana")
    found = await remote_actors.ensure_actor(actor.uri)
    actor.is_deleted = True
    await refetch(found)
    now = await fresh(found)
    assert (now.state, now.deleted_at is not None) == ("deleted", True)
    with pytest.raises(Gone):
        await remote_actors.ensure_actor(actor.uri)


async def test_a_silent_server_is_asked_later(peer: MastodonPeer) -> None:
    found = await remote_actors.ensure_actor(peer.add_actor("ana").uri)
    await peer.stop()
    outcome = await refetch(found)
    assert outcome.kind is Kind.LATER
    assert outcome.reason
