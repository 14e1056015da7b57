"""Listeners that show approved interactions and hide denied ones. Inside the transaction of the event."""

from django.db.models import QuerySet

from activities.approvals import events
from activities.approvals.models import Approval
from activities.posts.activitypub.activities import delete_document, like_document
from activities.posts.models import Interaction, Like, Post, PostGraph, PostWithdrawal, Reach, Visibility
from activities.posts.services import counters
from activities.posts.services.sending import send_documents
from activities.publishing.services import interactions
from activities.publishing.services.receiving_reactions import receive_boost, receive_like
from federation.sending import send
from stator import State, transition


@events.on_approved
async def show_approved(approval: Approval) -> None:
    """Show a reply or boost to its audience, or store a pending like or boost."""
    post: Post | None = approval.post
    if post is not None:
        if post.state == PostGraph.withdrawn:  # it may be restored
            await _restore_to(PostGraph.new, post, PostWithdrawal.objects.filter(was=PostGraph.held.name))
        elif post.deleted_at is None and post.state == PostGraph.held:
            await transition(post, PostGraph.new)
            await counters.count_shown(post)
    elif approval.kind == Interaction.boost:
        if approval.target.deleted_at is None:
            await receive_boost(
                author=approval.identity,
                uri=approval.uri,
                original=approval.target,
                visibility=Visibility(approval.visibility),
                is_approved=True,
            )
    elif approval.kind == Interaction.like:
        await _store_like(approval)


async def _store_like(approval: Approval) -> None:
    identity, target = approval.identity, approval.target
    if target.author.is_local or not identity.is_local:
        await receive_like(author=identity, post=target, uri=approval.uri)
        return
    is_liked = await Like.objects.filter(post_id=target.pk, identity_id=identity.pk).aexists()
    if is_liked and target.author.inbox_url:
        document = like_document(
            uri=approval.uri,
            actor_uri=identity.uri,
            post_uri=target.uri,
            author_uri=target.author.uri,
            approval_uri=approval.approval_uri,
        )
        await send(signer=identity.pk, activity=document, inboxes=[target.author.delivery_url])


@events.on_denied
async def hide_denied(approval: Approval) -> None:
    """Hide a reply from everyone but its author, and delete it elsewhere if it is local; remove a boost or like."""
    post: Post | None = approval.post
    if approval.kind == Interaction.like:
        await interactions.delete_like(approval.target, approval.identity)
    elif approval.kind == Interaction.boost:
        boost = await interactions.lock_boost_of(approval.identity, approval.target_id)
        if boost is not None:
            await interactions.delete_boost(boost)
    elif post is not None and post.state == PostGraph.withdrawn:
        held = PostWithdrawal.objects.exclude(was=PostGraph.held.name)
        if await _restore_to(PostGraph.held, post, held) and post.is_local:
            await _delete_elsewhere(post)
    elif post is not None and post.deleted_at is None and post.state != PostGraph.held:
        await counters.uncount_hidden(post)
        await transition(post, PostGraph.held)
        if post.is_local:
            await _delete_elsewhere(post)


async def _restore_to(state: State, post: Post, rows: QuerySet[PostWithdrawal]) -> bool:
    """Set the state to which a withdrawn post is restored. Return whether it changed."""
    return bool(await rows.filter(pk=post.pk).aupdate(was=state.name))


async def _delete_elsewhere(post: Post) -> None:
    """Send a Delete of a post that was public and remains here for its author only."""
    await send_documents([post.pk], delete_document, Reach.end)
