"""What happens to tokens when something happens to a login."""

from api.services.tokens import revoke_tokens_of
from users import events
from users.models import User


@events.on_password_changed
async def end_tokens(user: User) -> None:
    """Whoever knew the old password has no app left either."""
    await revoke_tokens_of(user=user)
