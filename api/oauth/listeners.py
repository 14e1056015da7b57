"""Listeners that update tokens if a login changes."""

from api.models import AuthorizationCode, Token
from api.oauth.tokens import revoke_tokens_of
from core import clock
from users.identities.models import Identity
from users.logins import events
from users.logins.models import User


@events.on_password_changed
async def revoke_tokens(user: User) -> None:
    """Revoke all tokens of a login whose password changed."""
    await revoke_tokens_of(user=user)


@events.on_access_ended
async def end_tokens(user_id: int, identity_id: int) -> None:
    """Revoke the tokens of a login for an identity that it may not use any more, and the codes that apps have not exchanged yet."""
    await Token.objects.filter(user=user_id, identity=identity_id, revoked_at=None).aupdate(
        revoked_at=clock.now()
    )
    codes = AuthorizationCode.objects.filter(user=user_id, identity=identity_id, used_at=None)
    await codes.aupdate(used_at=clock.now())


@events.on_admitted
async def assign_identity(user: User, identity: Identity) -> None:
    """Set the new identity of the token from a sign-up in an app."""
    await Token.objects.filter(user=user.pk, identity=None).aupdate(identity=identity)
