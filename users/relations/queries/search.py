"""Search for identities by any part of their names, in any script."""

from core.db import sql
from core.db.statements import Statement
from core.texts import fold_name, normal_query, query_grams
from federation.peers import host_of, is_blocked_now, known_policies
from federation.policies.domains import hides_any
from users.identities.models import Identity
from users.identities.queries.predicates import is_active, is_unrestricted
from users.relations.queries.predicates import FOLLOWS, blocks, either_blocks, is_accepted

FIND = Statement(
    "search.people",
    "People by any part of their names.",
    "users_identity_handle",
    "users_identity_prefix",
    "users_searchname_grams",
)
SIMILAR = Statement("search.similar_people", "People with similar names.", "users_identity_similar")

_MANY = 1000  # candidates of each kind that are sorted
_FOLLOWS = (
    7_500  # of the newest, where there are more candidates than that: as many as Mastodon lets anybody follow
)
_MIN_SIMILAR = 3
_OVERHEAD = 200  # extra rows, to make up for those of blocked servers

_NAMED = """n.grams @> %(grams)s::text[] AND n.text LIKE ALL (%(parts)s::text[])"""
_BY_USERNAME = "lower(i.username) LIKE %(username)s AND lower(i.host) LIKE %(host)s"


async def search_accounts(
    q: str, viewer: Identity | None, limit: int, following: bool = False, offset: int = 0
) -> list[int]:
    """Return ids of identities whose username or handle starts with `q`, or whose names contain each word of it.

    Those that the viewer follows come first, then those with most followers. Fewer than three letters match only at the start of words,
    except in scripts without spaces. Excludes suspended and deleted identities, those of blocked servers and those with a block between
    them and the viewer; but an identity that the viewer blocked is found by its complete username, so that it can be unblocked.

    Served by users_identity_handle, users_identity_prefix and users_searchname_grams, each for a bounded number of candidates, so that a
    common name costs no more than a rare one; then the viewer's own follows are searched, too.
    """
    q = normal_query(q).lstrip("@")
    q = q.removeprefix("!") if "@" in q else q  # Lemmy's spelling of a group's handle
    if not q or (following and viewer is None):
        return []
    username, _, host = q.partition("@")
    name = "" if host else fold_name(q)
    grams = query_grams(name)
    more = _OVERHEAD if await known_policies() or hides_any() else 0
    rows = await sql.rows(
        FIND(
            f"""WITH named AS MATERIALIZED (
            (SELECT i.id FROM users_identity i WHERE lower(i.username) = %(exact)s AND lower(i.host) LIKE %(host)s LIMIT %(many)s)
            UNION ALL
            (SELECT i.id FROM users_identity i WHERE {_BY_USERNAME} LIMIT %(many)s)
            UNION ALL
            (SELECT n.identity_id FROM users_searchname n WHERE %(is_name)s AND {_NAMED} LIMIT %(many)s)),
        candidate AS (
            SELECT id FROM named
            UNION
            SELECT i.id FROM (SELECT mine.target_id FROM {FOLLOWS} mine WHERE mine.source_id = %(me)s AND {is_accepted("mine")}
                              ORDER BY mine.id DESC LIMIT %(follows)s) f
            JOIN users_identity i ON i.id = f.target_id LEFT JOIN users_searchname n ON n.identity_id = i.id
            WHERE (%(following)s OR (SELECT count(*) FROM named) >= %(many)s)
              AND ({_BY_USERNAME} OR (%(is_name)s AND {_NAMED})))
        SELECT i.id, i.domain_id, i.uri FROM candidate c JOIN users_identity i ON i.id = c.id
        LEFT JOIN {FOLLOWS} f ON f.source_id = %(me)s AND f.target_id = i.id AND {is_accepted("f")}
        WHERE (i.is_discoverable OR {_BY_USERNAME})
          AND {is_active("i")}
          AND (NOT %(following)s OR f.id IS NOT NULL)
          AND NOT (lower(i.username) <> %(exact)s AND {blocks("%(me)s", "i.id")})
          AND NOT {blocks("i.id", "%(me)s")}
        ORDER BY f.id IS NULL, lower(i.username) <> %(exact)s, i.followers_count DESC, i.id
        LIMIT %(most)s
        """,
            {
                "me": viewer.pk if viewer else 0,
                "username": sql.like(username.lower()) + ("" if host else "%"),
                "host": sql.like(host.lower()) + "%",
                "exact": username.lower(),
                "is_name": bool(grams),
                "grams": grams,
                "parts": [f"%{sql.like(part)}%" for part in name.split()],
                "following": following,
                "many": _MANY,
                "follows": _FOLLOWS,
                "most": offset + limit + more,
            },
        )
    )
    found = _reachable(rows)[offset : offset + limit]
    if found or offset or following or host or len(q) < _MIN_SIMILAR:
        return found
    return await _similar(username, viewer, limit)


async def _similar(q: str, viewer: Identity | None, limit: int) -> list[int]:
    """Return identities with a word similar to `q` in their username or name, most similar first, from a bounded number.

    Used if nothing else is found. Served by users_identity_similar (pg_trgm's word similarity, 0.6 and above), which supports only ASCII
    letters in the C locale.
    """
    rows = await sql.rows(
        SIMILAR(
            f"""SELECT i.id, i.domain_id, i.uri FROM (
            SELECT i.* FROM users_identity i
            WHERE %(q)s <%% lower(i.username || ' ' || i.name) AND {is_unrestricted("i")} AND i.is_discoverable
            LIMIT %(many)s) i
        WHERE NOT {either_blocks("%(me)s", "i.id")}
        ORDER BY word_similarity(%(q)s, lower(i.username || ' ' || i.name)) DESC, i.followers_count DESC, i.id
        LIMIT %(limit)s
        """,
            {"q": q.lower(), "me": viewer.pk if viewer else 0, "many": _MANY, "limit": limit + _OVERHEAD},
        )
    )
    return _reachable(rows)[:limit]


def _reachable(rows: list[tuple[int, int | None, str]]) -> list[int]:
    """Return the ids of rows of (id, domain, URI), without those of blocked servers."""
    return [pk for pk, domain_id, uri in rows if domain_id is not None or not is_blocked_now(host_of(uri))]
