"""Requests to reply to, favourite and reblog the caller's statuses, as in GoToSocial's API."""

from activities.approvals.models import Approval
from activities.approvals.queries import own_approval, waiting_for
from activities.approvals.services import answering
from activities.posts.models import Interaction
from activities.posts.queries.posts import load_posts
from api.entities.interaction_request import InteractionRequest, interaction_request
from api.pagination import StatusPage, link_rows
from api.parameters import Id
from api.routing import Call, endpoint
from users.identities.queries.profiles import load_profiles


async def _shown(call: Call, approvals: list[Approval]) -> list[InteractionRequest]:
    ids = {id for one in approvals for id in (one.target_id, one.post_id) if id is not None}
    posts = {post.id: post for post in await load_posts(sorted(ids), call.me)}
    people = await load_profiles({one.identity_id for one in approvals})
    return [interaction_request(one, people, posts, call.viewpoint) for one in approvals]


class Asked(StatusPage, kw_only=True):
    """The requested kinds, by default all."""

    status_id: Id | None = None
    favourites: bool = False
    replies: bool = False
    reblogs: bool = False

    def kinds(self) -> tuple[Interaction, ...]:
        named = {
            Interaction.like: self.favourites,
            Interaction.reply: self.replies,
            Interaction.boost: self.reblogs,
        }
        return tuple(kind for kind, is_wanted in named.items() if is_wanted) or tuple(named)


@endpoint("GET", "/api/v1/interaction_requests", scope="read:notifications", auth="user")
async def index(call: Call, asked: Asked) -> list[InteractionRequest]:
    """Return pending requests to the caller, newest first."""
    found = await waiting_for(call.me, asked.here(), kinds=asked.kinds(), target_id=asked.status_id)
    link_rows(call, [one.pk for one in found], limit=asked.limit)
    return await _shown(call, found)


@endpoint("GET", "/api/v1/interaction_requests/<id>", scope="read:notifications", auth="user")
async def show(call: Call, id: Id) -> InteractionRequest:
    """Return one request, answered or not."""
    return (await _shown(call, [await own_approval(call.me, id)]))[0]


@endpoint("POST", "/api/v1/interaction_requests/<id>/authorize", scope="write:notifications", auth="user")
async def authorize(call: Call, id: Id) -> InteractionRequest:
    """Accept a request: the interaction is shown."""
    return (await _shown(call, [await answering.authorize(author=call.me, approval_id=id)]))[0]


@endpoint("POST", "/api/v1/interaction_requests/<id>/reject", scope="write:notifications", auth="user")
async def reject(call: Call, id: Id) -> InteractionRequest:
    """Reject a request, or revoke its approval: the interaction is hidden."""
    return (await _shown(call, [await answering.reject(author=call.me, approval_id=id)]))[0]
