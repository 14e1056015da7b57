"""A domain that doesn't federate, asked by another server with signed requests; beside another domain, which goes on federating."""

import json
from typing import Any

import httpx
import pytest

from activities.posts.models import Post, Visibility
from activities.posts.queries.visibility import may_see
from federation.models import Delivery, InboxMessage
from federation.sending import add_recipients, send
from tests.activities.people import follow, make_post
from tests.federation.approvals.asking import PUBLIC, ended
from tests.federation.conftest import LOCAL, post, settled
from tests.federation.shelter.test_shelter import published
from tests.support.peers import Actor, MastodonPeer
from tests.support.posts import write_post
from tests.users.support import make_domain, make_person
from users.domains.models import Domain
from users.domains.services import edit_domain
from users.identities.models import Identity
from users.relations.models import Follow

pytestmark = [pytest.mark.anyio, pytest.mark.usefixtures("worker")]

AP = {"Accept": "application/activity+json"}


@pytest.fixture
async def bo(ada: Identity) -> Identity:
    return await make_person(await make_domain("second.test"), "bo")


async def _set(is_on: bool) -> None:
    domain = await Domain.objects.aget(name="testserver")
    await edit_domain(domain=domain, is_local_only=is_on)


async def _fetched(
    local: httpx.AsyncClient, peer: MastodonPeer, known: Actor, path: str, host: str = "testserver"
) -> int:
    """How the server answers a GET of another one, signed."""
    url = f"{LOCAL}{path}".replace("testserver", host)
    headers = peer.signed(known, url, method="GET") | AP
    return (await local.get(url, headers=headers)).status_code


async def test_nothing_is_served_to_other_servers(
    local: httpx.AsyncClient, peer: MastodonPeer, known: Actor, her: Identity, ada: Identity, bo: Identity
) -> None:
    await follow(her, ada)
    await follow(her, bo)
    for author, host, others in ((ada, "testserver", False), (bo, "second.test", True)):
        written = await make_post(author)
        of_person = f"/users/{author.username}"
        paths = [
            of_person,
            *(f"{of_person}/{part}" for part in ("outbox", "outbox?page=true", "followers", "following")),
            *(f"{of_person}/collections/{part}" for part in ("featured", "tags")),
            f"/@{author.username}",
            f"{of_person}/statuses/{written.pk}",
            f"{of_person}/statuses/{written.pk}/activity",
            f"{of_person}/statuses/{written.pk}/replies",
            f"/.well-known/webfinger?resource=acct:{author.handle}",
        ]
        before = {path: await _fetched(local, peer, known, path, host) for path in paths}
        assert 200 in before.values()
        await _set(True)
        for path, status in before.items():
            assert await _fetched(local, peer, known, path, host) == (status if others else 404), path
            unsigned = (await local.get(path, headers=AP | {"Host": host})).status_code
            assert unsigned == (status if others else 404), path
        await _set(False)
        assert {path: await _fetched(local, peer, known, path, host) for path in paths} == before


async def test_the_actor_that_fetches_for_all_domains_stays(
    local: httpx.AsyncClient, peer: MastodonPeer, known: Actor, ada: Identity
) -> None:
    await _set(True)
    for path in ("/actor", "/.well-known/webfinger?resource=acct:testserver@testserver"):
        assert (await local.get(path, headers=AP)).status_code == 200, path
    assert (
        await post(local, peer, known, peer.activity(known, "TestWave", "x"), path="/actor/inbox")
    ).status_code == 202


async def test_nodeinfo_has_no_numbers(local: httpx.AsyncClient, ada: Identity) -> None:
    before = (await local.get("/nodeinfo/2.0")).json()
    assert before["usage"]["users"]["total"] == 1
    assert before["metadata"]["federation"] == {"enabled": True}
    await _set(True)
    after = (await local.get("/nodeinfo/2.0")).json()
    assert after["usage"] == {"users": {}, "localPosts": 0}
    assert after["metadata"]["federation"] == {"enabled": False}


async def test_inboxes_refuse(
    local: httpx.AsyncClient, peer: MastodonPeer, known: Actor, ada: Identity
) -> None:
    await _set(True)
    wanted = peer.activity(known, "Follow", ada.uri)
    for path in ("/inbox", f"/users/{ada.username}/inbox"):
        answer = await post(local, peer, known, wanted, path=path)
        assert answer.status_code == 404
        assert "not connected to other servers" in answer.text
    assert not await InboxMessage.objects.aexists()
    await _set(False)
    await ended(local, peer, known, wanted)
    assert await Follow.objects.filter(target=ada).acount() == 1


async def test_the_inbox_of_another_domain_is_no_way_in(
    local: httpx.AsyncClient, peer: MastodonPeer, known: Actor, her: Identity, ada: Identity, bo: Identity
) -> None:
    """One worker handles what arrives for all domains."""
    await _set(True)
    for target in (ada, bo):
        document = peer.activity(known, "Follow", target.uri)
        headers = peer.signed(known, "http://second.test/inbox", _body(document))
        answer = await local.post("http://second.test/inbox", content=_body(document), headers=headers)
        assert answer.status_code == 202
    await settled(2)
    assert [row.target_id async for row in Follow.objects.filter(source=her)] == [bo.pk]


def _body(document: Any) -> bytes:
    return json.dumps(document).encode()


async def test_only_deletions_are_delivered(
    peer: MastodonPeer, her: Identity, ada: Identity, bo: Identity
) -> None:
    await _set(True)
    sent: dict[tuple[int, str], set[str]] = {}
    for author in (ada, bo):
        for kind in ("Create", "Update", "Announce", "Follow", "Delete"):
            activity = {"id": f"{author.uri}#{kind}", "type": kind, "actor": author.uri, "to": [PUBLIC]}
            outgoing = await send(signer=author.pk, activity=activity, inboxes=[her.inbox_url])
            if outgoing is not None:
                await add_recipients(outgoing, ["https://below.far.test/inbox"])
            rows = Delivery.objects.filter(activity=outgoing or 0)
            sent[author.pk, kind] = {row.host async for row in rows}
    everywhere = {peer.host, "below.far.test"}
    for (author_id, kind), hosts in sent.items():
        assert hosts == (everywhere if author_id == bo.pk or kind == "Delete" else set()), kind


async def test_new_posts_stay_and_follows_come_back(
    local: httpx.AsyncClient, peer: MastodonPeer, known: Actor, her: Identity, ada: Identity, bo: Identity
) -> None:
    await follow(her, ada)
    await follow(ada, her)
    neighbour = await make_person(await Domain.objects.aget(name="testserver"), "neighbour")
    await _set(True)
    written = {}
    for wanted in (Visibility.public, Visibility.unlisted, Visibility.followers, Visibility.mentioned):
        row = await write_post(author=ada, text=f"Hello @{her.handle}", visibility=wanted)
        written[wanted] = row
    await published()
    assert not await Delivery.objects.aexists()
    kept = {wanted: Visibility(row.visibility) for wanted, row in written.items()}
    assert kept == {
        Visibility.public: Visibility.local_only,
        Visibility.unlisted: Visibility.local_only,
        Visibility.followers: Visibility.followers,
        Visibility.mentioned: Visibility.mentioned,
    }
    public, followers = written[Visibility.public], written[Visibility.followers]
    table = {
        (row.pk, who and who.pk): await may_see(who, row.pk)
        for row in (public, followers)
        for who in (ada, neighbour, bo, her, None)
    }
    assert {key for key, sees in table.items() if sees} == {
        (public.pk, ada.pk),
        (public.pk, neighbour.pk),
        (followers.pk, ada.pk),
    }
    hers = await make_post(her)
    assert not await may_see(ada, hers.pk), "nor do its people see other servers"
    assert await may_see(bo, hers.pk)
    await _set(False)
    assert await may_see(ada, hers.pk)
    assert await may_see(her, public.pk) is False, "what was written meanwhile stays"
    later = await write_post(author=ada, text="Back", visibility=Visibility.public)
    await published()
    rows = Delivery.objects.filter(activity__object_uri=later.uri)
    assert [row.host async for row in rows] == [peer.host]
    assert await Post.objects.filter(pk=later.pk, visibility=Visibility.public).aexists()
