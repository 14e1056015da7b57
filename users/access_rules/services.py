"""Removal of expired rules. Services for staff are in users/moderation/services/access_rules.py."""

from core import clock
from core.db import delete_batch, sql
from users.access_rules.models import IpBlock


async def remove_expired() -> None:
    """Delete expired rules on networks, in batches. They stopped applying when they expired. Index users_ipblock_expires."""
    while await delete_batch(sql.table(IpBlock), "expires_at <= %(now)s", {"now": clock.now()}):
        pass
