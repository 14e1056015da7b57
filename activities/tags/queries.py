"""Queries for hashtags that a user follows or features."""

import datetime as dt
from collections.abc import Collection

import msgspec

from activities.posts.models import Visibility
from core.db import sql
from core.db.paging import Page
from core.texts import normal_tag
from users.identities.models import Identity


class HashtagView(msgspec.Struct, frozen=True):
    id: int
    name: str
    display_name: str
    created_at: dt.datetime


async def hashtag_named(name: str) -> HashtagView | None:
    """Return the hashtag, or None if no post ever had it."""
    found = await sql.structs(
        HashtagView,
        "SELECT id, name, display_name, created_at FROM activities_hashtag WHERE name = %(name)s",
        {"name": normal_tag(name)},
    )
    return found[0] if found else None


class TagFlags(msgspec.Struct, frozen=True):
    following: frozenset[int]
    featuring: frozenset[int]


async def flags_of(identity: Identity, hashtag_ids: Collection[int]) -> TagFlags:
    """Return which of these hashtags the user follows and features, in one query (the unique pairs)."""
    rows = await sql.rows(
        """SELECT hashtag_id, true FROM activities_followedtag WHERE identity_id = %(me)s AND hashtag_id = ANY(%(ids)s::bigint[])
           UNION ALL SELECT hashtag_id, false FROM activities_featuredtag
           WHERE identity_id = %(me)s AND hashtag_id = ANY(%(ids)s::bigint[])""",
        {"me": identity.pk, "ids": list(hashtag_ids)},
    )
    return TagFlags(frozenset(i for i, follows in rows if follows), frozenset(i for i, f in rows if not f))


async def follows_tag(viewer: Identity | None, hashtag_id: int) -> bool:
    return viewer is not None and hashtag_id in (await flags_of(viewer, [hashtag_id])).following


async def page_of_hashtags(page: Page) -> list[HashtagView]:
    """Return hashtags, newest first. Served by the primary key."""
    found = await sql.structs(
        HashtagView,
        f"SELECT h.id, h.name, h.display_name, h.created_at FROM activities_hashtag h WHERE true{page.where('h.id')}{page.order('h.id')}",
        page.params(),
    )
    return page.newest_first(found, lambda tag: tag.id)


LAST_SIGN = chr(0x10FFFF)  # of Unicode: sorts after all strings with the same prefix


async def hashtags_beginning(prefix: str, *, after: str = "", limit: int) -> list[HashtagView]:
    """Return the hashtags with this prefix whose names come after another, in the order of names: a range of the pattern index on the name.

    The range is explicit, because a prepared statement does not know the prefix of a LIKE.
    """
    name = normal_tag(prefix)
    return await sql.structs(
        HashtagView,
        """SELECT h.id, h.name, h.display_name, h.created_at FROM activities_hashtag h
           WHERE h.name ~>=~ %(name)s AND h.name ~<~ %(end)s AND h.name ~>~ %(after)s ORDER BY h.name USING ~<~ LIMIT %(limit)s""",
        {"name": name, "end": name + LAST_SIGN, "after": after, "limit": limit},
    )


async def hashtag_by_id(hashtag_id: int) -> HashtagView | None:
    found = await sql.structs(
        HashtagView,
        "SELECT id, name, display_name, created_at FROM activities_hashtag WHERE id = %s",
        [hashtag_id],
    )
    return found[0] if found else None


async def followed_tags(identity: Identity, page: Page) -> list[tuple[int, HashtagView]]:
    """Return `[(row id, hashtag)]`, last followed first. Served by activities_followed_tag_owner."""
    rows = await sql.rows(
        f"""SELECT t.id, h.id, h.name, h.display_name, h.created_at FROM activities_followedtag t
            JOIN activities_hashtag h ON h.id = t.hashtag_id
            WHERE t.identity_id = %(me)s{page.where("t.id")}{page.order("t.id")}""",
        {**page.params(), "me": identity.pk},
    )
    return page.newest_first([(row[0], HashtagView(*row[1:])) for row in rows], lambda row: row[0])


LATEST_POSTS = 2000  # of a user; uses of featured hashtags are counted in these


class FeaturedTagView(msgspec.Struct, frozen=True):
    """A featured hashtag: how often its owner used it in their latest public posts, and when last."""

    id: int
    name: str
    display_name: str
    uses: int
    last_used_at: dt.datetime | None


async def featured_tags(identity_id: int, *, only_id: int | None = None) -> list[FeaturedTagView]:
    """Return the featured hashtags of an identity, most used in its latest posts first. Served by activities_post_author,
    activities_post_tag_pair.
    """
    one = "" if only_id is None else " AND t.id = %(only)s"
    return await sql.structs(
        FeaturedTagView,
        f"""WITH latest AS MATERIALIZED (
                SELECT p.id, p.created_at, p.visibility, p.deleted_at FROM activities_post p
                WHERE p.author_id = %(who)s ORDER BY p.id DESC LIMIT {LATEST_POSTS}),
            used AS MATERIALIZED (
                SELECT g.hashtag_id, count(*) AS uses, max(p.created_at) AS last
                -- one walk over the index, instead of a search in it for each post
                FROM activities_posttag g JOIN latest p ON p.id = g.post_id WHERE g.post_id = ANY(ARRAY(
                    SELECT id FROM latest WHERE deleted_at IS NULL AND visibility <= {Visibility.unlisted.value}))
                GROUP BY 1)
            SELECT t.id, h.name, h.display_name, coalesce(u.uses, 0), u.last FROM activities_featuredtag t
            JOIN activities_hashtag h ON h.id = t.hashtag_id LEFT JOIN used u ON u.hashtag_id = t.hashtag_id
            WHERE t.identity_id = %(who)s{one} ORDER BY coalesce(u.uses, 0) DESC, t.id""",
        {"who": identity_id, "only": only_id},
    )


async def tags_to_feature(identity_id: int, *, limit: int = 10) -> list[HashtagView]:
    """Return the hashtags that an identity used most in its last thousand posts and does not feature yet."""
    return await sql.structs(
        HashtagView,
        f"""SELECT h.id, h.name, h.display_name, h.created_at FROM (
                SELECT g.hashtag_id, count(*) AS uses FROM (
                    SELECT id FROM activities_post WHERE author_id = %(who)s AND deleted_at IS NULL AND boost_of_id IS NULL
                    AND visibility <= {Visibility.unlisted.value} ORDER BY id DESC LIMIT 1000) p
                JOIN activities_posttag g ON g.post_id = p.id GROUP BY g.hashtag_id) u
            JOIN activities_hashtag h ON h.id = u.hashtag_id
            WHERE NOT EXISTS (SELECT 1 FROM activities_featuredtag t WHERE t.identity_id = %(who)s AND t.hashtag_id = h.id)
            ORDER BY u.uses DESC, h.id LIMIT %(limit)s""",
        {"who": identity_id, "limit": limit},
    )
