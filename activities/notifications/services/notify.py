"""Creating and withdrawing single notifications. Those for many recipients are in activities/notifications/listeners.py."""

from collections.abc import Collection

from activities.markers import services as markers
from activities.markers.queries import last_read_id
from activities.notifications.models import NotificationKind
from activities.notifications.queries.audience import is_filtered, wants_notification
from core.db import sql
from users.identities.models import Identity
from users.identities.queries.predicates import is_active
from users.logins.queries import holds_in_sql
from users.roles.models import Permission
from users.roles.queries import has_right_in_sql


async def mark_seen(*, identity: Identity, notification_id: int) -> int:
    """Mark this notification and all before it as read; return the newest one that is: more may have been read elsewhere."""
    moved = await markers.advance(identity=identity, timeline="notifications", last_read_id=notification_id)
    return notification_id if moved else await last_read_id(identity, "notifications")


async def notify(
    *, kind: NotificationKind, identity_id: int, actor_id: int, post_id: int | None = None
) -> bool:
    """Notify `identity` once, if it is local and accepts notifications about `actor`. Return True if there is a new notification."""
    return bool(
        await sql.run(
            f"""INSERT INTO activities_notification (identity_id, kind, actor_id, post_id, created_at, is_filtered)
                SELECT w.identity, %(kind)s, w.actor, %(post)s::bigint, now(),
                       {is_filtered("w.identity", "w.actor", "%(post)s::bigint")}
                FROM (SELECT %(identity)s::bigint AS identity, %(actor)s::bigint AS actor) w
                WHERE {wants_notification("w.identity", "w.actor", "%(post)s::bigint")} ON CONFLICT DO NOTHING""",
            {"kind": kind.value, "identity": identity_id, "actor": actor_id, "post": post_id},
        )
    )


async def notify_self(*, kind: NotificationKind, identity_id: int) -> None:
    """Notify a user of the result of their own action. A later notification replaces the earlier one."""
    await withdraw(kind=kind, identity_id=identity_id, actor_id=identity_id)
    await sql.run(
        """INSERT INTO activities_notification (identity_id, kind, actor_id, created_at, is_filtered)
           VALUES (%(who)s, %(kind)s, %(who)s, now(), false) ON CONFLICT DO NOTHING""",
        {"who": identity_id, "kind": kind.value},
    )


async def notify_of_warning(*, identity_id: int, warning_id: int) -> None:
    """Notify a user of an act of staff on them. It replaces the notification of an earlier one, which is still listed among the warnings."""
    kind = NotificationKind.moderation_warning
    await withdraw(kind=kind, identity_id=identity_id, actor_id=identity_id)
    await sql.run(
        """INSERT INTO activities_notification (identity_id, kind, actor_id, warning_id, created_at, is_filtered)
           VALUES (%(who)s, %(kind)s, %(who)s, %(warning)s, now(), false) ON CONFLICT DO NOTHING""",
        {"who": identity_id, "kind": kind.value, "warning": warning_id},
    )


async def notify_of_severances(ids: Collection[int]) -> None:
    """Notify users of lost follows. It replaces the notification of earlier ones, which are still listed on the page of lost follows."""
    parameters = {"ids": list(ids), "kind": NotificationKind.severed_relationships.value}
    await sql.run(
        """DELETE FROM activities_notification n USING users_severance s WHERE s.id = ANY(%(ids)s::bigint[])
           AND n.identity_id = s.identity_id AND n.kind = %(kind)s AND n.actor_id = s.identity_id AND n.post_id IS NULL""",
        parameters,
    )
    await sql.run(
        """INSERT INTO activities_notification (identity_id, kind, actor_id, severance_id, created_at, is_filtered)
           SELECT s.identity_id, %(kind)s, s.identity_id, s.id, now(), false FROM users_severance s
           WHERE s.id = ANY(%(ids)s::bigint[]) ORDER BY s.identity_id ON CONFLICT DO NOTHING""",
        parameters,
    )


_NEEDED = {
    NotificationKind.admin_report: Permission.manage_reports,
    NotificationKind.admin_sign_up: Permission.manage_users,
}


async def notify_staff(
    *, kind: NotificationKind, actor_id: int, domain_id: int | None, report_id: int | None = None
) -> None:
    """Notify staff of the domain and of the server once: as their identity on this domain if they have one, else as their first.

    Served by users_user_of_staff. Policies, blocks and mutes don't apply. A later report of the same actor replaces the notification of
    an earlier one, which is still listed among the reports.
    """
    parameters = {"kind": kind.value, "actor": actor_id, "domain": domain_id, "report": report_id}
    await sql.run(
        """DELETE FROM activities_notification n USING users_user u, users_identityaccess a
           WHERE u.is_staff AND a.user_id = u.id AND n.identity_id = a.identity_id
           AND n.kind = %(kind)s AND n.actor_id = %(actor)s AND n.post_id IS NULL""",
        parameters,
    )
    await sql.run(
        f"""INSERT INTO activities_notification (identity_id, kind, actor_id, report_id, created_at, is_filtered)
            SELECT DISTINCT ON (u.id) i.id, %(kind)s, %(actor)s::bigint, %(report)s::bigint, now(), false
            FROM users_user u JOIN users_identityaccess a ON a.user_id = u.id AND a.is_owner
            JOIN users_identity i ON i.id = a.identity_id AND {is_active("i")}
            WHERE {has_right_in_sql("u", _NEEDED[kind], "%(domain)s::bigint")}
            AND NOT {holds_in_sql("u.id", "%(actor)s")}
            ORDER BY u.id, i.domain_id IS NOT DISTINCT FROM %(domain)s::bigint DESC, i.id
            ON CONFLICT DO NOTHING""",
        parameters,
    )


async def notify_of_collection(
    *, kind: NotificationKind, collection_id: int, actor_id: int, identity_ids: Collection[int]
) -> None:
    """Notify the members of a collection. A later notification about its owner's collections replaces an earlier one.

    At most one per collection and hour. Served by activities_notification_once.
    """
    parameters = {
        "kind": kind.value,
        "collection": collection_id,
        "actor": actor_id,
        "identities": list(identity_ids),
    }
    await sql.run(
        """DELETE FROM activities_notification WHERE identity_id = ANY(%(identities)s::bigint[]) AND kind = %(kind)s
           AND actor_id = %(actor)s AND post_id IS NULL
           AND NOT (collection_id = %(collection)s AND created_at > now() - interval '1 hour')""",
        parameters,
    )
    await sql.run(
        f"""INSERT INTO activities_notification (identity_id, kind, actor_id, collection_id, created_at, is_filtered)
            SELECT w.identity, %(kind)s, %(actor)s::bigint, %(collection)s::bigint, now(),
                   {is_filtered("w.identity", "%(actor)s::bigint", "NULL::bigint")}
            FROM unnest(%(identities)s::bigint[]) AS w (identity)
            WHERE w.identity <> %(actor)s::bigint
            AND {wants_notification("w.identity", "%(actor)s::bigint", "NULL::bigint")} ON CONFLICT DO NOTHING""",
        parameters,
    )


async def withdraw_collection(*, identity_id: int, collection_id: int) -> None:
    """Delete a former member's notifications about a collection. Served by notification_collection."""
    await sql.run(
        "DELETE FROM activities_notification WHERE collection_id = %s AND identity_id = %s",
        [collection_id, identity_id],
    )


async def withdraw(
    *, kind: NotificationKind, identity_id: int, actor_id: int, post_id: int | None = None
) -> None:
    """Delete a notification whose cause was undone. Served by activities_notification_once."""
    await sql.run(
        """DELETE FROM activities_notification WHERE identity_id = %(identity)s AND kind = %(kind)s AND actor_id = %(actor)s
           AND post_id IS NOT DISTINCT FROM %(post)s::bigint""",
        {"kind": kind.value, "identity": identity_id, "actor": actor_id, "post": post_id},
    )


async def withdraw_between(identity_id: int, other_id: int) -> None:
    """Delete the notifications that two identities have about each other. Served by activities_notification_once."""
    await sql.run(
        """DELETE FROM activities_notification WHERE (identity_id = %(one)s AND actor_id = %(other)s)
           OR (identity_id = %(other)s AND actor_id = %(one)s)""",
        {"one": identity_id, "other": other_id},
    )


async def dismiss(*, identity_id: int, notification_id: int | None = None) -> int:
    """Delete one notification of an identity, or all of them; return how many."""
    one = "" if notification_id is None else " AND id = %(id)s"
    return await sql.run(
        f"DELETE FROM activities_notification WHERE identity_id = %(identity)s{one}",
        {"identity": identity_id, "id": notification_id},
    )
