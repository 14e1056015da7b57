"""Fetching the posts behind links: a page that links to its ActivityPub document belongs to a post, which can be read here."""

import asyncio
from datetime import timedelta

from activities.posts.models import Visibility
from activities.previews.models import CardGraph, PreviewCard
from activities.publishing.services.fetching import ensure_post
from core.errors import Problem
from core.http import FetchError
from core.logs import get_logger
from federation.fetching import slots
from federation.fetching.retries import retry_of
from stator import Outcome, to

log = get_logger(__name__)

_MAX_TRIES = 2  # the card is shown without the post, too
_WITHIN_S = 30.0


@CardGraph.resolving.each(lease=timedelta(seconds=60), concurrency=10, fair_by="host")
async def fetch_linked_post(card: PreviewCard) -> Outcome:
    """Fetch the post of a card's page, if it is public; otherwise the card is unchanged."""
    slots.is_bounded.set(True)
    rests = CardGraph.fetched if card.title else CardGraph.empty
    try:
        async with asyncio.timeout(_WITHIN_S):
            post = await ensure_post(card.document_url, with_ancestors=False)
    except FetchError as error:
        if retry := retry_of(error, is_last=card.state_attempts >= _MAX_TRIES):
            return retry
        log.info("card.post_not_fetched", card=card.pk, kind=error.kind, detail=error.detail)
        return to(rests)
    except (Problem, TimeoutError) as problem:
        log.info("card.post_not_used", card=card.pk, reason=str(problem))
        return to(rests)
    if post.visibility > Visibility.unlisted or post.boost_of_id is not None:
        return to(rests)

    async def link() -> None:
        await PreviewCard.objects.filter(pk=card.pk).aupdate(post_id=post.pk)

    return to(rests, effect=link)
