"""Locking the row of a local identity, for services that change it."""

from core.errors import NotFound
from users.identities.models import Identity


async def lock_own(identity: Identity, *, deletes: bool = False) -> Identity:
    """Lock and reload the row of a local identity; with `deletes`, also against new references to it. Raises NotFound if it is deleted."""
    rows = Identity.objects.select_for_update(no_key=not deletes)
    fresh = await rows.filter(pk=identity.pk, domain__isnull=False, deleted_at=None).afirst()
    if fresh is None:
        raise NotFound
    return fresh
