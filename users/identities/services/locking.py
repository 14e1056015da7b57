"""Locking the row of an identity here, for services that change it."""

from core.errors import NotFound
from users.identities.models import Identity


async def lock_own(identity: Identity, *, deletes: bool = False) -> Identity:
    """Lock the row of a local identity and return it as it is now; with `deletes` nobody refers to it meanwhile. Raises NotFound once it is deleted."""
    rows = Identity.objects.select_for_update(no_key=not deletes)
    fresh = await rows.filter(pk=identity.pk, domain__isnull=False, deleted_at=None).afirst()
    if fresh is None:
        raise NotFound
    return fresh
