"""Announcing pins to other servers: Add and Remove to `featured`, after the post's Create and before its Delete. And pins of remote actors."""

import datetime as dt
from collections.abc import Collection, Sequence

from activities.posts.activitypub.activities import pin_document, unpin_document
from activities.posts.models import Pin, Reach, Visibility
from activities.posts.queries.delivery import audiences_of
from activities.posts.services.sending import send_about_post, send_to_audience
from core.db import async_atomic, sql
from core.ids import MAX_ID_ATTEMPTS, id_at, new_id
from users.identities.models import Identity
from users.relations.services.revoked_activities import record_latest

MAX_PINS = 5
"""Per identity, local or remote."""


async def announce_pins(post_ids: Collection[int]) -> None:
    """Send an Add for each of these posts that is pinned and visible to everyone, in the order of pinning.

    Served by activities_pin_pair.
    """
    pins = Pin.objects.select_related("identity", "post").filter(
        post__in=post_ids,
        post__visibility__lte=Visibility.unlisted,
        post__deleted_at=None,
        identity__domain__isnull=False,
    )
    found = [pin async for pin in pins.order_by("pk")]
    if not found:
        return
    audiences = await audiences_of([pin.post_id for pin in found], Reach.followers)
    for pin in found:
        if audience := audiences.get(pin.post_id):
            await send_to_audience(
                post_id=pin.post_id,
                signer=pin.identity_id,
                activity=pin_document(pin_id=pin.pk, identity=pin.identity, post_uri=pin.post.uri),
                audience=audience,
                reach=Reach.followers,
            )


async def set_remote_pins(*, author_id: int, post_ids: Sequence[int]) -> None:
    """Set the pinned posts of a remote author to exactly these, the first on top. Their own server is authoritative."""
    async with async_atomic():
        await sql.run("SELECT 1 FROM users_identity WHERE id = %s FOR NO KEY UPDATE", [author_id])
        before = await sql.column(
            "SELECT post_id FROM activities_pin WHERE identity_id = %s ORDER BY id DESC", [author_id]
        )
        if before == list(post_ids):
            return
        await sql.run("DELETE FROM activities_pin WHERE identity_id = %s", [author_id])
        # the highest id is shown first
        await Pin.objects.abulk_create(
            [
                Pin(id=pin_id, identity_id=author_id, post_id=post_id)
                for pin_id, post_id in zip(
                    sorted(new_id() for _ in post_ids), reversed(post_ids), strict=True
                )
            ]
        )


async def is_latest_about_pin(author: Identity, uri: str, said_at: dt.datetime) -> bool:
    """Record when a remote author last pinned or unpinned a post, known or not. Return False if a later change is recorded."""
    return await record_latest("pin", host=author.uri, uri=uri, said_at=said_at)


async def add_remote_pin(*, author_id: int, post_id: int, said_at: dt.datetime) -> bool:
    """Pin a post of a remote author, above those pinned before. In a transaction.

    Return False if MAX_PINS others are pinned; a pinned one keeps its position.

    Served by activities_pin_identity.
    """
    await sql.run("SELECT 1 FROM users_identity WHERE id = %s FOR NO KEY UPDATE", [author_id])
    pinned = await sql.column("SELECT post_id FROM activities_pin WHERE identity_id = %s", [author_id])
    if post_id in pinned:
        return True
    if len(pinned) >= MAX_PINS:
        return False
    for _ in range(MAX_ID_ATTEMPTS):  # ids of the same millisecond may clash
        if await sql.run(
            """INSERT INTO activities_pin (id, identity_id, post_id, created_at) VALUES (%s, %s, %s, now())
               ON CONFLICT (id) DO NOTHING""",
            [id_at(said_at), author_id, post_id],
        ):
            return True
    return False


async def remove_pin(*, author_id: int, post_id: int) -> None:
    """Unpin a post, and send a Remove if it was pinned and is visible to everyone. In a transaction."""
    pins = Pin.objects.select_related("identity", "post").filter(post=post_id, identity=author_id)
    pin = await pins.afirst()
    removed = await sql.run(
        "DELETE FROM activities_pin WHERE post_id = %s AND identity_id = %s", [post_id, author_id]
    )
    if not removed or pin is None or pin.post.visibility > Visibility.unlisted:
        return
    if pin.identity.is_local:
        activity = unpin_document(pin_id=pin.pk, identity=pin.identity, post_uri=pin.post.uri)
        await send_about_post(post_id=post_id, signer=author_id, activity=activity, reach=Reach.followers)
