"""Removal of expired rules. Services for staff are in users/moderation/services/access_rules.py."""

from core import clock
from core.db import delete_batch, sql
from users.access_rules.models import EmailDomainBlock, IpBlock


async def remove_expired() -> None:
    """Delete expired rules, in batches. They stopped applying when they expired.

    Indexes users_ipblock_expires and users_emaildomainblock_expires.
    """
    for kind in (IpBlock, EmailDomainBlock):
        while await delete_batch(sql.table(kind), "expires_at <= %(now)s", {"now": clock.now()}):
            pass
