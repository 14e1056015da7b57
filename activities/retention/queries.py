"""Reads about what may be removed, and how far that is."""

import datetime as dt

import msgspec

from core import clock
from core.config import config
from core.db import sql
from core.ids import lowest_id_at
from users.relations.queries.predicates import is_followed_here

BATCH_SIZE = 1000  # posts looked at together
_POSTS = "activities_post"

_OF_OURS = "JOIN users_identity i ON i.id = t.identity_id WHERE i.domain_id IS NOT NULL AND t.post_id = p.id"
# what ties a post to somebody here, or to a post that stays: each is a look-up in an index that begins with the post
_TIES = (
    f"activities_like t {_OF_OURS}",
    f"activities_reaction t {_OF_OURS}",
    f"activities_pollvote t {_OF_OURS}",
    f"activities_mention t {_OF_OURS}",
    "activities_bookmark t WHERE t.post_id = p.id",
    "activities_notification t WHERE t.post_id = p.id",
    "activities_homeentry t WHERE t.post_id = p.id",
    "activities_filterstatus t WHERE t.post_id = p.id",
    f"{_POSTS} t WHERE t.boost_of_id = p.id AND t.deleted_at IS NULL",
    f"{_POSTS} t WHERE t.quote_of_id = p.id AND t.deleted_at IS NULL",
)


class Horizons(msgspec.Struct, frozen=True):
    """The moments before which posts go: those of people whom somebody here follows, and those of all others. None: they stay."""

    followed: dt.datetime | None
    others: dt.datetime | None


def horizons() -> Horizons:
    """Return them by the settings; people who are followed are kept at least as long as others."""
    now, days, followed_days = clock.now(), config().remote_posts_days, config().followed_posts_days
    if not days:
        return Horizons(None, None)
    followed = now - dt.timedelta(days=max(days, followed_days)) if followed_days else None
    return Horizons(followed, now - dt.timedelta(days=days))


class Looked(msgspec.Struct, frozen=True):
    """Posts that were looked at: those that may go, their bytes, the last one in order, and how many they were."""

    ids: list[int]
    bytes: int
    last: int
    count: int


async def look(after: int, *, only: list[int] | None = None) -> Looked:
    """Look at the next BATCH_SIZE old posts of other servers, or at `only` these, which must be as many at most.

    Served by the primary key. Conversations are looked at once each, by activities_post_thread, and open reports by users_report_waiting.
    """
    until = horizons()
    if until.others is None:
        return Looked([], 0, after, 0)
    which = "p.id > %(after)s" if only is None else "p.id = ANY(%(only)s::bigint[])"
    ties = " OR ".join(sql.exists(tie, fenced=True) for tie in _TIES)
    found = await sql.rows(
        f"""WITH old AS MATERIALIZED (
                SELECT p.id, p.uri, p.author_id, p.conversation_id, pg_column_size(p.*) AS bytes,
                    greatest(p.created_at, p.fetched_at) AS since
                FROM {_POSTS} p
                WHERE {which} AND p.id < %(before)s AND NOT p.is_local AND p.deleted_at IS NULL
                ORDER BY p.id LIMIT {BATCH_SIZE}),
            followed AS MATERIALIZED (
                SELECT a.author_id FROM (SELECT DISTINCT author_id FROM old) a WHERE {is_followed_here("a.author_id", fenced=True)}),
            reported AS MATERIALIZED (
                SELECT jsonb_array_elements_text(post_uris) AS uri FROM users_report WHERE resolved_at IS NULL),
            ours AS MATERIALIZED (
                SELECT c.conversation_id FROM (SELECT DISTINCT conversation_id FROM old) c
                WHERE EXISTS (SELECT FROM {_POSTS} t WHERE t.conversation_id = c.conversation_id AND t.is_local OFFSET 0))
            SELECT p.id, p.bytes, p.since < CASE WHEN p.author_id IN (SELECT author_id FROM followed)
                    THEN %(followed)s::timestamptz ELSE %(others)s::timestamptz END IS TRUE
                AND NOT coalesce(p.conversation_id IN (SELECT conversation_id FROM ours), false)
                AND p.uri NOT IN (SELECT uri FROM reported) AND NOT ({ties})
            FROM old p ORDER BY p.id""",
        {
            "after": after,
            "only": only,
            "before": lowest_id_at(until.others),
            "followed": until.followed,
            "others": until.others,
        },
    )
    goes = [(pk, size) for pk, size, may_go in found if may_go]
    return Looked(
        [pk for pk, _ in goes],
        sum(size for _, size in goes),
        found[-1][0] if found else after,
        len(found),
    )


class Pass(msgspec.Struct, frozen=True):
    """The pass that runs, or the last one."""

    began_at: dt.datetime
    ended_at: dt.datetime | None
    looked_at: int
    removed: int
    removed_in_all: int


# for a statement that reads other things, too
RETENTION_COLUMN = """(SELECT json_build_object('began_at', began_at, 'ended_at', ended_at, 'looked_at', looked_at, 'removed', removed,
    'removed_in_all', removed_in_all)::text FROM activities_retentionpass)"""


def read_pass(column: str | None) -> Pass | None:
    """Return the pass from RETENTION_COLUMN."""
    return msgspec.json.decode(column, type=Pass) if column else None
