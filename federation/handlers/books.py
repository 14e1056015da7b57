"""How the turns of hosts use the database: what many ask or note at once is one statement, and for the rest there are a few places.

Hosts that did not answer have their own, so that what is noted about hundreds of them is never before what a host waits for that does.
"""

import asyncio
from collections.abc import Collection, Sequence

from core.db import sql
from core.server_state import PerServer
from federation.handlers import delivery_queue as queue
from federation.handlers.together import Together
from federation.models import Peer
from federation.peers import unblocked
from federation.signing import Signer, known_signer, signer_of

_AT_ONCE = 4  # turns that use a connection: the other queues need theirs
_IN_DOUBT_AT_ONCE = 2
_PATIENCE_S = 0.05  # so long what is noted of a host in doubt waits for others like it
_slots: PerServer[dict[str, asyncio.Semaphore]] = PerServer(dict)


class Books:
    """The queues of hosts as turns read and write them."""

    def __init__(self, name: str, places: int, *, patience_s: float = 0.0) -> None:
        self._name, self._places = name, places
        self.due = Together(queue.due)
        self.note = Together(queue.note, patience_s=patience_s)

    def slots(self) -> asyncio.Semaphore:
        """Return a place at the database, for what is not gathered."""
        return slots(self._name, self._places)


SOUND = PerServer(lambda: Books("sound", _AT_ONCE))
IN_DOUBT = PerServer(lambda: Books("in doubt", _IN_DOUBT_AT_ONCE, patience_s=_PATIENCE_S))


def slots(name: str, places: int) -> asyncio.Semaphore:
    """Return the places of this name in the present event loop."""
    return _slots().setdefault(name, asyncio.Semaphore(places))


async def _write_sites(peers: Sequence[Peer]) -> list[None]:
    await sql.run(
        """UPDATE federation_peer peer SET site = new.site FROM unnest(%s::bigint[], %s::text[]) AS new (id, site)
           WHERE peer.id = new.id""",
        [[peer.pk for peer in peers], [peer.site for peer in peers]],
    )
    return [None] * len(peers)


note_sites = PerServer(lambda: Together(_write_sites, patience_s=_PATIENCE_S))


async def _are_blocked(hosts: Sequence[str]) -> list[bool]:
    allowed = await unblocked(set(hosts))
    return [host not in allowed for host in hosts]


is_blocked = PerServer(lambda: Together(_are_blocked))


async def signers_of(signer_ids: Collection[int]) -> dict[int, Signer | None]:
    """Return who signs; a key that is not in memory is read once, however many hosts need it."""
    found: dict[int, Signer | None] = {signer_id: known_signer(signer_id) for signer_id in signer_ids}
    for signer_id in [each for each, signer in found.items() if signer is None]:
        found[signer_id] = await _read_signer()(signer_id)
    return found


async def _signers_of(signer_ids: Sequence[int]) -> list[Signer | None]:
    found = {signer_id: await signer_of(signer_id) for signer_id in set(signer_ids)}
    return [found[signer_id] for signer_id in signer_ids]


_read_signer = PerServer(lambda: Together(_signers_of))
