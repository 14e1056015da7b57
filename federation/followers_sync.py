"""Followers synchronisation (FEP-8fcf): writing and reading the header with a digest of an actor's followers on one host.

It is not trusted: a digest that differs from ours only makes the worker fetch the list, once an hour for each actor.
"""

import hashlib
import re
import time
from collections import OrderedDict
from collections.abc import Iterable
from typing import NamedTuple

from core.server_state import PerServer
from federation.documents import MAX_URI, same_host

HEADER = "Collection-Synchronization"
_PARAMETER = re.compile(r'([A-Za-z]{1,20})="([^"\\]{1,2048})"')
_DIGEST = re.compile(r"[0-9a-f]{64}")


class FollowersDigest(NamedTuple):
    """A digest. `collection_id` is the followers collection, `url` the part of it for the recipient's host, `digest` hexadecimal."""

    collection_id: str
    url: str
    digest: str

    def header(self) -> str:
        return f'collectionId="{self.collection_id}", url="{self.url}", digest="{self.digest}"'


def digest_of(uris: Iterable[str]) -> str:
    """Return the XOR of the SHA-256 of these ids, hexadecimal."""
    total = 0
    for uri in uris:
        total ^= int.from_bytes(hashlib.sha256(uri.encode()).digest(), "big")
    return f"{total:064x}"


def read_digest(value: str, actor: str) -> FollowersDigest | None:
    """Parse a header about the followers of `actor`; None if it is invalid or not entirely on the actor's host."""
    found = dict(_PARAMETER.findall(value[: 3 * MAX_URI]))
    said = FollowersDigest(
        found.get("collectionId", ""), found.get("url", ""), found.get("digest", "").lower()
    )
    is_theirs = same_host(said.collection_id, actor) and same_host(said.url, actor)
    return said if is_theirs and _DIGEST.fullmatch(said.digest) else None


_HOUR_S = 3600.0
_MAX_ACTORS = 20_000
_seen: PerServer[OrderedDict[str, float]] = PerServer(OrderedDict)


def is_first_in_hour(actor: str) -> bool:
    """Return whether this process has not accepted a digest of this actor (and local domain) in the last hour. Saves the database a row
    per delivery.
    """
    now, seen = time.monotonic(), _seen()
    if seen.get(actor, 0.0) > now:
        return False
    seen.pop(actor, None)
    seen[actor] = now + _HOUR_S
    while len(seen) > _MAX_ACTORS:
        seen.popitem(last=False)
    return True
