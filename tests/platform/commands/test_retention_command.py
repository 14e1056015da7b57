"""`takahe retention`: what is kept, what would be removed, and removing it."""

import psycopg
import pytest

from core.ids import id_at
from tests.activities.people import ago
from tests.support.servers import running_server
from tests.support.waiting import wait_until

pytestmark = [pytest.mark.anyio, pytest.mark.servers, pytest.mark.slow]


async def test_old_posts_are_counted_and_removed() -> None:
    async with running_server(env={"TAKAHE_REMOTE_POSTS_DAYS": "30"}) as server:
        token = await server.set_up("ana")
        assert "kept for 30 days" in await server.takahe("retention")

        async def has_looked() -> bool:
            return "ended at" in await server.takahe("retention")

        await wait_until(has_looked)
        async with server.client(token) as ana:
            mine = (await ana.post("/api/v1/statuses", json={"status": "A reply"})).json()["id"]
        old = [id_at(ago(days=60)), id_at(ago(days=60)), id_at(ago(days=10))]
        async with await psycopg.AsyncConnection.connect(server.database_url, autocommit=True) as database:
            # posts like ours, of another server
            await database.execute(
                """INSERT INTO users_identity SELECT r.* FROM users_identity t, LATERAL jsonb_populate_record(t, '{"id": 77, "domain_id": null,
                       "uri": "https://far.test/1", "username": "far", "host": "far.test"}') r WHERE t.username = 'ana'"""
            )
            await database.execute(
                """INSERT INTO activities_post SELECT r.* FROM activities_post t, unnest(%s::bigint[]) n, LATERAL jsonb_populate_record(t,
                       jsonb_build_object('id', n, 'author_id', 77, 'is_local', false, 'domain_id', null, 'conversation_id', n,
                           'uri', 'https://far.test/' || n, 'created_at', to_timestamp((n >> 16) / 1000.0))) r WHERE t.id = %s""",
                [old, int(mine)],
            )
            would = await server.takahe("retention", "--dry-run")
            assert "2 old posts looked at, 2 would be removed" in would
            assert "2 old posts looked at, 2 removed." in await server.takahe("retention", "--now")
            left = await (
                await database.execute("SELECT id FROM activities_post WHERE NOT is_local")
            ).fetchall()
            assert left == [(old[2],)]
        assert "2 old posts looked at, 2 removed; 2 removed in all passes." in await server.takahe(
            "retention"
        )
    async with running_server(env={"TAKAHE_REMOTE_POSTS_DAYS": "0"}) as server:
        assert "kept for ever" in await server.takahe("retention")
