"""Repair of follows that two servers disagree about (FEP-8fcf): the followed actor's own server is authoritative."""

import datetime as dt

from core import clock
from core.db import async_atomic
from federation.documents import host_of
from federation.fetching import fetch_document_for
from users.identities.models import Identity
from users.relations.activitypub import follow_document, undo_document
from users.relations.models import Follow
from users.relations.queries.synchronisation import MAX_LISTED, local_followers
from users.relations.services.following import accept_follow, unfollow
from users.relations.services.pairs import send_to

MAX_REPAIRED = 100  # of each kind at once; the next hour continues
_SETTLED_AFTER = dt.timedelta(minutes=10)  # a list may have been generated before a later acceptance


async def repair_followers(target: Identity, url: str, site: str) -> int:
    """Make the follows of a remote actor by one domain's users match the list at `url`; return how many changed.

    `site` is the domain's base URL: it signs the request, since other signers get another list. Not inside a transaction. An incomplete
    list changes nothing.
    """
    document = await fetch_document_for(site, url)
    items = document.get("orderedItems", document.get("items"))
    if not isinstance(items, list) or len(items) > MAX_LISTED or "next" in document:
        return 0
    host = host_of(site)
    listed = {uri for uri in items if isinstance(uri, str) and host_of(uri) == host}
    here = {uri: pk for uri, pk in (await local_followers(target.pk)).items() if host_of(uri) == host}
    changed = 0
    for uri in sorted(set(here) - listed)[:MAX_REPAIRED]:
        changed += await _end(here[uri], target)
    for uri in sorted(listed - set(here))[:MAX_REPAIRED]:
        changed += await _resolve(uri, target)
    return changed


async def _end(source_id: int, target: Identity) -> bool:
    """Delete a follow that the target's server does not list."""
    follow = await Follow.objects.select_related("source").filter(source=source_id, target=target.pk).afirst()
    if follow is None or follow.accepted_at is None or follow.accepted_at > clock.now() - _SETTLED_AFTER:
        return False
    await unfollow(source=follow.source, target_id=target.pk)
    return True


async def _resolve(uri: str, target: Identity) -> bool:
    """Accept a pending request that the target's server lists as a follower; otherwise send an Undo."""
    source = await Identity.objects.filter(uri=uri, domain__isnull=False, deleted_at=None).afirst()
    if source is None:
        return False
    async with async_atomic():
        if await Follow.objects.filter(source=source.pk, target=target.pk).aexists():
            await accept_follow(target=target, source_id=source.pk)
            return True
        ended = Follow(source=source, target=target)
        await send_to(source, target, undo_document(follow_document(ended, source, target)))
    return True
