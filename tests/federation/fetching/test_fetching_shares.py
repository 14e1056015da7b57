"""Key servers that hang, and hosts of what messages refer to, hold up no message of a host that answers."""

import datetime as dt
import json

import pytest

from core import clock
from core.db import own_connection, sql
from federation.fetching import slots
from federation.models import InboxMessage, Peer
from federation.remote_keys import fetch_key
from tests.federation.conftest import LOCAL, post
from tests.support.peers import Crowd, MastodonPeer, cavage_headers, make_key, outbound
from tests.support.waiting import wait_until

pytestmark = pytest.mark.anyio

_SITES = [f"a{number}.site{number}.test" for number in range(60)]
_ONE_SITE = [f"a{number}.evil.test" for number in range(20)]
_ADDRESSES = {name: f"127.0.7.{1 + number}" for number, name in enumerate(_SITES)}
_ADDRESSES |= {name: f"127.0.8.{1 + number}" for number, name in enumerate(_ONE_SITE)}
_ADDRESSES |= {f"evil{number}.test": "127.0.9.1" for number in range(20)}
_ADDRESSES |= {"zz.test": "127.0.0.1", "yy.test": "127.0.0.1"}


async def _wave_of(local, host: str) -> None:
    """A message signed with a key that is to be fetched from this host."""
    actor = f"http://{host}/users/eve"
    document = {"id": f"{actor}#wave", "type": "TestWave", "actor": actor}
    body = json.dumps(document).encode()
    headers = cavage_headers(make_key(), f"{actor}#main-key", "POST", f"{LOCAL}/inbox", body)
    assert (await local.post("/inbox", content=body, headers=headers)).status_code == 202


async def _is_handled(host: str) -> bool:
    async with own_connection():
        return await InboxMessage.objects.filter(host=host, state="handled").aexists()


@pytest.mark.slow
async def test_key_servers_that_hang_share_a_part_and_hold_up_no_other_host(
    local, start_worker, seen, monkeypatch
):
    monkeypatch.setattr(slots._new(), "_size", 5)
    monkeypatch.setattr(slots._quiet(), "_size", 5)
    async with Crowd() as crowd, MastodonPeer("zz.test") as healthy, MastodonPeer("yy.test") as new:
        async with outbound(resolve=_ADDRESSES):
            for name in _SITES[:30]:
                await _wave_of(local, f"{name}:{crowd.port}")
            await Peer.objects.acreate(
                host=healthy.host, last_received_at=clock.now() - dt.timedelta(hours=1)
            )
            ana = healthy.add_actor("ana")
            async with start_worker():
                await wait_until(lambda: crowd.open >= 5)
                await post(local, healthy, ana, healthy.activity(ana, "TestWave"))
                await wait_until(lambda: _is_handled(healthy.host))
                assert crowd.open > 0  # they hang all the while
                assert crowd.most <= 15  # five and five, and connections whose end was not seen yet
                bea = new.add_actor("bea")
                await post(local, new, bea, new.activity(bea, "TestWave"))  # its turn comes, too
                await wait_until(lambda: _is_handled(new.host), 150)
        lost = await sql.value("SELECT count(*) FROM federation_inboxmessage WHERE state = 'failed'")
        assert lost == 0


@pytest.mark.slow
async def test_key_servers_of_one_site_or_address_are_few_at_once(local, start_worker):
    async with Crowd() as site, Crowd() as address, outbound(resolve=_ADDRESSES):
        for number, name in enumerate(_ONE_SITE):
            await _wave_of(local, f"{name}:{site.port}")
            await _wave_of(local, f"evil{number}.test:{address.port}")
        async with start_worker():
            await wait_until(lambda: len(site.requests) > 4 and len(address.requests) > 10, 60)
            # 4 and 10 that are new and as many that were silent, and connections whose end was not seen yet
            assert site.most <= 10
            assert address.most <= 22


@pytest.mark.slow
async def test_a_hanging_reference_delays_no_other_host(local, start_worker, seen, monkeypatch):
    monkeypatch.setattr(slots._new(), "_size", 5)
    monkeypatch.setattr(slots._quiet(), "_size", 5)
    async with (
        Crowd() as crowd,
        MastodonPeer("zz.test") as healthy,
        MastodonPeer("yy.test") as other,
        outbound(resolve=_ADDRESSES),
    ):
        for host in (healthy.host, other.host):
            await Peer.objects.acreate(host=host, last_received_at=clock.now())
        ana = healthy.add_actor("ana")
        await fetch_key(ana.key_id)
        uri = f"{other.base_url}/notes/1"
        other.add_document({"id": uri, "type": "Note"})
        actors = [healthy.add_actor(f"u{number}") for number in range(60)]
        for actor, name in zip(actors, _SITES, strict=True):
            await fetch_key(actor.key_id)
            wave = healthy.activity(actor, "TestWave", f"http://{name}:{crowd.port}/notes/1")
            await post(local, healthy, actor, {**wave, "mood": "asking"})
        async with start_worker():
            await wait_until(lambda: crowd.open >= 5)
            await post(local, healthy, ana, {**healthy.activity(ana, "TestWave", uri), "mood": "asking"})
            await wait_until(lambda: uri in seen.known)
            assert crowd.open > 0
            assert crowd.most <= 15
