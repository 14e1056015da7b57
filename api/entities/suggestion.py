"""Suggestion and FamiliarFollowers: docs.joinmastodon.org/entities/Suggestion, FamiliarFollowers"""

from typing import Literal

import msgspec

from api.entities.account import Account

Source = Literal["staff", "past_interactions", "global"]
Reason = Literal[
    "featured", "most_followed", "most_interactions", "similar_to_recently_followed", "friends_of_friends"
]
# the deprecated name of each reason, as in Mastodon
SOURCES: dict[str, Source] = {"friends_of_friends": "past_interactions", "most_followed": "global"}


class Suggestion(msgspec.Struct):
    source: Source
    sources: list[Reason]
    account: Account


class FamiliarFollowers(msgspec.Struct):
    id: str
    accounts: list[Account]
