"""All checks at once, each with its time."""

import asyncio
from collections.abc import Awaitable, Callable
from functools import partial

from core.db import own_connection
from core.logs import get_logger
from core.mail import Sender
from takahe.doctor import machine, own_names
from takahe.doctor.findings import Finding, broken, untried
from users.domains.models import Domain
from users.domains.queries import local_domains, main_domain

log = get_logger(__name__)

CHECK_S = 5.0
_MOST_DOMAINS = 20
_AT_ONCE = 6  # each may hold a database connection or a socket

type Check = Callable[[], Awaitable[Finding | list[Finding]]]


async def examine(domains: list[Domain] | None = None) -> list[Finding]:
    """Return the findings about this server and its domains (by default all, at most the oldest 20). The caller holds no database connection."""
    found: list[Finding] = []
    looked_at, main = [], None
    try:
        async with own_connection():
            looked_at = (await local_domains() if domains is None else domains)[:_MOST_DOMAINS]
            main = await main_domain()
    except Exception as error:  # no database, or one without our tables: told, and the rest is looked at
        log.warning("doctor.no_domains", error=error)
        words = f"The domains can't be read: {type(error).__name__}: {error}".strip()[:500]
        found.append(
            broken("database", words, "Start the database, correct DATABASE_URL, or run takahe migrate.")
        )
    checks: list[tuple[str, str, Check]] = [
        ("database", "", machine.database),
        ("migrations", "", machine.migrations),
        ("clock", "", machine.clock),
        ("disk", "", machine.disks),
        ("mail", "", partial(machine.mail, Sender(domain=main.host if main else ""))),
        ("worker", "", machine.worker),
        ("queue", "", machine.queues),
        ("backup", "", machine.backups),
    ]
    for domain in looked_at:
        checks += [
            ("dns", domain.host, partial(own_names.dns, domain)),
            ("tls", domain.host, partial(own_names.tls, domain)),
            ("proxy", domain.host, partial(own_names.forwarded, domain)),
            ("webfinger", domain.name, partial(own_names.webfinger, domain)),
            ("uploads", domain.host, partial(own_names.uploads, domain)),
            ("websocket", domain.host, partial(own_names.websocket, domain)),
        ]
    turns = asyncio.Semaphore(_AT_ONCE)
    results = await asyncio.gather(
        *(_within_time(name, about, check, turns) for name, about, check in checks)
    )
    return found + [finding for findings in results for finding in findings]


async def _within_time(name: str, about: str, check: Check, turns: asyncio.Semaphore) -> list[Finding]:
    async with turns:
        try:
            async with asyncio.timeout(CHECK_S):
                found = await check()
        except TimeoutError:
            return [untried(name, f"no answer within {CHECK_S:.0f} s.", about)]
        except Exception as error:  # one check must not hide the others
            log.exception("doctor.check_failed", check=name)
            return [untried(name, f"{type(error).__name__}: {error}"[:500], about)]
    return found if isinstance(found, list) else [found]
