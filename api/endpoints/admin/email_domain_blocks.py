"""E-mail domains that can't sign up (docs.joinmastodon.org/methods/admin/email_domain_blocks)."""

import msgspec

from api.entities.admin_access_rules import AdminEmailDomainBlock, email_domain_block
from api.parameters import Id
from api.routing import Call, endpoint
from api.services.access_rules import RulePage, list_rules, shown
from api.services.staff import place_of, staff_of
from users.access_rules.models import EmailDomainBlock
from users.moderation.services import access_rules
from users.roles.models import Permission

PATH = "/api/v1/admin/email_domain_blocks"
READ, WRITE = "admin:read:email_domain_blocks", "admin:write:email_domain_blocks"


class NewBlock(msgspec.Struct):
    domain: str = ""
    allow_with_approval: bool = False


@endpoint("GET", PATH, scope=READ, auth="user")
async def list_all(call: Call, asked: RulePage) -> list[AdminEmailDomainBlock]:
    """List blocked e-mail domains, newest first."""
    return [email_domain_block(one) for one in await list_rules(call, EmailDomainBlock, asked)]


@endpoint("GET", f"{PATH}/<id>", scope=READ, auth="user")
async def show(call: Call, id: Id) -> AdminEmailDomainBlock:
    """Return a blocked e-mail domain."""
    return email_domain_block(await shown(call, EmailDomainBlock, id))


@endpoint("POST", PATH, scope=WRITE, auth="user")
async def create(call: Call, new: NewBlock) -> AdminEmailDomainBlock:
    """Block an e-mail domain with its subdomains, or require approval: on the whole server, or on the requested domain if the caller is
    its staff.
    """
    made = await access_rules.block_email_domain(
        moderator=staff_of(call),
        name=new.domain,
        allows_with_approval=new.allow_with_approval,
        domain=place_of(call, Permission.manage_blocks),
    )
    return email_domain_block(made)


@endpoint("DELETE", f"{PATH}/<id>", scope=WRITE, auth="user")
async def delete(call: Call, id: Id) -> AdminEmailDomainBlock:
    """Unblock an e-mail domain, and return it."""
    return email_domain_block(await access_rules.unblock_email_domain(moderator=staff_of(call), rule_id=id))
