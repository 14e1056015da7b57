"""With a real worker in a real server, killed in between: polls end, scheduled posts appear once."""

import os
import signal

import psycopg
import pytest

from tests.support.servers import running_server
from tests.support.waiting import wait_until

pytestmark = [pytest.mark.anyio, pytest.mark.servers]


async def test_scheduled_posts_appear_once_though_the_worker_is_killed() -> None:
    async with running_server() as server:
        token = await server.set_up()
        async with (
            server.client(token) as ada,
            await psycopg.AsyncConnection.connect(server.database_url, autocommit=True) as database,
        ):
            body = {"status": "later", "poll": {"options": ["a", "b"], "expires_in": 300}}
            for hours in range(1, 21):
                answer = await ada.post(
                    "/api/v1/statuses",
                    json={**body, "scheduled_at": f"2031-01-{hours:02}T00:00:00Z"},
                )
                assert answer.status_code == 200, answer.text
            await database.execute(
                "UPDATE activities_scheduledpost SET state_due_at = now(), scheduled_at = now()"
            )
            os.kill(server.worker_pid, signal.SIGKILL)

            async def are_published() -> bool:
                row = await (
                    await database.execute(
                        "SELECT count(*) FROM activities_scheduledpost WHERE state = 'published'"
                    )
                ).fetchone()
                return row is not None and row[0] == 20

            await wait_until(are_published, timeout_s=90)
            posts = (await ada.get("/api/v1/timelines/home?limit=40")).json()
            assert len(posts) == 20
            await database.execute("UPDATE activities_poll SET ends_at = now(), state_due_at = now()")

            async def are_closed() -> bool:
                found = (await ada.get("/api/v1/notifications?types[]=poll")).json()
                return len(found) == 20

            await wait_until(are_closed, timeout_s=30)
