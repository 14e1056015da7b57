"""Nobody waits for the network or a child process while holding a database connection: every door to them refuses."""

import asyncio
from collections.abc import Awaitable, Callable

import pytest

from core.asgi import WebSocket
from core.db import (
    ConnectionHeld,
    async_atomic,
    own_connection,
    release_connection,
    require_no_connection,
    sql,
)
from core.http import BadUrl, client
from core.mail import send_mail
from core.media import children
from core.media.messages import ListOldFiles
from core.processes.offload import run_in_process

pytestmark = [pytest.mark.anyio, pytest.mark.usefixtures("db")]

_LIST = ListOldFiles(root="/nowhere", after="", limit=1, older_than_s=1)
DOORS: dict[str, Callable[[], Awaitable[object]]] = {
    "get": lambda: client().get("ftp://a.test/"),
    "post": lambda: client().post("ftp://a.test/", b"", {}),
    "name": lambda: client().addresses("a.test"),
    "mail": lambda: send_mail(to="ada@example.org", subject="Hello", text="Hello"),
    "process": lambda: run_in_process(abs, -1),
    "child": lambda: children.run(_LIST),
    "long child": lambda: children.run_long(_LIST),
}


@pytest.mark.parametrize("door", DOORS.values(), ids=DOORS)
async def test_waiting_is_refused_while_holding_a_connection(
    door: Callable[[], Awaitable[object]], held_while_waiting: list[str]
) -> None:
    await sql.value("SELECT 1")
    with pytest.raises(ConnectionHeld):
        await door()
    async with own_connection():  # the connection around the block is held all the same
        with pytest.raises(ConnectionHeld):
            await door()
    async with async_atomic():
        with pytest.raises(ConnectionHeld):
            await door()
    assert len(held_while_waiting) == 3
    held_while_waiting.clear()


async def test_waiting_is_allowed_after_releasing_the_connection() -> None:
    await sql.value("SELECT 1")
    async with own_connection():
        await sql.value("SELECT 1")
        await release_connection()
        with pytest.raises(BadUrl):
            await client().get("ftp://a.test/")
    with pytest.raises(BadUrl):
        await client().post("ftp://a.test/", b"", {})
    assert await sql.value("SELECT 1") == 1


async def test_a_task_inherits_the_check_unless_it_has_its_own_connection(
    held_while_waiting: list[str],
) -> None:
    async def plainly() -> None:
        require_no_connection("a request")

    async def apart() -> None:
        async with own_connection():
            require_no_connection("a request")

    await sql.value("SELECT 1")
    with pytest.raises(ConnectionHeld):
        await asyncio.gather(plainly())
    held_while_waiting.clear()
    await asyncio.gather(apart())


async def test_a_transaction_is_not_lost_by_giving_its_connection_back(held_while_waiting: list[str]) -> None:
    async with async_atomic():
        await sql.run("CREATE TEMPORARY TABLE kept (n int) ON COMMIT DROP")
        with pytest.raises(ConnectionHeld):
            await release_connection()
        async with own_connection():
            with pytest.raises(ConnectionHeld):
                await release_connection()
        await sql.run("INSERT INTO kept VALUES (1)")
        assert await sql.value("SELECT n FROM kept") == 1
    held_while_waiting.clear()


async def test_a_task_does_not_touch_its_parents_connection() -> None:
    """What sends a socket's messages is started by tasks that are in the middle of a statement or a transaction."""
    async with own_connection(), async_atomic():
        await sql.run("CREATE TEMPORARY TABLE kept ON COMMIT DROP AS SELECT 1 AS one")
        await asyncio.create_task(_send_something())
        assert await sql.value("SELECT one FROM kept") == 1


async def _send_something() -> None:
    async def send(message: object) -> None:
        pass

    async def receive() -> None:
        pass

    scope = {"type": "websocket", "path": "/", "headers": [], "query_string": b""}
    await WebSocket(scope, receive, send).send("hello")


async def test_reading_the_pool_opens_no_connection() -> None:
    await release_connection()
    async with own_connection():
        require_no_connection("a request")
        await release_connection()
        require_no_connection("a request")
