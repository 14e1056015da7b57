"""Removal of what has expired. Services of staff are in users/moderation/services/access_rules.py."""

from core import clock
from users.access_rules.models import IpBlock


async def remove_expired() -> int:
    """Delete rules on networks that have expired; they stopped counting at that moment. Index users_ipblock_expires."""
    removed, _ = await IpBlock.objects.filter(expires_at__lte=clock.now()).adelete()
    return removed
