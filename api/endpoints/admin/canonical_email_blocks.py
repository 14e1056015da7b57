"""Mailboxes that can't sign up (docs.joinmastodon.org/methods/admin/canonical_email_blocks)."""

import msgspec

from api.entities.admin_access_rules import AdminCanonicalEmailBlock, canonical_email_block
from api.parameters import Id
from api.routing import Call, endpoint
from api.services.access_rules import RulePage, list_rules, shown
from api.services.staff import place_of, staff_of
from core.errors import Invalid
from users.access_rules.addresses import email_hash
from users.access_rules.models import CanonicalEmailBlock
from users.access_rules.queries import blocks_of_hash
from users.logins.addresses import clean_email
from users.logins.services.staff import require_somewhere
from users.moderation.services import access_rules
from users.roles.models import Permission

PATH = "/api/v1/admin/canonical_email_blocks"
READ, WRITE = "admin:read:canonical_email_blocks", "admin:write:canonical_email_blocks"


class NewBlock(msgspec.Struct):
    """A new block: an address, or a hash as shown by another server."""

    email: str = ""
    canonical_email_hash: str = ""


class Tested(msgspec.Struct):
    email: str = ""


@endpoint("GET", PATH, scope=READ, auth="user")
async def list_all(call: Call, asked: RulePage) -> list[AdminCanonicalEmailBlock]:
    """List blocked mailboxes, newest first."""
    return [canonical_email_block(one) for one in await list_rules(call, CanonicalEmailBlock, asked)]


@endpoint("GET", f"{PATH}/<id>", scope=READ, auth="user")
async def show(call: Call, id: Id) -> AdminCanonicalEmailBlock:
    """Return a blocked mailbox."""
    return canonical_email_block(await shown(call, CanonicalEmailBlock, id))


@endpoint("POST", f"{PATH}/test", scope=READ, auth="user")
async def test(call: Call, tested: Tested) -> list[AdminCanonicalEmailBlock]:
    """List the blocks that match an address, in any spelling."""
    scope = require_somewhere(staff_of(call), Permission.manage_blocks)
    found = await blocks_of_hash(scope, email_hash(clean_email(tested.email)))
    return [canonical_email_block(one) for one in found]


@endpoint("POST", PATH, scope=WRITE, auth="user")
async def create(call: Call, new: NewBlock) -> AdminCanonicalEmailBlock:
    """Block a mailbox: on the whole server, or on the requested domain if the caller is its staff."""
    if not new.email.strip() and not new.canonical_email_hash.strip():
        raise Invalid("email", "no_email")
    made = await access_rules.block_email(
        moderator=staff_of(call),
        email=new.email or new.canonical_email_hash,
        domain=place_of(call, Permission.manage_blocks),
    )
    return canonical_email_block(made)


@endpoint("DELETE", f"{PATH}/<id>", scope=WRITE, auth="user")
async def delete(call: Call, id: Id) -> AdminCanonicalEmailBlock:
    """Unblock a mailbox, and return it."""
    return canonical_email_block(await access_rules.unblock_email(moderator=staff_of(call), rule_id=id))
