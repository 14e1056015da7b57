"""The recipients of a new post by somebody new to this server. The days are options of the server and of each domain."""

import datetime as dt
from collections.abc import Collection
from typing import NamedTuple

from core import clock
from core.db import sql
from core.ids import time_of
from federation.peers import host_of
from users.domains.options import QUARANTINE_PERSON_DAYS, QUARANTINE_SERVER_DAYS, Setting
from users.identities.models import Identity
from users.relations.queries.predicates import follows, is_followed_here

MOST_HELD_OF_SITE = 200
MOST_HELD_OF_AUTHOR = 20


class Newcomer(NamedTuple):
    """The people here from whom a post is kept because its author is new. `is_known`: others here know the author, and get it at once."""

    kept_from: tuple[int, ...] = ()
    is_known: bool = False

    @property
    def holds(self) -> bool:
        return bool(self.kept_from) and not self.is_known


NO_NEWCOMER = Newcomer()
_YOUNGEST = dt.timedelta(days=max(QUARANTINE_PERSON_DAYS.most, QUARANTINE_SERVER_DAYS.most))


def _days(setting: Setting[int]) -> str:
    """Return SQL for the effective value of an option for the domain of `i`. Served by users_option_name."""
    value = "(SELECT (x_o.value #>> '{}')::int FROM users_option x_o WHERE x_o.name = '%s' AND x_o.level = '%s' AND x_o.owner = %s)"
    of_domain, of_server = (
        value % (setting.name, level, owner) for level, owner in (("domain", "i.domain_id"), ("system", "0"))
    )
    return f"coalesce({of_domain}, {of_server}, {setting.default})"


_WROTE = """EXISTS (SELECT 1 FROM activities_mention x_m JOIN activities_post x_p ON x_p.id = x_m.post_id
    WHERE x_m.identity_id = %(author)s AND NOT x_m.is_silent AND x_p.author_id = i.id)"""
_ACCEPTED = """EXISTS (SELECT 1 FROM activities_notificationpermission x_ok
    WHERE x_ok.identity_id = i.id AND x_ok.actor_id = %(author)s)"""


async def newcomer(author: Identity, addressed: Collection[int]) -> Newcomer:
    """Return from whom of `addressed` a post of a remote author is kept.

    An author is new for the days of the option since their identity was first stored, or since the row of their server was. Who follows
    them, has mentioned them, or accepted them, is not concerned. One query, and none for authors who are here for long. Served by the
    primary keys, federation_peer's host, users_follow_pair, activities_permission_pair and activities_mention_identity.
    """
    now = clock.now()
    seen_at = time_of(author.pk)
    if author.is_local or not addressed or seen_at < now - _YOUNGEST:
        return NO_NEWCOMER
    person, server = _days(QUARANTINE_PERSON_DAYS), _days(QUARANTINE_SERVER_DAYS)
    rows = await sql.rows(
        f"""SELECT w.id, w.is_new AND NOT ({follows("w.id", "%(author)s")} OR w.wrote OR w.accepted) AS is_kept, w.is_new FROM (
                SELECT i.id, {_WROTE} AS wrote, {_ACCEPTED} AS accepted,
                    (({person}) > 0 AND %(seen)s > %(now)s - ({person}) * interval '1 day')
                    OR (({server}) > 0 AND coalesce(h.first_seen_at, %(now)s) > %(now)s - ({server}) * interval '1 day') AS is_new
                FROM users_identity i LEFT JOIN federation_peer h ON h.host = %(host)s
                WHERE i.id = ANY(%(addressed)s::bigint[]) AND i.domain_id IS NOT NULL AND i.deleted_at IS NULL) w""",
        {
            "author": author.pk,
            "addressed": sorted(addressed),
            "host": host_of(author.uri),
            "seen": seen_at,
            "now": now,
        },
    )
    kept = tuple(id_ for id_, is_kept, _ in rows if is_kept)
    if not kept:
        return NO_NEWCOMER
    is_known = len(kept) < len(rows) or await sql.value(
        f"SELECT {is_followed_here('%(author)s')}", {"author": author.pk}
    )
    return Newcomer(kept, bool(is_known))


async def has_room(author: Identity, site: str) -> bool:
    """Return whether another post of the author may be kept waiting: of a site, all its hosts together, and of one author only so many.

    Served by activities_sheltered_site and activities_post_author.
    """
    return bool(
        await sql.value(
            """SELECT (SELECT count(*) FROM (SELECT 1 FROM activities_shelteredpost s
                           WHERE s.site = %(site)s AND s.rule_id IS NULL LIMIT %(of_site)s) x) < %(of_site)s
                   AND (SELECT count(*) FROM (SELECT 1 FROM activities_post p JOIN activities_shelteredpost s ON s.post_id = p.id
                           WHERE p.author_id = %(author)s AND s.rule_id IS NULL LIMIT %(of_author)s) x) < %(of_author)s""",
            {
                "site": site,
                "author": author.pk,
                "of_site": MOST_HELD_OF_SITE,
                "of_author": MOST_HELD_OF_AUTHOR,
            },
        )
    )


async def kept_from(identity: Identity, author_ids: Collection[int], *, most: int) -> list[int]:
    """Return the posts of these authors that are kept from an identity, oldest first. Served by activities_post_author."""
    return await sql.column(
        """SELECT p.id FROM activities_post p JOIN activities_shelteredpost s ON s.post_id = p.id AND s.rule_id IS NULL
           WHERE p.author_id = ANY(%(authors)s::bigint[]) AND p.deleted_at IS NULL
           AND EXISTS (SELECT 1 FROM activities_mention m WHERE m.post_id = p.id AND m.identity_id = %(me)s)
           ORDER BY p.id LIMIT %(most)s""",
        {"authors": sorted(author_ids), "me": identity.pk, "most": most},
    )


async def ended(before: dt.datetime, *, most: int) -> list[int]:
    """Return posts that were kept waiting since before then. Served by activities_sheltered_queue."""
    return await sql.column(
        """SELECT post_id FROM activities_shelteredpost WHERE held_at < %(before)s AND rule_id IS NULL
           ORDER BY held_at LIMIT %(most)s""",
        {"before": before, "most": most},
    )
