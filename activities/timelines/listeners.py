"""Listeners that keep home timelines up to date with posts, follows, blocks and deletions. They run inside the transaction of the event."""

from activities.posts import events as posts
from activities.posts.models import Post
from activities.timelines import services
from core.db import delete_batch, sql
from users.identities import events as identity_events
from users.identities.models import Identity
from users.relations import events

posts.on_posts_published(services.add_to_home_timelines)
posts.on_posts_brought(services.add_to_homes_of_hashtags)
posts.on_ancestors_fetched(services.add_to_home_timelines)  # followers of both now see the reply


@posts.on_post_created
async def add_to_author_home(post: Post) -> None:
    """Add a post to its author's own home timeline, so that an immediate reload shows it; the worker adds it to all others."""
    await sql.run(
        "INSERT INTO activities_homeentry (identity_id, post_id) VALUES (%s, %s) ON CONFLICT DO NOTHING",
        [post.author_id, post.pk],
    )


@posts.on_posts_emptied
async def remove_from_homes(ids: list[int]) -> bool:
    return await delete_batch("activities_homeentry", "post_id = ANY(%(ids)s::bigint[])", {"ids": ids})


@events.on_follow
async def fill_home_timeline(source: Identity, target: Identity) -> None:
    """Add the target's latest posts to the new follower's home timeline."""
    if source.is_local:
        await services.fill_home(identity_id=source.pk, author_id=target.pk)


@events.on_unfollow
async def clear_from_home_timeline(source: Identity, target: Identity) -> None:
    if source.is_local:
        await services.clear_from_home(identity_id=source.pk, author_id=target.pk)


@events.on_block
async def clear_from_both_timelines(source: Identity, target: Identity) -> None:
    """Remove the posts of two identities from each other's home timelines."""
    for one, other in ((source, target), (target, source)):
        if one.is_local:
            await services.clear_from_home(identity_id=one.pk, author_id=other.pk)


@identity_events.on_identity_deleted
async def remove_home(identity: Identity) -> bool:
    return await delete_batch("activities_homeentry", "identity_id = %(identity)s", {"identity": identity.pk})
