"""Reads of relays: all of them for operators, the accepted ones for each message and post."""

import datetime as dt
import time

from core import clock
from core.db import on_commit
from core.errors import NotFound
from core.server_state import PerServer
from federation.models import Relay, RelayStatus

_KEPT_S = 1.0
_WAITS_FOR = dt.timedelta(days=1)
_QUIET_FOR = dt.timedelta(days=3)


class _Known:
    """The relays that have not rejected us, and until when this process caches them."""

    def __init__(self) -> None:
        self.relays: list[Relay] = []
        self.until = 0.0


_known = PerServer(_Known)


async def accepted_relays() -> list[Relay]:
    """Return the accepted relays."""
    return [one for one in await _known_relays() if one.status == RelayStatus.accepted]


async def _known_relays() -> list[Relay]:
    """Return the accepted and the waiting relays, read at most once in a second, so that other messages cost no query."""
    kept = _known()
    if time.monotonic() >= kept.until:
        kept.relays = [one async for one in Relay.objects.exclude(status=RelayStatus.rejected).order_by("pk")]
        kept.until = time.monotonic() + _KEPT_S
    return kept.relays


async def accepted_relay(actor_uri: str) -> Relay | None:
    """Return the accepted relay with this actor. One that waited when it was read may have accepted since: the worker handles its Accept."""
    found = next((one for one in await _known_relays() if one.actor_uri == actor_uri), None)
    if found is not None and found.status == RelayStatus.waiting:
        found = await Relay.objects.filter(pk=found.pk).afirst()
    return found if found is not None and found.status == RelayStatus.accepted else None


async def forget_relays() -> None:
    """Drop the cached relays once the transaction has committed, so that the next look-up reads the database."""

    async def forget() -> None:
        _known().until = 0.0

    await on_commit(forget)


async def all_relays() -> list[Relay]:
    """Return all relays, ordered by address."""
    return [one async for one in Relay.objects.order_by("address")]


def is_silent(relay: Relay) -> bool:
    """Return whether a relay has not answered for a day, or was accepted and has sent nothing for three."""
    match relay.status:
        case RelayStatus.waiting:
            return relay.asked_at < clock.now() - _WAITS_FOR
        case RelayStatus.accepted:
            heard = [at for at in (relay.last_heard_at, relay.answered_at, relay.asked_at) if at is not None]
            return max(heard) < clock.now() - _QUIET_FOR
    return False


def state_of(relay: Relay) -> str:
    """Return waiting, accepted, rejected or silent."""
    return "silent" if is_silent(relay) else str(relay.status)


async def relay_by_id(relay_id: int) -> Relay:
    """Return an accepted relay. Raises NotFound. One that accepted after this process read the relays is read again."""
    found = next((one for one in await accepted_relays() if one.pk == relay_id), None)
    if found is None:
        found = await Relay.objects.filter(pk=relay_id, status=RelayStatus.accepted).afirst()
    if found is None:
        raise NotFound
    return found


async def relay_with_id(relay_id: int) -> Relay:
    """Return a relay in any state. Raises NotFound."""
    found = await Relay.objects.filter(pk=relay_id).afirst()
    if found is None:
        raise NotFound
    return found
