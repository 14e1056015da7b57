"""Idempotency-Key: two requests with one key from one token make one post, whatever crashes between them.

The key sets an id aside for the post before it is written. A repeat writes with the same id or finds the post there: the primary
key decides, so no transaction has to span both.
"""

import datetime as dt

from api.auth import token_hash
from core import clock
from core.db import sql
from core.ids import new_id

LIFETIME = dt.timedelta(hours=1)


async def id_for(*, token_id: int, key: str) -> int:
    """The post id that belongs to this key: a new one, or the one of an earlier request (unique index on both). Kept as a hash: keys may be of any length."""
    now = clock.now()
    row = await sql.one(
        """INSERT INTO api_idempotencykey AS k (token_id, key, post_id, created_at) VALUES (%s, %s, %s, %s)
           ON CONFLICT (token_id, key) DO UPDATE SET
             post_id = CASE WHEN k.created_at < %s THEN excluded.post_id ELSE k.post_id END,
             created_at = CASE WHEN k.created_at < %s THEN excluded.created_at ELSE k.created_at END
           RETURNING post_id""",
        [token_id, token_hash(key), new_id(), now, now - LIFETIME, now - LIFETIME],
    )
    assert row is not None
    return int(row[0])
