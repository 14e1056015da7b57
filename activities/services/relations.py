"""What follows, blocks and deletions of people mean for posts: listeners of users/events.py, in the transaction of the event."""

from activities.models import NotificationKind, Post, PostGraph
from activities.services import homes, notifying
from core import clock
from core.db import sql
from stator import transition_many
from users import events
from users.models import Identity


@events.on_follow
async def greet_follower(source: Identity, target: Identity) -> None:
    """The target is told, and the follower's home shows the target's latest posts."""
    await notifying.withdraw(kind=NotificationKind.follow_request, identity_id=target.pk, actor_id=source.pk)
    await notifying.notify(kind=NotificationKind.follow, identity_id=target.pk, actor_id=source.pk)
    if source.is_local:
        await homes.fill_home(identity_id=source.pk, author_id=target.pk)


@events.on_follow_request
async def announce_request(source: Identity, target: Identity) -> None:
    await notifying.notify(kind=NotificationKind.follow_request, identity_id=target.pk, actor_id=source.pk)


@events.on_request_ended
async def withdraw_request(source: Identity, target: Identity) -> None:
    await notifying.withdraw(kind=NotificationKind.follow_request, identity_id=target.pk, actor_id=source.pk)


@events.on_unfollow
async def leave_home(source: Identity, target: Identity) -> None:
    await notifying.withdraw(kind=NotificationKind.follow, identity_id=target.pk, actor_id=source.pk)
    if source.is_local:
        await homes.clear_from_home(identity_id=source.pk, author_id=target.pk)


@events.on_block
async def separate(source: Identity, target: Identity) -> None:
    """Neither finds the other at home or among the notifications."""
    await notifying.withdraw_between(source.pk, target.pk)
    for one, other in ((source, target), (target, source)):
        if one.is_local:
            await homes.clear_from_home(identity_id=one.pk, author_id=other.pk)


@events.on_identity_deleted
async def remove_everything(identity: Identity) -> None:
    """What the identity wrote is gone; the worker takes it out of homes. Their likes count no more. Other servers hear of the identity only."""
    parameters = {"identity": identity.pk, "now": clock.now()}
    await sql.run(
        """WITH gone AS (DELETE FROM activities_like WHERE identity_id = %(identity)s RETURNING post_id)
           UPDATE activities_post p SET likes_count = greatest(0, p.likes_count - 1) FROM gone WHERE p.id = gone.post_id""",
        parameters,
    )
    for table in ("activities_bookmark", "activities_pin", "activities_homeentry", "activities_notification"):
        await sql.run(f"DELETE FROM {table} WHERE identity_id = %(identity)s", parameters)
    await sql.run("DELETE FROM activities_notification WHERE actor_id = %(identity)s", parameters)
    await sql.run(
        """WITH gone AS (SELECT boost_of_id FROM activities_post
                         WHERE author_id = %(identity)s AND boost_of_id IS NOT NULL AND deleted_at IS NULL)
           UPDATE activities_post p SET boosts_count = greatest(0, p.boosts_count - 1) FROM gone WHERE p.id = gone.boost_of_id""",
        parameters,
    )
    ids = await sql.column(
        """UPDATE activities_post SET deleted_at = %(now)s, title = '', content = '', source = '', content_warning = '',
               emojis = '[]', question = NULL
           WHERE author_id = %(identity)s AND deleted_at IS NULL RETURNING id""",
        parameters,
    )
    await transition_many(ids, PostGraph.deleted, model=Post)
