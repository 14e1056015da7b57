"""PreviewCard: docs.joinmastodon.org/entities/PreviewCard"""

import datetime as dt
from typing import Literal

import msgspec

from activities.posts.queries.views import CardView
from api.entities.account import Account, account
from api.entities.tag import TagHistory
from api.entities.times import timestamp
from api.entities.viewpoint import Viewpoint
from federation.media.addresses import proxied_url
from federation.models import RemoteFileKind


class PreviewCardAuthor(msgspec.Struct):
    name: str
    url: str
    account: Account | None = None


class PreviewCard(msgspec.Struct, kw_only=True):
    url: str
    title: str
    description: str
    language: str = ""
    type: Literal["link", "photo", "video", "rich"] = "link"
    author_name: str = ""
    author_url: str = ""
    provider_name: str = ""
    provider_url: str = ""
    html: str = ""
    width: int = 0
    height: int = 0
    image: str | None = None
    image_description: str = ""
    embed_url: str = ""
    blurhash: str | None = None
    published_at: str | None = None
    missing_attribution: bool | None = False
    authors: list[PreviewCardAuthor] = []


class TrendsLink(PreviewCard, kw_only=True):
    """A trending link: docs.joinmastodon.org/entities/Trends_Link"""

    history: list[TagHistory]


def card_fields(card: CardView, seen: Viewpoint) -> dict[str, object]:
    domain = seen.domain
    author = PreviewCardAuthor(card.author_name, card.author_url)
    if card.author is not None:
        author.account = account(card.author, domain)
    is_claimed = card.creator_id is not None and not card.is_attributed
    return {
        "url": card.url,
        "title": card.title,
        "description": card.description,
        "language": card.language,
        "type": card.type,
        "author_name": card.author_name,
        "author_url": card.author_url,
        "provider_name": card.provider_name,
        "provider_url": card.provider_url,
        "html": card.html,
        "width": card.width,
        "height": card.height,
        "image": proxied_url(card.image_url, RemoteFileKind.card, domain.base_url) or None,
        "image_description": card.image_description,
        "embed_url": card.embed_url,
        "published_at": timestamp(dt.datetime.fromisoformat(card.published_at))
        if card.published_at
        else None,
        "missing_attribution": is_claimed and seen.viewer is not None and seen.viewer.pk == card.creator_id,
        "authors": [author] if card.author_name or card.author_url or card.author else [],
    }


def preview_card(card: CardView, seen: Viewpoint) -> PreviewCard:
    return PreviewCard(**card_fields(card, seen))  # type: ignore[arg-type]  # as the struct has them


def trends_link(card: CardView, seen: Viewpoint, history: list[TagHistory]) -> TrendsLink:
    return TrendsLink(**card_fields(card, seen), history=history)  # type: ignore[arg-type]  # as the struct has them
