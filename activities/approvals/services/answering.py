"""Answers of post authors, local and remote."""

from collections.abc import Mapping

from activities.approvals import events
from activities.approvals.activitypub import (
    answer_document,
    approval_uri,
    delete_approval_document,
    rejection_document,
    request_uri,
    requested_uri,
)
from activities.approvals.models import Approval, ApprovalGraph
from activities.approvals.queries import approval_at, approvals_by_uri, own_approval
from activities.approvals.services.asking import open_approval
from activities.posts.models import Interaction, Like, Post
from core.db import async_atomic
from core.errors import NotFound
from core.ids import new_id
from federation.documents import same_host
from federation.sending import send
from stator import transition
from users.identities.models import Identity


async def authorize(*, author: Identity, approval_id: int) -> Approval:
    """Approve a requested interaction. Idempotent. Raises NotFound if there is no request, or it was revoked."""
    async with async_atomic():
        approval = await own_approval(author, approval_id, locked=True)
        if approval.state == ApprovalGraph.accepted.name:
            return approval
        await approve(approval)
    return approval


async def approve(approval: Approval) -> None:
    """Approve an interaction with a local post, show it, and send the approval's URI to its server. In a transaction."""
    if approval.state not in {ApprovalGraph.waiting.name, ApprovalGraph.refused.name}:
        raise NotFound
    await _accept(approval, approval_uri(approval.target.author.uri, approval.pk))
    await answer(approval)


async def answer(approval: Approval) -> None:
    """Send the decision to the requester. Each answer has a new id, because some servers process an id only once."""
    author, identity = approval.target.author, approval.identity
    if identity.is_local or not identity.inbox_url:
        return
    is_accepted = approval.state == ApprovalGraph.accepted.name
    await send_answer(
        Interaction(approval.kind),
        author=author,
        identity=identity,
        request={
            "id": approval.request_uri or request_uri(Interaction(approval.kind), approval.uri),
            "actor": identity.uri,
            "object": approval.target.uri,
            "instrument": approval.uri,
        },
        approval=approval.approval_uri if is_accepted else "",
    )


async def send_answer(
    kind: Interaction,
    *,
    author: Identity,
    identity: Identity,
    request: Mapping[str, object],
    approval: str = "",
) -> None:
    """Send an Accept with the approval, or a Reject without."""
    document = answer_document(
        kind,
        answer="Accept" if approval else "Reject",
        answer_id=f"{author.uri}#{'accepts' if approval else 'rejects'}/{kind}_requests/{new_id()}",
        actor_uri=author.uri,
        request=request,
        approval_uri=approval,
    )
    if identity.inbox_url:
        await send(signer=author.pk, activity=document, inboxes=[identity.inbox_url])


async def reject_unasked(kind: Interaction, *, author: Identity, identity: Identity, uri: str) -> None:
    """Tell a remote actor that their unrequested reply, Like or Announce with this id is refused."""
    document = rejection_document(
        reject_id=f"{author.uri}#rejects/{kind}/{new_id()}",
        actor_uri=author.uri,
        recipient_uri=identity.uri,
        uri=uri,
    )
    if identity.inbox_url:
        await send(signer=author.pk, activity=document, inboxes=[identity.inbox_url])


async def reject(*, author: Identity, approval_id: int) -> Approval:
    """Refuse a request, or revoke its approval. Idempotent. Raises NotFound if there is no request."""
    async with async_atomic():
        approval = await own_approval(author, approval_id, locked=True)
        if approval.state == ApprovalGraph.waiting.name:
            await _deny(approval, revoked=False)
            await answer(approval)
        elif approval.state == ApprovalGraph.accepted.name:
            before = approval.approval_uri
            await _deny(approval, revoked=True)
            if not approval.identity.is_local and approval.identity.inbox_url:
                document = delete_approval_document(uri=before, author_uri=author.uri)
                await send(signer=author.pk, activity=document, inboxes=[approval.identity.delivery_url])
    return approval


async def receive_answer(*, actor: Identity, uris: list[str], approval: str, accepts: bool) -> bool:
    """Store a post author's answer about a known reply, like or boost. Return False for anything else.

    `uris` may be those of the request or the interaction. A Reject after an Accept revokes it; a refusal is final. Interactions that
    needed no request can be rejected, too.
    """
    async with async_atomic():
        found = None
        for uri in dict.fromkeys(requested_uri(uri) for uri in uris if uri):
            found = await approval_at(uri, locked=True)
            found = found or (None if accepts else await _unasked(actor, uri))
            if found is not None:
                break
        if found is None or found.author_id != actor.pk:
            return False
        is_open = found.state in {
            ApprovalGraph.waiting.name,
            ApprovalGraph.stated.name,
        }
        if accepts:
            if not approval or not same_host(approval, actor.uri) or not is_open:
                return False
            await _accept(found, approval)
        elif is_open:
            await _deny(found, revoked=False)
        elif found.state == ApprovalGraph.accepted.name:
            await _deny(found, revoked=True)
    return True


async def _unasked(author: Identity, uri: str) -> Approval | None:
    """Return a new approval for the reply, like or boost with this id, if it is another actor's and about a post of the author."""
    identity_uri, _, like_id = uri.partition("#likes/")
    if like_id.isascii() and like_id.isdigit() and len(like_id) < 20:
        likes = Like.objects.select_related("identity", "post", "post__author")
        like = await likes.filter(pk=int(like_id), uri=uri, identity__uri=identity_uri).afirst()
        if like is None or like.post.author_id != author.pk:
            return None
        return await open_approval(Interaction.like, identity=like.identity, target=like.post, uri=uri)
    posts = Post.objects.select_related("author", "in_reply_to__author", "boost_of__author")
    post = await posts.filter(uri=uri, deleted_at=None).afirst()
    target = None if post is None else post.boost_of or post.in_reply_to
    if post is None or target is None or target.author_id != author.pk or post.author_id == author.pk:
        return None
    kind = Interaction.reply if post.boost_of_id is None else Interaction.boost
    return await open_approval(kind, identity=post.author, target=target, uri=uri, post=post)


async def receive_revocation(*, actor: Identity, approval: str) -> bool:
    """Hide the interaction whose approval its author deleted. Return False for an unknown one."""
    async with async_atomic():
        found = await approvals_by_uri(actor.pk, approval)
        for one in found:
            await _deny(one, revoked=True)
    return bool(found)


async def accept_checked(approval: Approval, checked_uri: str) -> None:
    """Approve an interaction that a remote author allowed, after the approval was fetched and verified. The worker changes its state."""
    approval.approval_uri = checked_uri
    await approval.asave(update_fields=["approval_uri"])
    await events.on_approved.emit(approval)


async def _accept(approval: Approval, uri: str) -> None:
    approval.approval_uri = uri
    await approval.asave(update_fields=["approval_uri"])
    await transition(approval, ApprovalGraph.accepted)
    await events.on_approved.emit(approval)


async def _deny(approval: Approval, *, revoked: bool) -> None:
    approval.approval_uri = ""
    await approval.asave(update_fields=["approval_uri"])
    await transition(approval, ApprovalGraph.revoked if revoked else ApprovalGraph.refused)
    await events.on_denied.emit(approval)
