"""Rows of reactions, local or remote. In a transaction that has locked the post's row."""

from activities.posts import events
from activities.posts.models import Post
from activities.reactions.models import MAX_PER_IDENTITY, Reaction
from core.db import sql
from core.errors import BadInput
from users.identities.models import Identity


async def store(*, post: Post, identity: Identity, made: Reaction) -> None:
    """Store a new reaction and emit the event. Raises BadInput for more than MAX_PER_IDENTITY."""
    had = await Reaction.objects.filter(post_id=post.pk, identity_id=identity.pk).acount()
    if had >= MAX_PER_IDENTITY:
        raise BadInput(code="too_many_reactions", most=MAX_PER_IDENTITY)
    await made.asave(force_insert=True)
    await events.on_reacted.emit(post, identity)


async def find(post_id: int, identity_id: int, name: str, host: str) -> Reaction | None:
    """Return an identity's reaction. Served by activities_reaction_once."""
    return await Reaction.objects.filter(
        post_id=post_id, identity_id=identity_id, name=name, host=host
    ).afirst()


async def delete(post: Post, identity: Identity, reaction: Reaction) -> bool:
    """Delete a reaction and emit the event. Return False if it was deleted already."""
    if not await sql.run("DELETE FROM activities_reaction WHERE id = %s", [reaction.pk]):
        return False
    await events.on_unreacted.emit(post, identity)
    return True
