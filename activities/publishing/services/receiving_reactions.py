"""Storing boosts and likes of authenticated remote actors. Everything may arrive repeatedly, late, or in the wrong order."""

import datetime as dt

from activities.posts.models import Interaction, Like, Post, PostGraph, Visibility
from activities.posts.queries.visibility import may_see
from activities.posts.services import counters
from activities.publishing.changes import not_in_future
from activities.publishing.services import interactions
from activities.publishing.services.consent import must_wait
from activities.publishing.services.receiving import add_to_homes_late, post_at
from core import clock
from core.db import async_atomic, sql
from core.errors import NotAllowed, NotFound
from core.ids import MAX_ID_ATTEMPTS, id_at, new_id
from federation.documents import host_of
from federation.policies.domains import hidden_by_any
from users.identities.models import Identity
from users.relations.services.revoked_activities import say_again, undo_applies


async def receive_boost(
    *,
    author: Identity,
    uri: str,
    original: Post,
    visibility: Visibility,
    published: dt.datetime | None = None,
    said_at: dt.datetime | None = None,
    delivered: bool = True,
    is_approved: bool = False,
) -> Post | None:
    """Store a boost by `author` of `original`. Return None if its URI belongs to another author's post, or it awaits approval.

    `delivered` ones are added to home timelines and notifications; those read from an outbox are not. The URI may be a repeat: PeerTube
    uses one URI for all boosts of a video by one account. Raises NotAllowed for a post that they may not boost.
    """
    if original.boost_of_id is not None or original.deleted_at is not None:
        raise NotFound
    if original.visibility > Visibility.unlisted and original.author_id != author.pk:
        raise NotAllowed(code="not_allowed", detail="boost of a post that is not public")
    is_hidden = original.is_local and hidden_by_any([host_of(author.uri)])
    if is_hidden and not await may_see(author, original.pk):
        raise NotAllowed(code="not_allowed", detail="the author's domain hides this server")
    if not is_approved and await must_wait(Interaction.boost, author, original, uri):
        return None
    visibility = Visibility(max(visibility, original.visibility))
    said_as = uri
    async with async_atomic():
        await counters.lock_post(original.pk)
        known = await post_at(uri, locked=True)
        if known is not None:
            if known.author_id != author.pk:
                return None
            if known.deleted_at is None and known.boost_of_id == original.pk:
                await say_again(known, known.uri, said_at)
                if delivered:
                    await add_to_homes_late(known)
                return known
            uri = await _free_address(known)
        moment = not_in_future(published or clock.now())
        for _ in range(MAX_ID_ATTEMPTS):
            made = Post(
                id=id_at(moment),
                author=author,
                uri=uri,
                url=original.url,
                is_local=False,
                visibility=visibility,
                boost_of=original,
                created_at=moment,
                fetched_at=clock.now(),
                said_at=said_at,
                state=(PostGraph.new if delivered else PostGraph.fanned_out).name,
                state_due_at=clock.now() if delivered else None,
            )
            try:
                stored = await interactions.store_boost(made)
            except NotFound:  # its id, made from its time, is taken: the next one has other random bits
                continue
            if stored.pk != made.pk and not _is_named(stored, said_as):
                # a repeated boost only changes the id by which it can be undone
                await say_again(stored, uri, said_at)
            return stored
    return None


def _is_named(boost: Post, uri: str) -> bool:
    """Return whether a boost arrived with this id, which may also be that of another post."""
    return boost.uri == uri or boost.uri.startswith(_beside(uri))


async def undo_boost(
    *, author: Identity, said_at: dt.datetime, uri: str = "", original_uri: str = ""
) -> bool:
    """Undo the author's boost of this original, or else the one with this URI. Return False if there is none.

    A URI known to belong to an earlier boost does not undo the current one.
    """
    async with async_atomic():
        original_id = made = None
        if original_uri:
            original_id = await sql.value("SELECT id FROM activities_post WHERE uri = %s", [original_uri])
            made = None if original_id is None else await interactions.lock_boost_of(author, original_id)
        if made is None and uri:
            own = "SELECT boost_of_id FROM activities_post WHERE uri = %s AND author_id = %s AND deleted_at IS NULL"
            original_id = await sql.value(own, [uri, author.pk])
            made = None if original_id is None else await interactions.lock_boost_of(author, original_id)
        if made is None or not await undo_applies(uri, made, said_at, named=_is_named(made, uri)):
            return False
        await interactions.delete_boost(made)
    return True


async def receive_like(
    *, author: Identity, post: Post, uri: str = "", said_at: dt.datetime | None = None
) -> bool:
    """Store a like and notify the post's author, if local. Return False for a known one or a deleted post."""
    if post.boost_of_id is not None or post.deleted_at is not None:
        return False
    async with async_atomic():
        like_id = await sql.value(
            """INSERT INTO activities_like AS k (id, post_id, identity_id, uri, said_at, created_at)
               VALUES (%s, %s, %s, %s, %s, now()) ON CONFLICT (post_id, identity_id) DO UPDATE SET uri = k.uri RETURNING id""",
            [made_id := new_id(), post.pk, author.pk, uri, said_at],
        )
        is_new = like_id == made_id
        if is_new:
            await interactions.count_like(post, author)
        else:  # a repeated like only changes the id by which it can be undone
            await say_again(await Like.objects.aget(pk=like_id), uri, said_at)
    return is_new


async def undo_like(*, author: Identity, said_at: dt.datetime, uri: str = "", post_uri: str = "") -> bool:
    """Undo the author's like with this URI, or else of this post, unless `uri` is known to belong to an earlier one."""
    async with async_atomic():
        own = Like.objects.select_related("post").filter(identity_id=author.pk)
        found = await own.filter(post__uri=post_uri).afirst() if post_uri else None
        if found is None and uri:
            found = await own.filter(uri=uri).afirst()
        if found is None:
            return False
        await counters.lock_post(found.post_id)
        if not await undo_applies(uri, found, said_at):
            return False
        return await interactions.delete_like(found.post, author) is not None


async def _free_address(known: Post) -> str:
    """Return a URI for a new boost: that of a deleted post, which is renamed, or a variant of that of an existing post."""
    beside = f"{_beside(known.uri)}{new_id()}"
    if known.deleted_at is None:
        return beside
    await sql.run("UPDATE activities_post SET uri = %s WHERE id = %s", [beside, known.pk])
    return known.uri


def _beside(uri: str) -> str:
    """Return the prefix of the variants of a URI that another post has."""
    return f"{uri[:2000]}#"
