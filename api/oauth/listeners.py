"""Listeners that update tokens if a login changes."""

from api.models import Token
from api.oauth.tokens import revoke_tokens_of
from users.identities.models import Identity
from users.logins import events
from users.logins.models import User


@events.on_password_changed
async def revoke_tokens(user: User) -> None:
    """Revoke all tokens of a login whose password changed."""
    await revoke_tokens_of(user=user)


@events.on_admitted
async def assign_identity(user: User, identity: Identity) -> None:
    """Set the new identity of the token from a sign-up in an app."""
    await Token.objects.filter(user=user.pk, identity=None).aupdate(identity=identity)
