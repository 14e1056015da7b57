"""Faults of this machine are told from those of a peer, so that no peer pays for them."""

import errno
import socket

import pytest

from core.http import LocalNetworkError, SystemResolver, Unreachable, local_errors
from core.http.local_errors import is_local_error
from tests.core.http_peers import a_client, answer, serve
from tests.support.machine import descriptors

pytestmark = pytest.mark.anyio


async def test_without_file_descriptors_a_request_raises_local_network_error():
    async with serve(answer(200)) as peer, a_client() as client:
        with descriptors.without_file_descriptors(), pytest.raises(LocalNetworkError) as caught:
            await client.get(peer.url)
        assert (caught.value.is_ours, caught.value.kind) == (True, "local_network")
        assert (await client.get(peer.url)).status == 200


async def test_the_operator_is_told_once_that_no_file_descriptors_are_left(
    capsys: pytest.CaptureFixture[str],
):
    async with serve(answer(200)) as peer, a_client() as client:
        with descriptors.without_file_descriptors():
            for _ in range(3):
                with pytest.raises(LocalNetworkError):
                    await client.get(peer.url)
    told = capsys.readouterr()
    assert (told.out + told.err).count("http.local_network_error") == 1


async def test_without_file_descriptors_no_name_is_remembered_as_unknown():
    resolver = SystemResolver(hosts_file=None, nameservers=["127.0.0.1"], port=9)
    with descriptors.without_file_descriptors(), pytest.raises(LocalNetworkError):
        await resolver.resolve("far.example")
    assert not resolver._cache


async def test_a_machine_without_a_name_server_blames_itself():
    resolver = SystemResolver(hosts_file=None, nameservers=["255.255.255.255"], port=9, timeout_s=1)
    with pytest.raises(LocalNetworkError):  # EACCES: no question leaves this machine
        await resolver.resolve("far.example")


@pytest.mark.parametrize(
    ("code", "routes", "expected"),
    [
        (errno.EMFILE, {socket.AF_INET}, True),
        (errno.ENFILE, {socket.AF_INET}, True),
        (errno.ENOBUFS, {socket.AF_INET}, True),
        (errno.ENOMEM, {socket.AF_INET}, True),
        (errno.EADDRNOTAVAIL, {socket.AF_INET}, True),
        (errno.ENETUNREACH, set(), True),
        (errno.ENETUNREACH, {socket.AF_INET}, False),
        (errno.ENETUNREACH, {socket.AF_INET6}, False),
        (errno.ECONNREFUSED, {socket.AF_INET}, False),
        (errno.EHOSTUNREACH, {socket.AF_INET}, False),
        (errno.ECONNRESET, set(), False),
    ],
)
def test_each_error_has_its_culprit(monkeypatch, code, routes, expected):
    monkeypatch.setattr(local_errors, "_has_route", lambda family: family in routes)
    outer = ValueError("wrapped")
    outer.__cause__ = OSError(code, "x")
    assert is_local_error(outer) is expected


def test_an_ipv6_address_is_not_our_fault_where_there_is_only_ipv4(monkeypatch):
    monkeypatch.setattr(local_errors, "_has_route", lambda family: family == socket.AF_INET)
    assert not is_local_error(OSError(errno.EADDRNOTAVAIL, "x"), socket.AF_INET6)
    assert is_local_error(MemoryError())


async def test_a_refused_connection_is_the_peers():
    async with serve(answer(200)) as peer:
        pass
    async with a_client() as client:
        with pytest.raises(Unreachable):
            await client.get(peer.url)
