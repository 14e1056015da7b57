"""Profile, the caller's own as typed, for editing: docs.joinmastodon.org/entities/Profile"""

import msgspec

from activities.tags.queries import FeaturedTagView
from api.entities.account import AccountField
from api.entities.tag import FeaturedTag, featured_tag
from users.identities.models import ActorType, Identity


class Profile(msgspec.Struct, kw_only=True):
    id: str
    display_name: str
    note: str
    formatted_note: str
    fields: list[AccountField]
    formatted_fields: list[AccountField]
    avatar: str | None
    avatar_static: str | None
    avatar_description: str
    header: str | None
    header_static: str | None
    header_description: str
    locked: bool
    bot: bool
    hide_collections: bool | None
    discoverable: bool | None
    indexable: bool
    show_media: bool
    show_media_replies: bool
    show_featured: bool
    attribution_domains: list[str]
    featured_tags: list[FeaturedTag]


def profile(identity: Identity, summary_source: str, featured: list[FeaturedTagView]) -> Profile:
    """Render the profile as typed, and as HTML. Missing pictures are null."""
    return Profile(
        id=str(identity.pk),
        display_name=identity.name,
        note=summary_source,
        formatted_note=identity.summary,
        fields=[
            AccountField(f["name"], f.get("source") or f.get("value") or "", f.get("verified_at"))
            for f in identity.fields
        ],
        formatted_fields=[
            AccountField(f["name"], f.get("value") or "", f.get("verified_at")) for f in identity.fields
        ],
        avatar=identity.icon_url or None,
        avatar_static=identity.icon_url or None,
        avatar_description=identity.icon_description,
        header=identity.image_url or None,
        header_static=identity.image_url or None,
        header_description=identity.image_description,
        locked=identity.approves_followers,
        bot=identity.actor_type == ActorType.service,
        hide_collections=identity.hides_follows,
        discoverable=identity.is_discoverable,
        indexable=identity.is_indexable,
        show_media=identity.shows_media,
        show_media_replies=identity.shows_media_of_replies,
        show_featured=identity.shows_featured,
        attribution_domains=list(identity.attribution_domains),
        featured_tags=[featured_tag(view, identity) for view in featured],
    )
