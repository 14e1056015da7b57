"""Verification of quotes between remote authors: the quoted post and the approval stamp are fetched and compared (FEP-044f)."""

from datetime import timedelta

from activities.approvals.activitypub import is_approval_for
from activities.posts.models import Interaction, Post, QuoteState
from activities.publishing.services.fetching import ensure_post
from activities.quotes.models import QuoteCheck, QuoteCheckGraph
from activities.quotes.services.quotes import verify_approval, withdraw_approval
from core.db import release_connection
from core.errors import Problem
from core.http import FetchError
from core.logs import get_logger
from federation.fetching import DocumentGone, DocumentNotFound, fetch_document
from federation.peers import host_of
from stator import Outcome, later, to

log = get_logger(__name__)


@QuoteCheckGraph.new.each(lease=timedelta(seconds=60), concurrency=10, fair_by="host")
async def check(doubt: QuoteCheck) -> Outcome:
    """Accept the quote if its stamp, fetched from the quoted author's host, names exactly these two posts.

    A quote accepted earlier is hidden if its stamp no longer exists.
    """
    post = await Post.objects.filter(pk=doubt.pk, deleted_at=None).afirst()
    if post is None or not post.quote_uri:
        return to(QuoteCheckGraph.done)
    was_allowed = post.quote_state == QuoteState.accepted
    try:
        quoted = await ensure_post(post.quote_uri)
        if not post.quote_approval_uri:
            await Post.objects.filter(pk=post.pk, quote_of=None).aupdate(quote_of=quoted)
            return to(QuoteCheckGraph.done)
        quoted = await Post.objects.select_related("author").aget(pk=quoted.pk)
        if host_of(post.quote_approval_uri) != host_of(quoted.author.uri):
            return to(QuoteCheckGraph.done)
        await release_connection()
        stamp = await fetch_document(post.quote_approval_uri, fresh=was_allowed)
    except FetchError as error:
        if was_allowed and isinstance(error, (DocumentGone, DocumentNotFound)):
            return _withdrawn(post)
        return later(str(error), is_attempt=not error.is_ours)
    except Problem as problem:  # deleted, blocked, or not a post: the quote stays unverified
        log.debug("quote.not_checked", post=post.uri, reason=problem.detail or problem.sentence)
        return to(QuoteCheckGraph.done)
    if not is_approval_for(
        Interaction.quote,
        stamp,
        uri=post.quote_approval_uri,
        author_uri=quoted.author.uri,
        interacting_uri=post.uri,
        target_uri=quoted.uri,
    ):
        return _withdrawn(post) if was_allowed else to(QuoteCheckGraph.done)
    return to(
        QuoteCheckGraph.done,
        effect=lambda: verify_approval(quoting=post, quoted=quoted, stamp=post.quote_approval_uri),
    )


def _withdrawn(post: Post) -> Outcome:
    return to(
        QuoteCheckGraph.done,
        effect=lambda: withdraw_approval(quoting_id=post.pk, stamp=post.quote_approval_uri),
    )
