"""Idempotency keys: two requests of one author with the same key create one post (or scheduled post), even after a crash between them.

The key reserves an id for the post before it is written. A repeat writes with the same id or finds the post: the primary key decides, so
no transaction has to include both.
"""

import datetime as dt
import hashlib
from collections.abc import Awaitable, Callable

from django.db import IntegrityError

from core import clock
from core.db import Model, sql
from core.errors import Problem
from core.ids import new_id

LIFETIME = dt.timedelta(hours=1)


async def id_for(*, author_id: int, key: str) -> int:
    """Return the post id of this key: a new one, or that of an earlier request (activities_idempotency_key_once). Keys may have any length."""
    now = clock.now()
    row = await sql.one(
        """INSERT INTO activities_idempotencykey AS k (author_id, key, post_id, created_at) VALUES (%s, %s, %s, %s)
           ON CONFLICT (author_id, key) DO UPDATE SET
             post_id = CASE WHEN k.created_at < %s THEN excluded.post_id ELSE k.post_id END,
             created_at = CASE WHEN k.created_at < %s THEN excluded.created_at ELSE k.created_at END
           RETURNING post_id""",
        [author_id, hashlib.sha256(key.encode()).digest(), new_id(), now, now - LIFETIME, now - LIFETIME],
    )
    assert row is not None
    return int(row[0])


async def is_used(*, author_id: int, key: str) -> bool:
    """Return whether a request had this key within LIFETIME (activities_idempotency_key_once)."""
    found = await sql.one(
        "SELECT 1 FROM activities_idempotencykey WHERE author_id = %s AND key = %s AND created_at >= %s",
        [author_id, hashlib.sha256(key.encode()).digest(), clock.now() - LIFETIME],
    )
    return found is not None


async def once(model: type[Model], row_id: int | None, make: Callable[[], Awaitable[int]]) -> int:
    """Return the id of the row that `make` creates, or that a request with the same key created. Without `row_id`, always create one.

    `make` writes the row with this id, and may fail because the other request was faster: on the id, or on a file that it used.
    """
    if row_id is not None and await model.objects.filter(pk=row_id).aexists():
        return row_id
    try:
        return await make()
    except (IntegrityError, Problem):
        if row_id is None or not await model.objects.filter(pk=row_id).aexists():
            raise
        return row_id


async def clean_up() -> int:
    """Delete expired keys (activities_idempotency_age). Returns how many."""
    return await sql.run(
        "DELETE FROM activities_idempotencykey WHERE created_at < %s", [clock.now() - LIFETIME]
    )
