"""Admin::Account and Admin::Ip: docs.joinmastodon.org/entities/Admin_Account"""

import msgspec
from msgspec import UNSET, UnsetType

from api.entities.account import Account, account
from api.entities.role import Role, role_entity
from api.entities.times import timestamp
from users.domains.models import Domain
from users.identities.models import Restriction
from users.logins.models import User
from users.moderation.queries.accounts import AccountView
from users.roles.models import Permission


class AdminIp(msgspec.Struct):
    ip: str
    used_at: str


class AdminAccount(msgspec.Struct, kw_only=True):
    """An account for staff. `email` and the addresses are empty for readers who may not see them, and for remote accounts."""

    id: str
    username: str
    domain: str | None
    created_at: str
    email: str
    ip: str | None
    ips: list[AdminIp]
    locale: str
    invite_request: str | None
    role: Role
    confirmed: bool
    approved: bool
    disabled: bool
    sensitized: bool
    silenced: bool
    suspended: bool
    account: Account
    created_by_application_id: str | UnsetType = UNSET
    invited_by_account_id: str | UnsetType = UNSET


def admin_account(view: AccountView, reader: User, domain: Domain) -> AdminAccount:
    """Render an account for staff, with addresses if their role has `manage_user_access`."""
    profile, login = view.profile, view.login
    is_read = reader.may(Permission.manage_user_access, view.domain_id)
    ips = [AdminIp(ip, timestamp(used_at)) for ip, used_at in view.addresses] if is_read else []
    shown = AdminAccount(
        id=str(view.id),
        username=profile.username,
        domain=None if profile.is_local else profile.host,
        created_at=timestamp(view.created_at),
        email=login.email if login is not None and is_read else "",
        ip=ips[0].ip if ips else None,
        ips=ips,
        locale=login.language if login is not None else "",
        invite_request=(login.sign_up_reason or None) if login is not None else None,
        role=role_entity(view.role, view.role.permissions if view.role is not None else 0),
        confirmed=login is None or login.confirmed_at is not None,
        approved=login is None or login.approved_at is not None,
        disabled=login is not None and login.is_disabled,
        sensitized=profile.is_sensitized,
        silenced=profile.restriction == Restriction.limited,
        suspended=profile.restriction == Restriction.suspended,
        account=account(profile, domain),
    )
    if login is not None and login.sign_up_app is not None:
        shown.created_by_application_id = str(login.sign_up_app)
    if view.inviter_id is not None:
        shown.invited_by_account_id = str(view.inviter_id)
    return shown
