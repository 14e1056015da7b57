"""Verification of approvals by remote authors: fetched from their own host, and compared."""

from datetime import timedelta

from activities.approvals.activitypub import is_approval_for
from activities.approvals.models import Approval, ApprovalGraph
from activities.approvals.queries import approval_at
from activities.approvals.services.answering import accept_checked
from activities.posts.activitypub.policies import stated_approval
from activities.posts.models import Interaction
from core.db import release_connection
from core.errors import Problem
from core.http import FetchError
from core.logs import get_logger
from federation.documents import same_host
from federation.fetching import fetch_document
from federation.peers import host_of, is_blocked
from stator import Outcome, later, to

log = get_logger(__name__)


@ApprovalGraph.stated.each(lease=timedelta(seconds=60), concurrency=10, fair_by="host")
async def check(row: Approval) -> Outcome:
    """Accept an interaction if the author's server serves a matching approval. Otherwise it stays hidden.

    A reply that arrived before its parent is fetched for its stated approval.
    """
    approval = await approval_at(row.uri)
    if approval is None:
        return to(ApprovalGraph.waiting)
    uri, author_uri = approval.approval_uri, approval.target.author.uri
    if await is_blocked(host_of(author_uri)) or await is_blocked(host_of(approval.uri)):
        return to(ApprovalGraph.waiting)
    await release_connection()
    try:
        if not uri:
            uri = stated_approval(Interaction(approval.kind), await fetch_document(approval.uri))
        if not same_host(uri, author_uri):
            return to(ApprovalGraph.waiting)
        document = await fetch_document(uri)
    except FetchError as error:
        if error.is_ours or error.is_temporary:
            return later(str(error), is_attempt=not error.is_ours)
        return to(ApprovalGraph.waiting)
    except Problem as problem:  # deleted, blocked, or not a document: it stays unverified
        log.debug("approval.not_checked", uri=approval.uri, reason=problem.detail or problem.sentence)
        return to(ApprovalGraph.waiting)
    if not is_approval_for(
        Interaction(approval.kind),
        document,
        uri=uri,
        author_uri=author_uri,
        interacting_uri=approval.uri,
        target_uri=approval.target.uri,
    ):
        return to(ApprovalGraph.waiting)
    return to(ApprovalGraph.accepted, effect=lambda: accept_checked(approval, uri))
