"""Keys of local identities beside the main one."""

from core import clock
from users.identities.models import ActorKey, KeyUse


async def keys_of(identity_id: int) -> list[ActorKey]:
    """Return the keys that an actor document has beside the main one: of its proofs, and the retired one while it counts (users_actor_key_use)."""
    now = clock.now()
    found = ActorKey.objects.filter(identity=identity_id).order_by("use")
    return [key async for key in found if key.expires_at is None or key.expires_at > now]


async def key_of(identity_id: int, use: KeyUse) -> ActorKey | None:
    """Return the key of this use, if there is one that counts (users_actor_key_use)."""
    return next((key for key in await keys_of(identity_id) if key.use == use), None)
