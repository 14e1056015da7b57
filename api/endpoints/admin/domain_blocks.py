"""Blocks of servers, and allowed servers (docs.joinmastodon.org/methods/admin/domain_blocks)."""

from typing import Annotated, Literal

import msgspec

from api.entities.admin_domain_block import (
    AdminDomainAllow,
    AdminDomainBlock,
    admin_domain_allow,
    admin_domain_block,
)
from api.pagination import Cursors, link_rows
from api.parameters import Id, Length, Limit
from api.routing import Call, endpoint
from api.services import domain_blocks as blocks
from federation.models import Peer
from federation.policies import Handling
from users.moderation.queries.ruled_peers import allowed_peers, blocked_peers

PAGE = Limit(100, 200)


class PeerPage(Cursors, kw_only=True):
    limit: Annotated[int, PAGE] = PAGE.default


@endpoint("GET", "/api/v1/admin/domain_blocks", scope="admin:read:domain_blocks", auth="user")
async def list_blocks(call: Call, asked: PeerPage) -> list[AdminDomainBlock]:
    """List the servers that are limited or blocked, or whose media or reports are refused, newest first."""
    blocks.federation_staff(call)
    found: list[Peer] = await asked.page(asked.limit).read(blocked_peers())
    link_rows(call, [one.pk for one in found], limit=asked.limit)
    return [admin_domain_block(one) for one in found]


@endpoint("GET", "/api/v1/admin/domain_blocks/<id>", scope="admin:read:domain_blocks", auth="user")
async def show_block(call: Call, id: Id) -> AdminDomainBlock:
    """Return a domain block."""
    return admin_domain_block(await blocks.peer_for(call, blocked_peers(), id))


class Edit(msgspec.Struct, kw_only=True):
    """Parameters of a block. `public_comment` is stored as the note if there is no private one; `obfuscate` is ignored, because blocks
    are not published.
    """

    severity: Literal["silence", "suspend", "noop"] | None = None
    reject_media: bool | None = None
    reject_reports: bool | None = None
    force_sensitive: bool | None = None
    force_unlisted: bool | None = None
    strip_links: bool | None = None
    private_comment: Annotated[str, Length(1000)] | None = None
    public_comment: Annotated[str, Length(1000)] | None = None
    obfuscate: bool = False

    @property
    def handling(self) -> dict[Handling, bool]:
        stated = {one: getattr(self, str(one.name)) for one in Handling}
        return {one: is_on for one, is_on in stated.items() if is_on is not None}

    @property
    def note(self) -> str | None:
        return self.private_comment or self.public_comment


class NewBlock(Edit, kw_only=True):
    domain: Annotated[str, Length(255)] = ""


@endpoint("POST", "/api/v1/admin/domain_blocks", scope="admin:write:domain_blocks", auth="user")
async def create_block(call: Call, new: NewBlock) -> AdminDomainBlock:
    """Limit or block a server, or refuse its media or reports."""
    moderator, host = blocks.federation_staff(call), blocks.checked_domain(new.domain)
    await blocks.require_unblocked(host)
    made = await blocks.block(
        moderator,
        host,
        severity=new.severity or "silence",
        reject_media=bool(new.reject_media),
        reject_reports=bool(new.reject_reports),
        handling=new.handling,
        note=new.note or "",
    )
    return admin_domain_block(made)


@endpoint("PUT", "/api/v1/admin/domain_blocks/<id>", scope="admin:write:domain_blocks", auth="user")
async def change_block(call: Call, id: Id, edit: Edit) -> AdminDomainBlock:
    """Change a domain block; absent parameters don't change."""
    peer = await blocks.peer_for(call, blocked_peers(), id)
    changed = await blocks.change(
        blocks.federation_staff(call),
        peer,
        severity=edit.severity,
        reject_media=edit.reject_media,
        reject_reports=edit.reject_reports,
        handling=edit.handling,
        note=edit.note,
    )
    return admin_domain_block(changed)


@endpoint("DELETE", "/api/v1/admin/domain_blocks/<id>", scope="admin:write:domain_blocks", auth="user")
async def delete_block(call: Call, id: Id) -> AdminDomainBlock:
    """Remove a domain block."""
    peer = await blocks.peer_for(call, blocked_peers(), id)
    await blocks.open_again(blocks.federation_staff(call), peer)
    return admin_domain_block(peer)


@endpoint("GET", "/api/v1/admin/domain_allows", scope="admin:read:domain_allows", auth="user")
async def list_allows(call: Call, asked: PeerPage) -> list[AdminDomainAllow]:
    """List the allowed servers, newest first."""
    blocks.federation_staff(call)
    found: list[Peer] = await asked.page(asked.limit).read(allowed_peers())
    link_rows(call, [one.pk for one in found], limit=asked.limit)
    return [admin_domain_allow(one) for one in found]


@endpoint("GET", "/api/v1/admin/domain_allows/<id>", scope="admin:read:domain_allows", auth="user")
async def show_allow(call: Call, id: Id) -> AdminDomainAllow:
    """Return an allowed server."""
    return admin_domain_allow(await blocks.peer_for(call, allowed_peers(), id))


class NewAllow(msgspec.Struct):
    domain: Annotated[str, Length(255)] = ""


@endpoint("POST", "/api/v1/admin/domain_allows", scope="admin:write:domain_allows", auth="user")
async def create_allow(call: Call, new: NewAllow) -> AdminDomainAllow:
    """Allow a server, whatever the policy of its parent domains."""
    moderator = blocks.federation_staff(call)
    return admin_domain_allow(await blocks.allow(moderator, blocks.checked_domain(new.domain)))


@endpoint("DELETE", "/api/v1/admin/domain_allows/<id>", scope="admin:write:domain_allows", auth="user")
async def delete_allow(call: Call, id: Id) -> AdminDomainAllow:
    """Remove a server from the allow list."""
    peer = await blocks.peer_for(call, allowed_peers(), id)
    await blocks.open_again(blocks.federation_staff(call), peer)
    return admin_domain_allow(peer)
