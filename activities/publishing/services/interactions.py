"""Likes, boosts, bookmarks and pins. Idempotent in both directions.

Given a boost, all of these functions apply to its original. They return the post's id, except `boost`, which returns the boost.
"""

from typing import Any

from activities.approvals.services import asking
from activities.posts import events
from activities.posts.activitypub.activities import announce_document, like_document, undo_like_document
from activities.posts.defaults import kept_here
from activities.posts.models import Bookmark, Interaction, Like, Pin, Post, PostGraph, Visibility
from activities.posts.queries.delivery import load_for_delivery
from activities.posts.queries.visibility import require_original
from activities.posts.queries.writers import require_writer
from activities.posts.services import counters
from activities.posts.services.writing import forget_writer, store_writer
from activities.publishing.services import pins
from activities.publishing.services.consent import must_ask
from activities.publishing.services.pins import MAX_PINS
from core import clock
from core.db import Model, async_atomic, sql
from core.errors import BadInput, NotAllowed, NotFound
from core.ids import new_id
from federation.sending import send
from stator import transition
from users.identities.models import Identity
from users.identities.services.moved import refuse_moved


async def like(*, identity: Identity, post_id: int) -> int:
    """Like a post (a boost's original) and notify its author.

    Raises NotFound if the identity may not see it, and NotAllowed if its policy forbids it.
    """
    async with async_atomic():
        post = await _seen(identity, post_id)
        asks = await must_ask(Interaction.like, identity, post)
        like_id = new_id()
        uri = f"{identity.uri}#likes/{like_id}"
        document = like_document(
            uri=uri, actor_uri=identity.uri, post_uri=post.uri, author_uri=post.author.uri
        )
        if asks and post.author.is_local:
            await asking.ask(Interaction.like, identity=identity, target=post, uri=uri)
        elif await _insert(Like, id=like_id, post_id=post.pk, identity_id=identity.pk, uri=uri):
            await count_like(post, identity)
            if asks:
                await asking.ask(Interaction.like, identity=identity, target=post, uri=uri, embedded=document)
            else:
                await _tell_author(identity, post, document)
    return int(post.pk)


async def count_like(post: Post, identity: Identity) -> None:
    """Count a new like of the post and emit the event. In a transaction."""
    await counters.change_count(post.pk, "likes_count", +1, by_us=identity.is_local)
    post.likes_count += 1
    await events.on_liked.emit(post, identity)


async def unlike(*, identity: Identity, post_id: int) -> int:
    """Remove a like. Also works for a post that the identity may not see any more."""
    async with async_atomic():
        post = await _load(await _known(identity, post_id, Like))
        await asking.forget(Interaction.like, identity_id=identity.pk, target_id=post.pk)
        uri = await delete_like(post, identity)
        if uri is not None:
            undo = undo_like_document(
                uri=uri, actor_uri=identity.uri, post_uri=post.uri, author_uri=post.author.uri
            )
            await _tell_author(identity, post, undo)
    return int(post.pk)


async def delete_like(post: Post, identity: Identity) -> str | None:
    """Delete and uncount a like. Return its URI, None if there was none. In a transaction."""
    await counters.lock_post(post.pk)
    uri: str | None = await _remove(Like, post.pk, identity.pk, returning="uri")
    if uri is not None:
        await counters.change_count(post.pk, "likes_count", -1, by_us=identity.is_local)
        post.likes_count = max(0, post.likes_count - 1)
        await events.on_unliked.emit(post, identity)
    return uri


async def boost(*, identity: Identity, post_id: int, visibility: Visibility | None = None) -> Post:
    """Boost a post and return the boost, or an existing one. A boost of a boost applies to the original.

    Followers-only posts can be boosted by their author only, and local-only boosts stay local-only; boosts have the same visibility.
    Direct posts can't be boosted: NotAllowed. Raises NotFound if `identity` may not see the post.
    """
    refuse_moved(identity)
    async with async_atomic():
        original = await _seen(identity, post_id)
        visibility = await kept_here(identity, _boost_visibility(identity, original, visibility))
        asks = await must_ask(Interaction.boost, identity, original)
        boost_id = new_id()
        made = Post(
            id=boost_id,
            author=identity,
            uri=f"{identity.uri}/statuses/{boost_id}/activity",
            url=original.url,
            is_local=True,
            visibility=visibility,
            boost_of=original,
            created_at=clock.now(),
        )
        if asks:
            made.state, made.state_due_at = PostGraph.held.name, None
        stored = await store_boost(made)
        if stored.pk == made.pk:
            await store_writer(made)
        if asks and stored.pk == made.pk:
            announce = announce_document((await load_for_delivery([made.pk]))[made.pk])
            await asking.ask(
                Interaction.boost,
                identity=identity,
                target=original,
                uri=made.uri,
                post=made,
                embedded=announce,
            )
        return stored


async def store_boost(made: Post) -> Post:
    """Store and count a boost, or return the author's existing one. In a transaction."""
    await Post.objects.abulk_create([made], ignore_conflicts=True)  # activities_post_boost decides a race
    found = Post.objects.filter(boost_of_id=made.boost_of_id, author_id=made.author_id, deleted_at=None)
    stored_id = await found.values_list("pk", flat=True).afirst()
    if stored_id is None:
        raise NotFound(detail="a boost with this address was deleted")
    if stored_id != made.pk:
        return await Post.objects.select_related("author", "boost_of").aget(pk=stored_id)
    await counters.count_post(made)
    made.boost_of.boosts_count += made.state != PostGraph.held
    return made


async def unboost(*, identity: Identity, post_id: int) -> int:
    """Remove a boost and return the original's id. `post_id` may be the boost's own id. Raises NotAllowed as `require_writer`."""
    async with async_atomic():
        original_id = await sql.value(
            "SELECT coalesce(boost_of_id, id) FROM activities_post WHERE id = %s", [post_id]
        )
        made = None if original_id is None else await lock_boost_of(identity, original_id)
        if made is None:
            return await require_original(identity, post_id)
        await require_writer(made.pk)
        await asking.forget(Interaction.boost, identity_id=identity.pk, target_id=original_id)
        await delete_boost(made)
        return int(made.boost_of_id)


async def lock_boost_of(author: Identity, original_id: int) -> Post | None:
    """Lock the author's boost of that post together with it; None if there is none. Served by activities_post_boost."""
    await counters.lock_post(original_id)
    found = Post.objects.filter(author_id=author.pk, boost_of_id=original_id, deleted_at=None)
    return await found.select_for_update(no_key=True).afirst()


async def delete_boost(made: Post) -> None:
    """Delete a locked boost; the worker removes it from home timelines and tells other servers. In a transaction."""
    made.deleted_at = clock.now()
    await made.asave(update_fields=["deleted_at"])
    await counters.uncount_post(made)
    await transition(made, PostGraph.deleted)
    if made.is_local:
        await forget_writer(made.pk)


async def bookmark(*, identity: Identity, post_id: int) -> int:
    """Bookmark a post, privately."""
    async with async_atomic():
        original_id = await require_original(identity, post_id)
        await _insert(Bookmark, id=new_id(), post_id=original_id, identity_id=identity.pk)
    return original_id


async def unbookmark(*, identity: Identity, post_id: int) -> int:
    async with async_atomic():
        original_id = await _known(identity, post_id, Bookmark)
        await _remove(Bookmark, original_id, identity.pk)
    return original_id


async def pin(*, identity: Identity, post_id: int) -> int:
    """Pin a post to its author's profile. Raises BadInput for others' posts, direct ones and a sixth."""
    async with async_atomic():
        post = await _seen(identity, post_id)
        if post.author_id != identity.pk:
            raise BadInput(code="pin_of_other_post")
        if post.visibility in {Visibility.mentioned, Visibility.limited}:
            raise BadInput(code="pin_of_private_mention")
        # one pin at a time per identity, or two concurrent ones could both be the fifth
        await sql.run("SELECT 1 FROM users_identity WHERE id = %s FOR NO KEY UPDATE", [identity.pk])
        pinned = await sql.column("SELECT post_id FROM activities_pin WHERE identity_id = %s", [identity.pk])
        if post.pk not in pinned and len(pinned) >= MAX_PINS:
            raise BadInput(code="too_many_pins", most=MAX_PINS)
        if await _insert(Pin, id=new_id(), post_id=post.pk, identity_id=identity.pk):
            if post.state in {PostGraph.new.name, PostGraph.failed.name}:
                await transition(post, PostGraph.new)  # the worker announces it, after the post itself
            else:
                await pins.announce_pins([post.pk])
    return int(post.pk)


async def unpin(*, identity: Identity, post_id: int) -> int:
    async with async_atomic():
        original_id = await _known(identity, post_id, Pin)
        await pins.remove_pin(author_id=identity.pk, post_id=original_id)
    return original_id


async def lift(*, identity: Identity, post_id: int) -> int:
    """Move a pinned post to the top of its author's profile, by pinning it anew. Raises as `pin`."""
    async with async_atomic():
        await unpin(identity=identity, post_id=post_id)
        return await pin(identity=identity, post_id=post_id)


def _boost_visibility(identity: Identity, original: Post, wanted: Visibility | None) -> Visibility:
    match Visibility(original.visibility):
        case Visibility.public | Visibility.unlisted:
            if wanted in {None, Visibility.mentioned, Visibility.local_only}:
                return Visibility.public
            return Visibility(wanted)
        case Visibility.followers if original.author_id == identity.pk:
            return Visibility.followers
        case Visibility.local_only:
            return Visibility.local_only
    raise NotAllowed(code="not_allowed")


async def _seen(identity: Identity, post_id: int) -> Post:
    """Return the post (a boost's original) with its author, if `identity` may see it. Raises NotFound."""
    return await _load(await require_original(identity, post_id))


async def _load(post_id: int) -> Post:
    return await Post.objects.select_related("author").aget(pk=post_id)


async def _known(identity: Identity, post_id: int, kind: type[Model]) -> int:
    """Return the id of the post, if `identity` may see it or has a row of `kind` for it. Raises NotFound."""
    table = kind._meta.db_table
    found = await sql.value(
        f"""SELECT k.post_id FROM {table} k
            WHERE k.post_id = (SELECT coalesce(boost_of_id, id) FROM activities_post WHERE id = %(post)s)
            AND k.identity_id = %(identity)s""",
        {"post": post_id, "identity": identity.pk},
    )
    return await require_original(identity, post_id) if found is None else int(found)


async def _insert(kind: type[Model], **values: Any) -> bool:
    """Insert a row of (post, identity) and return whether it is new. Of two concurrent calls, the second waits and returns False."""
    names = list(values)
    return bool(
        await sql.run(
            f"""INSERT INTO {kind._meta.db_table} ({", ".join(names)}, created_at)
                VALUES ({", ".join(f"%({name})s" for name in names)}, now())
                ON CONFLICT (post_id, identity_id) DO NOTHING""",
            values,
        )
    )


async def _remove(kind: type[Model], post_id: int, identity_id: int, *, returning: str = "id") -> Any:
    """Delete the row and return its `returning` column, or None if there was none."""
    return await sql.value(
        f"DELETE FROM {kind._meta.db_table} WHERE post_id = %s AND identity_id = %s RETURNING {returning}",
        [post_id, identity_id],
    )


async def _tell_author(identity: Identity, post: Post, activity: dict[str, Any]) -> None:
    if not post.author.is_local and post.author.inbox_url:
        await send(signer=identity.pk, activity=activity, inboxes=[post.author.delivery_url])
