"""Inbox forwarding (ActivityPub 7.1.2): replies to local posts are forwarded to the author's followers; forwarded activities from others
are treated as hints.
"""

from collections.abc import Iterable

from activities.posts.models import Post, PostGraph, Reach, Visibility
from activities.posts.queries.posts import id_by_uri
from activities.posts.services.sending import send_about_post
from activities.publishing.services.fetching import refetch
from activities.publishing.services.receiving import receive_delete
from core.http.json import decode
from core.ratelimit import take_exact
from federation.documents import as_id
from federation.fetching import DocumentGone
from federation.inbox.proven import has_valid_proof
from federation.registry import (
    HINT,
    Dependency,
    Handled,
    IncomingActivity,
    done,
    ignored,
    needs,
    on,
    resolver,
)

MAX_FORWARDED_PER_HOST = 300  # an hour: each goes to all servers of an author's followers
MAX_REFETCHES = 10  # an hour, per post
_OPEN = (Visibility.public, Visibility.unlisted)


async def forward(activity: IncomingActivity, post: Post) -> None:
    """Send a reply to a local post, its edit or its deletion to the followers of the local author, whose servers may not follow the
    replying one.

    Unchanged, and only with the author's signature in the document, which other servers need to verify it; without a valid one they would
    have to ask the author's server. In a transaction.
    """
    if activity.is_forwarded or post.in_reply_to_id is None or post.state == PostGraph.sheltered:
        return
    parent = await Post.objects.filter(
        pk=post.in_reply_to_id, is_local=True, visibility__in=_OPEN, deleted_at=None
    ).afirst()
    if parent is None or post.visibility not in _OPEN or not await has_valid_proof(activity):
        return
    if not (await take_exact(f"forwarded:{activity.host}", MAX_FORWARDED_PER_HOST, 3600)).allowed:
        return
    await send_about_post(
        post_id=parent.pk, signer=parent.author_id, activity=decode(activity.body), reach=Reach.followers
    )


@resolver("object or its end")
async def refetch_or_delete(uri: str) -> None:
    """Fetch the post again, or delete it if its server says that it is deleted.

    A few times an hour, because the hint is not from the post's server: edits beyond that are found when the post is viewed.
    """
    post = (
        await Post.objects.select_related("author").filter(uri=uri, is_local=False, deleted_at=None).afirst()
    )
    if post is None or not (await take_exact(f"refetched:{post.pk}", MAX_REFETCHES, 3600)).allowed:
        return
    try:
        await refetch(post)
    except DocumentGone:
        await receive_delete(author=post.author, uri=uri)


@needs(HINT)
async def require_object(activity: IncomingActivity) -> Iterable[Dependency]:
    """Require the new post of a stored conversation, or the changed version of a stored post."""
    uri = activity.object_id
    if activity.document.get("activity") != "Create":
        is_here = await Post.objects.filter(uri=uri, is_local=False, deleted_at=None).aexists()
        return [Dependency(uri, "object or its end")] if is_here else []
    parent = as_id(activity.document.get("inReplyTo"))
    if not parent or await id_by_uri(parent) is None or await id_by_uri(uri) is not None:
        return []
    return [Dependency(uri, "object")]


@on(HINT)
async def receive_hint(activity: IncomingActivity) -> Handled:
    """Acknowledge a hint. `require_object` has already fetched the post from its origin."""
    known = await id_by_uri(activity.object_id) is not None
    return done() if known else ignored("it belongs to no conversation here")
