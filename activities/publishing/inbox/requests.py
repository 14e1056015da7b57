"""Incoming requests to reply to, like, boost and quote local posts, and the answers to ours (FEP-044f, GoToSocial)."""

from collections.abc import Mapping

from activities.approvals.activitypub import KINDS, requested_uri
from activities.approvals.models import Approval, ApprovalGraph
from activities.approvals.services import answering, asking
from activities.posts.models import Interaction, Post, Visibility
from activities.posts.queries.permissions import permission
from activities.posts.queries.visibility import may_see
from activities.publishing.activitypub import announce_visibility, author_of, is_post, parse_post
from activities.publishing.services.fetching import post_at
from activities.publishing.services.receiving import receive_post
from activities.quotes.services import quotes
from federation.documents import as_document, as_id, id_of, same_host
from federation.registry import Handled, Handler, IncomingActivity, NeedsFetch, done, ignored, on, refused
from users.collections.activitypub import is_request_uri
from users.collections.inbox import receive_answer as receive_answer_about_collection
from users.identities.inbox import actor_of
from users.identities.models import Identity
from users.relations.inbox import receive_accept, receive_reject
from users.relations.services.revoked_activities import was_deleted


@on("QuoteRequest")
@on("ReplyRequest")
@on("LikeRequest")
@on("AnnounceRequest")
async def receive_request(activity: IncomingActivity) -> Handled:
    """Answer a request about a local post by the post's policy: with an approval, a Reject, or nothing until its author decides.

    The quote or reply is read from the request, or fetched.
    """
    kind = KINDS[activity.type]
    target = await post_at(activity.object_id)
    if target is None or not target.is_local:
        return ignored("it is not about a post that was written here")
    author = await actor_of(activity)
    target = await Post.objects.select_related("author").aget(pk=target.pk)
    if not await may_see(author, target.pk):
        if target.visibility <= Visibility.unlisted:  # otherwise an answer would reveal that the post exists
            await _refuse(kind, activity, author, target)
        return refused("the post is not meant for this actor")
    uri = as_id(activity.document.get("instrument"))
    if not uri:
        return ignored("it does not say what is to be allowed")
    if kind in (Interaction.like, Interaction.boost):
        return await _receive_reaction_request(kind, activity, author, target, uri)
    if kind is Interaction.reply and await permission(kind, author, target) == "denied":
        await _refuse(kind, activity, author, target)
        return refused("the policy of the post does not allow it")
    if await was_deleted(uri):
        return ignored("it was deleted before it came")
    post = await post_at(uri) or await _embedded(activity, author)
    if post is None:
        raise NeedsFetch(uri, "object")
    if kind is Interaction.quote:
        return await _answer_quote(activity, author, post, target)
    if post.author_id != author.pk or post.in_reply_to_id != target.pk:
        await _refuse(kind, activity, author, target)
        return refused("the post is not its sender's, or answers something else")
    return await _decide(kind, activity, author, target, post.uri, post)


async def _receive_reaction_request(
    kind: Interaction, activity: IncomingActivity, author: Identity, target: Post, uri: str
) -> Handled:
    if not same_host(uri, author.uri):
        return refused("what is to be allowed is another server's")
    if kind is Interaction.boost and target.visibility > Visibility.unlisted:
        await _refuse(kind, activity, author, target)
        return refused("the post is not public")
    return await _decide(kind, activity, author, target, uri)


async def _decide(
    kind: Interaction,
    activity: IncomingActivity,
    author: Identity,
    target: Post,
    uri: str,
    post: Post | None = None,
) -> Handled:
    found = await permission(kind, author, target)
    if found == "denied":
        await _refuse(kind, activity, author, target)
        return refused("the policy of the post does not allow it")
    announce = as_document(activity.document.get("instrument")) or {}
    approval = await asking.open_approval(
        kind,
        identity=author,
        target=target,
        uri=uri,
        post=post,
        visibility=announce_visibility(announce, author.followers_url) if kind is Interaction.boost else 0,
    )
    if approval is None:
        return refused("what is to be allowed is known as something else")
    await Approval.objects.filter(pk=approval.pk).aupdate(request_uri=activity.id)
    approval.request_uri = activity.id
    if approval.state == ApprovalGraph.waiting.name and found == "automatic":
        await answering.approve(approval)
    elif approval.state != ApprovalGraph.waiting.name:
        await answering.answer(approval)  # decided before: repeat the answer
    return done()


async def _answer_quote(activity: IncomingActivity, author: Identity, post: Post, target: Post) -> Handled:
    if post.author_id != author.pk or post.quote_uri not in {target.uri, target.url}:
        await _refuse(Interaction.quote, activity, author, target)
        return refused("the post is not its sender's, or quotes something else")
    await quotes.answer_request(author=author, quoting=post, quoted=target, request=activity.document)
    return done()


async def _refuse(kind: Interaction, activity: IncomingActivity, author: Identity, target: Post) -> None:
    await answering.send_answer(kind, author=target.author, identity=author, request=dict(activity.document))


async def _embedded(activity: IncomingActivity, author: Identity) -> Post | None:
    """Return the post embedded in the request, if it is the sender's own: requests are sent before publishing, so a fetch may fail.

    It is added to no home timeline: its Create does that.
    """
    note = as_document(activity.document.get("instrument"))
    if (
        note is None
        or not is_post(note)
        or author_of(note) != author.uri
        or not same_host(as_id(note), author.uri)
    ):
        return None
    document = parse_post(
        note, author_followers_url=author.followers_url, author_following_url=author.following_url
    )
    return await receive_post(author=author, document=document, delivered=False)


@on("Accept")
async def receive_bare_accept(activity: IncomingActivity) -> Handled:
    """Handle an Accept of our request, reply, like, boost or follow that is given by its id; also one about a collection."""
    return await _bare_answer(activity, receive_accept)


@on("Reject")
async def receive_bare_reject(activity: IncomingActivity) -> Handled:
    """Handle a Reject of our request, reply, like, boost or follow that is given by its id; also one about a collection."""
    return await _bare_answer(activity, receive_reject)


async def _bare_answer(activity: IncomingActivity, about_follow: Handler) -> Handled:
    if is_request_uri(activity.object_id):
        return await receive_answer_about_collection(activity)
    if await _receive_decision(activity, [activity.object_id]):
        return done()
    if activity.object_type:
        return ignored(f"{activity.type} of {activity.object_type} is not handled here")
    if requested_uri(activity.object_id) != activity.object_id:
        return await receive_answer_to_quote(activity)
    return await about_follow(activity)


@on("Accept", "ReplyRequest", "LikeRequest", "AnnounceRequest")
@on("Reject", "ReplyRequest", "LikeRequest", "AnnounceRequest")
async def receive_answer_to_request(activity: IncomingActivity) -> Handled:
    """Store a post author's answer to a request to reply to, like or boost it, and show or hide the interaction."""
    request = activity.object
    instrument = id_of(request.get("instrument")) if isinstance(request, Mapping) else ""
    found = await _receive_decision(activity, [instrument, activity.object_id])
    return done() if found else ignored("nobody here asked, or it is decided")


async def _receive_decision(activity: IncomingActivity, uris: list[str]) -> bool:
    """Receive an answer; older GoToSocial names no approval: the Accept itself is the approval."""
    return await answering.receive_answer(
        actor=await actor_of(activity),
        uris=uris,
        approval=as_id(activity.document.get("result")) or activity.id,
        accepts=activity.type == "Accept",
    )


@on("Accept", "QuoteRequest")
@on("Reject", "QuoteRequest")
async def receive_answer_to_quote(activity: IncomingActivity) -> Handled:
    """Store the answer of the quoted author's server to our quote request."""
    request = activity.document.get("object")
    quoting_uri = id_of(request.get("instrument")) if isinstance(request, Mapping) else ""
    quoting_uri = quoting_uri or requested_uri(activity.object_id)
    stamp = as_id(activity.document.get("result")) if activity.type == "Accept" else ""
    if activity.type == "Accept" and not stamp:
        return ignored("there is no stamp with it")
    found = await quotes.receive_answer(
        actor=await actor_of(activity), quoting_uri=quoting_uri, stamp=stamp or ""
    )
    return done() if found else ignored("nobody here asked")
