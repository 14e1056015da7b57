"""The new accounts of moved accounts."""

from users.identities.models import Identity
from users.identities.queries import identities
from users.identities.queries.profiles import Profile, load_profile


async def moved_to(identity: Identity) -> Profile | None:
    """Return the profile of the account that an identity moved to, if it is known."""
    target = await identities.by_uri(identity.moved_to_uri)
    if target is None or target.pk == identity.pk or target.deleted_at is not None:
        return None
    return await load_profile(target.pk)
