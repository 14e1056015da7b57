"""Sending activities about posts to other servers: at once, or in batches if there are very many recipients."""

from collections.abc import Mapping
from typing import Any

from activities.posts.models import Broadcast, Reach
from activities.posts.queries.delivery import Audience, audiences_of
from federation import sending


async def send_about_post(*, post_id: int, signer: int, activity: Mapping[str, Any], reach: Reach) -> None:
    """Send an activity about one post to everyone within reach. In a transaction."""
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
