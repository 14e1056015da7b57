"""Incoming QuoteRequests, and the answers to ours (FEP-044f)."""

from collections.abc import Mapping

from activities.posts.models import Post, Visibility
from activities.posts.queries.visibility import may_see
from activities.publishing.activitypub import author_of, is_post, parse_post
from activities.publishing.services.fetching import post_at
from activities.publishing.services.receiving import receive_post
from activities.quotes.activitypub import REQUEST_SUFFIX
from activities.quotes.services.quotes import answer_request, receive_answer, refuse_request
from federation.documents import as_document, as_id, same_host
from federation.inbox.incoming import id_of
from federation.registry import Handled, Handler, IncomingActivity, NeedsFetch, done, ignored, on, refused
from users.collections.activitypub import is_request_uri
from users.collections.inbox import receive_answer as receive_answer_about_collection
from users.identities.inbox import actor_of
from users.identities.models import Identity
from users.relations.inbox import receive_accept, receive_reject


@on("QuoteRequest")
async def receive_request(activity: IncomingActivity) -> Handled:
    """Answer a request to quote a local post by the post's policy. The quoting post is read from the request, or fetched."""
    quoted = await post_at(activity.object_id)
    if quoted is None or not quoted.is_local:
        return ignored("it is not about a post that was written here")
    author = await actor_of(activity)
    quoted = await Post.objects.select_related("author").aget(pk=quoted.pk)
    if not await may_see(author, quoted.pk):
        if quoted.visibility <= Visibility.unlisted:  # else an answer would say that there is such a post
            await refuse_request(author=author, quoted=quoted, request=activity.document)
        return refused("the post is not meant for this actor")
    quoting_uri = as_id(activity.document.get("instrument"))
    if not quoting_uri:
        return ignored("it does not say which post quotes")
    quoting = await post_at(quoting_uri) or await _embedded(activity, author)
    if quoting is None:
        raise NeedsFetch(quoting_uri, "object")
    if quoting.author_id != author.pk or quoting.quote_uri not in {quoted.uri, quoted.url}:
        await refuse_request(author=author, quoted=quoted, request=activity.document)
        return refused("the post is not its sender's, or quotes something else")
    await answer_request(author=author, quoting=quoting, quoted=quoted, request=activity.document)
    return done()


async def _embedded(activity: IncomingActivity, author: Identity) -> Post | None:
    """Return the quoting post as it stands in the request, if it is the sender's own: asking comes before publishing, so a fetch may find nothing.

    It reaches no home: its Create does that.
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
    """Handle an Accept of one of our requests (quote, collection, follow) that is named by its id."""
    return await _bare_answer(activity, receive_accept)


@on("Reject")
async def receive_bare_reject(activity: IncomingActivity) -> Handled:
    """Handle a Reject of one of our requests (quote, collection, follow) that is named by its id."""
    return await _bare_answer(activity, receive_reject)


async def _bare_answer(activity: IncomingActivity, about_follow: Handler) -> Handled:
    if activity.object_type:  # GoToSocial's LikeRequest, ReplyRequest and AnnounceRequest
        return ignored(f"{activity.type} of {activity.object_type} is not handled here")
    if is_request_uri(activity.object_id):
        return await receive_answer_about_collection(activity)
    is_quote = activity.object_id.endswith(REQUEST_SUFFIX)
    return await (receive_answer_to_request if is_quote else about_follow)(activity)


@on("Accept", "QuoteRequest")
@on("Reject", "QuoteRequest")
async def receive_answer_to_request(activity: IncomingActivity) -> Handled:
    """Store how the quoted author's server answered our quote request."""
    request = activity.document.get("object")
    quoting_uri = id_of(request.get("instrument")) if isinstance(request, Mapping) else ""
    quoting_uri = quoting_uri or activity.object_id.removesuffix(REQUEST_SUFFIX)
    stamp = as_id(activity.document.get("result")) if activity.type == "Accept" else ""
    if activity.type == "Accept" and not stamp:
        return ignored("there is no stamp with it")
    found = await receive_answer(actor=await actor_of(activity), quoting_uri=quoting_uri, stamp=stamp or "")
    return done() if found else ignored("nobody here asked")
