"""Queries of timelines. Each takes two or three statements, whatever the number of posts."""

import functools
from collections.abc import Sequence

from activities.posts.models import Visibility
from activities.posts.queries.predicates import is_for_domain, is_for_everyone, is_reply_to_another
from activities.posts.queries.views import PostView
from activities.posts.queries.visibility import in_timeline, visible
from activities.reviews.queries import decided_on_link, may_trend
from activities.timelines.queries.candidates import (
    CANDIDATES,
    Candidates,
    PostsWhere,
    entries_where,
    read_candidates,
)
from core.db import sql
from core.db.paging import Page
from core.db.sql import Sql
from core.db.statements import Statement
from core.texts import normal_tag
from users.domains.models import Domain
from users.identities.models import Identity

HOME = Statement("timelines.home", "A page of a home timeline.", "activities_homeentry_pkey")
LOCAL = Statement(
    "timelines.local",
    "A page of a domain's local timeline.",
    "activities_post_of_domain",
    "activities_attachment_domain",
)
FEDERATED = Statement(
    "timelines.federated",
    "A page of the federated timeline.",
    "activities_post_public",
    "activities_attachment_post",
    "activities_attachment_domain",
)
HASHTAG = Statement(
    "timelines.hashtag",
    "A page of the public posts with one or several hashtags.",
    "activities_post_tag_hashtag",
    "activities_post_tag_domain",
    "activities_post_tag_media",
    "activities_post_tag_pair",
)
TAG_SIZES = Statement(
    "timelines.hashtag_sizes",
    "How many posts have each of these hashtags, up to a thousand.",
    "activities_post_tag_hashtag",
    "activities_post_tag_media",
)
LINKING = Statement("timelines.link", "A page of the public posts with a link.", "activities_post_card")
PROFILE = Statement(
    "timelines.profile",
    "A page of an author's posts, boosts or pinned posts.",
    "activities_post_author",
    "activities_post_author_shown",
    "activities_attachment_author",
    "activities_pin_identity",
    "activities_post_tag_hashtag",
    "activities_post_tag_media",
)
LIKES = Statement("timelines.likes", "A page of the posts that a person liked.", "activities_like_identity")
BOOKMARKS = Statement(
    "timelines.bookmarks",
    "A page of a person's bookmarks.",
    "activities_bookmark_identity",
    "activities_bookmark_in_folder",
)

# Served by activities_attachment_post.
_WITH_MEDIA = Sql("EXISTS (SELECT 1 FROM activities_attachment t WHERE t.post_id = k.post_id OFFSET 0)")
# Posts by members of the viewer's exclusive lists are shown in these lists only. Served by the index on the list's owner.
NOT_LIST_ONLY = """NOT EXISTS (SELECT 1 FROM activities_peoplelist x JOIN activities_listmember y ON y.list_id = x.id
    WHERE x.identity_id = %(viewer_id)s AND x.is_exclusive AND y.identity_id = p.author_id AND p.author_id <> %(viewer_id)s OFFSET 0)"""
_NO_REPLIES = f"NOT {is_reply_to_another('p')}"


async def home(viewer: Identity, page: Page) -> list[PostView]:
    """Return posts and boosts of the accounts that `viewer` follows. One range of the primary key of home entries."""
    condition = in_timeline(viewer, by_anyone=False) & NOT_LIST_ONLY
    entries = entries_where("activities_homeentry", _of_viewer(viewer), rank="post_id")
    return await read_candidates(HOME, entries, condition, page, viewer)


def _of_viewer(viewer: Identity) -> Sql:
    return Sql("e.identity_id = %(viewer_id)s", {"viewer_id": viewer.pk})


async def local(
    viewer: Identity | None, domain: Domain, page: Page, *, only_media: bool = False
) -> list[PostView]:
    """Return public posts written on `domain`, and local-only ones for its own users.

    Served by activities_post_of_domain, those with media by activities_attachment_domain.
    """
    condition = in_timeline(viewer)
    of_domain = Sql("e.domain_id = %(domain)s", {"domain": domain.pk})
    if only_media:
        posts: Candidates = _media_where(of_domain)
        condition &= is_for_domain("p")
    else:
        posts = PostsWhere(of_domain & f"{is_for_domain('e')} AND e.deleted_at IS NULL")
    return await read_candidates(LOCAL, posts, condition & _NO_REPLIES, page, viewer)


async def federated(
    viewer: Identity | None, page: Page, *, only_media: bool = False, remote: bool = False
) -> list[PostView]:
    """Return public posts of all known authors; with `remote` without local ones.

    Served by activities_post_public, those with media by activities_attachment_post and activities_attachment_domain.
    """
    condition = in_timeline(viewer)
    posts: Candidates = PostsWhere(Sql(f"{is_for_everyone('e')} AND e.deleted_at IS NULL"))
    if only_media:
        posts = _media_where(Sql("e.domain_id IS NULL" if remote else "true"))
        condition &= is_for_everyone("p")
    if remote:
        condition &= "NOT p.is_local"
    return await read_candidates(FEDERATED, posts, condition & _NO_REPLIES, page, viewer)


def _media_where(condition: Sql) -> Candidates:
    """Return candidates with media, each once, from an index on attachments `e` that ends with their post."""

    def newest(page: Page) -> Sql:
        limits = f"{page.where('e.post_id')}{page.order('e.post_id', limit='candidates')}"
        return Sql.of(
            f"""SELECT DISTINCT ON (e.post_id) e.post_id, e.post_id AS rank FROM activities_attachment e
                WHERE e.post_id IS NOT NULL AND {condition}{limits}""",
            condition,
        )

    return newest


# Hashtags that a post must or must not have. Served by activities_post_tag_pair.


def _with_all(tags: list[int]) -> Sql:
    return Sql(
        """NOT EXISTS (SELECT 1 FROM unnest(%(all)s::bigint[]) AS wanted (id) WHERE NOT EXISTS (
            SELECT 1 FROM activities_posttag o WHERE o.post_id = k.post_id AND o.hashtag_id = wanted.id OFFSET 0))""",
        {"all": tags},
    )


def _with_one_of(tags: list[int]) -> Sql:
    return Sql(
        """EXISTS (SELECT 1 FROM activities_posttag o
            WHERE o.post_id = k.post_id AND o.hashtag_id = ANY(%(any)s::bigint[]) OFFSET 0)""",
        {"any": tags},
    )


def _with_none_of(tags: list[int]) -> Sql:
    return Sql(
        """NOT EXISTS (SELECT 1 FROM activities_posttag o
            WHERE o.post_id = k.post_id AND o.hashtag_id = ANY(%(none)s::bigint[]) OFFSET 0)""",
        {"none": tags},
    )


def _of_tag(hashtag: Sql, *, only_media: bool = False, of_domain: int | None = None) -> Candidates:
    """Return posts with one hashtag, of one domain if given. Served by activities_post_tag_hashtag, activities_post_tag_domain, or
    activities_post_tag_media: the caller checks the domain of posts with media.
    """
    condition = Sql.of(f"e.hashtag_id = {hashtag}", hashtag)
    if only_media:
        condition &= "e.has_media"
    elif of_domain is not None:
        condition &= Sql("e.domain_id = %(domain)s", {"domain": of_domain})
    return entries_where("activities_posttag", condition, rank="post_id")


def _of_any_tag(tags: list[int], *, only_media: bool = False, of_domain: int | None = None) -> Candidates:
    """Return posts with one of these hashtags: the newest of each; a post may have several of them."""
    of_each = _of_tag(Sql("t.id"), only_media=only_media, of_domain=of_domain)

    def newest(page: Page) -> Sql:
        picked = of_each(page)
        return Sql.of(
            f"""SELECT DISTINCT g.post_id, g.rank FROM unnest(%(tags)s::bigint[]) AS t (id)
                CROSS JOIN LATERAL ({picked}) g{page.order("g.rank", limit="candidates")}""",
            picked,
            tags=tags,
        )

    return newest


async def hashtag(
    name: str,
    viewer: Identity | None,
    page: Page,
    *,
    or_any: Sequence[str] = (),
    and_all: Sequence[str] = (),
    and_none: Sequence[str] = (),
    of_domain: Domain | None = None,
    remote: bool = False,
    only_media: bool = False,
) -> list[PostView]:
    """Return public posts with a hashtag (with or without `#`, case-insensitively), or one of `or_any`.

    Limited to those that have all of `and_all` and none of `and_none`, and to those written on `of_domain`, or on other servers if
    `remote`. Served by activities_post_tag_hashtag, activities_post_tag_domain or activities_post_tag_media.
    """
    condition = in_timeline(viewer) & is_for_everyone("p")
    domain_id = None if of_domain is None else of_domain.pk
    if domain_id is not None:
        condition &= Sql("p.domain_id = %(domain)s", {"domain": domain_id})
    elif remote:
        condition &= "NOT p.is_local"
    of_name = Sql("(SELECT id FROM activities_hashtag WHERE name = %(name)s)", {"name": normal_tag(name)})
    candidates, first = _of_tag(of_name, only_media=only_media, of_domain=domain_id), None
    if or_any or and_all or and_none:
        found = await _lead_of_tags(
            [name, *or_any], and_all, and_none, only_media=only_media, of_domain=domain_id
        )
        if found is None:
            return []
        candidates, first = found
    return await read_candidates(HASHTAG, candidates, condition, page, viewer, first=first)


async def _lead_of_tags(
    one_of: Sequence[str],
    all_of: Sequence[str],
    none_of: Sequence[str],
    *,
    only_media: bool,
    of_domain: int | None,
) -> tuple[Candidates, Sql | None] | None:
    """Return the candidates for posts with one of the first hashtags, all of the second and none of the last, and the rest as a
    condition.

    The rarest of the required hashtags selects the candidates, so that a rare hashtag combined with a common one is found. None if no
    post can match.
    """
    ids, uses = await _sizes_of_tags([*one_of, *all_of, *none_of], only_media=only_media)
    first = list(dict.fromkeys(ids[one] for one in one_of if one in ids))
    wanted = list(dict.fromkeys(ids[one] for one in all_of if one in ids))
    if not first or any(one not in ids for one in all_of):
        return None
    rarest = min(wanted, key=lambda one: uses[one], default=None)
    tags = first if rarest is None or uses[rarest] >= sum(uses[one] for one in first) else [rarest]
    none = [ids[one] for one in none_of if one in ids]
    conditions = [_with_all(wanted)] * bool(wanted) + [_with_none_of(none)] * bool(none)
    conditions += [_with_one_of(first)] * (tags is not first)
    if len(tags) == 1:
        lead = _of_tag(Sql("%(tag)s", {"tag": tags[0]}), only_media=only_media, of_domain=of_domain)
    else:
        lead = _of_any_tag(tags, only_media=only_media, of_domain=of_domain)
    return lead, functools.reduce(Sql.__and__, conditions) if conditions else None


async def _sizes_of_tags(names: Sequence[str], *, only_media: bool) -> tuple[dict[str, int], dict[int, int]]:
    """Return `{name: id}` of existing hashtags, and `{id: posts}`, counted as far as it matters.

    Served by activities_post_tag_hashtag, or activities_post_tag_media.
    """
    media = " AND g.has_media" if only_media else ""
    rows = await sql.rows(
        TAG_SIZES(
            f"""SELECT w.name, h.id, (SELECT count(*) FROM (
                    SELECT 1 FROM activities_posttag g WHERE g.hashtag_id = h.id{media} LIMIT %(most)s) c)
               FROM unnest(%(names)s::text[], %(normal)s::text[]) AS w (name, normal) JOIN activities_hashtag h ON h.name = w.normal""",
            names=list(names),
            normal=[normal_tag(one) for one in names],
            most=CANDIDATES,
        )
    )
    return {row[0]: row[1] for row in rows}, {row[1]: row[2] for row in rows}


async def linking(url: str, viewer: Identity | None, page: Page, domain: Domain) -> list[PostView] | None:
    """Return public posts of discoverable authors with a link that trends on the domain now; None if it does not trend.

    Served by activities_post_card.
    """
    card_id = await sql.value(
        f"""SELECT c.id FROM activities_previewcard c JOIN activities_trend k ON k.kind = 'link' AND k.target_id = c.id
           WHERE c.url = %(url)s AND {may_trend(decided_on_link("c"))}""",
        {"url": url, "domain": domain.pk},
    )
    if card_id is None:
        return None
    condition = in_timeline(viewer) & is_for_everyone("p")
    condition &= """EXISTS (
        SELECT 1 FROM users_identity da WHERE da.id = p.author_id AND da.is_discoverable OFFSET 0)"""
    posts = PostsWhere(Sql("e.card_id = %(card)s", {"card": card_id}))
    return await read_candidates(LINKING, posts, condition, page, viewer)


async def profile_posts(
    author_id: int,
    viewer: Identity | None,
    page: Page,
    *,
    exclude_replies: bool = False,
    exclude_boosts: bool = False,
    exclude_private_mentions: bool = False,
    only_media: bool = False,
    pinned: bool = False,
    tagged: str = "",
) -> list[PostView]:
    """Return one author's posts. Pinned ones are paged by when they were pinned.

    Served by activities_post_author, without private mentions by activities_post_author_shown, activities_pin_identity, for a rare hashtag
    activities_post_tag_hashtag, and those with media by activities_attachment_author or activities_post_tag_media.
    """
    author = {"author": author_id}
    condition = visible(viewer)
    # visitors see none: so a profile is not empty for them because its author wrote thousands meanwhile
    exclude_private_mentions |= viewer is None
    if only_media:
        candidates: Candidates = _media_where(Sql("e.author_id = %(author)s", author))
    elif exclude_private_mentions:
        shown = f"e.author_id = %(author)s AND e.visibility <> {Visibility.mentioned.value}"
        candidates = PostsWhere(Sql(shown, author))
    else:
        candidates = PostsWhere(Sql("e.author_id = %(author)s", author))
    first: Sql | None = None
    if exclude_replies:
        condition &= _NO_REPLIES
    if exclude_boosts:
        condition &= "p.boost_of_id IS NULL"
    if exclude_private_mentions:
        condition &= f"p.visibility <> {Visibility.mentioned.value}"
    if tagged:
        ids, uses = await _sizes_of_tags([tagged], only_media=only_media)
        if not ids:
            return []
        tag = ids[tagged]
        first = _with_one_of([tag])
        if uses[tag] < CANDIDATES:
            candidates = _of_tag(Sql("%(tag)s", {"tag": tag}), only_media=only_media)
    if pinned:
        if only_media:
            first = _WITH_MEDIA if first is None else first & _WITH_MEDIA
        candidates = entries_where("activities_pin", Sql("e.identity_id = %(author)s", author), rank="id")
    else:  # a group pins posts of its members
        condition &= Sql("p.author_id = %(author)s", author)
    return await read_candidates(PROFILE, candidates, condition, page, viewer, first=first)


async def likes(viewer: Identity, page: Page) -> list[PostView]:
    """Return the posts that `viewer` liked, latest like first, paged by like. Served by activities_like_identity."""
    return await _kept(LIKES, "activities_like", viewer, page)


async def bookmarks(
    viewer: Identity, page: Page, *, folder_id: int | None = None, said: Sql | None = None
) -> list[PostView]:
    """Return the viewer's bookmarks, latest first, paged by bookmark; optionally only those in a folder, or matching `said` on the post
    `p`.

    Callers check the owner of the folder. Served by activities_bookmark_identity, those of a folder by activities_bookmark_in_folder.
    """
    return await _kept(BOOKMARKS, "activities_bookmark", viewer, page, folder_id=folder_id, said=said)


async def _kept(
    statement: Statement,
    table: str,
    viewer: Identity,
    page: Page,
    *,
    folder_id: int | None = None,
    said: Sql | None = None,
) -> list[PostView]:
    mine = _of_viewer(viewer)
    if folder_id is not None:
        mine = mine & Sql("e.folder_id = %(folder)s", {"folder": folder_id})
    kept = entries_where(table, mine, rank="id")
    condition = visible(viewer) if said is None else visible(viewer) & said
    return await read_candidates(statement, kept, condition, page, viewer)
