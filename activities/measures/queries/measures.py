"""Measures of domains by day, as counted by jobs."""

import datetime as dt
from collections.abc import Mapping

import msgspec

from activities.measures.models import SERVER
from core import clock
from core.db import sql
from users.roles.models import Scope

MAX_DAYS = 61  # as many as are stored

_OLDEST = dt.date(2000, 1, 1)  # nothing is older, and date arithmetic can go before it

_COLUMNS = {
    "active_users": "logins",
    "new_users": "people",
    "interactions": "interactions",
    "opened_reports": "reports",
    "resolved_reports": "resolved",
}


class Measure(msgspec.Struct, frozen=True):
    """A measure: its total, that of as many days before where it is known, and its values by day."""

    total: int
    before: int | None
    by_day: Mapping[dt.date, int]


def days_between(start: dt.datetime | None, end: dt.datetime | None) -> list[dt.date]:
    """Return the days (UTC) from `start` to `end`, at most the last MAX_DAYS; the last thirty by default."""
    last = max(_OLDEST, min(end.astimezone(dt.UTC).date() if end else clock.now().date(), clock.now().date()))
    first = start.astimezone(dt.UTC).date() if start else last - dt.timedelta(days=29)
    first = max(first, last - dt.timedelta(days=MAX_DAYS - 1))
    return [first + dt.timedelta(days=number) for number in range((last - first).days + 1)]


async def domain_measures(scope: Scope, days: list[dt.date]) -> dict[str, Measure]:
    """Return the measures of these domains together, by Mastodon's names. Served by activities_domainday_pkey and activities_peoplegroup_pkey."""
    before = [day - dt.timedelta(days=len(days)) for day in days]
    columns = ", ".join(f"sum(d.{column})" for column in _COLUMNS.values())
    rows = await sql.rows(
        f"""SELECT d.day, {columns} FROM activities_domainday d WHERE d.day >= %(first)s AND d.day <= %(last)s
            AND (%(scope)s::bigint[] IS NULL OR d.domain_id = ANY(%(scope)s::bigint[])) GROUP BY d.day""",
        {
            "first": min(before, default=clock.now().date()),
            "last": max(days, default=clock.now().date()),
            "scope": None if scope is None else sorted(scope),
        },
    )
    known = {row[0]: dict(zip(_COLUMNS, row[1:], strict=True)) for row in rows}
    measures = {}
    for key in _COLUMNS:
        by_day = {day: int(known.get(day, {}).get(key, 0)) for day in days}
        earlier = [int(known.get(day, {}).get(key, 0)) for day in before]
        if key == "active_users":  # a login seen on several days counts once
            came = max(max(by_day.values(), default=0), await _came_since(scope, days))
            measures[key] = Measure(came, max(earlier, default=0), by_day)
        else:
            measures[key] = Measure(sum(by_day.values()), sum(earlier), by_day)
    return measures


async def _came_since(scope: Scope, days: list[dt.date]) -> int:
    """Return how many logins were seen within a period that ends today; 0 for earlier periods, because a returning login is counted only
    on its last day.
    """
    if not days or days[-1] < clock.now().date() - dt.timedelta(days=1):
        return 0
    found = await sql.value(
        """SELECT sum(g.people) FROM activities_peoplegroup g WHERE g.key = 'seen' AND g.entry >= %s AND g.domain_id = ANY(%s::bigint[])""",
        [days[0].isoformat(), [SERVER] if scope is None else sorted(scope)],
    )
    return int(found or 0)
