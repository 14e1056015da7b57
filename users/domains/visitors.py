"""Domains whose people only signed-in people and other servers see: reads that are made for a visitor leave them out."""

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar

from users.domains.queries import hidden_from_visitors

_reads: ContextVar[bool] = ContextVar("reads_for_visitor", default=False)


@contextmanager
def reading_as_visitor() -> Iterator[None]:
    """Leave out people and posts of domains that show visitors no profiles, from what is read within."""
    token = _reads.set(True)
    try:
        yield
    finally:
        _reads.reset(token)


def hidden_domains() -> list[int]:
    """Return the domains whose people are left out of what is read now, as last read; empty for signed-in people and other servers."""
    return [domain.pk for domain in hidden_from_visitors()] if _reads.get() else []


def is_hidden_host(host: str) -> bool:
    """Return whether handles with this host are those of a domain in `hidden_domains`."""
    return _reads.get() and any(domain.name == host for domain in hidden_from_visitors())
