"""Actions of staff on accounts, with the names of Mastodon's API; each calls a service that the pages use, too."""

from typing import Literal

from core.errors import BadInput, NotAllowed
from users.identities.models import Restriction
from users.identities.queries import identities
from users.logins.models import User
from users.logins.services import sign_up
from users.moderation import services as moderation
from users.moderation.queries.accounts import AccountView, account_in
from users.moderation.services.warning import report_about
from users.roles.models import Permission

type Action = Literal["none", "sensitive", "disable", "silence", "suspend", ""]


async def act(
    *,
    moderator: User,
    view: AccountView,
    action: Action,
    text: str,
    report_id: int | None,
    is_mailed: bool,
) -> None:
    """Warn, mark as sensitive, disable, limit or suspend an account, and resolve the report that led to it."""
    if view.is_waiting:
        raise NotAllowed(code="not_allowed")
    report_id = await report_about(moderator, view.id, report_id)
    restriction = Restriction(view.profile.restriction)
    if not action:
        raise BadInput(code="record_invalid")
    if action == "sensitive":
        await moderation.set_sensitized(
            moderator=moderator,
            identity_id=view.id,
            is_sensitized=True,
            message=text,
            report_id=report_id,
            is_mailed=is_mailed,
        )
    elif action == "disable":
        await moderation.set_disabled(
            moderator=moderator,
            user_id=_login_of(view),
            is_disabled=True,
            message=text,
            is_mailed=is_mailed,
        )
    elif action == "none":
        await moderation.warn(
            moderator=moderator,
            identity_id=view.id,
            message=text,
            report_id=report_id,
            is_mailed=is_mailed,
        )
    else:
        if action == "silence" and restriction == Restriction.suspended:
            raise BadInput(code="account_suspended")
        await moderation.restrict(
            moderator=moderator,
            identity_id=view.id,
            restriction=Restriction.suspended if action == "suspend" else Restriction.limited,
            message=text,
            report_id=report_id,
            is_mailed=is_mailed,
        )
    if report_id is not None:
        await moderation.resolve_report(moderator=moderator, report_id=report_id, is_resolved=True)


async def lift(*, moderator: User, view: AccountView, restriction: Restriction) -> None:
    """Remove this restriction of an account; any other one stays."""
    if not view.is_waiting and view.profile.restriction == restriction:
        await moderation.restrict(moderator=moderator, identity_id=view.id, restriction=Restriction.none)


async def uncover(*, moderator: User, view: AccountView) -> None:
    """Stop marking all media of an account as sensitive."""
    if not view.is_waiting and view.profile.is_sensitized:
        await moderation.set_sensitized(moderator=moderator, identity_id=view.id, is_sensitized=False)


async def enable(*, moderator: User, view: AccountView) -> None:
    """Let the owner of an account sign in again."""
    await moderation.set_disabled(moderator=moderator, user_id=_login_of(view), is_disabled=False)


async def approve(*, moderator: User, view: AccountView) -> AccountView:
    """Approve a sign-up, and return its account. Raises NotAllowed if it was admitted already."""
    scope = moderator.scope(Permission.manage_users)
    user = await sign_up.approve(moderator=moderator, user_id=_waiting_login_of(view))
    identity = await identities.by_handle(view.profile.handle) if user.is_admitted else None
    return await account_in(scope, identity.pk if identity is not None else view.id) or view


async def reject(*, moderator: User, view: AccountView) -> None:
    """Refuse a sign-up and delete its login. Raises NotAllowed if it was admitted already."""
    await moderation.refuse_sign_up(moderator=moderator, user_id=_waiting_login_of(view))


async def erase(*, moderator: User, view: AccountView) -> None:
    """Delete a suspended account permanently."""
    if view.is_waiting or not view.profile.is_local:
        raise NotAllowed(code="not_allowed")
    await moderation.erase_suspended(moderator=moderator, identity_id=view.id)


def _login_of(view: AccountView) -> int:
    if view.login is None:
        raise BadInput(code="account_without_login")
    return view.login.pk


def _waiting_login_of(view: AccountView) -> int:
    if not view.is_waiting:
        raise NotAllowed(code="not_allowed")
    return view.id
