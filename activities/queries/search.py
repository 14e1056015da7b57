"""Search in posts and hashtags. People are searched by users/queries."""

import datetime as dt
from typing import Any

import msgspec

from activities.models import Visibility
from activities.models.post import SEARCH_SPACED, SEARCH_WORDS
from activities.queries.posts import PostView, load_posts
from activities.queries.search_terms import PROPERTIES, Terms, parse_terms
from activities.queries.visibility import listed
from core.db import sql
from core.hosts import BadHost, normal_authority
from core.ids import lowest_id_at
from core.paging import Page
from core.texts import normal_tag
from users.models import Identity


class HashtagView(msgspec.Struct, frozen=True):
    id: int
    name: str
    display_name: str
    created_at: dt.datetime


_CANDIDATES = 1000  # posts with the words that are looked at before the viewer's eyes decide
_ROUNDS = 4

_SEES_IN_SEARCH = f"""(p.author_id = %(viewer_id)s
    OR (p.visibility = {Visibility.public.value}
        AND EXISTS (SELECT 1 FROM users_identity s WHERE s.id = p.author_id AND s.is_indexable OFFSET 0))
    OR {{interacted}})"""
# Served by activities_like_pair, activities_bookmark_pair, activities_post_boost, activities_mention_pair, activities_poll_vote_once.
_INTERACTED = """(EXISTS (SELECT 1 FROM activities_like k WHERE k.post_id = p.id AND k.identity_id = %(viewer_id)s OFFSET 0)
    OR EXISTS (SELECT 1 FROM activities_bookmark k WHERE k.post_id = p.id AND k.identity_id = %(viewer_id)s OFFSET 0)
    OR EXISTS (SELECT 1 FROM activities_post b WHERE b.boost_of_id = p.id AND b.author_id = %(viewer_id)s AND b.deleted_at IS NULL OFFSET 0)
    OR EXISTS (SELECT 1 FROM activities_mention m WHERE m.post_id = p.id AND m.identity_id = %(viewer_id)s OFFSET 0)
    OR EXISTS (SELECT 1 FROM activities_pollvote v WHERE v.post_id = p.id AND v.identity_id = %(viewer_id)s OFFSET 0))"""


async def search_posts(
    text: str,
    viewer: Identity | None,
    page: Page,
    *,
    author_id: int | None = None,
    offset: int = 0,
) -> list[PostView]:
    """Posts with all of these words and phrases that the viewer may search, newest first; see queries/search_terms.py for the operators.

    Theirs are: their own, what they liked, boosted, bookmarked, voted in or were named in, and public ones of people who want to be found.

    Two steps, so that a word that half of all posts have costs no more than a rare one: the newest candidates by words and plain columns
    (activities_post_search, or a walk from the newest post where the planner's statistics say that the word is common), then the viewer's
    eyes on these alone, a thousand at a time.
    """
    terms = parse_terms(text)
    author_id, known = await _author(terms, viewer, author_id)
    if not known or not (terms.says_something or author_id):
        return []
    condition, parameters = listed(viewer)
    filters, values = _filters(terms, author_id)
    parameters = {**parameters, **values, "candidates": _CANDIDATES}
    seen = _scope(terms, viewer)
    wanted = page.limit + offset
    found: list[int] = []
    before, after = page.max_id, max(page.min_id or 0, page.since_id or 0)
    is_upwards = page.min_id is not None
    order, last = ("ASC", "max") if is_upwards else ("DESC", "min")
    for _ in range(_ROUNDS):
        picked = await sql.rows(
            f"""WITH candidate AS MATERIALIZED (
                    SELECT p.id, p.author_id, p.visibility, p.boost_of_id, p.deleted_at FROM activities_post p
                    WHERE p.boost_of_id IS NULL AND p.deleted_at IS NULL AND {filters}
                    {"" if before is None else "AND p.id < %(before)s"} {"AND p.id > %(after)s" if after else ""}
                    ORDER BY p.id {order} LIMIT %(candidates)s)
                SELECT p.id, false FROM candidate p WHERE {seen} AND {condition}
                UNION ALL (SELECT {last}(id), true FROM candidate HAVING count(*) = %(candidates)s) ORDER BY 1 {order}""",
            {**parameters, "before": before, "after": after},
        )
        found += [row[0] for row in picked if not row[1]]
        more = [row[0] for row in picked if row[1]]
        if len(found) >= wanted or not more:
            break
        if is_upwards:
            after = more[0]
        else:
            before = more[0]
    return await load_posts(sorted(found[offset:wanted], reverse=True), viewer)


def _scope(terms: Terms, viewer: Identity | None) -> str:
    if viewer is None:
        return f"""p.visibility = {Visibility.public.value}
            AND EXISTS (SELECT 1 FROM users_identity s WHERE s.id = p.author_id AND s.is_indexable OFFSET 0)"""
    if terms.place == "library":
        return f"(p.author_id = %(viewer_id)s OR {_INTERACTED})"
    if terms.place == "public":
        return f"p.visibility = {Visibility.public.value} AND {_SEES_IN_SEARCH.format(interacted='false')}"
    return _SEES_IN_SEARCH.format(interacted=_INTERACTED)


async def _author(terms: Terms, viewer: Identity | None, author_id: int | None) -> tuple[int | None, bool]:
    """Whose posts are meant, and whether there is anybody of that name."""
    if terms.author == "me":
        return (viewer.pk, True) if viewer else (None, False)
    if not terms.author:
        return author_id, True
    username, _, host = terms.author.partition("@")
    try:
        host = normal_authority(host) if host else (viewer.host if viewer else "")
    except BadHost:
        return None, False
    # users_identity_handle
    found = await sql.value(
        "SELECT id FROM users_identity WHERE lower(username) = %s AND lower(host) = %s AND deleted_at IS NULL",
        [username.lower(), host.lower()],
    )
    return found, found is not None and author_id in {None, found}


def _filters(terms: Terms, author_id: int | None) -> tuple[str, dict[str, Any]]:
    conditions, values = ["true"], dict[str, Any]()
    words = []
    for number, term in enumerate(terms.words):
        values[f"word{number}"] = term.text
        spaced = SEARCH_SPACED.format(text=f"%(word{number})s")
        words.append(f"{'!!' if term.is_excluded else ''}phraseto_tsquery('simple'::regconfig, {spaced})")
    if words:
        conditions.append(f"{SEARCH_WORDS.format(post='p.')} @@ ({' && '.join(words)})")
    if author_id is not None:
        conditions.append("p.author_id = %(author)s")
        values["author"] = author_id
    if terms.language:
        conditions.append("split_part(lower(p.language), '-', 1) = %(language)s")
        values["language"] = terms.language
    for name, moment in (("since", terms.since), ("until", terms.until)):
        if moment is not None:
            conditions.append(f"p.id {'>=' if name == 'since' else '<'} %({name})s")
            values[name] = lowest_id_at(moment)
    for kind, is_excluded in terms.properties:
        conditions.append(f"{'NOT ' if is_excluded else ''}({_PROPERTIES[kind]})")
    return " AND ".join(conditions), values


def _has_media(kind: str = "") -> str:
    more = f" AND t.kind IN ({kind})" if kind else ""
    return f"EXISTS (SELECT 1 FROM activities_attachment t WHERE t.post_id = p.id{more})"


_PROPERTIES = {
    "has:media": _has_media(),
    "has:image": _has_media("'image'"),
    "has:video": _has_media("'video', 'gifv'"),
    "has:audio": _has_media("'audio'"),
    "has:poll": "p.question IS NOT NULL",
    "has:link": "p.card_id IS NOT NULL",
    "has:embed": "p.card_id IS NOT NULL",
    "has:quote": "p.quote_uri <> ''",
    "is:reply": "(p.in_reply_to_id IS NOT NULL OR p.in_reply_to_uri <> '')",
    "is:sensitive": "p.is_sensitive",
    "is:quote": "p.quote_uri <> ''",
    "is:local": "p.is_local",
}
assert _PROPERTIES.keys() == PROPERTIES


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
