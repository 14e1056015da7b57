"""Queries for trends, the weekly activity of a domain, and the daily one of the server."""

import datetime as dt
from collections.abc import Collection

import msgspec

from activities.posts.queries.posts import read_picked
from activities.posts.queries.predicates import is_for_domain
from activities.posts.queries.views import CardView, PostView, creators_of, with_author
from activities.posts.queries.visibility import in_timeline
from activities.reviews.models import ReviewKind
from activities.reviews.queries import decided, decided_on_link, may_trend
from activities.tags.queries import HashtagView
from activities.trends.models import TrendKind
from core import clock
from core.db import sql
from core.db.statements import Statement
from core.ids import lowest_id_at
from users.domains.models import Domain
from users.identities.models import Identity
from users.identities.queries.attribution import is_attributed
from users.identities.queries.profiles import load_profiles
from users.roles.models import Scope

WEEK = Statement(
    "statistics.week", "The last seven days of the server, or of some domains.", "activities_domainday_pkey"
)
TRENDING = Statement("trends.posts", "The trending posts.", "activities_trend_pkey")

DAYS = 7


class Trending(msgspec.Struct, frozen=True):
    """A page of trends of a domain. `unseen` includes those that staff have not approved or refused; `waiting` selects only those not yet
    decided.
    """

    domain: Domain
    limit: int
    offset: int = 0
    unseen: bool = False
    waiting: bool = False

    def where(self, decision: str) -> str:
        """Return the condition on a row by staff decisions, and the end of the statement. For use with `params()`."""
        if self.waiting:
            condition = f"{decision} IS NULL"
        else:
            condition = "true" if self.unseen else may_trend(decision)
        return f"{condition} ORDER BY k.place LIMIT %(limit)s OFFSET %(offset)s"

    def params(self) -> dict[str, int]:
        return {"domain": self.domain.pk, "limit": self.limit, "offset": self.offset}


async def trending_posts(viewer: Identity | None, page: Trending) -> list[PostView]:
    """Return the trending posts that the viewer may see, without muted or blocked authors. Served by the primary key of trends."""
    condition = in_timeline(viewer)
    picked = TRENDING(
        f"""SELECT p.id, p.boost_of_id, -k.place AS rank FROM activities_trend k JOIN activities_post p ON p.id = k.target_id
        WHERE k.kind = '{TrendKind.post.value}' AND {condition} AND {page.where(decided(ReviewKind.post, "p.id"))}""",
        condition,
        **page.params(),
    )
    return await read_picked(picked, viewer)


async def trending_hashtags(page: Trending) -> list[HashtagView]:
    return await sql.structs(
        HashtagView,
        f"""SELECT h.id, h.name, h.display_name, h.created_at FROM activities_trend k JOIN activities_hashtag h ON h.id = k.target_id
           WHERE k.kind = 'tag' AND {page.where(decided(ReviewKind.tag, "k.target_id"))}""",
        page.params(),
    )


_LINK = f"""c.url, c.type, c.title, c.description, c.language, c.author_name, c.author_url, c.provider_name, c.provider_url, c.html,
    c.embed_url, c.width, c.height, c.image_url, c.image_description, to_json(c.published_at)#>>'{{}}', c.id, NULL::bigint, NULL::text, c.creator_id,
    CASE WHEN c.creator_id IS NOT NULL THEN {is_attributed("c.creator_id", "c.host")} ELSE false END"""


async def trending_links(page: Trending) -> list[CardView]:
    found = await sql.structs(
        CardView,
        f"""SELECT {_LINK} FROM activities_trend k JOIN activities_previewcard c ON c.id = k.target_id
           WHERE k.kind = 'link' AND {page.where(decided_on_link("c"))}""",
        page.params(),
    )
    return await _with_authors(found)


async def link_by_id(card_id: int) -> CardView | None:
    """Return the page of a card, whether it trends or not."""
    found = await sql.structs(
        CardView, f"SELECT {_LINK} FROM activities_previewcard c WHERE c.id = %s", [card_id]
    )
    return (await _with_authors(found))[0] if found else None


async def _with_authors(cards: list[CardView]) -> list[CardView]:
    authors = await load_profiles(creators_of(cards))
    return [with_author(card, authors) for card in cards]


async def uses_of(kind: TrendKind, ids: Collection[int]) -> dict[tuple[int, dt.date], tuple[int, int]]:
    """Return `{(target, day): (uses, users)}` of the last week, as last counted. A range of the primary key for each."""
    found = await sql.rows(
        """SELECT target_id, day, uses, people FROM activities_dailyuse
           WHERE kind = %s AND target_id = ANY(%s::bigint[]) AND day > %s""",
        [kind.value, list(ids), clock.now().date() - dt.timedelta(days=DAYS)],
    )
    return {(row[0], row[1]): (row[2], row[3]) for row in found}


async def uses_of_sites(hosts: Collection[str]) -> dict[str, tuple[int, int]]:
    """Return `{host: (pages that trend, posts of the last week with them)}`. Served by activities_trend_pkey and activities_dailyuse_pkey."""
    found = await sql.rows(
        """SELECT c.host, count(DISTINCT c.id), coalesce(sum(u.uses), 0)::bigint
           FROM activities_trend k JOIN activities_previewcard c ON c.id = k.target_id
           LEFT JOIN activities_dailyuse u ON u.kind = 'link' AND u.target_id = c.id AND u.day > %(since)s
           WHERE k.kind = 'link' AND c.host = ANY(%(hosts)s::text[]) GROUP BY 1""",
        {"hosts": list(hosts), "since": clock.now().date() - dt.timedelta(days=DAYS)},
    )
    return {row[0]: (row[1], row[2]) for row in found}


COUNTED_TO = "activity"  # the row of activities_progress
_UNCOUNTED = 1000  # at most, posts since the last run of the job


def monday(moment: dt.datetime) -> dt.datetime:
    """Return the beginning of the week (UTC)."""
    day = moment.astimezone(dt.UTC).date()
    return dt.datetime.combine(day - dt.timedelta(days=day.weekday()), dt.time(), tzinfo=dt.UTC)


async def weeks(domain: Domain, starts: list[dt.datetime]) -> list[tuple[int, int, int]]:
    """Return for each week the posts, active logins and sign-ups on this domain.

    Served by the primary key of weeks; for the last minutes by activities_post_of_domain; for sign-ups by users_identity_of_domain.
    """
    ends = [start + dt.timedelta(weeks=1) for start in starts]
    rows = await sql.rows(
        f"""WITH latest AS MATERIALIZED (
               SELECT p.id FROM activities_post p
               WHERE p.domain_id = %(domain)s AND {is_for_domain("p")}
               AND p.deleted_at IS NULL AND p.id > coalesce((SELECT position FROM activities_progress WHERE name = %(job)s), 0)
               ORDER BY p.id DESC LIMIT %(most)s)
           SELECT coalesce(k.posts, 0) + (SELECT count(*) FROM latest l WHERE l.id >= w.first AND l.id < w.after),
               coalesce(k.logins, 0),
               (SELECT count(*) FROM users_identity i WHERE i.domain_id = %(domain)s AND i.id >= w.first AND i.id < w.after)
           FROM unnest(%(weeks)s::date[], %(first)s::bigint[], %(after)s::bigint[]) WITH ORDINALITY AS w (week, first, after, place)
           LEFT JOIN activities_domainweek k ON k.domain_id = %(domain)s AND k.week = w.week
           ORDER BY w.place""",
        {
            "domain": domain.pk,
            "job": COUNTED_TO,
            "most": _UNCOUNTED,
            "weeks": [start.date() for start in starts],
            "first": [lowest_id_at(start) for start in starts],
            "after": [lowest_id_at(end) for end in ends],
        },
    )
    return [(posts, logins, joined) for posts, logins, joined in rows]


class Day(msgspec.Struct, frozen=True):
    """The numbers of one day (UTC), of some domains together. They are counted every ten minutes."""

    day: dt.date
    posts: int = 0
    logins: int = 0
    people: int = 0
    reports: int = 0


async def last_days(scope: Scope = None) -> list[Day]:
    """Return the last seven days of these domains together, or of the server, today last."""
    today = clock.now().date()
    found = await sql.structs(
        Day,
        WEEK(
            """SELECT day, sum(posts), sum(logins), sum(people), sum(reports) FROM activities_domainday
            WHERE day > %(before)s AND day <= %(today)s AND (%(scope)s::bigint[] IS NULL OR domain_id = ANY(%(scope)s::bigint[]))
            GROUP BY day""",
            before=today - dt.timedelta(days=DAYS),
            today=today,
            scope=None if scope is None else sorted(scope),
        ),
    )
    by_day = {one.day: one for one in found}
    days = [today - dt.timedelta(days=ago) for ago in reversed(range(DAYS))]
    return [by_day.get(day, Day(day)) for day in days]
