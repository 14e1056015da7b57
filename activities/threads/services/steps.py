"""Queues of a walk, one per host, and the addresses already seen: bounded, stored in its row between turns."""

import hashlib
from collections import deque
from collections.abc import Iterable, Mapping
from typing import Any

import msgspec

from federation.peers import host_of

MAX_LISTED = 1000  # posts examined per walk
MAX_SEEN = 2000  # including the pages of collections
MAX_USELESS = 10  # unproductive responses of a host, beyond the productive ones: then it is skipped
_MAX_HELD_BYTES = 4_000_000

POST = "post"
PAGE = "page"


class Step(msgspec.Struct, frozen=True, array_like=True):
    """A post, `number` steps above a listed one; or the page of a collection with this `number`."""

    kind: str
    uri: str
    number: int = 0

    @property
    def host(self) -> str:
        return host_of(self.uri)


class Steps:
    """The queue of each host. Addresses already seen are not added again."""

    def __init__(self, *, ahead: Iterable[Any], seen: Iterable[str], hosts: Mapping[str, list[int]]) -> None:
        self.queues: dict[str, deque[Step]] = {}
        self.seen: dict[str, None] = dict.fromkeys(seen)
        self.hosts = {host: [int(count) for count in counts] for host, counts in hosts.items()}
        self._held: dict[str, bytes] = {}
        self._held_bytes = 0
        for step in msgspec.convert(list(ahead), list[Step]):
            self.push(step)

    def __len__(self) -> int:
        return sum(map(len, self.queues.values()))

    def add(self, step: Step, document: Mapping[str, Any] | None = None) -> bool:
        """Add a step unless it was seen before; return whether it was new. `document`: its content, if its host sent it already."""
        name = digest(step.uri)
        most = MAX_LISTED if step.kind == POST else MAX_SEEN
        if not step.host or name in self.seen or len(self.seen) >= most or self.is_useless(step.host):
            return False
        self.seen[name] = None
        if document is not None:
            self.hold(step.uri, document)
        self.push(step, first=step.kind == PAGE)  # it lists further steps
        return True

    def push(self, step: Step, *, first: bool = False) -> None:
        queue = self.queues.setdefault(step.host, deque())
        (queue.appendleft if first else queue.append)(step)

    def see(self, uri: str) -> None:
        self.seen[digest(uri)] = None

    def hold(self, uri: str, document: Mapping[str, Any]) -> None:
        """Keep a document until its step, if it is not too large."""
        body = msgspec.json.encode(document)
        if uri not in self._held and self._held_bytes + len(body) <= _MAX_HELD_BYTES:
            self._held[uri] = body
            self._held_bytes += len(body)

    def held(self, uri: str) -> dict[str, Any] | None:
        """Return and remove a kept document."""
        body = self._held.pop(uri, None)
        if body is None:
            return None
        self._held_bytes -= len(body)
        found: dict[str, Any] = msgspec.json.decode(body)
        return found

    def count_response(self, host: str, *, is_useful: bool) -> None:
        """Count a response. A host whose responses are unproductive gets no further steps: anybody can list its addresses."""
        counts = self.hosts.setdefault(host, [0, 0])
        counts[not is_useful] += 1
        if self.is_useless(host):
            self.queues.pop(host, None)

    def is_useless(self, host: str) -> bool:
        useful, useless = self.hosts.get(host, [0, 0])
        return useless >= MAX_USELESS + useful

    def all(self) -> list[Step]:
        return [step for queue in self.queues.values() for step in queue]


def digest(uri: str) -> str:
    return hashlib.blake2s(uri.encode(errors="replace"), digest_size=6).hexdigest()
