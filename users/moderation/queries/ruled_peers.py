"""Pages of servers with their own policy, for moderators' apps."""

from django.db.models import Q, QuerySet

from federation.models import Peer, Policy

_REFUSES = Q(reject_media=True) | Q(reject_reports=True)


def blocked_peers() -> QuerySet[Peer]:
    """Return the servers that are blocked or limited, or whose media or reports are refused.

    Served by federation_peer_policies, federation_peer_without_media and federation_peer_no_reports.
    """
    ruled = Q(policy=Policy.blocked) | Q(policy=Policy.limited)
    return Peer.objects.exclude(host="*").filter(ruled | (Q(policy=Policy.open) & _REFUSES))


def allowed_peers() -> QuerySet[Peer]:
    """Return the servers that are allowed. Served by federation_peer_policies."""
    return Peer.objects.exclude(host="*").filter(policy=Policy.allowed)
