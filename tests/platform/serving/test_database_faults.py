"""A locked table, a slow statement and a restarted Postgres cost as little as they can."""

import asyncio
from collections.abc import AsyncIterator

import httpx
import psycopg
import pytest

from tests.support.servers import Server, running_server

pytestmark = [pytest.mark.anyio, pytest.mark.servers]


@pytest.fixture(scope="module")
async def house(anyio_backend: object) -> AsyncIterator[tuple[Server, str]]:
    """One server for this module and a token of its admin. Each test leaves the tables as they were."""
    async with running_server() as server:
        yield server, await server.set_up()


async def test_a_locked_table_delays_a_request_and_stops_nothing_else(house: tuple[Server, str]) -> None:
    server, _ = house
    async with (
        await psycopg.AsyncConnection.connect(server.database_url) as held,
        server.client() as http,
    ):
        await held.execute("LOCK TABLE activities_post")
        slow = [asyncio.create_task(http.get("/api/v1/timelines/public")) for _ in range(12)]
        answers = await asyncio.gather(*slow)
        assert {answer.status_code for answer in answers} == {503}
        assert "took too long" in answers[0].json()["error"]
        assert answers[0].headers["retry-after"]
        assert (await http.get("/api/v1/instance")).status_code == 200
        assert (await http.get("/health")).status_code == 200
        assert "lock timeout" in server.log
        await held.rollback()
        assert (await http.get("/api/v1/timelines/public")).status_code == 200


async def test_a_statement_that_never_ends_is_stopped(house: tuple[Server, str]) -> None:
    server, token = house
    async with (
        await psycopg.AsyncConnection.connect(server.database_url, autocommit=True) as database,
        server.client(token) as http,
    ):
        await http.post("/api/v1/statuses", json={"status": "slow"})
        assert (await http.get("/api/v1/timelines/public")).json()
        await database.execute("ALTER TABLE activities_post RENAME TO posts_in_time")
        await database.execute(
            "CREATE VIEW activities_post AS SELECT * FROM posts_in_time WHERE pg_sleep(30) IS NOT NULL"
        )
        answer = await http.get("/api/v1/timelines/public", timeout=60)
        assert (answer.status_code, "took too long" in answer.text) == (503, True)
        assert "statement timeout" in server.log
        await database.execute(
            "DROP VIEW activities_post; ALTER TABLE posts_in_time RENAME TO activities_post"
        )
        assert (await http.get("/api/v1/timelines/public")).status_code == 200


async def test_a_web_process_that_stops_in_a_transaction_loses_it(house: tuple[Server, str]) -> None:
    """What the connection of a request says itself: a request that ended between two statements must not keep its locks."""
    server, token = house
    async with (
        await psycopg.AsyncConnection.connect(server.database_url, autocommit=True) as database,
        server.client(token) as http,
    ):
        await database.execute(
            """
            CREATE TABLE limits AS SELECT name, setting FROM pg_settings LIMIT 0;
            CREATE FUNCTION note_limits() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
                INSERT INTO limits SELECT name, setting FROM pg_settings WHERE name LIKE '%_timeout';
                RETURN NULL; END $$;
            CREATE TRIGGER note_limits AFTER INSERT ON activities_post EXECUTE FUNCTION note_limits();
            """
        )
        assert (await http.post("/api/v1/statuses", json={"status": "writes"})).status_code == 200
        rows = await (await database.execute("SELECT name, setting FROM limits")).fetchall()
        await database.execute("DROP FUNCTION note_limits CASCADE; DROP TABLE limits")
    limits = dict(rows)
    assert 1_000 <= int(limits["idle_in_transaction_session_timeout"]) <= 30_000
    assert 1_000 <= int(limits["statement_timeout"]) <= 5_000
    assert 1_000 <= int(limits["lock_timeout"]) <= 2_000


async def test_connections_that_the_database_closed_cost_no_request_its_answer(
    house: tuple[Server, str],
) -> None:
    server, _ = house
    async with server.client() as http:
        await _use_several_connections(http)
        closed = await _close_all_connections(server)
        assert closed > 1
        answers = [await http.get("/api/v1/instance") for _ in range(closed + 2)]
        assert [answer.status_code for answer in answers] == [200] * (closed + 2)


async def _use_several_connections(http: httpx.AsyncClient) -> None:
    await asyncio.gather(*(http.get("/api/v1/timelines/public") for _ in range(40)))


async def _close_all_connections(server: Server) -> int:
    async with await psycopg.AsyncConnection.connect(server.database_url, autocommit=True) as connection:
        cursor = await connection.execute(
            "SELECT count(pg_terminate_backend(pid, 5000)) FROM pg_stat_activity"
            " WHERE datname = current_database() AND pid <> pg_backend_pid()"
        )
        row = await cursor.fetchone()
    return row[0] if row else 0
