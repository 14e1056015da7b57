"""Conversation: docs.joinmastodon.org/entities/Conversation"""

import msgspec

from activities.conversations.queries import ConversationView
from api.entities.account import Account, account
from api.entities.status import Status, status
from api.entities.viewpoint import Viewpoint


class Conversation(msgspec.Struct):
    id: str
    unread: bool
    accounts: list[Account]
    last_status: Status | None


def conversation(view: ConversationView, seen: Viewpoint) -> Conversation:
    return Conversation(
        id=str(view.id),
        unread=view.is_unread,
        accounts=[account(one, seen.domain) for one in view.people],
        last_status=status(view.last_post, seen) if view.last_post is not None else None,
    )
