"""Poll: docs.joinmastodon.org/entities/Poll"""

import datetime as dt

import msgspec
from msgspec import UNSET, UnsetType

from activities.posts.queries.views import PostView
from api.entities.custom_emoji import CustomEmoji, custom_emojis
from api.entities.times import timestamp
from core import clock
from users.domains.models import Domain
from users.identities.models import Identity


class PollOption(msgspec.Struct):
    title: str
    votes_count: int | None


class Poll(msgspec.Struct, kw_only=True):
    """A poll. `id` is that of its status."""

    id: str
    expires_at: str | None
    expired: bool
    multiple: bool
    votes_count: int
    voters_count: int | None
    options: list[PollOption]
    emojis: list[CustomEmoji]
    voted: bool | UnsetType = UNSET
    own_votes: list[int] | UnsetType = UNSET


def poll(post: PostView, domain: Domain, viewer: Identity | None) -> Poll:
    """Render a post's poll for its viewer: hidden totals are shown at the end, and authors count as having voted."""
    question = post.question
    assert question is not None
    ends_at = dt.datetime.fromisoformat(question.ends_at) if question.ends_at else None
    expired = bool(question.closed_at) or (ends_at is not None and ends_at <= clock.now())
    shown = Poll(
        id=str(post.id),
        expires_at=timestamp(ends_at) if ends_at else None,
        expired=expired,
        multiple=question.multiple,
        votes_count=sum(option.votes for option in question.options),
        voters_count=question.voters,
        options=[
            PollOption(option.title, None if question.hides_totals and not expired else option.votes)
            for option in question.options
        ],
        emojis=custom_emojis(post.emojis, domain),
    )
    if viewer is not None:
        shown.own_votes = post.own_votes or []
        shown.voted = bool(post.own_votes) or post.author_id == viewer.pk
    return shown
