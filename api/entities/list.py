"""List: docs.joinmastodon.org/entities/List"""

from typing import Literal

import msgspec

from activities.lists.models import PeopleList


class List(msgspec.Struct):
    id: str
    title: str
    replies_policy: Literal["followed", "list", "none"]
    exclusive: bool


def people_list(row: PeopleList) -> List:
    return List(str(row.pk), row.title, row.replies_policy, row.is_exclusive)
