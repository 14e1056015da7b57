"""Conversation: docs.joinmastodon.org/entities/Conversation"""

import msgspec

from activities.conversations.queries import ConversationView
from api.entities.account import Account, account
from api.entities.status import Status, status
from users.domains.models import Domain
from users.identities.models import Identity


class Conversation(msgspec.Struct):
    id: str
    unread: bool
    accounts: list[Account]
    last_status: Status | None


def conversation(view: ConversationView, domain: Domain, viewer: Identity) -> Conversation:
    return Conversation(
        id=str(view.id),
        unread=view.is_unread,
        accounts=[account(one, domain) for one in view.people],
        last_status=status(view.last_post, domain, viewer) if view.last_post is not None else None,
    )
