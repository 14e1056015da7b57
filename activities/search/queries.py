"""Search for posts and hashtags. Search for accounts is in users/relations/queries/search.py."""

from dataclasses import dataclass
from typing import Any

from activities.posts.models import Visibility
from activities.posts.queries.posts import load_posts
from activities.posts.queries.predicates import is_reply
from activities.posts.queries.views import PostView
from activities.posts.queries.visibility import in_timeline
from activities.reviews.models import ReviewKind
from activities.reviews.queries import decided
from activities.search.terms import PROPERTIES, Terms, parse_terms
from activities.tags.queries import LAST_SIGN, HashtagView
from core.db import sql
from core.db.paging import Page
from core.db.sql import Sql
from core.db.statements import Statement
from core.hosts.names import BadHost, normal_authority
from core.ids import lowest_id_at
from core.texts import normal_tag
from users.domains.models import Domain
from users.identities.models import Identity

FIND = Statement(
    "search.posts",
    "A round of a search in posts.",
    "activities_post_words",
    "activities_post_author",
    "activities_post_pkey",
)

_CANDIDATES = 1000  # posts with the words that are read before visibility is checked
_ROUNDS = 4
RARE = 5000  # if there are at most so many posts with the words, all are read
WINDOW = 5000  # otherwise so many posts are read, in each of several rounds
_WINDOWS = 8

# A public post of a discoverable author. Served by the primary key of identities.
_IS_INDEXABLE = f"""p.visibility = {Visibility.public.value}
    AND EXISTS (SELECT 1 FROM users_identity s WHERE s.id = p.author_id AND s.is_indexable OFFSET 0)"""
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
    """Search posts that contain all of these words and phrases and that the viewer may search, newest first; operators: search/terms.py.

    These are the viewer's own, those that the viewer liked, boosted, bookmarked, voted in or is mentioned in, and public ones of
    discoverable authors.

    Candidates are found by words and plain columns, then checked for visibility. If the table's statistics say that few posts have one of
    the words, all with all of them are candidates (activities_post_words). Otherwise posts are read from the newest, those of one author
    (activities_post_author) or all, in bounded rounds: with rare operators and common words, old posts may not be reached.
    """
    terms = parse_terms(text)
    author_id, known = await _author(terms, viewer, author_id)
    if not known or not (terms.says_something or author_id):
        return []
    condition = in_timeline(viewer)
    words, filters, values = _filters(terms, author_id)
    parameters = {**condition.params, **values, "candidates": _CANDIDATES, "window": WINDOW}
    parts = {"words": words, "filters": filters, "eyes": f"{_scope(terms, viewer)} AND {condition}"}
    is_rare = await _is_rare(terms)
    return await load_posts(await _find(is_rare, parts, parameters, page, offset), viewer)


async def said_condition(text: str, viewer: Identity) -> Sql | None:
    """Return the condition that the post `p` matches these words and operators, for posts that the viewer saved.

    None if the text has no effect, or names an unknown author.
    """
    terms = parse_terms(text)
    author_id, known = await _author(terms, viewer, None)
    if not known or not (terms.says_something or author_id):
        return None
    words, filters, values = _filters(terms, author_id)
    limits = {"author": "p.author_id = %(author)s", "since": "p.id >= %(since)s", "until": "p.id < %(until)s"}
    return Sql(" AND ".join([words, filters, *(limits[name] for name in limits if name in values)]), values)


_ORIGINALS = "p.boost_of_id IS NULL AND p.deleted_at IS NULL"


@dataclass(frozen=True)
class _Round:
    """The SQL of one round: the conditions on posts, who may find them, and the range and order in which they are read."""

    words: str
    filters: str
    eyes: str
    range: str
    is_upwards: bool

    @property
    def order(self) -> str:
        return "ASC" if self.is_upwards else "DESC"

    @property
    def last(self) -> str:
        return "max" if self.is_upwards else "min"

    def with_words(self) -> tuple[str, str]:
        """Return all that have the words, and the last of them if there may be more."""
        return self._picked(
            f"""SELECT p.* FROM (SELECT p.* FROM activities_post p WHERE {self.words} OFFSET 0) p
                WHERE {_ORIGINALS} AND {self.filters} AND {self.range} ORDER BY p.id {self.order} LIMIT %(candidates)s"""
        )

    def in_window(self) -> tuple[str, str]:
        """Return those of a window that have the words, and the end of the window if it is full."""
        find, last = self._picked(
            f"""SELECT p.* FROM (SELECT p.* FROM activities_post p WHERE {self.range} ORDER BY p.id {self.order} LIMIT %(window)s) p
                WHERE {_ORIGINALS} AND {self.words} AND {self.filters} ORDER BY p.id {self.order} LIMIT %(candidates)s"""
        )
        return (
            find,
            f"""SELECT coalesce(({last}), (
            SELECT p.id FROM activities_post p WHERE {self.range} ORDER BY p.id {self.order} OFFSET %(window)s - 1 LIMIT 1))""",
        )

    def _picked(self, find: str) -> tuple[str, str]:
        return find, f"SELECT {self.last}(c.id) FROM ({find}) c HAVING count(*) = %(candidates)s"

    def statement(self, *, is_rare: bool) -> str:
        """Return the ids that the viewer may find; if there are too few, also where the next round begins."""
        find, last = self.with_words() if is_rare else self.in_window()
        return f"""
            WITH seen AS MATERIALIZED (SELECT p.id FROM ({find}) p WHERE {self.eyes} ORDER BY p.id {self.order} LIMIT %(wanted)s)
            SELECT id, false FROM seen
            UNION ALL SELECT l.id, true FROM ({last}) l (id) WHERE (SELECT count(*) FROM seen) < %(wanted)s"""


async def _find(
    is_rare: bool, parts: dict[str, str], parameters: dict[str, Any], page: Page, offset: int
) -> list[int]:
    """Return the ids of a page, newest first, in rounds, each of which continues where the previous ended."""
    wanted = page.limit + offset
    found: list[int] = []
    before, after = page.max_id, max(page.min_id or 0, page.since_id or 0)
    is_upwards = page.min_id is not None
    for _ in range(_ROUNDS if is_rare else _WINDOWS):
        limits = {
            "p.id < %(before)s": before is not None,
            "p.id > %(after)s": after,
            "p.id >= %(since)s": "since" in parameters,
            "p.id < %(until)s": "until" in parameters,
            "p.author_id = %(author)s": "author" in parameters,
        }
        limited = " AND ".join(["true", *(limit for limit, is_set in limits.items() if is_set)])
        rows = await sql.rows(
            FIND(
                _Round(**parts, range=limited, is_upwards=is_upwards).statement(is_rare=is_rare),
                parameters,
                before=before,
                after=after,
                wanted=wanted - len(found),
            )
        )
        found += [row[0] for row in rows if not row[1]]
        end = next((row[0] for row in rows if row[1]), None)
        if len(found) >= wanted or end is None:
            break
        if is_upwards:
            after = end
        else:
            before = end
    found.sort(reverse=not is_upwards)
    return sorted(found[offset:wanted], reverse=True)


async def _is_rare(terms: Terms) -> bool:
    """Return whether one of the words is in few posts, according to the last ANALYZE, so that reading all of these is cheap.

    Estimated word by word: the planner's estimate for several together is too low if they often occur together.
    """
    said = " ".join(term.text for term in terms.words if not term.is_excluded)
    return bool(said) and await sql.value(
        """WITH common AS MATERIALIZED (
               SELECT e.word, e.share FROM pg_stats s,
                   unnest(s.most_common_elems::text::text[], s.most_common_elem_freqs) AS e (word, share)
               WHERE s.schemaname = current_schema() AND s.tablename = 'activities_post' AND s.attname = 'words' AND NOT s.inherited)
           SELECT coalesce(bool_or(c.share IS NULL OR c.share * (
               SELECT reltuples FROM pg_class WHERE oid = 'activities_post'::regclass) <= %(rare)s), true)
           FROM unnest(tsvector_to_array(activities_search_words('', '', %(said)s))) AS said (word)
           LEFT JOIN common c ON c.word = said.word""",
        {"said": said, "rare": RARE},
    )


def _scope(terms: Terms, viewer: Identity | None) -> str:
    if viewer is None:
        return _IS_INDEXABLE
    if terms.place == "library":
        return f"(p.author_id = %(viewer_id)s OR {_INTERACTED})"
    if terms.place == "public":
        return (
            f"p.visibility = {Visibility.public.value} AND (p.author_id = %(viewer_id)s OR ({_IS_INDEXABLE}))"
        )
    return f"(p.author_id = %(viewer_id)s OR ({_IS_INDEXABLE}) OR {_INTERACTED})"


async def misread(text: str, viewer: Identity | None) -> list[tuple[str, str]]:
    """Return the values of operators that can't be used: pairs of "date" or "author" and the value."""
    terms = parse_terms(text)
    found = [("date", value) for value in terms.no_dates]
    _, is_known = await _author(terms, viewer, None)
    return found if is_known else [*found, ("author", terms.author)]


async def _author(terms: Terms, viewer: Identity | None, author_id: int | None) -> tuple[int | None, bool]:
    """Return the author to search for, and whether there is one with that name."""
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


def _filters(terms: Terms, author_id: int | None) -> tuple[str, str, dict[str, Any]]:
    """Return the conditions on the text and columns of the post `p`, with the values of both and of the range."""
    conditions, values = ["true"], dict[str, Any]()
    words = []
    for number, term in enumerate(terms.words):
        values[f"word{number}"] = term.text
        if term.hashtag:
            values[f"hashtag{number}"] = term.hashtag
            conditions.append(f"{'NOT ' if term.is_excluded else ''}{_has_tag(f'%(hashtag{number})s')}")
        if not (term.hashtag and term.is_excluded):  # without the hashtag, the word may occur
            words.append(f"{'!!' if term.is_excluded else ''}activities_search_phrase(%(word{number})s)")
    if author_id is not None:
        values["author"] = author_id
    if terms.language:
        conditions.append("split_part(lower(p.language), '-', 1) = %(language)s")
        values["language"] = terms.language
    for name, moment in (("since", terms.since), ("until", terms.until)):
        if moment is not None:
            values[name] = lowest_id_at(moment)
    for kind, is_excluded in terms.properties:
        conditions.append(f"{'NOT ' if is_excluded else ''}({_PROPERTIES[kind]})")
    said = f"p.words @@ ({' && '.join(words)})" if words else "true"
    return said, " AND ".join(conditions), values


def _has_media(kind: str = "") -> str:
    more = f" AND t.kind IN ({kind})" if kind else ""
    return f"EXISTS (SELECT 1 FROM activities_attachment t WHERE t.post_id = p.id{more})"


def _has_tag(name: str) -> str:
    """Return the condition that the post `p` has the hashtag. Served by activities_post_tag_pair."""
    return f"""EXISTS (SELECT FROM activities_posttag t JOIN activities_hashtag h ON h.id = t.hashtag_id
        WHERE t.post_id = p.id AND h.name = {name} OFFSET 0)"""


_PROPERTIES = {
    "has:media": _has_media(),
    "has:image": _has_media("'image'"),
    "has:video": _has_media("'video', 'gifv'"),
    "has:audio": _has_media("'audio'"),
    "has:poll": "p.question IS NOT NULL",
    "has:link": "p.card_id IS NOT NULL",
    "has:embed": "p.card_id IS NOT NULL",
    "has:quote": "p.quote_uri <> ''",
    "is:reply": is_reply("p"),
    "is:sensitive": "p.is_sensitive",
    "is:quote": "p.quote_uri <> ''",
    "is:local": "p.is_local",
}
assert _PROPERTIES.keys() == PROPERTIES


async def search_hashtags(
    text: str, domain: Domain, *, limit: int = 20, offset: int = 0
) -> list[HashtagView]:
    """Return hashtags with this prefix, the exact one first, without those that staff of the domain hide, by a range of the pattern index
    on the name.

    The range is explicit, because a prepared statement does not know the prefix of a LIKE.
    """
    name = normal_tag(text)
    if not name:
        return []
    return await sql.structs(
        HashtagView,
        f"""SELECT h.id, h.name, h.display_name, h.created_at FROM activities_hashtag h
           WHERE h.name ~>=~ %(name)s AND h.name ~<~ %(end)s AND coalesce({decided(ReviewKind.tag, "h.id", "is_listable")}, true) ORDER BY h.name USING ~<~ LIMIT %(limit)s OFFSET %(offset)s""",
        {"name": name, "end": name + LAST_SIGN, "domain": domain.pk, "limit": limit, "offset": offset},
    )
