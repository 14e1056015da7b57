"""Quotes in remote posts: stored at once, and hidden until the worker has verified them (FEP-044f)."""

from activities.posts.activitypub.post_document import PostDocument
from activities.posts.models import Post, QuoteState
from activities.posts.services import counters
from core.db import sql
from federation.peers import host_of
from users.domains.queries import is_local_host


async def start_check(post: Post, document: PostDocument) -> None:
    """Queue the verification of a quote, which is shown once the quoted post is stored and its author's approval verified. In a transaction."""
    quoted = await Post.objects.filter(uri=document.quote_uri, deleted_at=None, boost_of=None).afirst()
    post.quote_uri = document.quote_uri
    post.quote_of_id = quoted.pk if quoted else None
    post.quote_state = QuoteState.pending
    await post.asave(update_fields=["quote_uri", "quote_of", "quote_state"])
    if quoted is not None and quoted.author_id == post.author_id:
        await _accept_own(post)
    elif document.quote_approval_uri or quoted is None:
        await _doubt(post, document.quote_approval_uri)


async def update_quote(post: Post, document: PostDocument) -> None:
    """Store the stamp of an Update for a pending quote, and verify the stamp of a quote updated without one: it may have been revoked.

    An edit can't change the quoted post.
    """
    if document.quote_uri != post.quote_uri:
        return
    if not document.quote_approval_uri and await _is_allowed_elsewhere(post):
        await _doubt(post, post.quote_approval_uri)
    elif (
        document.quote_approval_uri
        and post.quote_state == QuoteState.pending
        and document.quote_approval_uri != post.quote_approval_uri
    ):
        await _doubt(post, document.quote_approval_uri)


async def _is_allowed_elsewhere(post: Post) -> bool:
    """Return whether another server approved this remote quote: it tells the quoting author's server, and possibly nobody else."""
    stamp = post.quote_approval_uri
    is_allowed = post.quote_state == QuoteState.accepted and not post.is_local and bool(stamp)
    return is_allowed and not await is_local_host(host_of(stamp))


async def _accept_own(post: Post) -> None:
    """Accept a quote of the author's own post, which needs no approval."""
    post.quote_state = QuoteState.accepted
    await post.asave(update_fields=["quote_state"])
    await counters.count_quote(post, +1)


async def _doubt(post: Post, stamp: str) -> None:
    post.quote_approval_uri = stamp
    await post.asave(update_fields=["quote_approval_uri"])
    await sql.run(
        """INSERT INTO activities_quotecheck AS k (post_id, host, state, state_due_at, state_changed_at, state_attempts)
           VALUES (%s, %s, 'new', now(), now(), 0)
           ON CONFLICT (post_id) DO UPDATE SET state = 'new', state_due_at = now(), state_changed_at = now(), state_attempts = 0""",
        [post.pk, host_of(stamp or post.quote_uri)],
    )
