"""Search: docs.joinmastodon.org/entities/Search"""

import msgspec

from api.entities.account import Account
from api.entities.status import Status
from api.entities.tag import Tag


class Collection(msgspec.Struct):
    """Collections of Mastodon 4.6 are not offered here; the list is always empty."""

    id: str


class Search(msgspec.Struct):
    accounts: list[Account]
    statuses: list[Status]
    hashtags: list[Tag]
    collections: list[Collection] = []
