"""Replies, likes and boosts that arrive without a request, for posts whose policy does not allow them."""

from activities.approvals.services import answering
from activities.posts.models import Interaction, Post
from activities.posts.queries.visibility import may_see
from core.errors import NotAllowed
from federation.registry import Handled, refused
from users.identities.models import Identity

_REFUSALS = frozenset({"reply_not_allowed", "like_not_allowed", "boost_not_allowed"})


async def refuse(
    kind: Interaction, identity: Identity, target: Post | None, uri: str, problem: NotAllowed
) -> Handled:
    """Send a Reject for an interaction that a local post's policy forbids, as GoToSocial does. Raises any other problem again.

    Sends nothing about a post that the sender may not see.
    """
    if problem.code not in _REFUSALS:
        raise problem
    if target is not None and target.is_local and await may_see(identity, target.pk):
        author = await Identity.objects.aget(pk=target.author_id)
        await answering.reject_unasked(kind, author=author, identity=identity, uri=uri)
    return refused(problem.detail)
