"""InteractionRequest, as in GoToSocial: docs.gotosocial.org/en/latest/api/swagger."""

from collections.abc import Mapping
from typing import Literal

import msgspec

from activities.approvals.models import Approval, ApprovalGraph
from activities.posts.queries.views import PostView
from api.entities.account import Account, account
from api.entities.status import Status, status
from api.entities.times import timestamp
from api.entities.viewpoint import Viewpoint
from core.ids import time_of
from users.identities.queries.profiles import Profile

_TYPES: dict[str, Literal["favourite", "reply", "reblog"]] = {
    "like": "favourite",
    "reply": "reply",
    "boost": "reblog",
}


class InteractionRequest(msgspec.Struct, kw_only=True):
    """A request to reply to, favourite or reblog a status of the caller. `uri` is that of the answer, once there is one."""

    id: str
    type: Literal["favourite", "reply", "reblog"]
    created_at: str
    account: Account
    status: Status | None
    reply: Status | None = None
    accepted_at: str | None = None
    rejected_at: str | None = None
    uri: str | None = None


def interaction_request(
    approval: Approval, people: Mapping[int, Profile], posts: Mapping[int, PostView], seen: Viewpoint
) -> InteractionRequest:
    """Render a request with its posts and profiles."""
    target, reply = posts.get(approval.target_id), posts.get(approval.post_id or 0)
    decided_at = timestamp(approval.state_changed_at)
    is_accepted = approval.state == ApprovalGraph.accepted.name
    is_denied = approval.state in {ApprovalGraph.refused.name, ApprovalGraph.revoked.name}
    return InteractionRequest(
        id=str(approval.pk),
        type=_TYPES[approval.kind],
        created_at=timestamp(time_of(approval.pk)),
        account=account(people[approval.identity_id], seen.domain),
        status=status(target, seen) if target is not None else None,
        reply=status(reply, seen) if reply is not None and approval.kind == "reply" else None,
        accepted_at=decided_at if is_accepted else None,
        rejected_at=decided_at if is_denied else None,
        uri=approval.approval_uri or None,
    )
