"""How the turns of hosts use the database: what many ask or note at once is one statement, and for the rest there are a few places.

Hosts that did not answer have their own, so that what is noted about hundreds of them is never before what a host waits for that does.
"""

import asyncio
from collections.abc import Sequence

from core.db import sql
from core.server_state import PerServer
from federation.handlers import delivery_queue as queue
from federation.handlers.together import Together
from federation.models import Peer

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
