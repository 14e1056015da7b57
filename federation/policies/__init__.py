"""The policies that operators set for other servers. Without Django, for child processes, but for those of domains (domains.py)."""

from collections.abc import Iterator
from enum import IntFlag, StrEnum


class Policy(StrEnum):
    """The operators' decision about a host and all its subdomains. `allowed` is an exception from a block of a parent domain."""

    open = "open"
    allowed = "allowed"
    limited = "limited"
    blocked = "blocked"


class Handling(IntFlag):
    """Changes of the posts of a host's people, and its subdomains', made when they or their edits arrive. Combined as bits."""

    as_sent = 0
    force_sensitive = 1
    force_unlisted = 2
    strip_links = 4


class Effect(IntFlag):
    """The effects of one domain's policies for a host on what its people see. Combined as bits."""

    none = 0
    hides = 1
    limits = 2
    refuses_media = 4
    force_sensitive = 8
    force_unlisted = 16
    strip_links = 32


def with_parents(host: str) -> Iterator[str]:
    """Yield a host and its parent domains, nearest first: with its port, if it has one, then without."""
    name = host.rstrip(".")
    bare = name.rpartition(":")[0] if ":" in name and not name.endswith("]") else name
    for candidate in (name, bare):
        while candidate:
            yield candidate
            candidate = candidate.partition(".")[2]
