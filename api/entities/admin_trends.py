"""Trends for review by staff: docs.joinmastodon.org/entities/Admin_Tag, and links, sites and posts, which the documentation omits."""

import msgspec

from activities.posts.queries.views import CardView
from activities.reviews.queries import Decision
from api.entities.preview_card import TrendsLink, card_fields
from api.entities.status import Status
from api.entities.tag import Tag, TagHistory
from api.entities.viewpoint import Viewpoint


class AdminTag(Tag, kw_only=True):
    """A hashtag. `requires_review` is true while undecided, whether or not it is shown in the meantime. No field is null for lack of a decision."""

    trendable: bool
    usable: bool
    listable: bool
    requires_review: bool


class AdminTrendsLink(TrendsLink, kw_only=True):
    id: str
    requires_review: bool


class AdminStatus(Status, kw_only=True):
    requires_review: bool


class PreviewCardProvider(msgspec.Struct):
    """A site whose links trended. `trendable` is null while undecided."""

    id: str
    domain: str
    trendable: bool | None
    requires_review: bool


def admin_tag(shown: Tag, decision: Decision, *, shows_unseen: bool) -> AdminTag:
    """Render a hashtag with the decision about it."""
    return AdminTag(
        **msgspec.structs.asdict(shown),
        trendable=shows_unseen if decision.is_trendable is None else decision.is_trendable,
        usable=decision.is_usable is not False,
        listable=decision.is_listable is not False,
        requires_review=decision.is_trendable is None,
    )


def admin_link(
    card: CardView, seen: Viewpoint, history: list[TagHistory], decision: bool | None
) -> AdminTrendsLink:
    """Render a link with the decision about it or its site."""
    return AdminTrendsLink(
        **card_fields(card, seen),  # type: ignore[arg-type]  # as the struct has them
        history=history,
        id=str(card.id),
        requires_review=decision is None,
    )


def admin_status(shown: Status, decision: Decision) -> AdminStatus:
    """Render a post and whether a decision is pending."""
    fields = {name: getattr(shown, name) for name in Status.__struct_fields__}
    return AdminStatus(**fields, requires_review=decision.is_trendable is None)


def provider(publisher_id: int, host: str, decision: bool | None) -> PreviewCardProvider:
    return PreviewCardProvider(str(publisher_id), host, decision, decision is None)
