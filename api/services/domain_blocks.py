"""Domain blocks and allowed servers with the names of Mastodon's API: policies of servers, as on the staff pages."""

from collections.abc import Mapping

from django.db.models import QuerySet

from api.entities.admin_domain_block import POLICIES, Severity, admin_domain_block
from api.routing import Call
from api.services.staff import staff_of
from core.errors import BadInput, Invalid, NotFound
from federation.models import Peer, Policy
from federation.policies import Handling
from users.domains.names import check_host
from users.logins.models import User
from users.logins.services.staff import require
from users.moderation import services as moderation
from users.moderation.queries.ruled_peers import allowed_peers, blocked_peers
from users.roles.models import Permission


def federation_staff(call: Call) -> User:
    """Return the caller, who manages federation of the whole server. Raises NotAllowed otherwise."""
    user = staff_of(call)
    require(user, Permission.manage_federation)
    return user


async def peer_for(call: Call, rows: QuerySet[Peer], peer_id: int) -> Peer:
    """Return one of these servers. Raises NotFound."""
    federation_staff(call)
    peer = await rows.filter(pk=peer_id).afirst()
    if peer is None:
        raise NotFound
    return peer


def checked_domain(domain: str) -> str:
    """Return the name of a domain in its canonical spelling. Raises BadInput for an empty or invalid one."""
    if not domain.strip():
        raise Invalid("domain", "blank")
    return check_host(domain.strip().removeprefix("*."))


async def block(
    moderator: User,
    host: str,
    *,
    severity: Severity,
    reject_media: bool,
    reject_reports: bool,
    handling: Mapping[Handling, bool],
    note: str,
) -> Peer:
    """Block a server. Raises BadInput for a block without effect."""
    _require_effect(severity, reject_media, reject_reports, *handling.values())
    return await moderation.set_peer_policy(
        moderator=moderator,
        host=host,
        policy=POLICIES[severity],
        reject_media=reject_media,
        reject_reports=reject_reports,
        handling=handling,
        note=note,
    )


async def change(
    moderator: User,
    peer: Peer,
    *,
    severity: Severity | None,
    reject_media: bool | None,
    reject_reports: bool | None,
    handling: Mapping[Handling, bool],
    note: str | None,
) -> Peer:
    """Change a domain block; None leaves a value as it is. Raises BadInput as `block` does."""
    _require_effect(
        severity or admin_domain_block(peer).severity,
        peer.reject_media if reject_media is None else reject_media,
        peer.reject_reports if reject_reports is None else reject_reports,
        any(handling.get(one, bool(peer.handling & one)) for one in Handling),
    )
    return await moderation.set_peer_policy(
        moderator=moderator,
        host=peer.host,
        policy=POLICIES[severity] if severity else None,
        reject_media=reject_media,
        reject_reports=reject_reports,
        handling=handling,
        note=note,
    )


def _require_effect(severity: Severity, *effects: bool) -> None:
    if severity == "noop" and not any(effects):
        raise Invalid("severity", "without_effect")


async def require_unblocked(host: str) -> None:
    """Raise BadInput if there is a block of exactly this server already."""
    if await blocked_peers().filter(host=host).aexists():
        raise BadInput(code="server_blocked_already", host=host)


async def allow(moderator: User, host: str) -> Peer:
    """Allow a server. Does nothing if it is allowed already."""
    known = await allowed_peers().filter(host=host).afirst()
    return known or await moderation.set_peer_policy(moderator=moderator, host=host, policy=Policy.allowed)


async def open_again(moderator: User, peer: Peer) -> None:
    """Remove a server's own policy, so that the default applies."""
    await moderation.set_peer_policy(
        moderator=moderator,
        host=peer.host,
        policy=Policy.open,
        reject_media=False,
        reject_reports=False,
        handling=dict.fromkeys(Handling, False),
    )
