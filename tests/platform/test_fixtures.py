"""The fixtures that every other test stands on."""

import pytest
from django.db import DEFAULT_DB_ALIAS
from django_async_backend.db import async_connections

from core.db import sql
from tests.support.waiting import wait_until

pytestmark = pytest.mark.anyio


async def test_a_test_has_a_database_with_every_table(db: None) -> None:
    assert await sql.value("SELECT to_regclass('users_domain') IS NOT NULL")


@pytest.mark.parametrize("again", [1, 2])
async def test_rows_do_not_survive_a_test(db: None, again: int) -> None:
    assert await sql.value("SELECT count(*) FROM stator_job") == 0
    await sql.run("INSERT INTO stator_job (name, due_at) VALUES ('left over', now())")


@pytest.mark.parametrize("again", [1, 2, 3])
async def test_tests_share_a_pool_and_give_connections_back(db: None, again: int) -> None:
    await sql.value("SELECT 1")

    def taken() -> int:
        stats = async_connections[DEFAULT_DB_ALIAS].pool.get_stats()
        return int(stats["pool_size"] - stats["pool_available"])

    # a pool that was asked before its first connection stood opens another, which counts as taken until it stands, too
    await wait_until(lambda: taken() == 1, message="one connection is taken")


async def test_waiting_fails_with_a_message() -> None:
    with pytest.raises(AssertionError, match="the impossible"):
        await wait_until(lambda: False, timeout_s=0.05, message="the impossible")
