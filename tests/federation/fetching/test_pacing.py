"""Fetches that nobody waits for keep a pace, host by host and in all."""

import asyncio
import time

import httpx
import pytest

from core.db import own_connection
from federation.fetching import fetch_document, pacing, slots
from tests.support.peers import MastodonPeer, outbound

pytestmark = pytest.mark.anyio


async def fetch(uri: str) -> None:
    async with own_connection():
        await fetch_document(uri, fresh=True)


@pytest.mark.slow
async def test_a_host_is_asked_at_its_pace(local: httpx.AsyncClient, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pacing, "MIN_INTERVAL_S", 0.1)
    names = dict.fromkeys(["one.test", "two.test"], "127.0.0.1")
    async with outbound(resolve=names), MastodonPeer("one.test") as one, MastodonPeer("two.test") as two:
        addresses = [one.note(one.add_actor("ana"))["id"] for _ in range(4)]
        addresses += [two.note(two.add_actor("oz"))["id"] for _ in range(4)]
        started = time.monotonic()
        pacing.is_paced.set(True)
        await asyncio.gather(*map(fetch, addresses))
        assert time.monotonic() - started >= 0.3


async def test_long_waits_are_rescheduled() -> None:
    pacing.is_paced.set(True)
    for _ in range(12):
        pacing.count_request("far.test")
    with pytest.raises(slots.NoSlot) as caught:
        await pacing.wait_for_turn("far.test")
    assert caught.value.after_s > 4
    await pacing.wait_for_turn("other.test")


async def test_all_hosts_together_have_a_number_a_minute(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pacing, "MAX_PER_MINUTE", 5)
    pacing.is_paced.set(True)
    assert pacing.wait_s() == 0
    for number in range(5):
        pacing.count_request(f"host{number}.test")
    assert 0 <= pacing.wait_s() <= 60
