"""Reactions of local users. Given a boost, they apply to its original."""

from activities.posts.models import Interaction, Like, Post
from activities.posts.queries.permissions import require_permission
from activities.posts.queries.visibility import require_original
from activities.posts.services import counters
from activities.reactions.activitypub import (
    EmojiName,
    reaction_document,
    read_name,
    undo_reaction_document,
)
from activities.reactions.models import Reaction
from activities.reactions.queries import own_emoji, used_remote_emoji
from activities.reactions.services import audience, storing
from core.config import config
from core.db import async_atomic, sql
from core.errors import BadInput, TooMany
from core.ids import new_id
from core.ratelimit import limiter
from federation.sending import send
from users.domains.queries import domain_by_id, is_local_host
from users.emojis.activitypub import Copy
from users.identities.models import Identity

MAX_AN_HOUR = 100
"""Reactions of one user, including undone ones: each is sent to as many servers as a post, and costs as much."""


async def react(*, identity: Identity, post_id: int, emoji: str) -> int:
    """Add a reaction to a post and notify its author. Return the post's id. Raises NotFound if the identity may not see it.

    `emoji` is as parsed by read_name. BadInput: there is no such emoji, or the user has too many on the post. NotAllowed: the post's
    policy. TooMany: more than MAX_AN_HOUR.
    """
    name = await _wanted(emoji)
    async with async_atomic():
        original_id = await require_original(identity, post_id)
        picture = await _picture(identity, original_id, name)
        await counters.lock_post(original_id)
        post = await Post.objects.select_related("author").aget(pk=original_id)
        await require_permission(Interaction.like, identity, post)
        if await storing.find(post.pk, identity.pk, name.name, name.host) is not None:
            return original_id
        _count(identity)
        is_like = not post.author.is_local and not await audience.understands(post.author)
        row_id = new_id()
        made = Reaction(
            id=row_id,
            identity=identity,
            post=post,
            name=name.name,
            host=name.host,
            uri=f"{identity.uri}#reactions/{row_id}",
            is_like=is_like,
        )
        await storing.store(post=post, identity=identity, made=made)
        inboxes = await audience.listeners(post, identity)
        if _is_told(post):
            inboxes.add(post.author.delivery_url)
        document = _document(identity, post, made, picture)
        await send(signer=identity.pk, activity=document, inboxes=inboxes)
    return original_id


async def unreact(*, identity: Identity, post_id: int, emoji: str) -> int:
    """Remove a reaction. Also works for a post that the identity may not see any more."""
    name = await _wanted(emoji)
    async with async_atomic():
        original_id = await sql.value(
            "SELECT coalesce(boost_of_id, id) FROM activities_post WHERE id = %s", [post_id]
        )
        found = None
        if original_id is not None:
            await counters.lock_post(original_id)
            found = await storing.find(original_id, identity.pk, name.name, name.host)
        if found is None:
            return await require_original(identity, post_id)
        post = await Post.objects.select_related("author").aget(pk=original_id)
        await storing.delete(post, identity, found)
        inboxes = await audience.listeners(post, identity)
        if _is_told(post) and (
            await audience.understands(post.author) or not await _counts_on(post, identity, found)
        ):
            inboxes.add(post.author.delivery_url)
        if inboxes:
            picture = await _picture_if_any(identity, post.pk, name)
            document = undo_reaction_document(_document(identity, post, found, picture))
            await send(signer=identity.pk, activity=document, inboxes=inboxes)
    return int(original_id)


def _count(identity: Identity) -> None:
    """Count a user's reaction against the limit. TAKAHE_RATE_LIMIT_PERCENT scales it, as for the API."""
    percent = config().rate_limit_percent
    if not percent:
        return
    most = max(1, MAX_AN_HOUR * percent // 100)
    allowance = limiter().take(f"reactions:{identity.pk}", most, 3600)
    if not allowance.allowed:
        raise TooMany(code="reactions.too_many", most=most, retry_after_s=allowance.retry_after_s)


async def _wanted(emoji: str) -> EmojiName:
    name = read_name(emoji)
    if name is None:
        raise BadInput(code="not_an_emoji")
    if name.host and await is_local_host(name.host):
        return EmojiName(name.name, is_custom=True)
    return name


async def _picture_if_any(identity: Identity, post_id: int, name: EmojiName) -> Copy | None:
    if not name.is_custom:
        return None
    if name.host:
        return await used_remote_emoji(post_id, name.name, name.host)
    domain = None if identity.domain_id is None else await domain_by_id(identity.domain_id)
    return None if domain is None else await own_emoji(domain, name.name)


async def _picture(identity: Identity, post_id: int, name: EmojiName) -> Copy | None:
    found = await _picture_if_any(identity, post_id, name)
    if name.is_custom and found is None:
        raise BadInput(code="not_an_emoji")
    return found


async def _counts_on(post: Post, identity: Identity, ended: Reaction) -> bool:
    """Return whether the author's server, which counts one like per actor, still has to count it.

    Served by activities_like_pair, activities_reaction_once.
    """
    if not ended.is_like:
        return False
    by = {"post_id": post.pk, "identity_id": identity.pk}
    return (
        await Like.objects.filter(**by).aexists()
        or await Reaction.objects.filter(is_like=True, **by).aexists()
    )


def _is_told(post: Post) -> bool:
    return not post.author.is_local and bool(post.author.inbox_url)


def _document(identity: Identity, post: Post, made: Reaction, picture: Copy | None) -> dict[str, object]:
    return reaction_document(
        uri=made.uri,
        actor_uri=identity.uri,
        post_uri=post.uri,
        author_uri=post.author.uri,
        followers_uri=identity.followers_url if audience.is_shared(post) else "",
        name=made.name,
        emoji=picture,
        is_like=made.is_like,
    )
