"""Listeners that update tokens when a login changes."""

from api.models import Token
from api.oauth.tokens import revoke_tokens_of
from users.identities.models import Identity
from users.logins import events
from users.logins.models import User


@events.on_password_changed
async def end_tokens(user: User) -> None:
    """Revoke all tokens, so that whoever knew the old password has no app left."""
    await revoke_tokens_of(user=user)


@events.on_admitted
async def give_identity(user: User, identity: Identity) -> None:
    """Let the token that an app got for a sign-up act as the new identity."""
    await Token.objects.filter(user=user.pk, identity=None).aupdate(identity=identity)
