"""Search in posts and hashtags. People are searched by users/queries."""

import datetime as dt

import msgspec

from activities.models import Visibility
from activities.queries.posts import PostView, read_picked
from activities.queries.visibility import listed
from activities.text import normal_tag
from core.db import sql
from core.paging import Page
from users.models import Identity


class HashtagView(msgspec.Struct, frozen=True):
    id: int
    name: str
    display_name: str
    created_at: dt.datetime


async def search_posts(
    text: str, viewer: Identity | None, page: Page, *, author_id: int | None = None
) -> list[PostView]:
    """Posts with all of these words, newest first: public ones whose author wants to be found, and the viewer's own.

    Served by activities_post_words.
    """
    condition, parameters = listed(viewer)
    own = "" if viewer is None else " OR p.author_id = %(viewer_id)s"
    by_author = "" if author_id is None else " AND p.author_id = %(author)s"
    picked = f"""SELECT p.id, p.boost_of_id, p.id AS rank FROM activities_post p
        WHERE to_tsvector('simple', p.content) @@ plainto_tsquery('simple', %(text)s)
        AND ((p.visibility = {Visibility.public.value}
              AND EXISTS (SELECT 1 FROM users_identity s WHERE s.id = p.author_id AND s.is_indexable)){own}){by_author}
        AND {condition}{page.where("p.id")}{page.order("p.id")}"""
    return await read_picked(
        picked, {**page.params(), **parameters, "text": text, "author": author_id}, viewer
    )


async def search_hashtags(text: str, *, limit: int = 20, offset: int = 0) -> list[HashtagView]:
    """Hashtags that begin so, the exact one first. Served by the pattern index on the name."""
    name = normal_tag(text)
    if not name:
        return []
    pattern = name.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_") + "%"
    return await sql.structs(
        HashtagView,
        """SELECT id, name, display_name, created_at FROM activities_hashtag
           WHERE name LIKE %(pattern)s ORDER BY name = %(name)s DESC, name LIMIT %(limit)s OFFSET %(offset)s""",
        {"pattern": pattern, "name": name, "limit": limit, "offset": offset},
    )


async def hashtag_named(name: str) -> HashtagView | None:
    """The hashtag, or None when no post ever carried it."""
    found = await sql.structs(
        HashtagView,
        "SELECT id, name, display_name, created_at FROM activities_hashtag WHERE name = %(name)s",
        {"name": normal_tag(name)},
    )
    return found[0] if found else None
