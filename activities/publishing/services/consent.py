"""Policies of remote posts, and whether a reply, like or boost needs the consent of the post's author (activities/approvals)."""

from contextlib import suppress
from itertools import batched

from activities.approvals.queries import is_approved
from activities.approvals.services import asking
from activities.posts.activitypub.post_document import PostDocument
from activities.posts.models import Interaction, InteractionPolicy, Post, PostGraph
from activities.posts.queries.permissions import Permission, is_mentioned, permission, refusal
from activities.posts.queries.predicates import is_sheltered
from activities.posts.services import counters
from activities.publishing.changes import policies_in
from core.db import async_atomic, sql
from core.errors import NotAllowed
from federation.documents import same_host
from federation.peers import host_in_sql
from stator import transition
from stator.transitions import transition_many
from users.identities.models import Identity

_AT_ONCE = 500  # rows per statement
_CONNECTED = (
    "state",
    "state_due_at",
    "in_reply_to",
    "in_reply_to_uri",
    "in_reply_to_author",
    "conversation_id",
    "deleted_at",
)


async def must_ask(kind: Interaction, identity: Identity, target: Post) -> bool:
    """Return whether a local user has to request approval. Raises NotAllowed if the policy forbids it, or the post itself awaits
    approval.

    Remote servers require requests from followers, too, because other servers don't know who follows.
    """
    if target.is_hidden:
        raise NotAllowed(code="not_approved_yet")
    found = await permission(kind, identity, target)
    _require(kind, found)
    if found != "automatic":
        return True
    return not target.is_local and not await _is_free(kind, identity, target)


async def must_wait(kind: Interaction, identity: Identity, target: Post, uri: str) -> bool:
    """Return whether a remote interaction has to wait. Raises NotAllowed if a local post's policy forbids it, or its author refused.

    For a remote post only its policy is known: an approval must be presented.
    """
    approved = await is_approved(kind, identity, target, uri)
    if approved:
        return False
    if target.is_local:
        if approved is False:
            raise refusal(kind, "its author refused it")
        found = await permission(kind, identity, target)
        _require(kind, found)
        return found != "automatic"
    return not same_host(uri, target.uri) and not await _is_free(kind, identity, target)


async def needs_approval_proof(kind: Interaction, identity: Identity, target: Post) -> bool:
    """Return whether other servers need an approval as evidence, because the permission depends on who follows whom."""
    return not await _is_free(kind, identity, target)


async def _is_free(kind: Interaction, identity: Identity, target: Post) -> bool:
    """Return whether the post alone shows that this is allowed."""
    if identity.pk == target.author_id or target.policy_for(kind) & InteractionPolicy.public:
        return True
    return kind is Interaction.reply and await is_mentioned(identity, target)


def _require(kind: Interaction, found: Permission) -> None:
    if found == "denied":
        raise refusal(kind, "the policy of the post")


async def ask_for_approval(
    kind: Interaction,
    identity: Identity,
    target: Post,
    uri: str,
    *,
    post: Post | None = None,
    visibility: int = 0,
    stated_uri: str = "",
) -> None:
    """Request approval from a local post's author, or verify a remote author's stated approval. In a transaction."""
    target.author = await Identity.objects.aget(pk=target.author_id)
    await asking.open_approval(
        kind,
        identity=identity,
        target=target,
        uri=uri,
        post=post,
        visibility=visibility,
        stated_uri="" if target.is_local else stated_uri,
    )


async def open_reply(post: Post, target: Post, document: PostDocument) -> None:
    """Ask the same about a reply that is held. Needs its author."""
    await ask_for_approval(
        Interaction.reply, post.author, target, post.uri, post=post, stated_uri=document.reply_approval_uri
    )


async def hold_unapproved(target: Post, replies: list[int]) -> set[int]:
    """Hold replies that arrived before their remote parent, if its policy requires approval.

    The worker looks for their approvals. Returns the ids of held replies. In a transaction; served by primary keys and
    activities_mention_pair.
    """
    if target.is_local or target.reply_policy & InteractionPolicy.public:
        return set()
    held: list[int] = await sql.column(
        f"""SELECT p.id FROM activities_post p JOIN users_identity i ON i.id = p.author_id
            WHERE p.id = ANY(%(replies)s::bigint[]) AND p.author_id <> %(author)s AND NOT p.is_local AND p.deleted_at IS NULL
            AND NOT {is_sheltered("p")} AND {host_in_sql("p.uri")} <> {host_in_sql("%(target_uri)s")}
            AND NOT EXISTS (SELECT FROM activities_mention m WHERE m.post_id = %(target)s AND m.identity_id = p.author_id)""",
        {
            "replies": replies,
            "author": target.author_id,
            "target": target.pk,
            "target_uri": target.uri,
        },
    )
    for ids in batched(held, _AT_ONCE, strict=False):
        await asking.open_for_orphans(target, list(ids))
        await transition_many(ids, PostGraph.held, model=Post)
    return set(held)


async def set_policies(post: Post, document: PostDocument) -> None:
    """Store the policies of an Update that changes nothing else."""
    changed = {name: flags for name, flags in policies_in(document).items() if flags != getattr(post, name)}
    if changed:
        for name, flags in changed.items():
            setattr(post, name, flags)
        await post.asave(update_fields=list(changed))


async def show_unseen(post: Post, *, with_ancestors: bool = False) -> bool:
    """Show a fetched reply, after its parent was looked for, unless it is held by now. Return whether it was shown; `post` is refreshed.

    With `with_ancestors` the worker retries the parent if it was not found.
    """
    async with async_atomic():
        locked = await Post.objects.select_for_update(no_key=True).filter(pk=post.pk).afirst()
        is_shown = locked is not None and locked.state == PostGraph.unseen and locked.deleted_at is None
        if locked is not None and is_shown:
            misses_parent = with_ancestors and locked.in_reply_to_uri
            await transition(locked, PostGraph.fetched if misses_parent else PostGraph.fanned_out)
            await counters.count_shown(locked)
    with suppress(Post.DoesNotExist):  # deleted in the meantime, as spam is
        await post.arefresh_from_db(fields=_CONNECTED)
    return is_shown
