"""Inbox forwarding (ActivityPub 7.1.2): replies to posts here go on to the author's followers, and hints that others pass on are looked up."""

from collections.abc import Iterable

from activities.posts.models import Post, Reach, Visibility
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
MAX_REFETCHES = 10  # an hour, of one post
_OPEN = (Visibility.public, Visibility.unlisted)


async def forward(activity: IncomingActivity, post: Post) -> None:
    """Send a reply, its edit or its deletion on to the followers of the post here that it answers, whose servers may not know its author.

    As it came, and only with its author's proof, without which nobody there could believe it; a wrong one would make their servers ask
    the author's. In a transaction.
    """
    if activity.is_forwarded or post.in_reply_to_id is None:
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
    """Fetch the post again, or delete it when its server says that it is gone.

    A few times an hour, because others say so than the server that is asked: beyond that an edit is found when somebody looks.
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
    """Require what is said to be new in a conversation that is here, or what changed of a post that is here."""
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
    """Acknowledge a hint. `require_object` has already asked the post's origin."""
    known = await id_by_uri(activity.object_id) is not None
    return done() if known else ignored("it belongs to no conversation here")
