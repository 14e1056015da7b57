"""Fetching the totals of remote posts: the post's document, and the collections that it only links."""

import asyncio
from collections.abc import Mapping
from datetime import timedelta
from typing import Any

from activities.posts.models import Post
from activities.posts.services.counters import set_totals
from activities.publishing.services.fetching import update_from
from activities.totals.activitypub import collections_to_ask, total_in
from activities.totals.models import TotalsCheck, TotalsGraph
from core.errors import Problem
from core.http import FetchError
from core.logs import get_logger
from federation.fetching import fetch_document, slots
from federation.fetching.retries import retry_of
from stator import Outcome, failed, later, to
from users.identities.models import Restriction

log = get_logger(__name__)

_WITHIN_S = 40.0  # for all of a post's documents; the lease is longer


@TotalsGraph.asked.each(lease=timedelta(seconds=60), concurrency=10, fair_by="host")
async def ask(check: TotalsCheck) -> Outcome:
    """Store the totals stated by the post's server; this also applies a missed edit."""
    slots.is_bounded.set(True)
    post = await Post.objects.select_related("author").filter(pk=check.pk, deleted_at=None).afirst()
    if post is None or post.is_local or post.author.restriction == Restriction.suspended:
        return to(TotalsGraph.known)
    try:
        async with asyncio.timeout(_WITHIN_S):
            document = await fetch_document(post.uri, fresh=True)
            post = await update_from(post, document)
            totals = await _asked_totals(document)
    except FetchError as error:
        return retry_of(error) or failed(error.reason)
    except TimeoutError:
        return later(f"timeout: over {_WITHIN_S:.0f} s")
    except Problem as problem:
        return failed(problem.detail or problem.sentence)
    return to(TotalsGraph.known, effect=lambda: set_totals(post, totals))


async def _asked_totals(document: Mapping[str, Any]) -> dict[str, int | None]:
    """Return the totals of the collections that the document only links, without those that can't be fetched."""
    totals: dict[str, int | None] = {}
    for column, address in collections_to_ask(document).items():
        try:
            totals[column] = total_in(await fetch_document(address, fresh=True), address)
        except slots.NoSlot:
            raise
        except FetchError as error:
            log.info("totals.not_shown", address=address, kind=error.kind, detail=error.detail)
    return totals
