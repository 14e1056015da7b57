"""Listeners that create and withdraw notifications, inside the transaction of the event.

Notifications for many posts are one statement, and for very many recipients one per batch.
"""

from activities.approvals import events as approvals
from activities.approvals.models import Approval
from activities.notifications.models import NotificationKind
from activities.notifications.queries.audience import is_filtered, mutes_thread, wants_notification
from activities.notifications.services import notify
from activities.notifications.services.policy import show_filtered
from activities.posts import events as posts
from activities.posts.models import Interaction, Post, QuoteState, Visibility
from activities.posts.queries.predicates import is_for_named, is_reply_to_another
from activities.posts.services.spreading import Places, distribute, register_writer
from activities.shelter import events as shelter_events
from activities.shelter.queries.quarantine import kept_from
from core.db import delete_batch, sql
from users.collections import events as collection_events
from users.collections.models import Collection, CollectionItem
from users.collections.queries import people_from_here
from users.identities import events as identity_events
from users.identities.models import Identity
from users.logins import events as login_events
from users.logins.models import User
from users.moderation import events as moderation_events
from users.moderation.models import AccountWarning, Report
from users.relations import events as relation_events
from users.relations.queries.predicates import FOLLOWS, is_accepted
from users.severances import events as severance_events

_MOST_FILTERED = 200  # mentions by new people that wait for one identity
_POLL_ENDED, _EDITED, _QUOTED_EDITED = "poll_ended", "edited", "quoted_edited"  # kinds of Spread


@posts.on_posts_published
async def notify_of_posts(ids: list[int]) -> None:
    await _notify_mentioned(ids)
    await _notify_boosted(ids)


@posts.on_posts_edited
async def notify_of_edits(ids: list[int]) -> None:
    """Notify those who boosted or quoted these posts of an edit."""
    await distribute(_EDITED, ids)
    await distribute(_QUOTED_EDITED, ids)


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
async def delete_for_posts(ids: list[int]) -> bool:
    return await delete_batch("activities_notification", "post_id = ANY(%(ids)s::bigint[])", {"ids": ids})


@posts.on_newly_mentioned
async def notify_newly_mentioned(post: Post, identity_ids: list[int]) -> None:
    """Notify accounts that an edit mentions for the first time, as for a new post."""
    for identity_id in identity_ids:
        await notify.notify(
            kind=NotificationKind.mention, identity_id=identity_id, actor_id=post.author_id, post_id=post.pk
        )


@shelter_events.on_mentions_held
async def keep_mention(post: Post, identity_ids: list[int]) -> None:
    """Store mentions by somebody new here as filtered notifications, so that the worker notifies nobody of them, and each can accept them.

    Beyond _MOST_FILTERED no more are stored for anybody: those posts are seen by staff only. Served by notification_filtered.
    """
    waiting = f"""(SELECT count(*) FROM (SELECT 1 FROM activities_notification x_n
        WHERE x_n.identity_id = w.who AND x_n.is_filtered LIMIT {_MOST_FILTERED}) x_few)"""
    await sql.run(
        f"""INSERT INTO activities_notification (identity_id, kind, actor_id, post_id, created_at, is_filtered)
            SELECT w.who, 'mention', %(author)s::bigint, %(post)s::bigint, now(), true
            FROM unnest(%(people)s::bigint[]) AS w (who)
            WHERE {wants_notification("w.who", "%(author)s::bigint", "%(post)s::bigint")} AND {waiting} < {_MOST_FILTERED}
            ORDER BY w.who ON CONFLICT DO NOTHING""",
        {"author": post.author_id, "post": post.pk, "people": identity_ids},
    )


@shelter_events.on_mentions_released
async def forget_kept_mentions(post: Post) -> None:
    """Delete them, so that the worker notifies as of any other post. Served by the index on post_id."""
    await sql.run(
        "DELETE FROM activities_notification WHERE post_id = %s AND kind = 'mention' AND is_filtered",
        [post.pk],
    )


@posts.on_liked
async def notify_of_like(post: Post, who: Identity) -> None:
    await notify.notify(
        kind=NotificationKind.favourite, identity_id=post.author_id, actor_id=who.pk, post_id=post.pk
    )


@posts.on_reacted
async def notify_of_reaction(post: Post, who: Identity) -> None:
    """Notify the author as for a like, which all apps support; only once for a like and reactions of the same actor."""
    await notify_of_like(post, who)


@posts.on_unliked
@posts.on_unreacted
async def withdraw_like(post: Post, who: Identity) -> None:
    """Withdraw the notification, unless another like or reaction of the actor remains. Served by activities_like_pair, activities_reaction_once."""
    if await sql.value(
        """SELECT 1 WHERE EXISTS (SELECT 1 FROM activities_like WHERE post_id = %(post)s AND identity_id = %(who)s)
           OR EXISTS (SELECT 1 FROM activities_reaction WHERE post_id = %(post)s AND identity_id = %(who)s)""",
        {"post": post.pk, "who": who.pk},
    ):
        return
    await notify.withdraw(
        kind=NotificationKind.favourite, identity_id=post.author_id, actor_id=who.pk, post_id=post.pk
    )


_PENDING = {
    Interaction.reply: NotificationKind.pending_reply,
    Interaction.like: NotificationKind.pending_favourite,
    Interaction.boost: NotificationKind.pending_reblog,
}


@approvals.on_requested
async def notify_of_interaction(approval: Approval) -> None:
    """Notify a post's author that an interaction awaits approval; for a reply, with the reply itself."""
    await notify.notify(
        kind=_PENDING[Interaction(approval.kind)],
        identity_id=approval.author_id,
        actor_id=approval.identity_id,
        post_id=approval.post_id if approval.kind == Interaction.reply else approval.target_id,
    )


@approvals.on_approved
@approvals.on_denied
async def withdraw_interaction(approval: Approval) -> None:
    if approval.target.is_local:
        await notify.withdraw(
            kind=_PENDING[Interaction(approval.kind)],
            identity_id=approval.author_id,
            actor_id=approval.identity_id,
            post_id=approval.post_id if approval.kind == Interaction.reply else approval.target_id,
        )


@posts.on_quoted
async def notify_quoted(post: Post, quoted: Post) -> None:
    await notify.notify(
        kind=NotificationKind.quote, identity_id=quoted.author_id, actor_id=post.author_id, post_id=post.pk
    )


@posts.on_polls_closed
async def notify_of_poll_end(ids: list[int]) -> None:
    """Notify local voters of a poll's end, and a local author.

    As in Mastodon, policies never filter these.
    """
    await distribute(_POLL_ENDED, ids)
    await sql.run(
        f"""INSERT INTO activities_notification (identity_id, kind, actor_id, post_id, created_at, is_filtered)
            SELECT p.author_id, '{NotificationKind.poll.value}', p.author_id, p.id, now(), false
            FROM activities_post p WHERE p.id = ANY(%(ids)s::bigint[]) AND p.deleted_at IS NULL AND p.is_local
            AND NOT {mutes_thread("p.author_id", "p.id")}
            ON CONFLICT DO NOTHING""",
        {"ids": ids},
    )


@register_writer(_POLL_ENDED)
async def _notify_voters(places: Places, most: int) -> Places:
    """Notify voters. A voter has a row per choice, and a batch ends after all of them. Served by activities_poll_vote_once."""
    return await _notify_piece(
        NotificationKind.poll,
        """SELECT v.identity_id AS key, v.identity_id AS who, p.id AS about FROM activities_pollvote v
           WHERE v.post_id = p.id AND v.identity_id < w.before
           ORDER BY v.identity_id DESC FETCH FIRST %(most)s ROWS WITH TIES""",
        places,
        most,
    )


async def _notify_piece(kind: NotificationKind, people: str, places: Places, most: int) -> Places:
    """Notify the accounts that `people` selects for a post `p` before `w.before`: (key, identity or null, post of the notification)."""
    rows = await sql.rows(
        f"""WITH piece AS MATERIALIZED (
                SELECT p.id, p.author_id, r.key, r.who, r.about
                FROM unnest(%(ids)s::bigint[], %(before)s::bigint[]) AS w (id, before)
                JOIN activities_post p ON p.id = w.id AND p.deleted_at IS NULL
                CROSS JOIN LATERAL ({people}) r),
            added AS (
                INSERT INTO activities_notification (identity_id, kind, actor_id, post_id, created_at, is_filtered)
                SELECT DISTINCT r.who, '{kind.value}', r.author_id, r.about, now(), false
                FROM piece r WHERE r.who IS NOT NULL AND {wants_notification("r.who", "r.author_id", "r.about")}
                ON CONFLICT DO NOTHING)
            SELECT id, min(key) FROM piece GROUP BY id HAVING count(*) >= %(most)s""",
        {"ids": list(places), "before": list(places.values()), "most": most},
    )
    return dict(rows)


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


@posts.on_added_to_homes
async def notify_watchers(pieces: list[posts.FollowersPiece]) -> None:
    """Notify followers who enabled notifications for an author's posts, except for boosts, replies to others, direct posts and those to circles.

    Served by users_follow_watching.
    """
    await sql.run(
        f"""INSERT INTO activities_notification (identity_id, kind, actor_id, post_id, created_at, is_filtered)
            SELECT f.source_id, 'status', p.author_id, p.id, now(), {is_filtered("f.source_id", "p.author_id", "p.id")}
            FROM unnest(%(ids)s::bigint[], %(after)s::bigint[], %(before)s::bigint[]) AS w (id, after, before)
            JOIN activities_post p ON p.id = w.id
            JOIN {FOLLOWS} f ON f.target_id = p.author_id AND f.id >= w.after AND f.id < w.before
                AND f.notifies AND {is_accepted("f")}
            JOIN activities_homeentry h ON h.identity_id = f.source_id AND h.post_id = p.id
            WHERE p.deleted_at IS NULL AND p.boost_of_id IS NULL
            AND NOT {is_for_named("p")}
            AND NOT {is_reply_to_another("p")}
            AND {wants_notification("f.source_id", "p.author_id", "p.id")} ON CONFLICT DO NOTHING""",
        {
            "ids": [piece.post_id for piece in pieces],
            "after": [piece.after for piece in pieces],
            "before": [piece.before for piece in pieces],
        },
    )


@register_writer(_EDITED)
async def _notify_boosting(places: Places, most: int) -> Places:
    """Notify accounts that boosted an edited post. Served by activities_post_boosts."""
    return await _notify_piece(
        NotificationKind.update,
        """SELECT b.id AS key, CASE WHEN b.is_local AND b.deleted_at IS NULL THEN b.author_id END AS who, p.id AS about
           FROM activities_post b WHERE b.boost_of_id = p.id AND b.id < w.before ORDER BY b.id DESC LIMIT %(most)s""",
        places,
        most,
    )


@register_writer(_QUOTED_EDITED)
async def _notify_quoting(places: Places, most: int) -> Places:
    """Notify accounts that quoted an edited post, linking to their quote as Mastodon does. Served by activities_post_quotes."""
    return await _notify_piece(
        NotificationKind.quoted_update,
        f"""SELECT q.id AS key, CASE WHEN q.is_local AND q.deleted_at IS NULL AND q.quote_state = '{QuoteState.accepted.value}'
                    THEN q.author_id END AS who, q.id AS about
           FROM activities_post q WHERE q.quote_of_id = p.id AND q.id < w.before ORDER BY q.id DESC LIMIT %(most)s""",
        places,
        most,
    )


@relation_events.on_follow
async def notify_of_follow(source: Identity, target: Identity) -> None:
    """Notify the target of a follow and withdraw the notification of the request."""
    await notify.withdraw(kind=NotificationKind.follow_request, identity_id=target.pk, actor_id=source.pk)
    await notify.notify(kind=NotificationKind.follow, identity_id=target.pk, actor_id=source.pk)
    if source.is_local and not target.is_local and await kept_from(source, [target.pk], most=1):
        await show_filtered(identity=source, actor_ids=[target.pk])


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


@collection_events.on_added
async def notify_of_collection(item: CollectionItem) -> None:
    await notify.notify_of_collection(
        kind=NotificationKind.added_to_collection,
        collection_id=item.collection_id,
        actor_id=item.collection.owner_id,
        identity_ids=[item.identity_id],
    )


@collection_events.on_left
async def withdraw_collection(item: CollectionItem) -> None:
    await notify.withdraw_collection(identity_id=item.identity_id, collection_id=item.collection_id)


@collection_events.on_changed
async def notify_of_new_name(collection: Collection) -> None:
    """Notify the local members of a collection that its name or description changed."""
    await notify.notify_of_collection(
        kind=NotificationKind.collection_update,
        collection_id=collection.pk,
        actor_id=collection.owner_id,
        identity_ids=await people_from_here(collection.pk),
    )


@moderation_events.on_report
async def notify_staff_of_report(report: Report) -> None:
    """Notify staff of a report. A remote report without a reporter is attributed to the reported account."""
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
    """Delete the next batch of notifications of the identity, and of those that it caused."""
    who = {"identity": identity.pk}
    has_more = await delete_batch("activities_notification", "identity_id = %(identity)s", who)
    return await delete_batch("activities_notification", "actor_id = %(identity)s", who) or has_more


@moderation_events.on_warning
async def notify_of_warning(warning: AccountWarning) -> None:
    """Notify a local user of a warning. A disabled or frozen login learns of it by mail and in its settings."""
    if warning.user_id is None:
        await notify.notify_of_warning(identity_id=warning.identity_id, warning_id=warning.pk)


@severance_events.on_severed
async def notify_of_lost_follows(ids: list[int]) -> None:
    await notify.notify_of_severances(ids)
