"""Pages of servers with their own policy, for moderators' apps."""

from django.db.models import Q, QuerySet

from federation.models import Peer, Policy

_RULED = Q(policy=Policy.blocked) | Q(policy=Policy.limited)
_REFUSES = Q(reject_media=True) | Q(reject_reports=True)


def blocked_peers() -> QuerySet[Peer]:
    """Return the servers that are blocked or limited, or whose media or reports are refused, or whose people's posts are changed.

    Served by federation_peer_policies, federation_peer_without_media, federation_peer_no_reports and federation_peer_handled.
    """
    return Peer.objects.exclude(host="*").filter(
        _RULED | (Q(policy=Policy.open) & (_REFUSES | Q(handling__gt=0)))
    )


def peers_for_blocklist() -> QuerySet[Peer]:
    """Return those of them that a blocklist can express: it has no column for changes of posts. Served by the same indexes."""
    return Peer.objects.exclude(host="*").filter(_RULED | (Q(policy=Policy.open) & _REFUSES))


def allowed_peers() -> QuerySet[Peer]:
    """Return the servers that are allowed. Served by federation_peer_policies."""
    return Peer.objects.exclude(host="*").filter(policy=Policy.allowed)


async def lists_peers() -> bool:
    """Return whether any server is allowed or limited. Served by federation_peer_policies."""
    return await Peer.objects.filter(policy__in=(Policy.allowed, Policy.limited)).aexists()


async def ruled_hosts(*, after: str = "", limit: int = 50) -> list[Peer]:
    """Return the servers with a policy of the whole server, by host: also for staff of one domain, who may not read notes. Served by the same
    indexes.
    """
    found = (blocked_peers() | allowed_peers()).filter(host__gt=after).order_by("host")
    return [peer async for peer in found[:limit]]
