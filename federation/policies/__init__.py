"""The policies that operators set for other servers. Without Django, for child processes."""

from enum import StrEnum


class Policy(StrEnum):
    """The operators' decision about a host and all its subdomains. `allowed` is an exception from a block of a parent domain."""

    open = "open"
    allowed = "allowed"
    limited = "limited"
    blocked = "blocked"
