"""The caller of an endpoint for staff, and the accounts that they moderate."""

from api.routing import Call
from core.errors import NotAllowed, NotFound
from users.domains.models import Domain
from users.logins.models import User
from users.logins.services.staff import require_somewhere
from users.moderation.queries.accounts import AccountView, account_in
from users.roles.models import Permission


def staff_of(call: Call) -> User:
    """Return the login of the caller. Services and `require_somewhere` check its permissions."""
    user = call.caller.user if call.caller else None
    if user is None:
        raise NotAllowed(code="not_allowed")
    return user


def place_of(call: Call, permission: Permission) -> Domain | None:
    """Return the domain for which the caller decides: None, the whole server, for the server's staff. Services check permissions."""
    return None if staff_of(call).may(permission) else call.domain


async def account_for(call: Call, account_id: int) -> AccountView:
    """Return an account that the caller moderates. Raises NotFound for those of other domains, as for unknown ones."""
    view = await account_in(require_somewhere(staff_of(call), Permission.manage_users), account_id)
    if view is None:
        raise NotFound
    return view
