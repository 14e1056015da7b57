"""Reaction: docs.joinmastodon.org/entities/Reaction, of announcements; and emoji reactions to a status, in the two forms that clients know.

glitch-soc's `reactions`, which look the same, and Pleroma's `emoji_reactions`
(docs-develop.pleroma.social/backend/development/API/differences_in_mastoapi_responses).
"""

from collections.abc import Iterable

import msgspec
from msgspec import UNSET, UnsetType

from activities.posts.queries.views import ReactionView
from api.entities.account import Account
from users.domains.models import Domain
from users.identities.models import Identity


class Reaction(msgspec.Struct):
    """An emoji of Unicode, or a custom one, which has addresses. `me` is absent without a viewer."""

    name: str
    count: int
    me: bool | UnsetType = UNSET
    url: str | UnsetType = UNSET
    static_url: str | UnsetType = UNSET


class EmojiReaction(msgspec.Struct):
    """`accounts` is there where the reactions of one status are asked for: the first 40 of each."""

    name: str
    count: int
    me: bool
    url: str | None = None
    accounts: list[Account] | UnsetType = UNSET


class PleromaStatus(msgspec.Struct, frozen=True):
    """The part of a status that Pleroma adds, as far as it is here."""

    emoji_reactions: list[EmojiReaction] = []


NO_REACTIONS = PleromaStatus()


def reactions(views: Iterable[ReactionView], domain: Domain, viewer: Identity | None) -> list[Reaction]:
    shown = []
    for view in views:
        one = Reaction(view.full_name, view.count)
        if viewer is not None:
            one.me = view.is_mine
        if url := view.picture(domain.base_url):
            one.url, one.static_url = url, view.static_picture(domain.base_url)
        shown.append(one)
    return shown


def emoji_reactions(views: Iterable[ReactionView], domain: Domain) -> list[EmojiReaction]:
    return [
        EmojiReaction(view.full_name, view.count, view.is_mine, view.picture(domain.base_url) or None)
        for view in views
    ]
