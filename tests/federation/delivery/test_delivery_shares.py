"""Hosts that hang hold up nobody else: each kind of host has its own share of the worker."""

import asyncio
import datetime as dt

import pytest
from django_async_backend.db.backends.utils import AsyncCursorWrapper

from core import clock
from core.db import async_atomic, own_connection, sql
from core.http import Client, client
from federation.handlers import deliver, host_contact
from federation.handlers.batching import Batcher
from federation.models import Peer
from federation.peers import registrable_domain
from federation.sending import send
from stator.workers.bulk_scheduler import BulkScheduler
from takahe.commands.worker import load_client
from tests.federation.conftest import post, settled
from tests.support.peers import Corpse, Crowd, MastodonPeer, outbound
from tests.support.waiting import wait_until

pytestmark = pytest.mark.anyio

_HANGING = 500


class _Crowd(Crowd):
    def hosts(self) -> list[str]:
        return [f"{name}:{self.port}" for name in _NAMES]


# named so that the healthy host comes last in every queue
_NAMES = [f"a{number}.site{number}.test" for number in range(_HANGING)]
_ADDRESSES = {name: f"127.0.{1 + number // 250}.{1 + number % 250}" for number, name in enumerate(_NAMES)} | {
    "zz.test": "127.0.0.1"
}


async def _know(*hosts: str, **changes) -> None:
    """These hosts have answered an hour ago."""
    values = {"last_success_at": clock.now() - dt.timedelta(hours=1), **changes}
    await Peer.objects.abulk_create([Peer(host=host, **values) for host in hosts])


async def _post(*hosts: str, number: int = 1) -> None:
    activity = {
        "id": f"http://testserver/activities/{number}",
        "type": "TestWave",
        "actor": "http://testserver/actor",
    }
    async with async_atomic():
        await send(signer=0, activity=activity, inboxes=[f"http://{host}/inbox" for host in hosts])


@pytest.mark.slow
async def test_deliveries_do_not_starve_the_inbox(local, peer, ana, seen, start_worker):
    """Judged by what is done when: 40 messages are handled long before 1,200 deliveries are out."""
    hosts = [f"h{number}.test:{peer.port}" for number in range(30)]
    async with outbound(
        resolve={"far.test": "127.0.0.1", **{host.partition(":")[0]: "127.0.0.1" for host in hosts}}
    ):
        for number in range(40):
            wave = {"id": f"{ana.uri}#wave{number}", "type": "TestWave", "actor": ana.uri}
            assert (await post(local, peer, ana, wave)).status_code == 202
        await _know(*hosts)
        for number in range(40):
            await _post(*hosts, number=number)
        async with start_worker():
            await settled(40, timeout_s=90)
            await wait_until(lambda: _delivered(1200), 90)
        before = await sql.value(
            """SELECT count(*) FROM federation_delivery
               WHERE ended_at < (SELECT max(state_changed_at) FROM federation_inboxmessage)"""
        )
        assert before < 600


@pytest.mark.slow
async def test_500_hosts_that_start_to_hang_get_one_request_each_and_delay_no_other(
    local, start_worker, monkeypatch
):
    """Judged by requests and statements, not by time: before the healthy host has its post, nobody was waited for and asked again."""
    written = _count_statements(monkeypatch, "federation_delivery delivery SET")
    sites = _count_statements(monkeypatch, "peer SET site")
    async with _Crowd() as crowd, MastodonPeer("zz.test") as healthy, outbound(resolve=_ADDRESSES):
        await _know(healthy.host, *crowd.hosts())
        async with start_worker():
            await _post(*crowd.hosts(), healthy.host)
            await wait_until(lambda: healthy.inbox, 60)
            assert (
                len(crowd.requests) <= _HANGING + 100
            )  # and the places for hosts in doubt, if this machine is slow
            await wait_until(lambda: len(crowd.requests) >= _HANGING, 60)  # none is left out, either
            await _in_doubt(_HANGING)
            # they timed out in one moment, and were noted down together
            assert len(written) < _HANGING / 3
            assert len(sites) < _HANGING / 3
            assert not await Peer.objects.filter(state="probing", site="").aexists()
            asked = len(crowd.requests)
            for number in range(2, 7):
                await _post(*crowd.hosts(), healthy.host, number=number)
                await wait_until(lambda n=number: len(healthy.inbox) == n, 60)
            # as many as there are places for hosts in doubt, each ten seconds long
            assert len(crowd.requests) - asked < _HANGING / 2


@pytest.mark.slow
@pytest.mark.parametrize("heard", ["took a post", "spoke", "spoke to this worker"])
async def test_recently_active_hosts_are_served_first(local, start_worker, monkeypatch, heard):
    """Judged by order: 500 hosts that hang are due in the same moment, and nobody knows yet that they do."""
    sent = []
    send_post = Client.post

    async def noting(self, url, *arguments, **options):
        sent.append(url)
        return await send_post(self, url, *arguments, **options)

    monkeypatch.setattr(Client, "post", noting)
    now = clock.now()
    async with _Crowd() as crowd, MastodonPeer("zz.test") as healthy, outbound(resolve=_ADDRESSES):
        await _know(*crowd.hosts())
        match heard:
            case "took a post":
                await _know(healthy.host, last_success_at=now - dt.timedelta(minutes=50))
            case "spoke":
                await _know(healthy.host, last_received_at=now - dt.timedelta(minutes=50))
            case _:
                await _know(healthy.host)
                host_contact._noted()[healthy.host] = now
        await _post(*crowd.hosts(), healthy.host)
        async with start_worker():
            await wait_until(lambda: healthy.inbox, 60)
            assert sent.index(f"http://{healthy.host}/inbox") < 20
            # and what is posted next does not wait for the others
            await _post(healthy.host, number=2)
            await wait_until(lambda: len(healthy.inbox) == 2, 60)
            await wait_until(lambda: len(set(sent)) == _HANGING + 1, 60)  # nobody is left out


@pytest.mark.slow
async def test_hosts_that_answer_never_wait_for_what_is_written_about_others(
    local, start_worker, monkeypatch
):
    """Judged by order: while every place for hosts in doubt is taken, a healthy host has its post and rests."""
    monkeypatch.setattr(deliver, "_SHORT_S", 0.3)
    begun, may_end = asyncio.Event(), asyncio.Event()
    in_doubt = deliver.IN_DOUBT()
    write = in_doubt.store_results._work

    async def write_slowly(turns):
        begun.set()
        await may_end.wait()
        return await write(turns)

    monkeypatch.setattr(in_doubt.store_results, "_work", write_slowly)
    async with _Crowd() as crowd, MastodonPeer("zz.test") as healthy, outbound(resolve=_ADDRESSES):
        await _know(healthy.host, *crowd.hosts()[:20])
        async with in_doubt.connections(), in_doubt.connections(), start_worker():
            await _post(*crowd.hosts()[:20])
            await asyncio.wait_for(begun.wait(), 60)
            await _post(healthy.host, number=2)
            await wait_until(lambda: _delivered(1), 60)
            await wait_until(lambda: _is_slow(healthy.host, False), 60)
            may_end.set()
            await _in_doubt(20)


@pytest.mark.slow
async def test_hosts_that_never_answered_share_a_small_part(local, start_worker):
    async with _Crowd() as crowd, MastodonPeer("zz.test") as healthy, outbound(resolve=_ADDRESSES):
        await _know(healthy.host)
        async with start_worker():
            await _post(*crowd.hosts(), healthy.host)
            await wait_until(lambda: healthy.inbox, 60)
            await wait_until(lambda: crowd.most >= 20, 60)
            assert crowd.most <= 60  # 40, and connections whose end was not seen yet


@pytest.mark.slow
async def test_hosts_of_one_site_or_one_address_are_few_at_once(local, start_worker):
    one_site = [f"a{number}.evil.test" for number in range(30)]
    one_address = [f"evil{number}.test" for number in range(30)]
    addresses = {name: f"127.0.8.{1 + number}" for number, name in enumerate(one_site)}
    addresses |= dict.fromkeys(one_address, "127.0.9.1")
    async with _Crowd() as site, _Crowd() as address, outbound(resolve=addresses), start_worker():
        await _post(*(f"{name}:{site.port}" for name in one_site))
        await _post(*(f"{name}:{address.port}" for name in one_address))
        await wait_until(lambda: len(site.requests) > 4 and len(address.requests) > 10, 60)
        # 4 and 10, and connections whose end was not seen yet
        assert site.most <= 8
        assert address.most <= 20


async def test_an_unknown_host_that_answers_gets_the_rest_and_is_known(local, peer, worker):
    for number in range(30):
        await _post(peer.host, number=number)
    await wait_until(lambda: len(peer.inbox) == 30)
    assert [request.json()["id"][-2:].strip("/") for request in peer.inbox] == [str(n) for n in range(30)]
    assert (await Peer.objects.aget(host=peer.host)).last_success_at is not None


async def test_gathered_results_are_one_statement_with_errors_by_caller(db):
    rounds = []

    async def work(items):
        rounds.append(list(items))
        if 3 in items:
            raise ValueError("three")
        return [item * 2 for item in items]

    together = Batcher(work)
    answers = await asyncio.gather(*(together(number) for number in range(6)), return_exceptions=True)
    assert [answer for answer in answers if not isinstance(answer, ValueError)] == [0, 2, 4, 8, 10]
    assert isinstance(answers[3], ValueError)
    assert rounds[0] == [0, 1, 2, 3, 4, 5]
    assert await together(7) == 14


async def test_the_lowest_rank_goes_first_without_starvation():
    mine, began = BulkScheduler(), []

    async def piece(rank: float) -> None:
        await mine.bulk(rank)
        began.append(rank)

    async with asyncio.TaskGroup() as group:
        for rank in (*range(100, 0, -1), 0):
            group.create_task(piece(float(rank)))
    # the first found nobody there; then the lowest ones, and each fourth the one that waits longest
    assert began[:9] == [100, 0, 1, 2, 99, 3, 4, 5, 98]
    assert sorted(began) == list(range(101))


async def test_a_piece_that_is_cancelled_gives_its_turn_to_the_next():
    mine, began = BulkScheduler(), []

    async def piece(rank: float) -> None:
        await mine.bulk(rank)
        began.append(rank)

    async with asyncio.TaskGroup() as group:
        pieces = [group.create_task(piece(float(rank))) for rank in range(10)]
        await asyncio.sleep(0)
        for each in pieces[1:6]:
            each.cancel()
    assert began == [0, 6, 7, 8, 9]


async def test_bulk_work_goes_on_when_the_batches_have_ended():
    """However many pieces were told to wait, and however long."""
    mine = BulkScheduler()
    mine._space_s = 60.0
    with mine.batch():
        pieces = [asyncio.create_task(mine.bulk()) for _ in range(500)]
        await wait_until(lambda: pieces[0].done())
        assert not any(piece.done() for piece in pieces[1:])
    await asyncio.wait_for(asyncio.gather(*pieces), 30)


@pytest.mark.slow
async def test_a_slow_host_is_given_more_time_and_remembered(local, peer, worker, monkeypatch):
    monkeypatch.setattr(deliver, "_SHORT_S", 0.3)
    await _know(peer.host)
    peer.delay_s = 1.0
    await _post(peer.host)
    await wait_until(lambda: _is_slow(peer.host, True))
    assert len(peer.requests) == 2  # cut short, and then to the end
    await _post(peer.host, number=2)
    await wait_until(lambda: _delivered(2))
    await wait_until(lambda: _is_slow(peer.host, True))  # its turn is over
    assert len(peer.requests) == 3
    peer.delay_s = 0.0
    await _post(peer.host, number=3)
    await wait_until(lambda: _is_slow(peer.host, False))


@pytest.mark.slow
async def test_a_known_host_that_hangs_is_failing_after_it_had_time(local, worker, monkeypatch):
    monkeypatch.setattr(deliver, "_SHORT_S", 0.2)
    monkeypatch.setattr(deliver, "_LONG_S", 0.4)
    async with Corpse("far.test") as corpse:
        await _know(corpse.host)
        await _post(corpse.host)

        async def failing() -> Peer | None:
            async with own_connection():
                return await Peer.objects.filter(
                    host=corpse.host, failing_since__isnull=False, state="waiting"
                ).afirst()

        row = await wait_until(failing)
        assert row.state_due_at > clock.now() + dt.timedelta(seconds=10)
        assert len(corpse.requests) == 2


def _count_statements(monkeypatch, words: str) -> list[str]:
    """Every statement with these words in it, from now on."""
    seen: list[str] = []
    execute = AsyncCursorWrapper.execute

    async def counting(self, query, params=None):
        if words in query:
            seen.append(query)
        return await execute(self, query, params)

    monkeypatch.setattr(AsyncCursorWrapper, "execute", counting)
    return seen


async def _in_doubt(count: int) -> None:
    async def so_many() -> bool:
        async with own_connection():
            return await Peer.objects.exclude(state__in=["idle", "sending"]).acount() >= count

    await wait_until(so_many, 60)


async def _is_slow(host: str, expected: bool) -> bool:
    async with own_connection():
        return await Peer.objects.filter(host=host, is_slow=expected, state="idle").aexists()


async def _delivered(count: int) -> bool:
    async with own_connection():
        return await sql.value("SELECT count(*) FROM federation_delivery WHERE status = 1") == count


@pytest.mark.parametrize(
    ("host", "site"),
    [
        ("example.com", "example.com"),
        ("social.a.example.com:3000", "example.com"),
        ("a.example.co.uk", "example.co.uk"),
        ("co.uk", "co.uk"),
        ("a.example.uk", "example.uk"),
        ("localhost", "localhost"),
        ("localhost:80", "localhost"),
        ("192.0.2.1:80", "192.0.2.1"),
        ("[2001:db8::1]:80", "[2001:db8::1]"),
        ("[2001:db8::1]", "[2001:db8::1]"),
    ],
)
def test_the_registrable_domain_of_a_host(host, site):
    assert registrable_domain(host) == site


@pytest.mark.parametrize("knows_somebody", [False, True])
async def test_a_worker_that_has_peers_loads_what_sends_before_there_is_work(db, knows_somebody):
    """It takes a third of a second in which nothing else runs; a server without peers saves the memory."""
    if knows_somebody:
        await _know("far.test")
    await load_client()
    assert ("_sender" in client().__dict__) == knows_somebody
