"""Who is deleted is parted from their logins."""

from core.db import sql
from users.identities import events
from users.identities.models import Identity


@events.on_identity_deleted
async def take_from_logins(identity: Identity) -> None:
    """No login speaks as the identity any more."""
    await sql.run("DELETE FROM users_identityaccess WHERE identity_id = %s", [identity.pk])
    await sql.run("UPDATE users_session SET identity_id = NULL WHERE identity_id = %s", [identity.pk])
