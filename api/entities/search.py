"""Search: docs.joinmastodon.org/entities/Search"""

import msgspec

from api.entities.account import Account
from api.entities.collection import Collection
from api.entities.status import Status
from api.entities.tag import Tag


class Search(msgspec.Struct):
    accounts: list[Account]
    statuses: list[Status]
    hashtags: list[Tag]
    collections: list[Collection] = []
