"""Rules on networks (docs.joinmastodon.org/methods/admin/ip_blocks)."""

import datetime as dt

import msgspec

from api.entities.admin_access_rules import AdminIpBlock, ip_block
from api.parameters import Id
from api.routing import Call, endpoint
from api.services.access_rules import RulePage, list_rules, shown
from api.services.staff import place_of, staff_of
from core.errors import Invalid
from users.access_rules.models import IpBlock
from users.moderation.services import access_rules
from users.roles.models import Permission

PATH = "/api/v1/admin/ip_blocks"
READ, WRITE = "admin:read:ip_blocks", "admin:write:ip_blocks"


class NewRule(msgspec.Struct):
    """A new rule. `expires_in` is in seconds; without it the rule is permanent."""

    ip: str = ""
    severity: str = ""
    comment: str = ""
    expires_in: int | None = None


class ChangedRule(msgspec.Struct):
    """A change of a rule: absent fields don't change."""

    ip: str | None = None
    severity: str | None = None
    comment: str | None = None
    expires_in: int | None = None


@endpoint("GET", PATH, scope=READ, auth="user")
async def list_all(call: Call, asked: RulePage) -> list[AdminIpBlock]:
    """List rules on networks, newest first, without expired ones."""
    return [ip_block(one) for one in await list_rules(call, IpBlock, asked)]


@endpoint("GET", f"{PATH}/<id>", scope=READ, auth="user")
async def show(call: Call, id: Id) -> AdminIpBlock:
    """Return a rule."""
    return ip_block(await shown(call, IpBlock, id))


@endpoint("POST", PATH, scope=WRITE, auth="user")
async def create(call: Call, new: NewRule) -> AdminIpBlock:
    """Add a rule: on the whole server, or on the requested domain if the caller is its staff. One that covers the caller's address is refused."""
    made = await access_rules.add_ip_rule(
        moderator=staff_of(call),
        network=new.ip,
        severity=new.severity,
        comment=new.comment,
        lasts=_duration(new.expires_in),
        domain=place_of(call, Permission.manage_blocks),
        address=call.request.client_address,
    )
    return ip_block(made)


@endpoint("PUT", f"{PATH}/<id>", scope=WRITE, auth="user")
async def update(call: Call, id: Id, changed: ChangedRule) -> AdminIpBlock:
    """Change a rule."""
    rule = await access_rules.change_ip_rule(
        moderator=staff_of(call),
        rule_id=id,
        network=changed.ip,
        severity=changed.severity,
        comment=changed.comment,
        lasts=_duration(changed.expires_in),
        keeps_end=changed.expires_in is None,
        address=call.request.client_address,
    )
    return ip_block(rule)


@endpoint("DELETE", f"{PATH}/<id>", scope=WRITE, auth="user")
async def delete(call: Call, id: Id) -> AdminIpBlock:
    """Delete a rule, and return it."""
    return ip_block(await access_rules.remove_ip_rule(moderator=staff_of(call), rule_id=id))


def _duration(seconds: int | None) -> dt.timedelta | None:
    if seconds is None:
        return None
    try:
        return dt.timedelta(seconds=seconds)
    except OverflowError as error:
        raise Invalid("expires_in", "not_a_time") from error
