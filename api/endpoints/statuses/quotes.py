"""Quotes of a status, and its quote policy (docs.joinmastodon.org/methods/statuses)."""

from typing import Literal

import msgspec

from activities.posts.models import Interaction
from activities.posts.queries.visibility import require_original
from activities.quotes.queries import quotes_of
from activities.quotes.services import quotes
from api.endpoints.statuses.policies import AskedPolicy
from api.endpoints.statuses.statuses import status_for_caller
from api.entities.status import Status, statuses
from api.pagination import StatusPage, link_posts
from api.parameters import Id
from api.routing import Call, endpoint


@endpoint("GET", "/api/v1/statuses/<id>/quotes", scope="read:statuses", auth="user")
async def index(call: Call, id: Id, page: StatusPage) -> list[Status]:
    """Return statuses that quote this one, newest first."""
    found = await quotes_of(id, call.me, page.here())
    link_posts(call, found, limit=page.limit)
    return statuses(found, call.viewpoint)


@endpoint(
    "POST", "/api/v1/statuses/<id>/quotes/<quoting_status_id>/revoke", scope="write:statuses", auth="user"
)
async def revoke(call: Call, id: Id, quoting_status_id: Id) -> Status:
    """Revoke a quote of the caller's status. The response is the quoting one."""
    await require_original(call.me, quoting_status_id)  # without access to it, nothing is revealed about it
    await quotes.revoke(author=call.me, quoted_id=id, quoting_id=quoting_status_id)
    return await status_for_caller(call, quoting_status_id)


class Policy(msgspec.Struct):
    quote_approval_policy: Literal["public", "followers", "nobody"] | None = None
    interaction_policy: AskedPolicy | None = None


@endpoint("PUT", "/api/v1/statuses/<id>/interaction_policy", scope="write:statuses", auth="user")
async def set_policy(call: Call, id: Id, policy: Policy) -> Status:
    """Change who may quote the caller's own status from now on, and as an extension who may like, reply to and boost it."""
    wanted = policy.interaction_policy.flags() if policy.interaction_policy else {}
    if policy.quote_approval_policy is not None:
        wanted[Interaction.quote] = quotes.POLICIES[policy.quote_approval_policy]
    if wanted:
        await quotes.set_policies(author=call.me, post_id=id, policies=wanted)
    return await status_for_caller(call, id)
