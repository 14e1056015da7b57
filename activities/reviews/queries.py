"""Conditions and reads on staff decisions. A domain's own decision takes precedence over that of the whole server."""

from collections.abc import Collection

import msgspec

from activities.reviews.models import SERVER, Publisher, ReviewKind
from core.db import sql
from core.db.paging import Page
from core.db.sql import Sql
from users.domains.models import Level
from users.domains.options import TRENDS_NEED_REVIEW


def decided(kind: ReviewKind, target: str, field: str = "is_trendable", domain: str = "%(domain)s") -> str:
    """Return SQL for the decision about the target whose id is the expression `target`; NULL if undecided.

    Served by activities_review_pkey. `domain` is the expression of a domain's id.
    """
    return (
        f"(SELECT v.{field} FROM activities_review v WHERE v.kind = '{kind.value}' AND v.target_id = {target}"
        f" AND v.domain_id IN ({SERVER}, {domain}) AND v.{field} IS NOT NULL ORDER BY v.domain_id DESC LIMIT 1)"
    )


# evaluated once per statement: it depends on no row. Served by users_option_name
_SHOWN_UNSEEN = f"""(SELECT NOT coalesce((
    SELECT o.value = 'true'::jsonb FROM users_option o WHERE o.name = '{TRENDS_NEED_REVIEW.name}'
    AND (o.level = '{Level.domain.value}' AND o.owner = %(domain)s OR o.level = '{Level.system.value}' AND o.owner = 0)
    ORDER BY o.level LIMIT 1), {str(TRENDS_NEED_REVIEW.default).lower()}))"""


def decided_on_link(card: str) -> str:
    """Return SQL for the decision about a row of cards: about the page itself, else about its site."""
    publisher = f"(SELECT b.id FROM activities_publisher b WHERE b.host = {card}.host)"
    return f"coalesce({decided(ReviewKind.link, f'{card}.id')}, {decided(ReviewKind.publisher, publisher)})"


def may_trend(decision: str) -> str:
    """Return the condition that something may trend on the domain `%(domain)s`, from the SQL of the decision."""
    return f"coalesce({decision}, {_SHOWN_UNSEEN})"


class Decision(msgspec.Struct, frozen=True):
    """The decisions about an object on a domain; None where undecided."""

    is_trendable: bool | None = None
    is_usable: bool | None = None
    is_listable: bool | None = None


UNDECIDED = Decision()


async def decisions(kind: ReviewKind, ids: Collection[int], domain_id: int) -> dict[int, Decision]:
    """Return the decisions about these, by their ids. Served by activities_review_pkey."""
    rows = await sql.rows(
        """SELECT target_id, is_trendable, is_usable, is_listable FROM activities_review
           WHERE kind = %(kind)s AND target_id = ANY(%(ids)s::bigint[]) AND domain_id IN (%(server)s, %(domain)s) ORDER BY domain_id""",
        {"kind": kind.value, "ids": list(ids), "server": SERVER, "domain": domain_id},
    )
    found: dict[int, Decision] = {}
    for target_id, *values in rows:  # the domain's own comes last
        before = found.get(target_id, UNDECIDED)
        kept = (before.is_trendable, before.is_usable, before.is_listable)
        found[target_id] = Decision(
            *(old if new is None else new for old, new in zip(kept, values, strict=True))
        )
    return found


async def decisions_on_links(ids: Collection[int], domain_id: int) -> dict[int, bool | None]:
    """Return for these cards whether they may trend: by the decision about the page, else about its site."""
    rows = await sql.rows(
        f"SELECT c.id, {decided_on_link('c')} FROM activities_previewcard c WHERE c.id = ANY(%(ids)s::bigint[])",
        {"ids": list(ids), "domain": domain_id},
    )
    return {row[0]: row[1] for row in rows}


class Verdict(msgspec.Struct, frozen=True):
    """A decision whether an object may trend, and its origin. `is_of_site`: a page's, inherited from its site."""

    is_trendable: bool
    is_of_server: bool
    is_of_site: bool = False


# the decisions that apply to an object; to a page, also those about its site
_ABOUT = "SELECT one AS id, %(kind)s::text AS kind, one AS target_id FROM unnest(%(ids)s::bigint[]) one"
_ABOUT_LINKS = """SELECT c.id, t.* FROM activities_previewcard c LEFT JOIN activities_publisher b ON b.host = c.host
    CROSS JOIN LATERAL (VALUES ('publisher', b.id), (%(kind)s, c.id)) AS t (kind, target_id) WHERE c.id = ANY(%(ids)s::bigint[])"""


async def verdicts(kind: ReviewKind, ids: Collection[int], domain_id: int) -> dict[int, Verdict]:
    """Return the decisions that apply to these on a domain, by their ids. Served by activities_review_pkey."""
    rows = await sql.rows(
        f"""SELECT t.id, v.is_trendable, v.domain_id = %(server)s, v.kind <> %(kind)s
            FROM ({_ABOUT_LINKS if kind == ReviewKind.link else _ABOUT}) t
            JOIN activities_review v ON v.kind = t.kind AND v.target_id = t.target_id AND v.domain_id IN (%(server)s, %(domain)s)
            WHERE v.is_trendable IS NOT NULL ORDER BY v.kind = %(kind)s, v.domain_id""",
        {"kind": kind.value, "ids": list(ids), "server": SERVER, "domain": domain_id},
    )
    return {
        row[0]: Verdict(*row[1:]) for row in rows
    }  # that about itself comes last, and of those the domain's own


MOST_COUNTED = 100


def waiting_trends(domain_id: int) -> Sql:
    """Return SQL for the number of trends on a domain that await review, up to MOST_COUNTED; 0 where trends need no review.

    Served by activities_trend_pkey, which has a hundred rows of a kind, and activities_review_pkey.
    """
    cards = "JOIN activities_previewcard c ON c.id = k.target_id"
    kinds = {
        "tag": ("", decided(ReviewKind.tag, "k.target_id")),
        "post": ("", decided(ReviewKind.post, "k.target_id")),
        "link": (cards, decided_on_link("c")),
    }
    waiting = " UNION ALL ".join(
        f"SELECT 1 FROM activities_trend k {join} WHERE k.kind = '{kind}' AND {decision} IS NULL"
        for kind, (join, decision) in kinds.items()
    )
    counted = f"SELECT count(*) FROM ({waiting} LIMIT {MOST_COUNTED}) w"
    return Sql(f"CASE WHEN {_SHOWN_UNSEEN} THEN 0 ELSE ({counted}) END", {"domain": domain_id})


# at most a hundred rows
_HOSTS_NOW = """SELECT c.host FROM activities_trend k JOIN activities_previewcard c ON c.id = k.target_id WHERE k.kind = 'link'"""


async def publishers(
    domain_id: int, page: Page, *, waiting: bool = False
) -> list[tuple[int, str, bool | None]]:
    """Return `[(id, host, decision)]` of the sites that trended, newest first. Served by the primary key.

    With `waiting` only undecided sites of current trends.
    """
    decision = decided(ReviewKind.publisher, "b.id")
    condition = f" AND b.host IN ({_HOSTS_NOW}) AND {decision} IS NULL" if waiting else ""
    rows = await sql.rows(
        f"""SELECT b.id, b.host, {decision} FROM activities_publisher b
            WHERE true{condition}{page.where("b.id")}{page.order("b.id")}""",
        {**page.params(), "domain": domain_id},
    )
    return page.newest_first([(row[0], row[1], row[2]) for row in rows], lambda row: row[0])


async def publisher(publisher_id: int) -> Publisher | None:
    return await Publisher.objects.filter(pk=publisher_id).afirst()
