"""Quoting (FEP-044f): permission, requests, answers, revocation. The quoting post holds the state of its quote."""

from collections.abc import Mapping
from typing import Any

from activities.approvals.activitypub import delete_approval_document, request_document
from activities.approvals.services.answering import send_answer
from activities.posts import events
from activities.posts.activitypub.activities import update_document
from activities.posts.activitypub.notes import note_document
from activities.posts.models import (
    Interaction,
    InteractionPolicy,
    Post,
    PostGraph,
    QuoteState,
    Reach,
    Visibility,
)
from activities.posts.queries.delivery import load_for_delivery
from activities.posts.queries.permissions import permission
from activities.posts.queries.visibility import visible_original
from activities.posts.queries.writers import require_writer
from activities.posts.services import counters
from activities.posts.services.sending import send_documents
from activities.quotes.activitypub import stamp_uri
from core import clock
from core.db import async_atomic
from core.errors import NotAllowed, NotFound
from federation.peers import host_of
from federation.sending import send
from users.identities.models import Identity

POLICIES = {
    "public": InteractionPolicy.public.value,
    "followers": InteractionPolicy.followers.value,
    "nobody": 0,
}
POLICY_WORDS = {flags: word for word, flags in POLICIES.items()}


def policy_for(wanted: int, visibility: Visibility) -> int:
    """Return the quote policy of a post with this visibility: the author's choice, or nobody if it is not public or unlisted."""
    return 0 if visibility > Visibility.unlisted else wanted


async def require_quotable(author: Identity, post_id: int) -> Post:
    """Return the post (a boost's original) that `author` may quote. NotFound if they may not see or quote it, which are indistinguishable."""
    found = await visible_original(author, post_id)
    if found is None:
        raise NotFound(code="not_quotable")
    post = await Post.objects.select_related("author").aget(pk=found)
    if post.author_id == author.pk and post.visibility not in {Visibility.mentioned, Visibility.limited}:
        return post
    if post.visibility > Visibility.unlisted or await permission(Interaction.quote, author, post) not in {
        "automatic",
        "manual",
    }:
        raise NotFound(code="not_quotable")
    return post


def visibility_of_quote(quoted: Post, wanted: Visibility) -> Visibility:
    """Return the visibility of a quote: a quote of a private post is shown to no wider audience."""
    if quoted.visibility <= Visibility.unlisted or wanted == Visibility.mentioned:
        return wanted
    return Visibility(max(wanted, quoted.visibility))


async def attach_quote(post: Post, quoted: Post) -> None:
    """Make `post` a quote of `quoted`: at once if that is allowed, else by a request to its author's server. In a transaction."""
    post.quote_of_id, post.quote_uri = quoted.pk, quoted.uri
    allowed = quoted.author_id == post.author_id or (
        quoted.author.is_local and await permission(Interaction.quote, post.author, quoted) == "automatic"
    )
    post.quote_state = QuoteState.accepted if allowed else QuoteState.pending
    if allowed and quoted.author_id != post.author_id:
        post.quote_approval_uri = stamp_uri(quoted.author.uri, post.pk)
    await post.asave(update_fields=["quote_of", "quote_uri", "quote_state", "quote_approval_uri"])
    if allowed:
        await counters.count_quote(post, +1)
        await events.on_quoted.emit(post, quoted)
    elif not quoted.author.is_local and quoted.author.inbox_url:
        document = request_document(
            Interaction.quote,
            actor_uri=post.author.uri,
            uri=post.uri,
            target_uri=quoted.uri,
            embedded=await _shown_note(post),
        )
        await send(signer=post.author_id, activity=document, inboxes=[quoted.author.inbox_url])


async def _shown_note(post: Post) -> dict[str, Any] | None:
    """Return the post's document if the quoted author may read it in any case."""
    if post.visibility > Visibility.unlisted:
        return None
    return note_document((await load_for_delivery([post.pk]))[post.pk])


async def answer_request(
    *, author: Identity, quoting: Post, quoted: Post, request: Mapping[str, Any]
) -> bool:
    """Answer a remote request to quote a local post by its policy: with a stamp, or a refusal. Return whether it is allowed."""
    async with async_atomic():
        allowed = (
            quoted.visibility <= Visibility.unlisted
            and quoting.quote_state != QuoteState.revoked
            and await permission(Interaction.quote, author, quoted) == "automatic"
        )
        stamp = stamp_uri(quoted.author.uri, quoting.pk) if allowed else ""
        if allowed and quoting.quote_state != QuoteState.accepted:
            await _accept(quoting, quoted, stamp)
        await send_answer(
            Interaction.quote, author=quoted.author, identity=author, request=request, approval=stamp
        )
    return allowed


async def receive_answer(*, actor: Identity, quoting_uri: str, stamp: str) -> bool:
    """Store that the quoted author's server approved our quote with this stamp, or refused it (no stamp). Return False if nobody asked."""
    async with async_atomic():
        post = await _quoting(quoting_uri)
        if post is None or not post.is_local or post.quote_of is None or post.quote_of.author_id != actor.pk:
            return False
        if stamp and host_of(stamp) != host_of(actor.uri):
            return False
        if stamp and post.quote_state == QuoteState.pending:
            await _accept(post, post.quote_of, stamp)
        elif not stamp:
            await _end(post, QuoteState.rejected)
        await send_update(post)
    return True


async def verify_approval(*, quoting: Post, quoted: Post, stamp: str) -> None:
    """Accept a quote between remote authors after its verification. In a transaction."""
    if quoting.quote_state in {QuoteState.pending, ""}:
        quoting.quote_of_id = quoted.pk
        await _accept(quoting, quoted, stamp)


async def withdraw_approval(*, quoting_id: int, stamp: str) -> None:
    """Hide a remote quote whose stamp no longer exists. In a transaction."""
    quoting = (
        await Post.objects.filter(pk=quoting_id, quote_state=QuoteState.accepted, quote_approval_uri=stamp)
        .select_for_update(no_key=True)
        .afirst()
    )
    if quoting is not None:
        await _end(quoting, QuoteState.revoked)


async def revoke(*, author: Identity, quoted_id: int, quoting_id: int) -> Post:
    """Revoke a quote of `author`'s post. Raises NotFound if there is no such quote, NotAllowed for others' posts."""
    async with async_atomic():
        post = (
            await Post.objects.select_related("author", "quote_of")
            .filter(pk=quoting_id, quote_of_id=quoted_id, deleted_at=None)
            .select_for_update(of=("self",), no_key=True)
            .afirst()
        )
        if post is None or post.quote_state not in {QuoteState.accepted, QuoteState.pending}:
            raise NotFound
        if post.quote_of.author_id != author.pk:
            raise NotAllowed(code="not_allowed")
        stamp = post.quote_approval_uri or stamp_uri(author.uri, post.pk)
        await _end(post, QuoteState.revoked)
        if post.is_local:
            await send_update(post)
        elif post.author.inbox_url:
            document = delete_approval_document(uri=stamp, author_uri=author.uri)
            await send(signer=author.pk, activity=document, inboxes=[post.author.delivery_url])
    return post


async def receive_revocation(*, actor: Identity, stamp: str) -> bool:
    """Hide the quote whose stamp its author deleted. Return False for an unknown stamp."""
    async with async_atomic():
        post = (
            await Post.objects.select_related("author", "quote_of")
            .filter(quote_of__author_id=actor.pk, quote_approval_uri=stamp, quote_state=QuoteState.accepted)
            .afirst()
        )
        if post is None:
            return False
        await _end(post, QuoteState.revoked)
        if post.is_local:
            await send_update(post)
    return True


async def set_policies(*, author: Identity, post_id: int, policies: Mapping[Interaction, int]) -> Post:
    """Set who may reply to, like, boost or quote the author's post from now on, without an edit; kinds left out don't change.

    What others did before stays. Raises NotFound if the post is not theirs.
    """
    async with async_atomic():
        post = (
            await Post.objects.filter(pk=post_id, author_id=author.pk, deleted_at=None, boost_of=None)
            .select_for_update(no_key=True)
            .afirst()
        )
        if post is None:
            raise NotFound
        await require_writer(post_id)
        wanted = {f"{kind}_policy": flags for kind, flags in policies.items()}
        if Interaction.quote in policies:
            wanted["quote_policy"] = policy_for(policies[Interaction.quote], Visibility(post.visibility))
        changed = [name for name, flags in wanted.items() if flags != getattr(post, name)]
        for name in changed:
            setattr(post, name, wanted[name])
        if changed:
            await post.asave(update_fields=changed)
            await send_update(post)
    return post


async def forget_quote(post: Post) -> None:
    """Uncount the quote of a deleted post at the quoted post. In a transaction."""
    if post.quote_state == QuoteState.accepted:
        await counters.count_quote(post, -1)
    post.quote_of_id, post.quote_uri, post.quote_state, post.quote_approval_uri = None, "", "", ""
    await post.asave(update_fields=["quote_of", "quote_uri", "quote_state", "quote_approval_uri"])


async def send_update(post: Post) -> None:
    """Send a post in its current form to the servers that have it, without an edit. Replaces a pending delivery."""
    if not post.is_local or post.state != PostGraph.fanned_out:
        return
    moment = clock.now()
    await send_documents([post.pk], lambda delivery: update_document(delivery, moment), Reach.holders)


async def _quoting(uri: str) -> Post | None:
    return await Post.objects.select_related("author", "quote_of").filter(uri=uri, deleted_at=None).afirst()


async def _accept(post: Post, quoted: Post, stamp: str) -> None:
    post.quote_of_id, post.quote_state, post.quote_approval_uri = quoted.pk, QuoteState.accepted, stamp
    await post.asave(update_fields=["quote_of", "quote_state", "quote_approval_uri"])
    await counters.count_quote(post, +1)
    if post.state != PostGraph.sheltered:  # otherwise once staff release it
        await events.on_quoted.emit(post, quoted)


async def _end(post: Post, state: QuoteState) -> None:
    if post.quote_state == QuoteState.accepted:
        await counters.count_quote(post, -1)
    post.quote_state, post.quote_approval_uri = state, ""
    await post.asave(update_fields=["quote_state", "quote_approval_uri"])
