import asyncio
import os
import signal
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from functools import cache
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey
from cryptography.hazmat.primitives.hashes import SHA256

from core.crypto import keys, signing_process
from core.crypto.signing_process import SigningProcess
from core.processes import children
from tests.support.waiting import wait_until


@cache
def _pairs() -> list[keys.KeyPair]:
    return [keys.make_rsa_pair(), keys.make_rsa_pair()]


OTHERS: set[int] = set()


@pytest.fixture(autouse=True)
def _children_of_others() -> None:
    """What sent much before these tests has a child for some seconds more."""
    OTHERS.clear()
    OTHERS.update(_children())


def _children() -> Iterator[int]:
    """The processes of ours that sign; one that has ended and was not waited for counts."""
    for pid in Path(f"/proc/self/task/{os.getpid()}/children").read_text().split():
        command = Path(f"/proc/{pid}/cmdline").read_bytes()
        if int(pid) not in OTHERS and (b"signing_child" in command or not command):
            yield int(pid)


async def _sign(process: SigningProcess, count: int) -> None:
    """Have many texts signed at once, with two keys in turns, and check every signature."""
    texts = [f"text {number}".encode() for number in range(count)]
    signatures = await asyncio.gather(
        *(process.sign(_pairs()[number % 2].private_pem, text) for number, text in enumerate(texts))
    )
    for number, text in enumerate(texts):
        public = keys.load_public_key(_pairs()[number % 2].public_pem)
        assert isinstance(public, RSAPublicKey)
        public.verify(signatures[number], text, PKCS1v15(), SHA256())


@asynccontextmanager
async def _busy_process() -> AsyncIterator[tuple[SigningProcess, int]]:
    """A process whose child is ready, and the child's id."""
    process = SigningProcess()
    try:
        await _sign(process, 60)
        await wait_until(lambda: process.is_ready)
        [child] = _children()
        yield process, child
    finally:
        await process.aclose()
        assert not list(_children())


async def test_a_few_signatures_need_no_child() -> None:
    process = SigningProcess()
    await _sign(process, 10)
    assert not list(_children())
    await process.aclose()


async def test_many_signatures_are_made_by_one_child(monkeypatch: pytest.MonkeyPatch) -> None:
    async with _busy_process() as (process, child):
        here: list[bytes] = []
        monkeypatch.setattr(
            signing_process, "sign", lambda key, text: here.append(text) or keys.sign(key, text)
        )
        for _ in range(5):
            await _sign(process, 16)
        assert here == []
        await _sign(process, 100)  # it has room for 16, the others are made here
        assert len(here) == 84
        assert list(_children()) == [child]


async def test_a_child_that_dies_costs_no_signature() -> None:
    async with _busy_process() as (process, child):
        os.kill(child, signal.SIGSTOP)
        signing = asyncio.create_task(_sign(process, 16))
        await asyncio.sleep(0)
        os.kill(child, signal.SIGKILL)
        await signing
        await _sign(process, 60)
        assert not process.is_ready


async def test_a_stalled_child_is_killed() -> None:
    async with _busy_process() as (process, child):
        os.kill(child, signal.SIGSTOP)
        await _sign(process, 60)
        await wait_until(lambda: child not in _children())


async def test_a_cancelled_signature_is_not_given_to_another_caller() -> None:
    async with _busy_process() as (process, child):
        os.kill(child, signal.SIGSTOP)
        tasks = [asyncio.create_task(process.sign(_pairs()[0].private_pem, b"given up")) for _ in range(8)]
        await asyncio.sleep(0)
        for task in tasks:
            task.cancel()
        rest = asyncio.create_task(_sign(process, 8))
        await asyncio.sleep(0)
        os.kill(child, signal.SIGCONT)
        await rest
        assert list(_children()) == [child]


async def test_an_unusable_key_does_not_end_the_child() -> None:
    async with _busy_process() as (process, child):
        other = keys.make_ed25519_pair()
        odd = process.sign(other.private_pem, b"odd")
        signature, _ = await asyncio.gather(odd, _sign(process, 8))
        public = keys.load_public_key(other.public_pem)
        assert isinstance(public, Ed25519PublicKey)
        public.verify(signature, b"odd")
        assert list(_children()) == [child]


async def test_the_child_ends_when_it_is_no_longer_needed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(signing_process, "_IDLE_S", 0.0)
    process = SigningProcess()
    await _sign(process, 60)
    await wait_until(lambda: not process.is_ready and not list(_children()))
    await _sign(process, 60)
    await process.aclose()


async def test_where_no_child_can_be_started_the_loop_signs(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(children.sys, "executable", "/nowhere/python")
    process = SigningProcess()
    await _sign(process, 60)
    await _sign(process, 60)
    assert not process.is_ready
    await process.aclose()
