"""Requesting approval from the author of a post, by local and remote actors. Everything runs in a transaction."""

from collections.abc import Mapping
from typing import Any

from activities.approvals import events
from activities.approvals.activitypub import approval_uri, request_document
from activities.approvals.models import Approval, ApprovalGraph
from activities.approvals.queries import approval_at
from activities.posts.models import Interaction, Post
from core import clock
from core.db import sql
from federation.peers import host_of
from federation.sending import send
from stator import transition
from users.identities.models import Identity


async def open_approval(
    kind: Interaction,
    *,
    identity: Identity,
    target: Post,
    uri: str,
    post: Post | None = None,
    visibility: int = 0,
    stated_uri: str = "",
) -> Approval | None:
    """Return the approval of this interaction, creating it if there is none. `target` is loaded with its author.

    With `stated_uri`, the URI stated in the interaction, the approval is fetched and verified soon. None if the id belongs to another
    actor.
    """
    if kind is not Interaction.reply:  # a second Like or Announce of an actor replaces the pending first one
        await sql.run(
            """UPDATE activities_approval SET uri = %(uri)s WHERE target_id = %(target)s AND identity_id = %(who)s AND kind = %(kind)s
               AND state = 'waiting' AND NOT EXISTS (SELECT 1 FROM activities_approval o WHERE o.uri = %(uri)s)""",
            {"uri": uri, "target": target.pk, "who": identity.pk, "kind": kind.value},
        )
    is_new = await _insert(kind, identity, target, uri, post, visibility)
    approval = await approval_at(uri, locked=True)
    if approval is None or (approval.kind, approval.identity_id, approval.target_id) != (
        kind,
        identity.pk,
        target.pk,
    ):
        return None
    if post is not None and approval.post_id is None:
        approval.post = post
        await approval.asave(update_fields=["post"])
    is_other = stated_uri and stated_uri != approval.approval_uri
    if is_other and approval.state in {ApprovalGraph.waiting.name, ApprovalGraph.failed.name}:
        approval.approval_uri, approval.host = stated_uri, host_of(stated_uri)
        await approval.asave(update_fields=["approval_uri", "host"])
        await transition(approval, ApprovalGraph.stated)
    elif is_new and target.author.is_local:
        await events.on_requested.emit(approval)
    return approval


async def open_for_orphans(target: Post, replies: list[int]) -> None:
    """Let the worker look for the approvals of replies that arrived before their parent post: each reply states its own."""
    found = Post.objects.filter(pk__in=replies).values_list("pk", "author_id", "uri")
    rows = [
        Approval(
            kind=Interaction.reply,
            target=target,
            author_id=target.author_id,
            identity_id=author_id,
            post_id=post_id,
            uri=uri,
            host=host_of(uri),
            state=ApprovalGraph.stated.name,
            state_due_at=clock.now(),
        )
        async for post_id, author_id, uri in found
    ]
    await Approval.objects.abulk_create(rows, ignore_conflicts=True)


async def _insert(
    kind: Interaction, identity: Identity, target: Post, uri: str, post: Post | None, visibility: int
) -> bool:
    made = Approval(
        kind=kind,
        target=target,
        author_id=target.author_id,
        identity=identity,
        post=post,
        uri=uri,
        visibility=visibility,
        state=ApprovalGraph.waiting.name,
    )
    await Approval.objects.abulk_create([made], ignore_conflicts=True)
    return bool(await sql.value("SELECT 1 FROM activities_approval WHERE id = %s", [made.pk]))


async def ask(
    kind: Interaction,
    *,
    identity: Identity,
    target: Post,
    uri: str,
    post: Post | None = None,
    embedded: Mapping[str, Any] | None = None,
) -> None:
    """Request approval for a local identity: from the author's server, or from a local author."""
    approval = await open_approval(kind, identity=identity, target=target, uri=uri, post=post)
    if approval is None or target.author.is_local or not target.author.inbox_url:
        return
    document = request_document(
        kind, actor_uri=identity.uri, uri=uri, target_uri=target.uri, embedded=embedded
    )
    await send(signer=identity.pk, activity=document, inboxes=[target.author.inbox_url])


async def approve_own(kind: Interaction, *, identity: Identity, target: Post, uri: str, post: Post) -> None:
    """Record an approval for a local interaction that the policy allows through a relation. Other servers can't see that relation and
    need the approval as evidence.
    """
    approval = await open_approval(kind, identity=identity, target=target, uri=uri, post=post)
    if approval is not None and approval.state == ApprovalGraph.waiting.name:
        approval.approval_uri = approval_uri(target.author.uri, approval.pk)
        await approval.asave(update_fields=["approval_uri"])
        await transition(approval, ApprovalGraph.accepted)


async def forget(kind: Interaction, *, identity_id: int, target_id: int) -> None:
    """Delete the approval request of an interaction that its author undid. Served by activities_approval_once."""
    await Approval.objects.filter(kind=kind, identity_id=identity_id, target_id=target_id).adelete()


async def withdraw(*, identity: Identity, uri: str) -> bool:
    """Delete a pending like or boost that its author undid. Return False if there is none. Unique index on uri."""
    waiting = Approval.objects.filter(uri=uri, identity_id=identity.pk, state=ApprovalGraph.waiting.name)
    deleted, _ = await waiting.filter(post=None).adelete() if uri else (0, {})
    return bool(deleted)
