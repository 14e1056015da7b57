"""Posts to be delivered to other servers, and the inboxes that receive them. Set-based: one query for any number of posts."""

import dataclasses
from collections.abc import Collection
from typing import Any, NamedTuple

import msgspec

from activities.posts.activitypub.post_for_delivery import (
    AttachmentForDelivery,
    MentionForDelivery,
    PostForDelivery,
)
from activities.posts.models import Reach, Visibility
from activities.posts.queries.predicates import is_for_named
from core.db import sql
from core.db.statements import Statement
from users.relations.queries.predicates import FOLLOWS, either_blocks, is_accepted

FOR_DELIVERY = Statement(
    "posts.for_delivery",
    "Posts with all the data of their documents.",
    "activities_post_pkey",
    "activities_mention_pair",
    "activities_post_tag_pair",
    "activities_attachment_post",
    "activities_approval_post",
)
INBOXES = Statement(
    "posts.inboxes",
    "The remote inboxes that receive an activity about a post.",
    "users_follow_target",
    "activities_mention_pair",
    "activities_post_boosts",
    "activities_post_replies",
    "activities_post_quotes",
    "activities_like_pair",
    "activities_poll_vote_once",
    "activities_broadcast_signer",
)
# Each field of PostForDelivery with its SQL; the others are columns of the same name.
_SPECIAL = {
    "author_uri": "a.uri",
    "followers_url": "a.followers_url",
    "following_url": "a.following_url",
    "in_reply_to_uri": "coalesce(parent.uri, p.in_reply_to_uri)",
    "in_reply_to_author_uri": "coalesce(pa.uri, '')",
    "conversation_id": "CASE WHEN root.id IS NULL OR root.is_local THEN p.conversation_id END",
    "conversation_author_uri": "coalesce(ra.uri, a.uri)",
    "context_uri": f"CASE WHEN root.is_local AND root.visibility <= {Visibility.unlisted.value} AND root.deleted_at IS NULL"
    " THEN root.uri || '/context' ELSE '' END",
    "boost_of_uri": "coalesce(o.uri, '')",
    "boost_of_author_uri": "coalesce(oa.uri, '')",
    "is_sensitive": "(p.is_sensitive OR a.is_sensitized)",
    "question": "p.question::text",
    "emojis": "p.emojis::text",
    "mentions": f"""(SELECT json_agg(json_build_array(i.uri, i.username || '@' || i.host, m.is_silent, i.actor_type = 'Group',
            CASE WHEN i.domain_id IS NULL AND i.deleted_at IS NULL THEN coalesce(nullif(i.shared_inbox_url, ''), i.inbox_url) ELSE '' END,
            p.visibility = {Visibility.limited.value} AND {either_blocks("p.author_id", "i.id")}) ORDER BY m.id)::text
        FROM activities_mention m JOIN users_identity i ON i.id = m.identity_id WHERE m.post_id = p.id)""",
    "tags": """(SELECT json_agg(json_build_array(h.name, h.display_name) ORDER BY g.id)::text
        FROM activities_posttag g JOIN activities_hashtag h ON h.id = g.hashtag_id WHERE g.post_id = p.id)""",
    "attachments": """(SELECT json_agg(json_build_array(t.media_type, t.url, t.description, t.blurhash, t.width, t.height,
            t.focus_x, t.focus_y, t.captions) ORDER BY t.position)::text
        FROM activities_attachment t WHERE t.post_id = p.id)""",
    "approval_uri": """coalesce((SELECT k.approval_uri FROM activities_approval k
        WHERE k.post_id = p.id AND k.state = 'accepted' LIMIT 1), '')""",
    "quote_url": "coalesce(q.url, '')",
    "quote_author_uri": "coalesce(qa.uri, '')",
}
_NOT_READ_HERE = {"replies", "replies_after", "shown_to_host"}
_COLUMNS = {
    field.name: _SPECIAL.get(field.name, f"p.{field.name}")
    for field in dataclasses.fields(PostForDelivery)
    if field.name not in _NOT_READ_HERE
}


async def load_for_delivery(ids: Collection[int]) -> dict[int, PostForDelivery]:
    """Load posts and boosts, including deleted ones, to build their documents. Does not check visibility: the caller addresses them.

    Two queries. Served by primary keys, activities_mention_pair, activities_post_tag_pair, activities_attachment_post.
    """
    if not ids:
        return {}
    found = await sql.rows(
        FOR_DELIVERY(
            f"""SELECT {", ".join(_COLUMNS.values())}
        FROM activities_post p JOIN users_identity a ON a.id = p.author_id
        LEFT JOIN activities_post parent ON parent.id = p.in_reply_to_id
        LEFT JOIN users_identity pa ON pa.id = p.in_reply_to_author_id
        LEFT JOIN activities_post root ON root.id = p.conversation_id
        LEFT JOIN users_identity ra ON ra.id = root.author_id
        LEFT JOIN activities_post o ON o.id = p.boost_of_id
        LEFT JOIN users_identity oa ON oa.id = o.author_id
        LEFT JOIN activities_post q ON q.id = p.quote_of_id
        LEFT JOIN users_identity qa ON qa.id = q.author_id
        WHERE p.id = ANY(%(ids)s)""",
            ids=list(ids),
        )
    )
    return {row[0]: _post_of(dict(zip(_COLUMNS, row, strict=True))) for row in found}


def _post_of(values: dict[str, Any]) -> PostForDelivery:
    values["question"] = msgspec.json.decode(values["question"]) if values["question"] else None
    values["emojis"] = tuple(msgspec.json.decode(values["emojis"]))
    values["mentions"] = tuple(MentionForDelivery(*mention) for mention in _array(values["mentions"]))
    values["tags"] = tuple((name, display) for name, display in _array(values["tags"]))
    values["attachments"] = tuple(AttachmentForDelivery(*one) for one in _array(values["attachments"]))
    return PostForDelivery(**values)


def _array(text: str | None) -> list[list[Any]]:
    return msgspec.json.decode(text) if text else []


class Audience(msgspec.Struct):
    """Inboxes that receive an activity about a post, each once.

    `has_more`: there are more. `is_behind`: an earlier activity of the author is still being sent, and must arrive first.
    """

    inboxes: set[str]
    has_more: bool
    is_behind: bool


class _Part(NamedTuple):
    """One kind of recipients: rows of `table` whose `column` is `of`, if `counts` holds; `key` follows `column` in the index that serves it."""

    table: str
    column: str
    of: str
    key: str
    identity: str
    counts: str


_FOLLOWERS = _Part(FOLLOWS, "target_id", "p.author_id", "id", "source_id", is_accepted("r"))
_VOTERS = _Part("activities_pollvote", "post_id", "p.id", "identity_id", "identity_id", "true")
_HOLDERS = (
    _Part("activities_post", "boost_of_id", "p.id", "id", "author_id", "NOT r.is_local"),
    _Part("activities_post", "in_reply_to_id", "p.id", "id", "author_id", "NOT r.is_local"),
    _Part("activities_post", "quote_of_id", "p.id", "id", "author_id", "NOT r.is_local"),
    _Part("activities_like", "post_id", "p.id", "identity_id", "identity_id", "true"),
    _VOTERS,
)
FIRST_BATCH_SIZE = 500  # recipients of one part that are looked up at once; few authors have more
BATCH_SIZE = 2000  # of later batches

_POST = f"""WITH post AS MATERIALIZED (
        SELECT p.id, p.author_id, p.visibility, p.boost_of_id, p.in_reply_to_author_id,
               EXISTS (SELECT FROM activities_broadcast b WHERE b.signer = p.author_id AND b.state = 'telling') AS is_behind
        FROM activities_post p WHERE p.id = ANY(%(ids)s) AND p.visibility <> {Visibility.local_only.value})"""
_ADDRESSES = """coalesce(array_agg(DISTINCT coalesce(nullif(i.shared_inbox_url, ''), i.inbox_url))
        FILTER (WHERE i.domain_id IS NULL AND i.inbox_url <> '' AND i.deleted_at IS NULL), '{}')"""


def _parts(reach: Reach) -> tuple[_Part, ...]:
    return (_FOLLOWERS,) if reach == Reach.followers else (_FOLLOWERS, *_HOLDERS)


def _hears(part: _Part, reach: Reach) -> str:
    """Return SQL for the posts that a part of the audience is told about.

    For posts that are not visible to everyone, holders are told only of the deletion: they may have stopped following.
    """
    if part is _FOLLOWERS:
        return f"NOT {is_for_named('p')}"
    if reach == Reach.end or (reach == Reach.voters and part is _VOTERS):
        return "true"
    return f"p.visibility <= {Visibility.unlisted.value}"


def _piece(part: _Part) -> str:
    # a voter has a row per choice: `key` must continue after all of them
    ties = "FETCH FIRST %(piece)s ROWS WITH TIES" if part is _VOTERS else "LIMIT %(piece)s"
    return f"""SELECT r.{part.key} AS key, CASE WHEN {part.counts} THEN r.{part.identity} END AS identity_id FROM {part.table} r
            WHERE r.{part.column} = {part.of} AND r.{part.key} < %(before)s ORDER BY r.{part.key} DESC {ties}"""


async def audiences_of(ids: Collection[int], reach: Reach) -> dict[int, Audience]:
    """Return for each post the first of the remote inboxes to deliver to; shared inboxes where available. One query.

    These are followers of the author (unless the post is direct or limited), everyone mentioned, the author of the parent or boosted post; from
    `Reach.holders` on also those who boosted, replied, quoted, liked or voted, because they have it, too. None for local-only posts.
    Served by the indexes of INBOXES.
    """
    parts = "".join(
        f"""
            UNION ALL SELECT p.id, {number}, r.identity_id FROM post p CROSS JOIN LATERAL ({_piece(part)}) r WHERE {_hears(part, reach)}"""
        for number, part in enumerate(_parts(reach), start=1)
    )
    found = await sql.rows(
        INBOXES(
            f"""{_POST},
        recipient (post_id, part, identity_id) AS (
            SELECT p.id, 0, m.identity_id FROM post p JOIN activities_mention m ON m.post_id = p.id
            UNION ALL SELECT p.id, 0, p.in_reply_to_author_id FROM post p
                WHERE p.in_reply_to_author_id IS NOT NULL AND p.visibility <= {Visibility.unlisted.value}
            UNION ALL SELECT p.id, 0, o.author_id FROM post p JOIN activities_post o ON o.id = p.boost_of_id{parts})
        SELECT r.post_id, r.part > 0 AND count(*) >= %(piece)s, p.is_behind, {_ADDRESSES}
        FROM recipient r JOIN post p ON p.id = r.post_id LEFT JOIN users_identity i ON i.id = r.identity_id
        GROUP BY r.post_id, r.part, p.is_behind""",
            ids=list(ids),
            before=2**63 - 1,
            piece=FIRST_BATCH_SIZE,
        )
    )
    audiences: dict[int, Audience] = {}
    for post_id, has_more, is_behind, inboxes in found:
        audience = audiences.setdefault(post_id, Audience(set(), has_more=False, is_behind=is_behind))
        audience.inboxes.update(inboxes)
        audience.has_more = audience.has_more or has_more
    return {
        post_id: audience for post_id, audience in audiences.items() if audience.inboxes or audience.has_more
    }


async def next_inboxes(
    post_id: int, reach: Reach, part: int, before: int | None
) -> tuple[Collection[str], tuple[int, int | None] | None]:
    """Return the next batch of the remote inboxes that receive an activity about a post, and the position to continue from, None at the
    end.

    Part 0 is the result of `audiences_of`. Batches may repeat an inbox. Served by the indexes of INBOXES.
    """
    parts = _parts(reach)
    after = (part + 1, None) if part < len(parts) else None
    if part == 0:
        audience = (await audiences_of([post_id], reach)).get(post_id)
        return audience.inboxes if audience else (), after
    chosen = parts[part - 1]
    [(last, count, inboxes)] = await sql.rows(
        INBOXES(
            f"""{_POST}
        SELECT min(r.key), count(*), {_ADDRESSES}
        FROM post p CROSS JOIN LATERAL ({_piece(chosen)}) r LEFT JOIN users_identity i ON i.id = r.identity_id
        WHERE {_hears(chosen, reach)}""",
            ids=[post_id],
            before=before or 2**63 - 1,
            piece=BATCH_SIZE,
        )
    )
    return inboxes, (part, last) if count >= BATCH_SIZE else after
