"""The header of followers synchronisation (FEP-8fcf) for deliveries to an actor's followers on a host. Digests are cached for some
minutes.

An outdated one only makes the peer fetch a correct list.
"""

import time
from collections import OrderedDict
from collections.abc import Iterable, Mapping

from core.server_state import PerServer
from federation import registry
from federation.followers_sync import FollowersDigest
from federation.handlers.delivery_queue import DueDelivery

_KEPT_S = 600.0
_MAX_KEPT = 200
_kept: PerServer[OrderedDict[int, tuple[float, str, Mapping[str, str]]]] = PerServer(OrderedDict)


async def headers_for(host: str, waiting: Iterable[DueDelivery]) -> dict[int, str]:
    """Return delivery id → header, for deliveries addressed to their sender's followers, if some are on this host."""
    found = {}
    for delivery in waiting:
        if delivery.signer <= 0 or b'/followers"' not in delivery.body:
            continue
        collection, digests = await _digests_of(delivery.signer)
        if host in digests and f'"{collection}"'.encode() in delivery.body:
            digest = FollowersDigest(collection, f"{collection}_synchronization", digests[host])
            found[delivery.id] = digest.header()
    return found


async def _digests_of(signer: int) -> tuple[str, Mapping[str, str]]:
    kept = _kept().get(signer)
    if kept is not None and kept[0] > time.monotonic():
        return kept[1], kept[2]
    provider = registry.registered("followers digests")
    collection, digests = ("", {}) if provider is None else await provider(signer)
    _kept()[signer] = (time.monotonic() + _KEPT_S, collection, digests)
    _kept().move_to_end(signer)
    while len(_kept()) > _MAX_KEPT:
        _kept().popitem(last=False)
    return collection, digests
