"""Sends local public posts to accepted relays. Runs inside the transaction of the events, in the worker."""

from collections.abc import Callable
from typing import Any

from activities.posts import events
from activities.posts.activitypub.activities import create_document, delete_document, update_document
from activities.posts.activitypub.post_for_delivery import PostForDelivery
from activities.posts.models import Post, Visibility
from activities.posts.queries.delivery import load_for_delivery
from federation import sending
from federation.models import Dialect
from federation.registry import SYSTEM_ACTOR
from federation.relays.documents import announce_document
from federation.relays.queries import accepted_relays
from federation.signing import system_actor_uri
from users.identities.models import Restriction


@events.on_posts_published
async def send_new_posts(ids: list[int]) -> None:
    """Send posts as their author's Create to inbox relays, and as the system actor's Announce to actor relays."""
    inboxes = await _inboxes(Dialect.inbox)
    announced_to = await _inboxes(Dialect.actor)
    if not inboxes and not announced_to:
        return
    posts = await _own_public(ids)
    await _send(posts, create_document, inboxes)
    if not announced_to:
        return
    actor = await system_actor_uri()
    for post in posts.values():
        document = announce_document(post.uri, actor, post.created_at.isoformat())
        await sending.send(signer=SYSTEM_ACTOR, activity=document, inboxes=announced_to)


@events.on_posts_edited
async def send_edits(ids: list[int]) -> None:
    inboxes = [*await _inboxes(Dialect.inbox), *await _inboxes(Dialect.actor)]
    if inboxes:
        await _send(await _own_public(ids), update_document, inboxes)


@events.on_posts_deleted
async def send_deletions(ids: list[int]) -> None:
    inboxes = [*await _inboxes(Dialect.inbox), *await _inboxes(Dialect.actor)]
    if inboxes:
        await _send(await _own_public(ids, are_deleted=True), delete_document, inboxes)


async def _inboxes(dialect: Dialect) -> list[str]:
    return [relay.inbox_url for relay in await accepted_relays() if relay.dialect == dialect]


async def _own_public(ids: list[int], *, are_deleted: bool = False) -> dict[int, PostForDelivery]:
    """Return the posts among these that are sent to relays: public ones of unrestricted local users."""
    chosen = Post.objects.filter(
        pk__in=ids,
        is_local=True,
        visibility=Visibility.public,
        boost_of=None,
        deleted_at__isnull=not are_deleted,
        author__deleted_at=None,
        author__restriction=Restriction.none,
        author__domain__is_local_only=False,
    )
    return await load_for_delivery([pk async for pk in chosen.values_list("pk", flat=True)])


async def _send(
    posts: dict[int, PostForDelivery],
    document: Callable[[PostForDelivery], dict[str, Any]],
    inboxes: list[str],
) -> None:
    if inboxes:
        for post in posts.values():
            await sending.send(signer=post.author_id, activity=document(post), inboxes=inboxes)
