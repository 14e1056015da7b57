"""RelationshipSeveranceEvent: docs.joinmastodon.org/entities/RelationshipSeveranceEvent"""

from typing import Literal

import msgspec

from api.entities.times import timestamp
from users.severances.queries import SeveranceView


class RelationshipSeveranceEvent(msgspec.Struct):
    id: str
    type: Literal["domain_block", "user_domain_block", "account_suspension"]
    purged: bool
    target_name: str
    followers_count: int
    following_count: int
    created_at: str


def relationship_severance_event(view: SeveranceView) -> RelationshipSeveranceEvent:
    return RelationshipSeveranceEvent(
        id=str(view.id),
        type=view.kind,  # type: ignore[arg-type]  # the model's choices
        purged=view.is_purged,
        target_name=view.target_name,
        followers_count=view.followers_count,
        following_count=view.following_count,
        created_at=timestamp(view.created_at),
    )
