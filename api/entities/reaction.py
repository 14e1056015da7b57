"""Reaction: docs.joinmastodon.org/entities/Reaction, of announcements; and emoji reactions to a status, in the two forms that clients
support.

glitch-soc's `reactions`, which have the same form, and Pleroma's `emoji_reactions`
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
    """A reaction: a Unicode emoji, or a custom one, which has URLs. `me` is absent without a viewer."""

    name: str
    count: int
    me: bool | UnsetType = UNSET
    url: str | UnsetType = UNSET
    static_url: str | UnsetType = UNSET


class EmojiReaction(msgspec.Struct):
    """A reaction in Pleroma's form. `accounts` is present if the reactions of one status are requested: the first 40 of each."""

    name: str
    count: int
    me: bool
    url: str | None = None
    accounts: list[Account] | UnsetType = UNSET


class PleromaStatus(msgspec.Struct, frozen=True):
    """The supported part of what Pleroma adds to a status."""

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
