"""Changing the notification policy, and accepting or dismissing requests."""

from collections.abc import Collection, Mapping

from activities.notifications.models import NotificationPermission, NotificationPolicy, PolicyChoice
from activities.notifications.queries.groups import deletion
from activities.notifications.queries.requests import actors_of_requests
from activities.publishing.services.sheltering import release_accepted
from core.db import async_atomic, delete_batch, sql
from core.db.sql import Sql
from core.errors import NotFound
from users.identities import events
from users.identities.models import Identity


async def change_policy(*, identity: Identity, choices: Mapping[str, PolicyChoice]) -> None:
    """Change choices of the policy (`for_…` → choice). Existing notifications don't change."""
    if choices:
        async with async_atomic():
            await NotificationPolicy.objects.aupdate_or_create(identity=identity, defaults=dict(choices))


async def _asking(identity: Identity, request_ids: Collection[int], *, strict: bool) -> list[int]:
    found = await actors_of_requests(identity, list(request_ids))
    if strict and not found:
        raise NotFound
    return found


async def accept_requests(*, identity: Identity, request_ids: Collection[int], strict: bool = False) -> None:
    """Accept notification requests: past and future notifications of these actors are shown. `strict`: raise NotFound if none of the
    requests exists.
    """
    async with async_atomic():
        actors = await _asking(identity, request_ids, strict=strict)
        for actor_id in actors:
            await NotificationPermission.objects.aget_or_create(identity=identity, actor_id=actor_id)
        await show_filtered(identity=identity, actor_ids=actors)


async def show_filtered(*, identity: Identity, actor_ids: Collection[int]) -> None:
    """Show the filtered notifications of these actors, and what is held because they are new here. In a transaction."""
    await sql.run(
        """UPDATE activities_notification SET is_filtered = false
           WHERE identity_id = %s AND is_filtered AND actor_id = ANY(%s::bigint[])""",
        [identity.pk, list(actor_ids)],
    )
    await release_accepted(identity=identity, author_ids=actor_ids)


async def dismiss_requests(*, identity: Identity, request_ids: Collection[int], strict: bool = False) -> None:
    """Delete the filtered notifications of these actors. New ones create a new request."""
    async with async_atomic():
        actors = await _asking(identity, request_ids, strict=strict)
        await sql.run(
            """DELETE FROM activities_notification
               WHERE identity_id = %s AND is_filtered AND actor_id = ANY(%s::bigint[])""",
            [identity.pk, actors],
        )


async def dismiss_group(*, identity: Identity, key: str) -> None:
    """Delete a notification group. Raises NotFound for an invalid key."""
    found = deletion(key)
    if found is None:
        raise NotFound
    await sql.run(
        Sql.of(
            f"DELETE FROM activities_notification n WHERE n.identity_id = %(me)s AND {found}",
            found,
            me=identity.pk,
        )
    )


@events.on_identity_deleted
async def delete_policy_of(identity: Identity) -> bool:
    await NotificationPolicy.objects.filter(identity=identity.pk).adelete()
    has_more = False
    for column in ("identity_id", "actor_id"):
        condition = f"{column} = %(who)s"
        has_more |= await delete_batch("activities_notificationpermission", condition, {"who": identity.pk})
    return has_more
