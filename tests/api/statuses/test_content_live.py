"""With a real worker in a real server, killed in between: polls end, scheduled posts appear once."""

import psutil
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
            worker = psutil.Process(server.worker_pid)

            async def count(condition: str) -> int:
                query = f"SELECT count(*) FROM activities_scheduledpost WHERE {condition}"
                row = await (await database.execute(query.encode())).fetchone()
                return int(row[0]) if row else 0

            # no post can be written while this is open, so that the worker is killed in the middle of it
            async with database.transaction():
                await database.execute("LOCK TABLE activities_post IN SHARE MODE")
                async with await psycopg.AsyncConnection.connect(
                    server.database_url, autocommit=True
                ) as clock:
                    await clock.execute(
                        "UPDATE activities_scheduledpost SET state_due_at = now(), scheduled_at = now()"
                    )
                await wait_until(lambda: count("post_id IS NOT NULL"), timeout_s=30)
                worker.kill()
                await wait_until(lambda: not worker.is_running() or worker.status() == psutil.STATUS_ZOMBIE)
            # the minute of the dead worker's leases is over
            await database.execute(
                "UPDATE activities_scheduledpost SET state_due_at = now() WHERE state = 'waiting'"
            )

            async def are_published() -> bool:
                return await count("state = 'published'") == 20

            await wait_until(are_published, timeout_s=90)
            posts = (await ada.get("/api/v1/timelines/home?limit=40")).json()
            assert len(posts) == 20
            await database.execute("UPDATE activities_poll SET ends_at = now(), state_due_at = now()")

            async def are_closed() -> bool:
                found = (await ada.get("/api/v1/notifications?types[]=poll")).json()
                return len(found) == 20

            await wait_until(are_closed, timeout_s=30)
