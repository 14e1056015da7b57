"""Trends in the endpoints for staff, rendered with the decision about each."""

from collections.abc import Sequence

from activities.posts.queries.views import CardView, PostView
from activities.reviews import services
from activities.reviews.models import ReviewKind
from activities.reviews.queries import UNDECIDED, decisions, decisions_on_links
from activities.tags.queries import HashtagView, hashtag_by_id
from activities.trends.models import TrendKind
from activities.trends.queries import uses_of
from api.entities.admin_trends import (
    AdminStatus,
    AdminTag,
    AdminTrendsLink,
    admin_link,
    admin_status,
    admin_tag,
)
from api.entities.status import statuses
from api.routing import Call
from api.services.staff import staff_of
from api.tags import history_of, tags_of
from core.errors import NotFound
from users.domains import options


def reviewer(call: Call) -> None:
    """Check that the caller may review trends on the requested domain."""
    services.require_reviewer(staff_of(call), call.domain)


async def review(call: Call, kind: ReviewKind, target_id: int, *, is_trendable: bool) -> None:
    """Decide for the caller whether an object may trend: on the whole server, or on the requested domain for its own staff."""
    await services.review(
        reviewer=staff_of(call),
        viewer=call.viewer,
        here=call.domain,
        kind=kind,
        target_id=target_id,
        is_trendable=is_trendable,
    )


async def shown_tags(call: Call, found: Sequence[HashtagView]) -> list[AdminTag]:
    """Render hashtags with their history as last counted by the worker: counting today's uses would read single posts."""
    if not found:
        return []
    decided = await decisions(ReviewKind.tag, [tag.id for tag in found], call.domain.pk)
    needs_review = await options.get(options.TRENDS_NEED_REVIEW, domain=call.domain.pk)
    return [
        admin_tag(shown, decided.get(tag.id, UNDECIDED), shows_unseen=not needs_review)
        for tag, shown in zip(found, await tags_of(call, found, counts_today=False), strict=True)
    ]


async def shown_tag(call: Call, tag_id: int) -> AdminTag:
    """Render a hashtag. Raises NotFound."""
    found = await hashtag_by_id(tag_id)
    if found is None:
        raise NotFound
    return (await shown_tags(call, [found]))[0]


async def shown_links(call: Call, found: Sequence[CardView]) -> list[AdminTrendsLink]:
    """Render pages with their history."""
    ids = [card.id for card in found]
    decided = await decisions_on_links(ids, call.domain.pk)
    used = await uses_of(TrendKind.link, ids)
    return [
        admin_link(card, call.viewpoint, history_of(card.id, used), decided.get(card.id)) for card in found
    ]


async def shown_posts(call: Call, found: Sequence[PostView]) -> list[AdminStatus]:
    """Render posts for their reader."""
    decided = await decisions(ReviewKind.post, [post.id for post in found], call.domain.pk)
    return [
        admin_status(shown, decided.get(int(shown.id), UNDECIDED))
        for shown in statuses(found, call.viewpoint)
    ]
