"""AccountWarning, Appeal: docs.joinmastodon.org/entities/AccountWarning"""

from typing import Literal

import msgspec

from api.entities.account import Account, account
from api.entities.times import timestamp
from users.domains.models import Domain
from users.identities.queries.profiles import Profile
from users.moderation.models import AccountWarning as StoredWarning
from users.moderation.models import WarningAction

Action = Literal[
    "none", "disable", "mark_statuses_as_sensitive", "delete_statuses", "sensitive", "silence", "suspend"
]


class Appeal(msgspec.Struct):
    text: str
    state: Literal["approved", "rejected", "pending"]


class AccountWarning(msgspec.Struct, kw_only=True):
    """A warning. `status_ids` is null if no posts were affected."""

    id: str
    action: Action
    text: str
    status_ids: list[str] | None
    target_account: Account
    appeal: Appeal | None
    created_at: str


def account_warning(stored: StoredWarning, target: Profile, domain: Domain) -> AccountWarning:
    """Render a warning for its recipient."""
    is_frozen = stored.action == WarningAction.freeze
    appealed = stored.appealed
    return AccountWarning(
        id=str(stored.pk),
        action="disable" if is_frozen else stored.action,
        text=stored.text,
        status_ids=[str(post_id) for post_id in stored.post_ids] or None,
        target_account=account(target, domain),
        appeal=Appeal(appealed.text, appealed.state) if appealed is not None else None,  # type: ignore[arg-type]  # one of three
        created_at=timestamp(stored.created_at),
    )
