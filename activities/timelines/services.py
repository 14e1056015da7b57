"""Adding posts to home timelines: one INSERT…SELECT for any number of posts and a batch of their followers."""

from collections.abc import Collection
from datetime import timedelta
from typing import Any

from activities.posts.events import LAST, FollowersPiece, on_added_to_homes
from activities.posts.models import Visibility
from activities.posts.queries.predicates import is_for_named, is_reply_to_another
from activities.posts.services.spreading import Places, distribute, register_writer
from activities.timelines.models import MAX_KEPT
from core import clock
from core.db import async_atomic, sql
from core.db.sql import Sql
from core.db.statements import Statement
from core.ids import lowest_id_at
from federation.peers import host_in_sql, limited_hosts_sql
from federation.policies.domains import quiet_by_domain
from users.domains.models import Domain
from users.identities.models import Backfill, Identity, Restriction
from users.identities.queries.predicates import is_active
from users.relations.queries.predicates import (
    BLOCKS,
    FOLLOWS,
    HOST_BLOCKS,
    MUTES,
    follows,
    is_accepted,
    is_live,
)

FILLED_POSTS = 20  # an author's latest posts that are added for a new follower
REBUILT_POSTS, REBUILT_AUTHORS = (
    100,
    1000,
)  # the latest of each of the latest followed, for a home timeline that is empty
SHOWN_AGAIN_AFTER = timedelta(
    days=1
)  # a post that is in a home timeline is not added again by a boost within this time
BOOSTS_SCANNED = 100  # the latest boosts of the same post

_HOMES = "homes"  # a kind of Spread

_OF_DOMAIN = "homes of domain "  # and its id: a Backfill
_HOMES_AT_ONCE = 20
_HOMES_PER_RUN = 500
_NEWEST = 2**63 - 1

INSERT = Statement(
    "timelines.add_to_homes",
    "Adds new posts to the home timelines of their authors' followers.",
    "users_follow_target",
    "users_follow_pair",
    "users_block_target_id_f169e790",
    "users_block_source",
    "users_mute_target_id_b90265b4",
    "users_host_block_host",
    "activities_post_boosts",
    "activities_homeentry_pkey",
)

# Followers of a hashtag of a public post get it, too, including replies, as in Mastodon. Served by the index on the hashtag.
_BY_TAG = f"""
    UNION ALL SELECT t.identity_id, p.id FROM post p JOIN activities_posttag g ON g.post_id = p.id
    JOIN activities_followedtag t ON t.hashtag_id = g.hashtag_id
    JOIN users_identity r ON r.id = t.identity_id AND r.domain_id IS NOT NULL AND r.deleted_at IS NULL
    WHERE p.visibility = {Visibility.public.value} AND p.before = {LAST}
    AND NOT EXISTS (SELECT 1 FROM users_identity a WHERE a.id = p.author_id
        AND (a.restriction <> {Restriction.none.value} OR (a.domain_id IS NULL AND ({limited_hosts_sql("lower(a.host)")}
            OR {quiet_by_domain("r.domain_id", host_in_sql("a.uri"))}))))
    AND NOT EXISTS (SELECT 1 FROM away w WHERE w.post_id = p.id AND w.identity_id = t.identity_id)"""

# The few entries that already show a boost's original. Served by activities_post_boosts.
_SHOWN = """,
    shown AS MATERIALIZED (
        SELECT p.id AS boost_id, p.boost_of_id AS post_id FROM post p WHERE p.boost_of_id >= %(recent)s
        UNION ALL SELECT p.id, s.id FROM post p CROSS JOIN LATERAL (
            SELECT s.id FROM activities_post s WHERE s.boost_of_id = p.boost_of_id AND s.id >= %(recent)s AND s.id <> p.id
            ORDER BY s.id DESC LIMIT %(boosts)s) s)"""
# The latest boosts of a post that arrived before it: a group may announce it first. Served by activities_post_boosts.
_BOOSTED = """,
    shown AS MATERIALIZED (
        SELECT p.id, s.id AS post_id FROM post p CROSS JOIN LATERAL (
            SELECT s.id FROM activities_post s WHERE s.boost_of_id = p.id AND s.id >= %(recent)s
            ORDER BY s.id DESC LIMIT %(boosts)s) s)"""
_NOT_BOOSTED = """
    AND NOT EXISTS (SELECT 1 FROM shown s CROSS JOIN LATERAL (
        SELECT 1 FROM activities_homeentry h WHERE h.identity_id = f.source_id AND h.post_id = s.post_id OFFSET 0) h
        WHERE s.id = p.id OFFSET 0)"""
# OFFSET 0 keeps the home timeline look-up a probe of its primary key for each of these, instead of a scan.
_BOOSTS_ONLY = """
    AND f.shows_boosts AND p.original_author_id <> f.source_id
    AND NOT EXISTS (SELECT 1 FROM shown s CROSS JOIN LATERAL (
        SELECT 1 FROM activities_homeentry h WHERE h.identity_id = f.source_id AND h.post_id = s.post_id OFFSET 0) h
        WHERE s.boost_id = p.id OFFSET 0)"""


# Joined in this order: few posts, their followers by users_follow_target, the followers themselves by primary key. `away` is everyone who
# blocks, is blocked by or mutes one of the post's accounts (its author, the author of the boosted or parent post), blocks their host, or
# has the author in an exclusive list.
def _insert(
    posts: str,
    followers: str,
    params: dict[str, Any],
    *,
    own: bool = False,
    with_more: str = "",
    more: str = "",
    tagged: str = "",
) -> Sql:
    """Return the statement for the posts `p` of `posts` and those of their `followers`; `own`: for their authors, too.

    It returns (post, lowest id of a follow, number of follows) for the follows that it read.
    """
    return INSERT(
        f"""WITH post AS MATERIALIZED (
        SELECT p.id, p.before, p.author_id, p.visibility, p.boost_of_id, p.in_reply_to_author_id,
               {is_reply_to_another("p")} AS answers_another,
               a.domain_id, o.author_id AS original_author_id, coalesce(o.language, p.language) AS language
        FROM {posts} JOIN users_identity a ON a.id = p.author_id
        LEFT JOIN activities_post o ON o.id = p.boost_of_id
        WHERE p.deleted_at IS NULL AND {is_active("a")} AND o.deleted_at IS NULL),
    follow AS MATERIALIZED (
        SELECT p.id AS post_id, f.* FROM post p CROSS JOIN LATERAL (SELECT f.* FROM {FOLLOWS} f WHERE f.target_id = p.author_id {followers}) f),
    person AS (
        SELECT id AS post_id, author_id AS identity_id FROM post
        UNION SELECT id, original_author_id FROM post WHERE original_author_id IS NOT NULL
        UNION SELECT id, in_reply_to_author_id FROM post WHERE in_reply_to_author_id IS NOT NULL),
    away AS MATERIALIZED (
        SELECT w.post_id, b.source_id AS identity_id FROM person w JOIN {BLOCKS} b ON b.target_id = w.identity_id
        UNION SELECT w.post_id, b.target_id FROM person w JOIN {BLOCKS} b ON b.source_id = w.identity_id
        UNION SELECT w.post_id, u.source_id FROM person w JOIN {MUTES} u ON u.target_id = w.identity_id
            AND {is_live("u")}
        UNION SELECT w.post_id, h.identity_id FROM person w JOIN users_identity i ON i.id = w.identity_id AND i.domain_id IS NULL
            JOIN {HOST_BLOCKS} h ON h.host = lower(i.host)
        UNION SELECT p.id, l.identity_id FROM post p JOIN activities_listmember m ON m.identity_id = p.author_id
            JOIN activities_peoplelist l ON l.id = m.list_id AND l.is_exclusive AND l.identity_id <> p.author_id){with_more},
    added AS (
    INSERT INTO activities_homeentry (identity_id, post_id)
    SELECT f.source_id, p.id
    FROM post p
    JOIN follow f ON f.post_id = p.id AND {is_accepted("f")}
    JOIN users_identity r ON r.id = f.source_id AND r.domain_id IS NOT NULL AND r.deleted_at IS NULL
    WHERE (p.visibility <= {Visibility.followers.value}
           OR (p.visibility = {Visibility.local_only.value} AND r.domain_id = p.domain_id)
           OR ({is_for_named("p")} AND EXISTS (
                SELECT 1 FROM activities_mention m WHERE m.post_id = p.id AND m.identity_id = f.source_id)))
    AND (f.languages IS NULL OR p.language IS NULL OR f.languages @> to_jsonb(p.language))
    AND NOT EXISTS (SELECT 1 FROM away w WHERE w.post_id = p.id AND w.identity_id = f.source_id)
    AND (NOT p.answers_another OR p.in_reply_to_author_id = f.source_id OR {follows("f.source_id", "p.in_reply_to_author_id")}) {more}
    {tagged}
    UNION ALL SELECT p.id_of_author, p.id FROM (
        SELECT author_id AS id_of_author, id FROM post WHERE domain_id IS NOT NULL AND {str(own).lower()}) p
    ON CONFLICT DO NOTHING)
    SELECT post_id, min(id), count(*) FROM follow GROUP BY post_id""",
        params,
    )


async def add_to_home_timelines(ids: Collection[int]) -> None:
    """Add posts and boosts to the home timelines of their authors and eligible followers, the latest of these at once. Idempotent."""
    await distribute(_HOMES, ids)


@register_writer(_HOMES)
async def _add_to_homes(places: Places, most: int) -> Places:
    """Add posts and boosts to the home timelines of a batch of their authors' followers, by users_follow_target."""
    parameters = {
        "ids": list(places),
        "before": list(places.values()),
        "most": most,
        "recent": lowest_id_at(clock.now() - SHOWN_AGAIN_AFTER),
        "boosts": BOOSTS_SCANNED,
    }
    rows = [
        *await sql.rows(
            _insert(
                _places(is_boost=False),
                _NEXT_FOLLOWERS,
                parameters,
                own=True,
                with_more=_BOOSTED,
                more=_NOT_BOOSTED,
                tagged=_BY_TAG,
            )
        ),
        *await sql.rows(
            _insert(
                _places(is_boost=True),
                _NEXT_FOLLOWERS,
                parameters,
                own=True,
                with_more=_SHOWN,
                more=_BOOSTS_ONLY,
            )
        ),
    ]
    going_on = {post_id: lowest for post_id, lowest, count in rows if count >= most}
    pieces = [FollowersPiece(post_id, going_on.get(post_id, 0), places[post_id]) for post_id, _, _ in rows]
    if pieces:
        await on_added_to_homes.emit(pieces)
    return going_on


def _places(*, is_boost: bool) -> str:
    return f"""(SELECT p.*, w.before FROM unnest(%(ids)s::bigint[], %(before)s::bigint[]) AS w (id, before)
        JOIN activities_post p ON p.id = w.id WHERE p.boost_of_id {"IS NOT NULL" if is_boost else "IS NULL"}) p"""


_NEXT_FOLLOWERS = "AND f.id < p.before ORDER BY f.id DESC LIMIT %(most)s"


async def fill_home(*, identity_id: int, author_id: int) -> None:
    """Add an author's latest posts to a new follower's home timeline."""
    latest = """(SELECT l.*, 0 AS before FROM activities_post l WHERE l.author_id = %(author)s AND l.boost_of_id IS NULL
                 AND l.deleted_at IS NULL ORDER BY l.id DESC LIMIT %(filled)s) p"""
    parameters = {"identity": identity_id, "author": author_id, "filled": FILLED_POSTS}
    await sql.rows(_insert(latest, "AND f.source_id = %(identity)s", parameters))


# The newest posts of those whom somebody follows, by users_follow_pair, and their own, by the index on an author's posts.
def _followed(*, is_boost: bool) -> str:
    return f"""(SELECT l.*, 0 AS before FROM activities_post l WHERE l.id = ANY(ARRAY(
        SELECT n.id FROM (SELECT f.target_id FROM {FOLLOWS} f WHERE f.source_id = %(identity)s ORDER BY f.id DESC LIMIT %(authors)s) a
        CROSS JOIN LATERAL (SELECT n.id FROM activities_post n WHERE n.author_id = a.target_id AND n.deleted_at IS NULL
            ORDER BY n.id DESC LIMIT %(filled)s) n
        ORDER BY n.id DESC LIMIT %(most)s)) AND l.boost_of_id IS {"NOT NULL" if is_boost else "NULL"}) p"""


async def rebuild_home(identity_id: int) -> None:
    """Add the latest posts and boosts of those whom somebody follows, and their own, to their home timeline. Idempotent."""
    parameters = {
        "identity": identity_id,
        "authors": REBUILT_AUTHORS,
        "filled": REBUILT_POSTS,
        "most": MAX_KEPT,
        "recent": 0,
        "boosts": BOOSTS_SCANNED,
    }
    only = "AND f.source_id = %(identity)s"
    await sql.rows(_insert(_followed(is_boost=False), only, parameters))
    await sql.rows(_insert(_followed(is_boost=True), only, parameters, with_more=_SHOWN, more=_BOOSTS_ONLY))
    await sql.run(
        """INSERT INTO activities_homeentry (identity_id, post_id)
           SELECT author_id, id FROM activities_post WHERE author_id = %(identity)s AND deleted_at IS NULL ORDER BY id DESC LIMIT %(most)s
           ON CONFLICT DO NOTHING""",
        parameters,
    )


async def add_to_homes_of_hashtags(ids: Collection[int]) -> None:
    """Add fetched posts to the home timelines of their hashtags' followers only. Idempotent."""
    brought = (
        f"""(SELECT l.*, {LAST} AS before FROM activities_post l WHERE l.id = ANY(%(ids)s::bigint[])) p"""
    )
    await sql.rows(_insert(brought, "AND false", {"ids": list(ids)}, tagged=_BY_TAG))


async def clear_from_home(*, identity_id: int, author_id: int) -> None:
    """Remove an author's posts and boosts, and boosts of them, from a home timeline. Reads one timeline (800 rows)."""
    await sql.run(
        """DELETE FROM activities_homeentry h USING activities_post p LEFT JOIN activities_post o ON o.id = p.boost_of_id
           WHERE h.identity_id = %(identity)s AND p.id = h.post_id AND (p.author_id = %(author)s OR o.author_id = %(author)s)""",
        {"identity": identity_id, "author": author_id},
    )


async def rebuild_homes_of(domain: Domain) -> None:
    """Ask the worker to fill the home timelines of a domain's people."""
    await Backfill.objects.aget_or_create(name=f"{_OF_DOMAIN}{domain.pk}", defaults={"done_from": _NEWEST})


async def rebuild_some() -> int:
    """Fill some of the home timelines that were asked for, a few in each transaction; return how many."""
    count = 0
    async for row in Backfill.objects.filter(name__startswith=_OF_DOMAIN).order_by("name"):
        domain_id = int(row.name.removeprefix(_OF_DOMAIN))
        while count < _HOMES_PER_RUN:
            async with async_atomic():
                people = Identity.objects.filter(domain=domain_id, pk__lt=row.done_from, deleted_at=None)
                ids = [
                    pk async for pk in people.order_by("-pk").values_list("pk", flat=True)[:_HOMES_AT_ONCE]
                ]
                for identity_id in ids:
                    await rebuild_home(identity_id)
                if not ids:
                    await row.adelete()
                    break
                row.done_from, count = ids[-1], count + len(ids)
                await row.asave(update_fields=["done_from"])
    return count
