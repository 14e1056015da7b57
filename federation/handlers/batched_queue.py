"""Batched access to the delivery queues: reads and writes of many hosts become one statement, and few connections are used.

Hosts in doubt have their own batches and connections, so that results of hundreds of them never delay a host that answers.
"""

import asyncio
from collections.abc import Collection, Sequence

from core.db import sql
from core.errors import Problem
from core.server_state import PerServer
from federation.handlers import delivery_queue as queue
from federation.handlers.batching import Batcher
from federation.models import Peer
from federation.peers import unblocked
from federation.signing import Signer, known_signer, signer_of

_AT_ONCE = 4  # turns that use a connection at once; the other queues need some, too
_IN_DOUBT_AT_ONCE = 2
_PATIENCE_S = 0.05  # how long the result of a host in doubt waits to be batched
_semaphores: PerServer[dict[str, asyncio.Semaphore]] = PerServer(dict)


class BatchedQueue:
    """Batched reads and writes of the delivery queues, for hosts of one kind."""

    def __init__(self, name: str, connections: int, *, patience_s: float = 0.0) -> None:
        self._name, self._connections = name, connections
        self.due_deliveries = Batcher(queue.due_deliveries)
        self.store_results = Batcher(queue.store_results, patience_s=patience_s)

    def connections(self) -> asyncio.Semaphore:
        """Return the limit of connections for statements that are not batched."""
        return named_semaphore(self._name, self._connections)


HEALTHY = PerServer(lambda: BatchedQueue("healthy", _AT_ONCE))
IN_DOUBT = PerServer(lambda: BatchedQueue("in doubt", _IN_DOUBT_AT_ONCE, patience_s=_PATIENCE_S))


def named_semaphore(name: str, count: int) -> asyncio.Semaphore:
    """Return the semaphore of this name in the running event loop."""
    return _semaphores().setdefault(name, asyncio.Semaphore(count))


async def _write_sites(peers: Sequence[Peer]) -> list[None]:
    await sql.run(
        """UPDATE federation_peer peer SET site = new.site FROM unnest(%s::bigint[], %s::text[]) AS new (id, site)
           WHERE peer.id = new.id""",
        [[peer.pk for peer in peers], [peer.site for peer in peers]],
    )
    return [None] * len(peers)


store_sites = PerServer(lambda: Batcher(_write_sites, patience_s=_PATIENCE_S))


async def _are_blocked(hosts: Sequence[str]) -> list[bool]:
    allowed = await unblocked(set(hosts))
    return [host not in allowed for host in hosts]


is_blocked = PerServer(lambda: Batcher(_are_blocked))


type FoundSigner = Signer | Problem | None
"""The signer of a delivery; a Problem if the key is currently unusable, None if the sender was deleted."""


async def signers_of(signer_ids: Collection[int]) -> dict[int, FoundSigner]:
    """Return the signers with these ids. A key that is not in memory is read once, however many hosts need it."""
    found: dict[int, FoundSigner] = {signer_id: known_signer(signer_id) for signer_id in signer_ids}
    for signer_id in [each for each, signer in found.items() if signer is None]:
        found[signer_id] = await _read_signer()(signer_id)
    return found


async def _signers_of(signer_ids: Sequence[int]) -> list[FoundSigner]:
    found = {signer_id: await _signer_of(signer_id) for signer_id in set(signer_ids)}
    return [found[signer_id] for signer_id in signer_ids]


async def _signer_of(signer_id: int) -> FoundSigner:
    try:
        return await signer_of(signer_id)
    except Problem as problem:  # only this signer's deliveries wait for the key
        return problem


_read_signer = PerServer(lambda: Batcher(_signers_of))
