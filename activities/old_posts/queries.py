"""The posts of an author that a rule deletes. The number of examined rows is bounded; served by activities_post_author."""

from datetime import timedelta

import msgspec

from activities.old_posts.models import OldPosts
from activities.posts.models import Post, Visibility
from core import clock
from core.db import sql
from core.ids import lowest_id_at
from users.identities.models import Identity

MOST_COUNTED = 5000  # posts examined for the number on the page
_POSTS = sql.table(Post)

# Served by activities_pin_pair, activities_bookmark_pair, activities_like_pair and the attachments' index by post.
_KEPT = {
    "keeps_pinned": "EXISTS (SELECT 1 FROM activities_pin k WHERE k.post_id = p.id OFFSET 0)",
    "keeps_bookmarked": "EXISTS (SELECT 1 FROM activities_bookmark k WHERE k.post_id = p.id AND k.identity_id = %(author)s OFFSET 0)",
    "keeps_liked": "EXISTS (SELECT 1 FROM activities_like k WHERE k.post_id = p.id AND k.identity_id = %(author)s OFFSET 0)",
    "keeps_private": f"p.visibility = {Visibility.mentioned.value}",
    "keeps_polls": "p.has_poll",
    "keeps_media": "EXISTS (SELECT 1 FROM activities_attachment k WHERE k.post_id = p.id)",
    "keeps_boosts": "p.is_boost",
    "least_likes": "(NOT p.is_boost AND p.likes_count >= %(least_likes)s)",
    "least_boosts": "(NOT p.is_boost AND p.boosts_count >= %(least_boosts)s)",
}


class OldPost(msgspec.Struct, frozen=True):
    id: int
    is_boost: bool


class Piece(msgspec.Struct):
    """A batch. `posts` are to be deleted, oldest first; `looked_to` is the last one examined; `is_last`: there are no more."""

    posts: list[OldPost]
    looked_to: int
    is_last: bool


async def rule_of(identity: Identity) -> OldPosts:
    """Return the rule of an identity; one that is off and not stored if there is none."""
    return await OldPosts.objects.filter(identity=identity.pk).afirst() or OldPosts(identity=identity)


async def next_piece(rule: OldPosts, *, window: int, most: int) -> Piece:
    """Return up to `most` posts that the rule deletes, of the next `window` posts."""
    rows = await sql.rows(
        f"SELECT p.id, p.is_boost, NOT ({_kept(rule)}) FROM ({_OLD}) p ORDER BY p.id",
        _values(rule, after=rule.looked_to, window=window),
    )
    posts: list[OldPost] = []
    for id, is_boost, goes in rows:
        if goes:
            posts.append(OldPost(id, is_boost))
        if len(posts) == most:
            return Piece(posts, id, is_last=False)
    return Piece(posts, rows[-1][0] if rows else rule.looked_to, is_last=len(rows) < window)


async def count_old(rule: OldPosts) -> tuple[int, bool]:
    """Return how many posts the rule deletes, and whether there may be more: only the oldest are examined."""
    count, looked = (
        await sql.rows(
            f"SELECT count(*) FILTER (WHERE NOT ({_kept(rule)})), count(*) FROM ({_OLD}) p",
            _values(rule, after=0, window=MOST_COUNTED),
        )
    )[0]
    return count, looked == MOST_COUNTED


_OLD = f"""SELECT id, boost_of_id IS NOT NULL AS is_boost, question IS NOT NULL AS has_poll, visibility, likes_count, boosts_count
    FROM {_POSTS} WHERE author_id = %(author)s AND id > %(after)s AND id < %(before)s AND deleted_at IS NULL
    ORDER BY author_id, id LIMIT %(window)s"""


def _kept(rule: OldPosts) -> str:
    chosen = [
        _KEPT[name]
        for name in _KEPT
        if (getattr(rule, name) if name.startswith("keeps_") else getattr(rule, name) is not None)
    ]
    return " OR ".join(chosen) or "false"


def _values(rule: OldPosts, *, after: int, window: int) -> dict[str, object]:
    return {
        "author": rule.identity_id,
        "after": after,
        "before": lowest_id_at(clock.now() - timedelta(days=rule.days)),
        "window": window,
        "least_likes": rule.least_likes,
        "least_boosts": rule.least_boosts,
    }
