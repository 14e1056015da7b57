"""Tag and FeaturedTag: docs.joinmastodon.org/entities/Tag. Numbers are texts."""

from urllib.parse import quote

import msgspec
from msgspec import UNSET, UnsetType

from activities.tags.queries import FeaturedTagView
from api.entities.times import date
from users.identities.models import Identity
from users.identities.queries.profiles import Profile


class TagHistory(msgspec.Struct):
    """Uses on a day. `day` is midnight in seconds since 1970."""

    day: str
    uses: str
    accounts: str


class Tag(msgspec.Struct, kw_only=True):
    id: str
    name: str
    url: str
    history: list[TagHistory]
    following: bool | UnsetType = UNSET
    featuring: bool | UnsetType = UNSET


class FeaturedTag(msgspec.Struct):
    """A featured hashtag. `url` leads to the owner's posts with the hashtag."""

    id: str
    name: str
    url: str
    statuses_count: str
    last_status_at: str | None


def featured_tag(view: FeaturedTagView, owner: Identity | Profile) -> FeaturedTag:
    """Render a featured hashtag of `owner`."""
    return FeaturedTag(
        id=str(view.id),
        name=view.display_name,
        url=f"{owner.profile_url or owner.uri}/tagged/{quote(view.name, safe='')}",
        statuses_count=str(view.uses),
        last_status_at=date(view.last_used_at) if view.last_used_at else None,
    )
