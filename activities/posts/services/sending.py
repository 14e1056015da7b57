"""Sending activities about posts to other servers: at once, or in batches if there are very many recipients."""

import dataclasses
from collections.abc import Callable, Collection, Mapping
from typing import Any

from activities.posts.activitypub.post_for_delivery import PostForDelivery
from activities.posts.models import Broadcast, Reach, Visibility
from activities.posts.queries.delivery import Audience, audiences_of, load_for_delivery
from federation import sending
from federation.documents import host_of

type Document = Callable[[PostForDelivery], Mapping[str, Any]]


async def send_documents(ids: Collection[int], document: Document, reach: Reach) -> None:
    """Send an activity about each of these local posts to everyone within reach. In a transaction."""
    audiences = await audiences_of(ids, reach) if ids else {}
    posts = await load_for_delivery(list(audiences))
    for post_id, audience in audiences.items():
        post = posts[post_id]
        if post.visibility == Visibility.limited:
            await _send_to_circle(post, document, reach)
        else:
            await send_to_audience(
                post_id=post_id,
                signer=post.author_id,
                activity=document(post),
                audience=audience,
                reach=reach,
            )


async def _send_to_circle(post: PostForDelivery, document: Document, reach: Reach) -> None:
    """Send each server in a limited post's audience a document that addresses only recipients on that server, so that nobody sees the rest.

    Recipients blocked since the post was written are sent only its deletion.
    """
    inboxes: dict[str, set[str]] = {}
    for one in post.mentions:
        if one.inbox and (reach == Reach.end or not one.is_apart):
            inboxes.setdefault(host_of(one.uri), set()).add(one.inbox)
    for host, addresses in sorted(inboxes.items()):
        activity = document(dataclasses.replace(post, shown_to_host=host))
        await sending.send(signer=post.author_id, activity=activity, inboxes=addresses)


async def send_about_post(*, post_id: int, signer: int, activity: Mapping[str, Any], reach: Reach) -> None:
    """Send an activity that is the same for all servers to everyone within reach of a post. In a transaction."""
    if audience := (await audiences_of([post_id], reach)).get(post_id):
        await send_to_audience(
            post_id=post_id, signer=signer, activity=activity, audience=audience, reach=reach
        )


async def send_to_audience(
    *, post_id: int, signer: int, activity: Mapping[str, Any], audience: Audience, reach: Reach
) -> None:
    """Send an activity about a post to its audience, and leave the rest of it to a Broadcast. In a transaction.

    Activities of an author arrive in order: while a Broadcast of the author is in progress, this becomes one, too.
    """
    is_begun = not audience.is_behind
    activity_id = None
    if is_begun:
        activity_id = await sending.send(signer=signer, activity=activity, inboxes=audience.inboxes)
        if not audience.has_more:
            return
    if activity_id is None:
        activity_id = await sending.store_activity(signer=signer, activity=activity)
    await Broadcast.objects.acreate(
        post_id=post_id, signer=signer, activity_id=activity_id, reach=reach, part=1 if is_begun else 0
    )
