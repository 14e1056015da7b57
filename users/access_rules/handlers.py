"""Jobs of the worker: removal of expired rules."""

from datetime import timedelta

from stator import every
from users.access_rules import services


@every(timedelta(minutes=10), name="users.expired_access_rules")
async def remove_expired_rules() -> None:
    """Delete the rules that have expired."""
    await services.remove_expired()
