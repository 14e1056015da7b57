"""Waiting until nothing is left to do, for as long as there is progress."""

from typing import Any

import anyio

from core.db import own_connection, sql
from federation.models import Delivery, InboxMessage
from tests.support.waiting import restart_watchdog

EVERY_S = 0.5
# looks without progress. They share the event loop with the worker, so that a busy machine makes both slower
PATIENCE = 150
_OPEN = ("unverified", "received", "fetching")
_UNFINISHED_IDENTITIES = "state IN ('outdated', 'deleted', 'emptying')"
_UNFINISHED_POSTS = "state_due_at IS NOT NULL AND state NOT IN ('gone', 'fanned_out')"


class Settling:
    """What live hosts sent and have to receive."""

    def __init__(self, hosts: list[str]) -> None:
        self.hosts = hosts
        self._left: tuple[int, ...] = ()
        self._unchanged = 0

    async def until_progress(self) -> None:
        """Wait a little. Fail with all that is left when nothing changed for a long time."""
        left = await self._count()
        self._unchanged = self._unchanged + 1 if left == self._left else 0
        if self._unchanged == 0:
            restart_watchdog()
        self._left = left
        assert self._unchanged < PATIENCE, await self._report()
        await anyio.sleep(EVERY_S)

    async def until_settled(self) -> None:
        while True:
            await self._retry_deliveries()
            await self.until_progress()
            if not any(self._left):
                return

    async def _count(self) -> tuple[int, ...]:
        async with own_connection():
            return (
                await InboxMessage.objects.filter(state__in=_OPEN, host__in=self.hosts).acount(),
                await Delivery.objects.filter(status=0, host__in=self.hosts).acount(),
                await sql.value(f"SELECT count(*) FROM activities_post WHERE {_UNFINISHED_POSTS}"),
                await sql.value(f"SELECT count(*) FROM users_identity WHERE {_UNFINISHED_IDENTITIES}"),
            )

    async def _retry_deliveries(self) -> None:
        """Make hosts and lines that back off due at once. Messages are left alone: their due time may be the end of a lease."""
        async with own_connection():
            await sql.run(
                "UPDATE federation_peer SET state_due_at = now() WHERE state = 'waiting' AND host = ANY(%s)",
                [self.hosts],
            )
            await sql.run(
                """UPDATE federation_delivery SET retry_at = now()
                   WHERE status = 0 AND retry_at > now() AND retry_at < now() + interval '1 year'"""
            )

    async def _report(self) -> str:
        async with own_connection():
            messages: list[Any] = await sql.rows(
                """SELECT id, host, activity_type, state, state_attempts, state_due_at - now(), state_error, tries, reason
                   FROM federation_inboxmessage WHERE state = ANY(%s) AND host = ANY(%s) ORDER BY id LIMIT 10""",
                [list(_OPEN), self.hosts],
            )
            deliveries: list[Any] = await sql.rows(
                """SELECT delivery.host, attempts, retry_at - now(), delivery.reason, state, state_due_at - now(), last_error
                   FROM federation_delivery delivery JOIN federation_peer peer ON peer.host = delivery.host
                   WHERE status = 0 AND delivery.host = ANY(%s) ORDER BY delivery.id LIMIT 10""",
                [self.hosts],
            )
            posts: list[Any] = await sql.rows(
                f"""SELECT id, uri, state, state_attempts, state_due_at - now(), state_error
                    FROM activities_post WHERE {_UNFINISHED_POSTS} ORDER BY id LIMIT 10"""
            )
            identities: list[Any] = await sql.rows(
                f"""SELECT id, uri, state, state_attempts, state_due_at - now(), state_error
                    FROM users_identity WHERE {_UNFINISHED_IDENTITIES} ORDER BY id LIMIT 10"""
            )
        rows = "\n".join(map(repr, [*messages, *deliveries, *posts, *identities]))
        return f"no progress in {PATIENCE} looks; messages, deliveries, posts, identities left: {self._left}\n{rows}"
