"""Accounts for staff, and actions on them (docs.joinmastodon.org/methods/admin/accounts)."""

from typing import Annotated, Literal

import msgspec

from api.entities.admin_account import AdminAccount, admin_account
from api.entities.empty import Empty
from api.pagination import Cursors, link_rows
from api.parameters import Id, Length, Limit
from api.routing import Call, endpoint
from api.services import moderation
from api.services.staff import account_for, staff_of
from users.identities.models import Restriction
from users.logins.services.staff import require_somewhere
from users.moderation.queries.accounts import AccountView, Status, Wanted, accounts
from users.moderation.services.presets import text_with
from users.moderation.services.warning import MAX_TEXT_LENGTH
from users.roles.models import Permission

PAGE = Limit(100, 200)


class Search(Cursors, kw_only=True):
    limit: Annotated[int, PAGE] = PAGE.default
    username: str = ""
    display_name: str = ""
    by_domain: str = ""
    email: str = ""
    ip: str = ""


class FirstSearch(Search, kw_only=True):
    """The parameters of v1, each a flag of its own."""

    local: bool = False
    remote: bool = False
    active: bool = False
    pending: bool = False
    disabled: bool = False
    silenced: bool = False
    suspended: bool = False
    sensitized: bool = False
    staff: bool = False

    @property
    def status(self) -> Status | Literal[""]:
        """The most specific flag: clients send `active` along with others."""
        names: tuple[Status, ...] = (
            "pending",
            "disabled",
            "suspended",
            "silenced",
            "sensitized",
            "active",
        )
        return next((name for name in names if getattr(self, name)), "")


class SecondSearch(Search, kw_only=True):
    origin: Literal["local", "remote", ""] = ""
    status: Literal["active", "pending", "disabled", "silenced", "suspended", ""] = ""
    permissions: Literal["staff", ""] = ""
    role_ids: list[Id] = []
    invited_by: Id | None = None


async def _listed(call: Call, asked: Search, wanted: Wanted) -> list[AdminAccount]:
    """Return a page of the accounts that the caller moderates; a search by address requires permission to see addresses."""
    reader = staff_of(call)
    scope = require_somewhere(reader, Permission.manage_users)
    if asked.email or asked.ip:
        readable = require_somewhere(reader, Permission.manage_user_access)
        scope = readable if scope is None else scope if readable is None else scope & readable
    found = await accounts(scope, wanted, asked.page(asked.limit))
    link_rows(call, [one.id for one in found], limit=asked.limit)
    return [admin_account(one, reader, call.domain) for one in found]


def _wanted(asked: Search) -> Wanted:
    return Wanted(
        username=asked.username.strip(),
        display_name=asked.display_name.strip(),
        host=asked.by_domain.strip(),
        email=asked.email,
        address=asked.ip.strip(),
    )


@endpoint("GET", "/api/v1/admin/accounts", scope="admin:read:accounts", auth="user")
async def list_first(call: Call, asked: FirstSearch) -> list[AdminAccount]:
    """List accounts, newest first: local ones by default."""
    wanted = msgspec.structs.replace(
        _wanted(asked),
        origin="local" if asked.local else "remote" if asked.remote else "",
        status=asked.status,
        is_staff=asked.staff,
    )
    return await _listed(call, asked, wanted)


@endpoint("GET", "/api/v2/admin/accounts", scope="admin:read:accounts", auth="user")
async def list_second(call: Call, asked: SecondSearch) -> list[AdminAccount]:
    """List accounts, newest first: local ones by default."""
    wanted = msgspec.structs.replace(
        _wanted(asked),
        origin=asked.origin,
        status=asked.status,
        is_staff=bool(asked.permissions),
        role_ids=tuple(asked.role_ids),
        invited_by=asked.invited_by,
    )
    return await _listed(call, asked, wanted)


def _rendered(call: Call, view: AccountView) -> AdminAccount:
    return admin_account(view, staff_of(call), call.domain)


@endpoint("GET", "/api/v1/admin/accounts/<id>", scope="admin:read:accounts", auth="user")
async def show(call: Call, id: Id) -> AdminAccount:
    """Return an account, or a pending sign-up."""
    return _rendered(call, await account_for(call, id))


class Act(msgspec.Struct):
    """Parameters of an action. `warning_preset_id` is a prepared text that is prepended to `text`."""

    type: Literal["none", "sensitive", "disable", "silence", "suspend", ""] = ""
    report_id: Id | None = None
    warning_preset_id: Id | None = None
    text: Annotated[str, Length(MAX_TEXT_LENGTH)] = ""
    send_email_notification: bool = True


@endpoint("POST", "/api/v1/admin/accounts/<id>/action", scope="admin:write:accounts", auth="user")
async def act(call: Call, id: Id, wanted: Act) -> Empty:
    """Warn, disable, limit or suspend an account, or mark all its media as sensitive."""
    await moderation.act(
        moderator=staff_of(call),
        view=await account_for(call, id),
        action=wanted.type,
        text=await text_with(staff_of(call), wanted.warning_preset_id, wanted.text),
        report_id=wanted.report_id,
        is_mailed=wanted.send_email_notification,
    )
    return Empty()


@endpoint("POST", "/api/v1/admin/accounts/<id>/approve", scope="admin:write:accounts", auth="user")
async def approve(call: Call, id: Id) -> AdminAccount:
    """Approve a sign-up. If its address is confirmed it is admitted, and the response has the id of its identity."""
    view = await account_for(call, id)
    return _rendered(call, await moderation.approve(moderator=staff_of(call), view=view))


@endpoint("POST", "/api/v1/admin/accounts/<id>/reject", scope="admin:write:accounts", auth="user")
async def reject(call: Call, id: Id) -> AdminAccount:
    """Refuse a sign-up, and delete its login."""
    view = await account_for(call, id)
    await moderation.reject(moderator=staff_of(call), view=view)
    return _rendered(call, view)


@endpoint("DELETE", "/api/v1/admin/accounts/<id>", scope="admin:write:accounts", auth="user")
async def delete(call: Call, id: Id) -> AdminAccount:
    """Delete a suspended local account permanently."""
    view = await account_for(call, id)
    await moderation.erase(moderator=staff_of(call), view=view)
    return _rendered(call, view)


@endpoint("POST", "/api/v1/admin/accounts/<id>/enable", scope="admin:write:accounts", auth="user")
async def enable(call: Call, id: Id) -> AdminAccount:
    """Let the owner of an account sign in again."""
    await moderation.enable(moderator=staff_of(call), view=await account_for(call, id))
    return await show(call, id)


@endpoint("POST", "/api/v1/admin/accounts/<id>/unsilence", scope="admin:write:accounts", auth="user")
async def unsilence(call: Call, id: Id) -> AdminAccount:
    """Remove the limits of an account."""
    view = await account_for(call, id)
    await moderation.lift(moderator=staff_of(call), view=view, restriction=Restriction.limited)
    return await show(call, id)


@endpoint("POST", "/api/v1/admin/accounts/<id>/unsuspend", scope="admin:write:accounts", auth="user")
async def unsuspend(call: Call, id: Id) -> AdminAccount:
    """Remove the suspension of an account."""
    view = await account_for(call, id)
    await moderation.lift(moderator=staff_of(call), view=view, restriction=Restriction.suspended)
    return await show(call, id)


@endpoint("POST", "/api/v1/admin/accounts/<id>/unsensitive", scope="admin:write:accounts", auth="user")
async def unsensitive(call: Call, id: Id) -> AdminAccount:
    """Stop marking all media of an account as sensitive."""
    await moderation.uncover(moderator=staff_of(call), view=await account_for(call, id))
    return await show(call, id)
