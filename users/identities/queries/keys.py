"""Keys of local identities besides the main one."""

from core import clock
from users.identities.models import ActorKey, KeyUse


async def keys_of(identity_id: int) -> list[ActorKey]:
    """Return the keys that an actor document lists besides the main one: that of its proofs, and the retired one until it expires
    (users_actor_key_use).
    """
    now = clock.now()
    found = ActorKey.objects.filter(identity=identity_id).order_by("use")
    return [key async for key in found if key.expires_at is None or key.expires_at > now]


async def key_of(identity_id: int, use: KeyUse) -> ActorKey | None:
    """Return the unexpired key of this use, if any (users_actor_key_use)."""
    return next((key for key in await keys_of(identity_id) if key.use == use), None)
