"""Timelines: which posts, in which order, for whom. Each is two queries, whatever the number of posts."""

from collections.abc import Sequence
from typing import Any

from activities.models import Visibility
from activities.queries.posts import PostView, read_picked
from activities.queries.visibility import listed, visible
from core.db import sql
from core.paging import Page
from core.texts import normal_tag
from users.models import Domain, Identity

_PUBLIC = Visibility.public.value
_LOCAL_ONLY = Visibility.local_only.value
_WITH_MEDIA = " AND EXISTS (SELECT 1 FROM activities_attachment t WHERE t.post_id = p.id)"
# What members of the viewer's exclusive lists write stands in these lists only. Served by the index on the list's owner.
_NOT_LIST_ONLY = """ AND NOT EXISTS (SELECT 1 FROM activities_peoplelist x JOIN activities_listmember y ON y.list_id = x.id
    WHERE x.identity_id = %(viewer_id)s AND x.is_exclusive AND y.identity_id = p.author_id AND p.author_id <> %(viewer_id)s OFFSET 0)"""
_NO_REPLIES = (
    " AND (p.in_reply_to_author_id = p.author_id OR (p.in_reply_to_id IS NULL AND p.in_reply_to_uri = ''))"
)


def _picked(source: str, page: Page, *, rank: str = "p.id") -> str:
    """The SQL that picks a page from `source` (FROM … WHERE …), paged by `rank`."""
    return f"SELECT p.id, p.boost_of_id, {rank} AS rank {source}{page.where(rank)}{page.order(rank)}"


async def _read(
    source: str, page: Page, parameters: dict[str, Any], viewer: Identity | None, *, rank: str = "p.id"
) -> list[PostView]:
    return await read_picked(_picked(source, page, rank=rank), {**page.params(), **parameters}, viewer)


async def home(viewer: Identity, page: Page) -> list[PostView]:
    """What the people that `viewer` follows wrote and boosted. One range of the primary key of home entries."""
    condition, parameters = listed(viewer, strangers=False)
    source = f"""FROM activities_homeentry h JOIN activities_post p ON p.id = h.post_id
        WHERE h.identity_id = %(viewer_id)s AND {condition}{_NOT_LIST_ONLY}"""
    return await _read(source, page, parameters, viewer, rank="h.post_id")


async def local(
    viewer: Identity | None, domain: Domain, page: Page, *, only_media: bool = False
) -> list[PostView]:
    """Public posts written on `domain`, and local-only ones for its own people. Served by activities_post_local."""
    condition, parameters = listed(viewer)
    source = f"""FROM activities_post p JOIN users_identity da ON da.id = p.author_id AND da.domain_id = %(domain)s
        WHERE p.visibility IN ({_PUBLIC}, {_LOCAL_ONLY}) AND p.is_local AND p.boost_of_id IS NULL
        AND p.deleted_at IS NULL{_NO_REPLIES}{_WITH_MEDIA if only_media else ""} AND {condition}"""
    return await _read(source, page, {**parameters, "domain": domain.pk}, viewer)


async def federated(
    viewer: Identity | None, page: Page, *, only_media: bool = False, remote: bool = False
) -> list[PostView]:
    """Public posts of everyone known here; with `remote` without those written here. Served by activities_post_public."""
    condition, parameters = listed(viewer)
    source = f"""FROM activities_post p
        WHERE p.visibility = {_PUBLIC} AND p.boost_of_id IS NULL AND p.deleted_at IS NULL{" AND NOT p.is_local" if remote else ""}
        {_NO_REPLIES}{_WITH_MEDIA if only_media else ""} AND {condition}"""
    return await _read(source, page, parameters, viewer)


_OF_A_TAG = """FROM activities_posttag g JOIN activities_post p ON p.id = g.post_id
    WHERE g.hashtag_id = (SELECT id FROM activities_hashtag WHERE name = %(tag)s)"""
_OF_ANY_TAG = """FROM activities_post p WHERE EXISTS (SELECT 1 FROM activities_posttag g JOIN activities_hashtag t ON t.id = g.hashtag_id
    WHERE g.post_id = p.id AND t.name = ANY(%(tags)s::text[]))"""
# Hashtags that a post has to carry (each of them), and those of which it may carry none. By the unique index on (post, hashtag).
_WITH_ALL = """ AND NOT EXISTS (SELECT 1 FROM unnest(%(all)s::text[]) AS wanted(name) WHERE NOT EXISTS (
    SELECT 1 FROM activities_posttag o JOIN activities_hashtag t ON t.id = o.hashtag_id
    WHERE o.post_id = p.id AND t.name = wanted.name))"""
_WITH_NONE = """ AND NOT EXISTS (SELECT 1 FROM activities_posttag o JOIN activities_hashtag t ON t.id = o.hashtag_id
    WHERE o.post_id = p.id AND t.name = ANY(%(none)s::text[]))"""


async def hashtag(
    name: str,
    viewer: Identity | None,
    page: Page,
    *,
    or_any: Sequence[str] = (),
    and_all: Sequence[str] = (),
    and_none: Sequence[str] = (),
    local: bool = False,
    remote: bool = False,
    only_media: bool = False,
) -> list[PostView]:
    """Public posts that carry a hashtag (with or without `#`, in any case), or one `or_any`; of these, those that carry `and_all` and none of
    `and_none`. Served by activities_post_tag_hashtag."""
    condition, parameters = listed(viewer)
    more = ""
    if local and not remote:
        more += " AND p.is_local"
    elif remote and not local:
        more += " AND NOT p.is_local"
    if only_media:
        more += _WITH_MEDIA
    if and_all:
        more += _WITH_ALL
    if and_none:
        more += _WITH_NONE
    names = list(dict.fromkeys(normal_tag(one) for one in (name, *or_any)))
    parameters |= {
        "tag": names[0],
        "tags": names,
        "all": [normal_tag(one) for one in and_all],
        "none": [normal_tag(one) for one in and_none],
    }
    # of one tag a range of the index, in the page's order; of several, a post may carry more than one
    origin, rank = (_OF_A_TAG, "g.post_id") if len(names) == 1 else (_OF_ANY_TAG, "p.id")
    source = f"{origin} AND p.visibility = {_PUBLIC} AND p.boost_of_id IS NULL{more} AND {condition}"
    return await _read(source, page, parameters, viewer, rank=rank)


async def linking(url: str, viewer: Identity | None, page: Page) -> list[PostView] | None:
    """Public posts with a link that trends now, of people who want to be found; None when it does not. Served by activities_post_card."""
    card_id = await sql.value(
        """SELECT c.id FROM activities_previewcard c JOIN activities_trend k ON k.kind = 'link' AND k.target_id = c.id
           WHERE c.url = %s""",
        [url],
    )
    if card_id is None:
        return None
    condition, parameters = listed(viewer)
    source = f"""FROM activities_post p JOIN users_identity da ON da.id = p.author_id AND da.is_discoverable
        WHERE p.card_id = %(card)s AND p.visibility = {_PUBLIC} AND p.boost_of_id IS NULL AND {condition}"""
    return await _read(source, page, {**parameters, "card": card_id}, viewer)


async def profile_posts(
    author_id: int,
    viewer: Identity | None,
    page: Page,
    *,
    exclude_replies: bool = False,
    exclude_boosts: bool = False,
    only_media: bool = False,
    pinned: bool = False,
    tagged: str = "",
) -> list[PostView]:
    """One author's posts. Pinned ones are paged by when they were pinned. Served by activities_post_author, activities_pin_identity."""
    condition, parameters = visible(viewer)
    parameters = {**parameters, "author": author_id}
    more = ""
    if exclude_replies:
        more += _NO_REPLIES
    if exclude_boosts:
        more += " AND p.boost_of_id IS NULL"
    if only_media:
        more += _WITH_MEDIA
    if tagged:
        more += """ AND EXISTS (SELECT 1 FROM activities_posttag g JOIN activities_hashtag t ON t.id = g.hashtag_id
                                WHERE g.post_id = p.id AND t.name = %(tag)s)"""
        parameters["tag"] = normal_tag(tagged)
    if pinned:
        source = f"""FROM activities_pin k JOIN activities_post p ON p.id = k.post_id
            WHERE k.identity_id = %(author)s AND p.author_id = %(author)s{more} AND {condition}"""
        return await _read(source, page, parameters, viewer, rank="k.id")
    source = f"FROM activities_post p WHERE p.author_id = %(author)s{more} AND {condition}"
    return await _read(source, page, parameters, viewer)


async def likes(viewer: Identity, page: Page) -> list[PostView]:
    """What `viewer` liked, the latest like first, paged by like. Served by activities_like_identity."""
    return await _kept("activities_like", viewer, page)


async def bookmarks(viewer: Identity, page: Page) -> list[PostView]:
    """What `viewer` bookmarked, the latest first, paged by bookmark. Served by activities_bookmark_identity."""
    return await _kept("activities_bookmark", viewer, page)


async def _kept(table: str, viewer: Identity, page: Page) -> list[PostView]:
    condition, parameters = visible(viewer)
    source = f"""FROM {table} k JOIN activities_post p ON p.id = k.post_id
        WHERE k.identity_id = %(viewer_id)s AND {condition}"""
    return await _read(source, page, parameters, viewer, rank="k.id")
