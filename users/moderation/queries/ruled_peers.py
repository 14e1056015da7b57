"""Servers with a policy of their own, as apps of moderators page through them."""

from django.db.models import Q, QuerySet

from core.db.paging import Page
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


async def page_of_peers(rows: QuerySet[Peer], page: Page) -> list[Peer]:
    """Return a page of these servers by their ids, the newest first; what staff wrote is sorted, not all servers that are known."""
    if page.max_id is not None:
        rows = rows.filter(pk__lt=page.max_id)
    for newer in (page.since_id, page.min_id):
        rows = rows.filter(pk__gt=newer) if newer is not None else rows
    rows = rows.order_by("pk" if page.min_id is not None else "-pk")[: page.limit]
    return page.newest_first([one async for one in rows], lambda one: one.pk)
