"""Removal of what has expired. Services of staff are in users/moderation/services/access_rules.py."""

from core import clock
from core.db import delete_batch, sql
from users.access_rules.models import IpBlock


async def remove_expired() -> None:
    """Delete rules on networks that have expired, in pieces; they stopped counting at that moment. Index users_ipblock_expires."""
    while await delete_batch(sql.table(IpBlock), "expires_at <= %(now)s", {"now": clock.now()}):
        pass
