"""Direct conversations: updated by the worker as posts arrive and are deleted, marked and removed by their participants; and muted threads."""

from collections.abc import Collection

from activities.conversations.models import Conversation, ThreadMute
from activities.posts.models import Visibility
from activities.posts.queries.visibility import require_original
from core.db import async_atomic, delete_batch, sql
from core.errors import NotFound
from core.ids import new_id
from users.domains.models import Domain
from users.identities import events
from users.identities.models import Identity

_DIRECT = f"p.visibility = {Visibility.mentioned.value} AND p.boost_of_id IS NULL"


async def update_conversations(ids: Collection[int]) -> None:
    """Add direct posts to the conversations of all local participants, as unread except for the author. Idempotent.

    Other posts among `ids` are ignored. Served by activities_mention_pair and activities_conversation_pair.
    """
    await _update(ids, "i.domain_id IS NOT NULL", {}, is_unread="w.who <> p.author_id")


async def list_conversations_of(domain: Domain) -> None:
    """List the conversations of an imported domain's people, as read, from the posts that they wrote. Served by users_identity_of_domain."""
    after = 0
    while people := await sql.column(
        "SELECT id FROM users_identity WHERE domain_id = %s AND id > %s ORDER BY id LIMIT 100",
        [domain.pk, after],
    ):
        after = people[-1]
        direct = await sql.column(
            f"SELECT p.id FROM activities_post p WHERE p.author_id = ANY(%s) AND p.deleted_at IS NULL AND {_DIRECT}",
            [people],
        )
        for at in range(0, len(direct), 500):
            await _update(
                direct[at : at + 500], "i.domain_id = %(domain)s", {"domain": domain.pk}, is_unread="false"
            )


async def _update(ids: Collection[int], who: str, parameters: dict[str, int], *, is_unread: str) -> None:
    found = await sql.rows(
        f"""SELECT DISTINCT ON (w.who, thread) w.who, coalesce(p.conversation_id, p.id) AS thread, p.id, {is_unread}
            FROM activities_post p
            CROSS JOIN LATERAL (SELECT p.author_id AS who
                UNION SELECT m.identity_id FROM activities_mention m WHERE m.post_id = p.id) w
            JOIN users_identity i ON i.id = w.who AND {who} AND i.deleted_at IS NULL
            WHERE p.id = ANY(%(ids)s::bigint[]) AND p.deleted_at IS NULL AND {_DIRECT}
            ORDER BY w.who, thread, p.id DESC""",
        {"ids": list(ids), **parameters},
    )
    if not found:
        return
    columns = list(zip(*found, strict=True))
    await sql.run(
        """INSERT INTO activities_conversation AS c (id, identity_id, thread_id, last_post_id, is_unread)
           SELECT * FROM unnest(%(ids)s::bigint[], %(who)s::bigint[], %(threads)s::bigint[], %(posts)s::bigint[], %(unread)s::boolean[])
           ON CONFLICT (identity_id, thread_id) DO UPDATE
           SET last_post_id = excluded.last_post_id, is_unread = excluded.is_unread
           WHERE c.last_post_id < excluded.last_post_id""",
        {
            "ids": [new_id() for _ in found],
            "who": list(columns[0]),
            "threads": list(columns[1]),
            "posts": list(columns[2]),
            "unread": list(columns[3]),
        },
    )


async def remove_from_conversations(ids: Collection[int]) -> None:
    """Reset conversations whose last post is one of these to the previous post, or delete them.

    Served by activities_conversation_last.
    """
    await sql.run(
        f"""WITH ending AS (
                SELECT c.id, (
                    SELECT p.id FROM activities_post p
                    WHERE p.conversation_id = c.thread_id AND p.id <> ALL(%(ids)s::bigint[]) AND p.deleted_at IS NULL AND {_DIRECT}
                    AND (p.author_id = c.identity_id OR EXISTS (
                        SELECT 1 FROM activities_mention m WHERE m.post_id = p.id AND m.identity_id = c.identity_id))
                    ORDER BY p.id DESC LIMIT 1) AS before
                FROM activities_conversation c WHERE c.last_post_id = ANY(%(ids)s::bigint[])),
            gone AS (DELETE FROM activities_conversation c USING ending e WHERE c.id = e.id AND e.before IS NULL)
            UPDATE activities_conversation c SET last_post_id = e.before FROM ending e
            WHERE c.id = e.id AND e.before IS NOT NULL""",
        {"ids": list(ids)},
    )


async def mark_conversation(*, identity: Identity, conversation_id: int, is_unread: bool) -> None:
    """Mark a conversation as read or unread. Raises NotFound for another user's."""
    rows = Conversation.objects.filter(pk=conversation_id, identity=identity.pk)
    if not await rows.aupdate(is_unread=is_unread):
        raise NotFound


async def remove_conversation(*, identity: Identity, conversation_id: int) -> None:
    """Hide a conversation from the list until its next post; the posts are kept. Raises NotFound."""
    deleted, _ = await Conversation.objects.filter(pk=conversation_id, identity=identity.pk).adelete()
    if not deleted:
        raise NotFound


async def mute_thread(*, identity: Identity, post_id: int) -> int:
    """Mute the post's thread: no more notifications from it. Return the post's id (a boost's original).

    Raises NotFound if the viewer may not see the post.
    """
    async with async_atomic():
        original_id = await require_original(identity, post_id)
        await ThreadMute.objects.aget_or_create(identity=identity, thread_id=await _thread_of(original_id))
    return original_id


async def unmute_thread(*, identity: Identity, post_id: int) -> int:
    async with async_atomic():
        original_id = await require_original(identity, post_id)
        thread_id = await _thread_of(original_id)
        await ThreadMute.objects.filter(identity=identity.pk, thread_id=thread_id).adelete()
    return original_id


async def _thread_of(post_id: int) -> int:
    """Return the id of the thread of a post. Served by the primary key."""
    found = await sql.value(
        "SELECT coalesce(conversation_id, id) FROM activities_post WHERE id = %s", [post_id]
    )
    return int(found)


@events.on_identity_deleted
async def delete_conversations_of(identity: Identity) -> bool:
    who = {"who": identity.pk}
    has_more = await delete_batch("activities_conversation", "identity_id = %(who)s", who)
    return await delete_batch("activities_threadmute", "identity_id = %(who)s", who) or has_more
