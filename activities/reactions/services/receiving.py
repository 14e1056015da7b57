"""Storing reactions of authenticated remote actors. Everything may arrive repeatedly, late, or in the wrong order."""

import datetime as dt

from activities.posts.models import Post
from activities.posts.services import counters
from activities.reactions.activitypub import ReactionDocument
from activities.reactions.models import Reaction
from activities.reactions.queries import has_reaction, is_own_shortcode
from activities.reactions.services import storing
from core.db import async_atomic
from core.ids import new_id
from federation import peers
from users.domains.queries import is_local_host
from users.emojis.services.remote import store_emojis
from users.identities.models import Identity
from users.relations.services.revoked_activities import say_again, undo_applies


async def can_be_shown(author: Identity, reaction: ReactionDocument) -> bool:
    """Return whether this can be stored as a reaction: a custom emoji needs a picture that may be shown. Otherwise it is a like."""
    if not reaction.name.is_custom:
        return True
    return reaction.emoji is not None and await peers.takes_media_from(peers.host_of(author.uri))


async def receive_reaction(
    *,
    author: Identity,
    post: Post,
    reaction: ReactionDocument,
    uri: str,
    said_at: dt.datetime | None = None,
) -> None:
    """Store a reaction to a post and notify its author, if local. A repeated one only changes its id.

    Raises BadInput if the actor has too many reactions to the post.
    """
    name = reaction.name.name
    async with async_atomic():
        await counters.lock_post(post.pk)
        host = ""
        if reaction.emoji is not None and reaction.name.is_custom:
            host = await _host_of_emoji(author, post, reaction)
        known = await storing.find(post.pk, author.pk, name, host)
        if known is not None:
            await say_again(known, uri, said_at)
            return
        made = Reaction(
            id=new_id(), identity=author, post=post, name=name, host=host, uri=uri, said_at=said_at
        )
        await storing.store(post=post, identity=author, made=made)
        if reaction.emoji is not None and host == peers.host_of(author.uri):
            await store_emojis(host, [reaction.emoji])


async def _host_of_emoji(author: Identity, post: Post, reaction: ReactionDocument) -> str:
    """Return the emoji's server: the actor's, unless it joins a reaction with a local emoji or an existing one."""
    assert reaction.emoji is not None
    own, said = peers.host_of(author.uri), peers.host_of(reaction.emoji.uri)
    if said and said != own:
        if await is_local_host(said) and await is_own_shortcode(reaction.name.name):
            return ""
        if await has_reaction(post.pk, reaction.name.name, said):
            return said
    return own


async def undo_reaction(
    *,
    author: Identity,
    said_at: dt.datetime,
    uri: str = "",
    post_uri: str = "",
    reaction: ReactionDocument | None = None,
) -> bool:
    """Undo the author's reaction with this id, or else the one to this post with this emoji. Return False if there is none."""
    async with async_atomic():
        own = Reaction.objects.select_related("post").filter(identity_id=author.pk)
        found = await own.filter(uri=uri).afirst() if uri else None
        if found is None and post_uri and reaction is not None:
            same = own.filter(post__uri=post_uri, name=reaction.name.name)
            if reaction.name.is_custom:
                found = await same.filter(host=peers.host_of(author.uri)).afirst()
            found = found or await same.afirst()
        if found is None:
            return False
        await counters.lock_post(found.post_id)
        if not await undo_applies(uri, found, said_at):
            return False
        return await storing.delete(found.post, author, found)
