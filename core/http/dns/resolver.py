"""Host name resolution without a thread: fixed addresses, then /etc/hosts, then DNS on the event loop.

`loop.getaddrinfo` uses a thread pool (and uvloop's uses libuv's), so nothing here or below calls it with a name.
"""

import asyncio
import ipaddress
import os
import time
from collections import OrderedDict
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

import msgspec

from core.http.addresses import IpAddress
from core.http.errors import FetchError, LocalNetworkError

if TYPE_CHECKING:
    from core.http.dns.queries import DnsQueries

_LOOPBACK: tuple[IpAddress, ...] = (ipaddress.IPv4Address("127.0.0.1"), ipaddress.IPv6Address("::1"))


class Resolver(Protocol):
    """Anything that finds the addresses of a host (normalised, see core/hosts/names.py)."""

    async def resolve(self, host: str) -> tuple[IpAddress, ...]:
        """Return at least one address, in the order in which to try them. Raises NameNotFound, LocalNetworkError or Unreachable."""
        ...


class _Entry(msgspec.Struct, frozen=True):
    addresses: tuple[IpAddress, ...]
    error: FetchError | None
    until: float


class SystemResolver:
    """The resolver of a process. Results are cached by their TTL, and concurrent queries for a name are shared."""

    MAX_NAMES = 4096
    MIN_TTL_S, MAX_TTL_S, FAILURE_TTL_S = 5, 300, 10
    HOSTS_CHECK_S = 5

    def __init__(
        self,
        fixed: Mapping[str, str] | None = None,
        *,
        hosts_file: Path | None = Path("/etc/hosts"),
        nameservers: list[str] | None = None,
        port: int = 53,
        timeout_s: float = 5,
    ) -> None:
        self._fixed = {name: (ipaddress.ip_address(text),) for name, text in (fixed or {}).items()}
        self._hosts_file = hosts_file
        self._hosts: dict[str, list[IpAddress]] = {}
        self._hosts_stamp: int | None = None
        self._hosts_checked = float("-inf")
        self._nameservers, self._port, self._timeout_s = nameservers, port, timeout_s
        self._dns: DnsQueries | None = None
        self._cache: OrderedDict[str, _Entry] = OrderedDict()
        self._asking: dict[str, asyncio.Task[_Entry]] = {}

    async def resolve(self, host: str) -> tuple[IpAddress, ...]:
        known = self._without_dns(host)
        if known:
            return known
        entry = self._cache.get(host)
        if entry is None or entry.until < time.monotonic():
            task = self._asking.get(host)
            if task is None:
                task = self._asking[host] = asyncio.create_task(self._ask(host))
                task.add_done_callback(lambda _: self._asking.pop(host, None))
            # shielded: one cancelled caller must not cancel the others' query
            entry = await asyncio.shield(task)
        if entry.error is not None:
            raise type(entry.error)(code=entry.error.code, detail=entry.error.detail)
        return entry.addresses

    async def aclose(self) -> None:
        """Cancel the running queries."""
        for task in list(self._asking.values()):
            task.cancel()
        await asyncio.gather(*self._asking.values(), return_exceptions=True)

    def _without_dns(self, host: str) -> tuple[IpAddress, ...]:
        try:
            return (ipaddress.ip_address(host),)
        except ValueError:
            pass  # a name, not an address: it is looked up below
        if host in self._fixed:
            return self._fixed[host]
        self._read_hosts()
        if host in self._hosts:
            return tuple(self._hosts[host])
        if host == "localhost" or host.endswith(".localhost"):
            return _LOOPBACK  # RFC 6761, whatever DNS says
        return ()

    def _read_hosts(self) -> None:
        """Read the hosts file again if it changed; checked at most once in a few seconds."""
        now = time.monotonic()
        if self._hosts_file is None or now - self._hosts_checked < self.HOSTS_CHECK_S:
            return
        self._hosts_checked = now
        try:
            stamp = os.stat(self._hosts_file).st_mtime_ns
            if stamp == self._hosts_stamp:
                return
            lines = self._hosts_file.read_text(errors="replace").splitlines()
        except OSError:
            return  # a container may lack the file
        self._hosts_stamp, self._hosts = stamp, {}
        for line in lines:
            words = line.partition("#")[0].split()
            try:
                address = ipaddress.ip_address(words[0]) if words else None
            except ValueError:
                continue  # no address in front: the system's own resolver passes over such lines, too
            if address is not None:
                for name in words[1:]:
                    self._hosts.setdefault(name.lower().removesuffix("."), []).append(address)

    async def _ask(self, host: str) -> _Entry:
        """Query DNS for both address families.

        Results are cached for their TTL, failures briefly, local faults not at all.
        """
        try:
            addresses, ttl = await self._queries().addresses(host)
            ttl = max(self.MIN_TTL_S, min(ttl, self.MAX_TTL_S))
            entry = _Entry(addresses, None, time.monotonic() + ttl)
        except FetchError as error:
            entry = _Entry((), error, time.monotonic() + self.FAILURE_TTL_S)
            if error.is_ours:
                return entry
        self._cache[host] = entry
        self._cache.move_to_end(host)
        while len(self._cache) > self.MAX_NAMES:
            self._cache.popitem(last=False)
        return entry

    def _queries(self) -> "DnsQueries":
        if self._dns is None:
            try:
                from core.http.dns.queries import DnsQueries  # 3.5 MB, with the first query
            except OSError as error:  # no file can be opened now
                raise LocalNetworkError.of(str(error)) from error
            self._dns = DnsQueries(self._nameservers, self._port, self._timeout_s)
        return self._dns
