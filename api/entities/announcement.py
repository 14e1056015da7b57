"""Announcement: docs.joinmastodon.org/entities/Announcement"""

import msgspec
from msgspec import UNSET, UnsetType

from activities.announcements.queries import AnnouncementView
from api.entities.custom_emoji import CustomEmoji, custom_emojis
from api.entities.reaction import Reaction
from api.entities.status import StatusMention, StatusTag
from api.entities.times import timestamp


class AnnouncementStatus(msgspec.Struct):
    id: str
    url: str


class Announcement(msgspec.Struct, kw_only=True):
    """An announcement. Mentions, hashtags and emoji are linked in `content`; the lists exist for clients that read them."""

    id: str
    content: str
    starts_at: str | None
    ends_at: str | None
    all_day: bool
    published_at: str
    updated_at: str
    read: bool | UnsetType = UNSET
    mentions: list[StatusMention] = []
    statuses: list[AnnouncementStatus] = []
    tags: list[StatusTag] = []
    emojis: list[CustomEmoji] = []
    reactions: list[Reaction]


class StreamedReaction(msgspec.Struct):
    """A change in the number of reactions, for streams (docs.joinmastodon.org/methods/streaming#events)."""

    name: str
    count: int
    announcement_id: str
    url: str | UnsetType = UNSET
    static_url: str | UnsetType = UNSET


def announcement(view: AnnouncementView, *, for_nobody: bool = False) -> Announcement:
    """Render an announcement. With `for_nobody` it is the same for everyone, without the viewer's own state."""
    return Announcement(
        id=str(view.id),
        content=view.content,
        starts_at=timestamp(view.starts_at) if view.starts_at else None,
        ends_at=timestamp(view.ends_at) if view.ends_at else None,
        all_day=view.all_day,
        published_at=timestamp(view.published_at),
        updated_at=timestamp(view.updated_at),
        read=UNSET if for_nobody else view.is_read,
        emojis=custom_emojis(view.emojis),
        reactions=[
            Reaction(one.name, one.count, UNSET if for_nobody else one.is_mine, *_pictures(view, one.name))
            for one in view.reactions
        ],
    )


def streamed_reaction(view: AnnouncementView, name: str) -> StreamedReaction:
    count = next((one.count for one in view.reactions if one.name == name), 0)
    return StreamedReaction(name, count, str(view.id), *_pictures(view, name))


def _pictures(view: AnnouncementView, name: str) -> tuple[str | UnsetType, str | UnsetType]:
    found = view.pictures.get(name)
    return (UNSET, UNSET) if found is None else (found.url, found.static_url or found.url)
