"""Listeners that create and withdraw notifications, inside the transaction of the event.

Notifications of many posts are one statement.
"""

from activities.notifications.models import NotificationKind
from activities.notifications.queries.audience import is_filtered, mutes_thread, wants_notification
from activities.notifications.services import notify
from activities.posts import events as posts
from activities.posts.models import Post, QuoteState, Visibility
from activities.posts.queries.predicates import answers_another
from core.db import delete_piece, sql
from users.identities import events as identity_events
from users.identities.models import Identity
from users.logins import events as login_events
from users.logins.models import User
from users.moderation import events as moderation_events
from users.moderation.models import Report
from users.relations import events as relation_events
from users.relations.queries.predicates import FOLLOWS, is_accepted


@posts.on_posts_published
async def notify_of_posts(ids: list[int]) -> None:
    await _notify_mentioned(ids)
    await _notify_boosted(ids)
    await _notify_watchers(ids)


@posts.on_posts_edited
async def notify_of_edits(ids: list[int]) -> None:
    """Notify those who boosted or quoted these posts of an edit."""
    await _notify_of_edit(ids)
    await _notify_quoting(ids)


@posts.on_posts_deleted
async def withdraw_boosts(ids: list[int]) -> None:
    # activities_notification_once
    await sql.run(
        """DELETE FROM activities_notification n USING activities_post p
           WHERE p.id = ANY(%(ids)s::bigint[]) AND p.boost_of_id IS NOT NULL
           AND n.post_id = p.boost_of_id AND n.actor_id = p.author_id AND n.kind = 'reblog'
           AND NOT EXISTS (SELECT 1 FROM activities_post again WHERE again.boost_of_id = p.boost_of_id
                           AND again.author_id = p.author_id AND again.deleted_at IS NULL)""",
        {"ids": ids},
    )


@posts.on_posts_emptied
async def remove_from_notifications(ids: list[int]) -> bool:
    return await delete_piece("activities_notification", "post_id = ANY(%(ids)s::bigint[])", {"ids": ids})


@posts.on_newly_mentioned
async def notify_newly_mentioned(post: Post, identity_ids: list[int]) -> None:
    """Notify those whom an edit mentions for the first time as if the post were new."""
    for identity_id in identity_ids:
        await notify.notify(
            kind=NotificationKind.mention, identity_id=identity_id, actor_id=post.author_id, post_id=post.pk
        )


@posts.on_liked
async def notify_of_like(post: Post, who: Identity) -> None:
    await notify.notify(
        kind=NotificationKind.favourite, identity_id=post.author_id, actor_id=who.pk, post_id=post.pk
    )


@posts.on_unliked
async def withdraw_like(post: Post, who: Identity) -> None:
    await notify.withdraw(
        kind=NotificationKind.favourite, identity_id=post.author_id, actor_id=who.pk, post_id=post.pk
    )


@posts.on_quoted
async def notify_quoted(post: Post, quoted: Post) -> None:
    await notify.notify(
        kind=NotificationKind.quote, identity_id=quoted.author_id, actor_id=post.author_id, post_id=post.pk
    )


@posts.on_polls_closed
async def notify_of_end(ids: list[int]) -> None:
    """Notify local voters of a poll's end, and a local author.

    As in Mastodon, policies never filter these. Served by activities_poll_vote_once.
    """
    await sql.run(
        f"""INSERT INTO activities_notification (identity_id, kind, actor_id, post_id, created_at, is_filtered)
            SELECT v.identity_id, '{NotificationKind.poll.value}', p.author_id, p.id, now(), false
            FROM activities_post p
            JOIN (SELECT DISTINCT post_id, identity_id FROM activities_pollvote WHERE post_id = ANY(%(ids)s::bigint[])) v
                ON v.post_id = p.id
            WHERE p.id = ANY(%(ids)s::bigint[]) AND p.deleted_at IS NULL AND {wants_notification("v.identity_id", "p.author_id", "p.id")}
            UNION ALL
            SELECT p.author_id, '{NotificationKind.poll.value}', p.author_id, p.id, now(), false
            FROM activities_post p WHERE p.id = ANY(%(ids)s::bigint[]) AND p.deleted_at IS NULL AND p.is_local
            AND NOT {mutes_thread("p.author_id", "p.id")}
            ON CONFLICT DO NOTHING""",
        {"ids": ids},
    )


async def _notify_mentioned(ids: list[int]) -> None:
    await sql.run(
        f"""INSERT INTO activities_notification (identity_id, kind, actor_id, post_id, created_at, is_filtered)
            SELECT m.identity_id, 'mention', p.author_id, p.id, now(), {is_filtered("m.identity_id", "p.author_id", "p.id")}
            FROM activities_post p JOIN activities_mention m ON m.post_id = p.id AND NOT m.is_silent
            WHERE p.id = ANY(%(ids)s::bigint[]) AND p.deleted_at IS NULL AND p.boost_of_id IS NULL
            AND (p.visibility <> {Visibility.local_only.value}
                 OR (SELECT domain_id FROM users_identity WHERE id = m.identity_id)
                    = (SELECT domain_id FROM users_identity WHERE id = p.author_id))
            AND {wants_notification("m.identity_id", "p.author_id", "p.id")} ON CONFLICT DO NOTHING""",
        {"ids": ids},
    )


async def _notify_boosted(ids: list[int]) -> None:
    await sql.run(
        f"""INSERT INTO activities_notification (identity_id, kind, actor_id, post_id, created_at, is_filtered)
            SELECT o.author_id, 'reblog', p.author_id, o.id, now(), {is_filtered("o.author_id", "p.author_id", "o.id")}
            FROM activities_post p JOIN activities_post o ON o.id = p.boost_of_id AND o.deleted_at IS NULL
            WHERE p.id = ANY(%(ids)s::bigint[]) AND p.deleted_at IS NULL
            AND {wants_notification("o.author_id", "p.author_id", "o.id")} ON CONFLICT DO NOTHING""",
        {"ids": ids},
    )


async def _notify_watchers(ids: list[int]) -> None:
    """Notify followers who asked for every post of an author, except of boosts, replies to others and direct posts."""
    await sql.run(
        f"""INSERT INTO activities_notification (identity_id, kind, actor_id, post_id, created_at, is_filtered)
            SELECT f.source_id, 'status', p.author_id, p.id, now(), {is_filtered("f.source_id", "p.author_id", "p.id")}
            FROM activities_post p JOIN {FOLLOWS} f ON f.target_id = p.author_id AND f.notifies AND {is_accepted("f")}
            JOIN activities_homeentry h ON h.identity_id = f.source_id AND h.post_id = p.id
            WHERE p.id = ANY(%(ids)s::bigint[]) AND p.deleted_at IS NULL AND p.boost_of_id IS NULL
            AND p.visibility <> {Visibility.mentioned.value}
            AND NOT {answers_another("p")}
            AND {wants_notification("f.source_id", "p.author_id", "p.id")} ON CONFLICT DO NOTHING""",
        {"ids": ids},
    )


async def _notify_of_edit(ids: list[int]) -> None:
    await sql.run(
        f"""INSERT INTO activities_notification (identity_id, kind, actor_id, post_id, created_at, is_filtered)
            SELECT b.author_id, 'update', p.author_id, p.id, now(), false
            FROM activities_post p JOIN activities_post b ON b.boost_of_id = p.id AND b.is_local AND b.deleted_at IS NULL
            WHERE p.id = ANY(%(ids)s::bigint[]) AND p.deleted_at IS NULL
            AND {wants_notification("b.author_id", "p.author_id", "p.id")} ON CONFLICT DO NOTHING""",
        {"ids": ids},
    )


async def _notify_quoting(ids: list[int]) -> None:
    """Point the notification at their quote, as Mastodon does. Served by activities_post_quotes."""
    await sql.run(
        f"""INSERT INTO activities_notification (identity_id, kind, actor_id, post_id, created_at, is_filtered)
            SELECT q.author_id, 'quoted_update', p.author_id, q.id, now(), false
            FROM activities_post p JOIN activities_post q ON q.quote_of_id = p.id AND q.is_local AND q.deleted_at IS NULL
                AND q.quote_state = '{QuoteState.accepted.value}'
            WHERE p.id = ANY(%(ids)s::bigint[]) AND p.deleted_at IS NULL
            AND {wants_notification("q.author_id", "p.author_id", "q.id")} ON CONFLICT DO NOTHING""",
        {"ids": ids},
    )


@relation_events.on_follow
async def notify_of_follow(source: Identity, target: Identity) -> None:
    """Notify the target of a follow and withdraw the notification of the request."""
    await notify.withdraw(kind=NotificationKind.follow_request, identity_id=target.pk, actor_id=source.pk)
    await notify.notify(kind=NotificationKind.follow, identity_id=target.pk, actor_id=source.pk)


@relation_events.on_follow_request
async def notify_of_request(source: Identity, target: Identity) -> None:
    await notify.notify(kind=NotificationKind.follow_request, identity_id=target.pk, actor_id=source.pk)


@relation_events.on_request_ended
async def withdraw_request(source: Identity, target: Identity) -> None:
    await notify.withdraw(kind=NotificationKind.follow_request, identity_id=target.pk, actor_id=source.pk)


@relation_events.on_unfollow
async def withdraw_follow(source: Identity, target: Identity) -> None:
    await notify.withdraw(kind=NotificationKind.follow, identity_id=target.pk, actor_id=source.pk)


@relation_events.on_block
async def delete_between(source: Identity, target: Identity) -> None:
    """Delete each one's notifications about the other."""
    await notify.withdraw_between(source.pk, target.pk)


@moderation_events.on_report
async def notify_staff_of_report(report: Report) -> None:
    """Notify staff of a report. One from elsewhere names no reporter: then it comes from whom it is about."""
    reporter = report.source if report.source is not None else report.target
    await notify.notify_staff(
        kind=NotificationKind.admin_report,
        actor_id=reporter.pk,
        domain_id=report.target.domain_id or reporter.domain_id,
        report_id=report.pk,
    )


@login_events.on_admitted
async def notify_staff_of_sign_up(user: User, identity: Identity) -> None:
    await notify.notify_staff(
        kind=NotificationKind.admin_sign_up, actor_id=identity.pk, domain_id=identity.domain_id
    )


@identity_events.on_identity_deleted
async def remove_notifications(identity: Identity) -> bool:
    """Remove the next piece of those of the identity, and of those that it caused."""
    who = {"identity": identity.pk}
    has_more = await delete_piece("activities_notification", "identity_id = %(identity)s", who)
    return await delete_piece("activities_notification", "actor_id = %(identity)s", who) or has_more
