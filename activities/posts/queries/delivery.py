"""What goes to other servers, and where to: posts for their documents, and inboxes. Set-based: any number of posts is one query each."""

import dataclasses
from collections.abc import Collection
from typing import Any

import msgspec

from activities.posts.activitypub.post_for_delivery import (
    AttachmentForDelivery,
    MentionForDelivery,
    PostForDelivery,
)
from activities.posts.models import Visibility
from core.db import sql
from core.db.statements import Statement
from users.relations.queries.predicates import FOLLOWS, is_accepted

FOR_DELIVERY = Statement(
    "posts.for_delivery",
    "Posts with all that their documents say.",
    "activities_post_pkey",
    "activities_mention_pair",
    "activities_post_tag_pair",
    "activities_attachment_post",
)
INBOXES = Statement(
    "posts.inboxes",
    "The remote inboxes that are to hear of a post.",
    "users_follow_target",
    "activities_mention_pair",
    "activities_post_boosts",
    "activities_post_replies",
    "activities_post_quotes",
    "activities_like_pair",
    "activities_poll_vote_once",
)
# Each field of PostForDelivery beside the SQL that fills it; the others are columns of the same name.
_SPECIAL = {
    "author_uri": "a.uri",
    "followers_url": "a.followers_url",
    "in_reply_to_uri": "coalesce(parent.uri, p.in_reply_to_uri)",
    "in_reply_to_author_uri": "coalesce(pa.uri, '')",
    "conversation_id": "CASE WHEN root.id IS NULL OR root.is_local THEN p.conversation_id END",
    "conversation_author_uri": "coalesce(ra.uri, a.uri)",
    "boost_of_uri": "coalesce(o.uri, '')",
    "boost_of_author_uri": "coalesce(oa.uri, '')",
    "question": "p.question::text",
    "emojis": "p.emojis::text",
    "mentions": """(SELECT json_agg(json_build_array(i.uri, i.username || '@' || i.host, m.is_silent) ORDER BY m.id)::text
        FROM activities_mention m JOIN users_identity i ON i.id = m.identity_id WHERE m.post_id = p.id)""",
    "tags": """(SELECT json_agg(json_build_array(h.name, h.display_name) ORDER BY g.id)::text
        FROM activities_posttag g JOIN activities_hashtag h ON h.id = g.hashtag_id WHERE g.post_id = p.id)""",
    "attachments": """(SELECT json_agg(json_build_array(t.media_type, t.url, t.description, t.blurhash, t.width, t.height,
            t.focus_x, t.focus_y) ORDER BY t.position)::text
        FROM activities_attachment t WHERE t.post_id = p.id)""",
    "quote_url": "coalesce(q.url, '')",
    "quote_author_uri": "coalesce(qa.uri, '')",
}
_NOT_READ_HERE = {"replies", "replies_after"}
_COLUMNS = {
    field.name: _SPECIAL.get(field.name, f"p.{field.name}")
    for field in dataclasses.fields(PostForDelivery)
    if field.name not in _NOT_READ_HERE
}


async def load_for_delivery(ids: Collection[int]) -> dict[int, PostForDelivery]:
    """Load posts and boosts, deleted ones too, to turn them into documents. Checks no visibility: the caller addresses them.

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


def _array(text: str | None) -> list[list]:
    return msgspec.json.decode(text) if text else []


async def inboxes_of(
    ids: Collection[int], *, with_reactors: bool = False, is_end: bool = False
) -> dict[int, list[str]]:
    """For each post: the remote inboxes that are to hear of it, each once; shared inboxes where a server has one.

    Followers of the author (unless only the mentioned are meant), everyone mentioned, the author of what is answered or boosted; with
    `with_reactors` also who boosted, answered, quoted or liked it, or voted in it, because they have it, too; of posts that not everyone
    may see only at their end (`is_end`), because a follower of then may be none any more. Nothing for local-only posts.
    Served by users_follow_target, activities_mention_pair, activities_post_boosts, activities_post_replies, activities_post_quotes,
    activities_like_pair, activities_poll_vote_once.
    """
    shown = "true" if is_end else f"p.visibility <= {Visibility.unlisted.value}"
    reactors = "".join(
        f"""
        UNION ALL SELECT p.id, r.author_id FROM post p JOIN activities_post r ON r.{column} = p.id
            WHERE NOT r.is_local AND {shown}"""
        for column in ("boost_of_id", "in_reply_to_id", "quote_of_id")
    ) + "".join(
        f"""
        UNION ALL SELECT p.id, r.identity_id FROM post p JOIN activities_{table} r ON r.post_id = p.id
            WHERE {shown}"""
        for table in ("like", "pollvote")
    )
    found = await sql.rows(
        INBOXES(
            f"""WITH post AS MATERIALIZED (
            SELECT p.id, p.author_id, p.visibility, p.boost_of_id, p.in_reply_to_author_id FROM activities_post p
            WHERE p.id = ANY(%(ids)s) AND p.visibility <> {Visibility.local_only.value}),
        recipient (post_id, identity_id) AS (
            SELECT p.id, f.source_id FROM post p JOIN {FOLLOWS} f ON f.target_id = p.author_id
                WHERE {is_accepted("f")} AND p.visibility <> {Visibility.mentioned.value}
            UNION ALL SELECT p.id, m.identity_id FROM post p JOIN activities_mention m ON m.post_id = p.id
            UNION ALL SELECT p.id, p.in_reply_to_author_id FROM post p
                WHERE p.in_reply_to_author_id IS NOT NULL AND p.visibility <= {Visibility.unlisted.value}
            UNION ALL SELECT p.id, o.author_id FROM post p JOIN activities_post o ON o.id = p.boost_of_id
            {reactors if with_reactors else ""})
        SELECT r.post_id, array_agg(DISTINCT coalesce(nullif(i.shared_inbox_url, ''), i.inbox_url))
        FROM recipient r JOIN users_identity i ON i.id = r.identity_id
        WHERE i.domain_id IS NULL AND i.inbox_url <> '' AND i.deleted_at IS NULL
        GROUP BY r.post_id""",
            ids=list(ids),
        )
    )
    return dict(found)
