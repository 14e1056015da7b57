"""The networks that are refused everything, kept in the memory of each web process, because every request checks them.

Postgres sorts and packs them, 4 or 16 bytes each, in one array per prefix length. A million take 4 to 16 MB, and a look-up is a binary
search in at most 33 or 129 arrays.
"""

import asyncio
import struct
from collections.abc import Awaitable, Callable
from functools import lru_cache
from typing import NamedTuple

from core import clock
from core.db import async_atomic, own_connection, sql
from core.logs import get_logger
from core.server_state import PerServer
from users.access_rules.addresses import Address, parsed_address
from users.access_rules.models import Severity

log = get_logger(__name__)

CHANNEL = "takahe_access_rules"
"""What services publish to when such a rule has changed, so that every web process reads them again."""

_EVERYWHERE = 0  # in place of a domain's id
_END = struct.Struct(">q")
_LOAD_TIMEOUT = "60s"  # a million rules are read and sorted in about two seconds
_RETRY_S = 5.0


class _Piece(NamedTuple):
    """The networks of one prefix length, ordered by their first address, with the microsecond at which each expires (0: never)."""

    bits: int  # of an address
    length: int  # of the prefix
    packed: bytes
    ends: bytes

    def has(self, address: Address, now_us: int) -> bool:
        width, beyond = self.bits // 8, self.bits - self.length
        wanted = (int(address) >> beyond << beyond).to_bytes(width)
        packed, low, high = self.packed, 0, len(self.packed) // width
        while low < high:
            middle = (low + high) // 2
            if packed[middle * width : (middle + 1) * width] < wanted:
                low = middle + 1
            else:
                high = middle
        if packed[low * width : (low + 1) * width] != wanted:
            return False
        end: int = _END.unpack_from(self.ends, low * _END.size)[0]
        return not end or end > now_us


class _Refused:
    """The rules as last read, by domain id."""

    def __init__(self) -> None:
        self.by_place: dict[int, list[_Piece]] = {}
        self.lock = asyncio.Lock()


_refused = PerServer(_Refused)
_parsed = lru_cache(4096)(parsed_address)


def is_refused(address: str, domain_id: int) -> bool:
    """Return whether a domain refuses everything to this address. Reads memory only."""
    by_place = _refused().by_place
    return bool(by_place) and any(
        _is_in(address, by_place[place]) for place in (_EVERYWHERE, domain_id) if place in by_place
    )


def may_be_refused(address: str) -> bool:
    """Return whether any domain, or the whole server, refuses this address."""
    by_place = _refused().by_place
    return bool(by_place) and any(_is_in(address, pieces) for pieces in by_place.values())


def _is_in(address: str, pieces: list[_Piece]) -> bool:
    client = _parsed(address)
    if client is None:
        return False
    bits, now_us = client.max_prefixlen, int(clock.now().timestamp() * 1_000_000)
    return any(piece.bits == bits and piece.has(client, now_us) for piece in pieces)


async def load_refused() -> None:
    """Read the rules into the memory of this process."""
    kept = _refused()
    async with kept.lock:  # the last reader sees everything that was committed before it
        async with async_atomic():
            await sql.run(f"SET LOCAL statement_timeout = '{_LOAD_TIMEOUT}'")
            rows = await sql.rows(
                """SELECT coalesce(r.domain_id, %(everywhere)s::bigint), CASE family(r.network) WHEN 4 THEN 32 ELSE 128 END, masklen(r.network),
                          string_agg(substring(inet_send(r.network) FROM 5), ''::bytea ORDER BY r.network),
                          string_agg(int8send(coalesce((extract(epoch FROM r.expires_at) * 1000000)::bigint, 0)), ''::bytea ORDER BY r.network)
                   FROM users_ipblock r
                   WHERE r.severity = %(severity)s::text AND (r.expires_at IS NULL OR r.expires_at > %(now)s::timestamptz)
                   GROUP BY 1, 2, 3""",
                {"everywhere": _EVERYWHERE, "severity": str(Severity.no_access), "now": clock.now()},
            )
        by_place: dict[int, list[_Piece]] = {}
        for domain_id, bits, length, packed, ends in rows:
            by_place.setdefault(domain_id, []).append(_Piece(bits, length, bytes(packed), bytes(ends)))
        kept.by_place = by_place


async def keep_fresh(heard: "asyncio.Queue[str | None]", then: Callable[[], Awaitable[None]]) -> None:
    """Load the rules again whenever a process announces a change, until cancelled, and call `then` after each reload."""
    while True:
        await heard.get()
        while True:
            while not heard.empty():
                heard.get_nowait()
            try:
                async with own_connection():
                    await load_refused()
                await then()
                break
            except Exception as error:  # keep the previous rules
                log.failure("access_rules.not_read", error)
                await asyncio.sleep(_RETRY_S)
