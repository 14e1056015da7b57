"""Retention: how many logins of a cohort were seen later, as counted by a job."""

import datetime as dt
from typing import Literal

import msgspec

from activities.measures.models import SERVER
from core import clock
from core.db import sql
from users.roles.models import Scope

type Frequency = Literal["day", "month"]


class Cohort(msgspec.Struct, frozen=True):
    """The logins that joined in one period, and how many of them were seen in it or after it, for each period since."""

    period: dt.date
    size: int
    stayed: list[tuple[dt.date, int]]


def _periods(start: dt.datetime, end: dt.datetime, frequency: Frequency) -> list[dt.date]:
    """Return the stored periods: 31 days, or 13 months by their first days."""
    first, last = start.astimezone(dt.UTC).date(), min(end.astimezone(dt.UTC).date(), clock.now().date())
    if frequency == "day":
        first = max(first, clock.now().date() - dt.timedelta(days=30))
        return [first + dt.timedelta(days=number) for number in range((last - first).days + 1)]
    month, found = last.replace(day=1), []
    oldest = max(first.replace(day=1), clock.now().date().replace(day=1) - dt.timedelta(days=366))
    while month >= oldest:
        found.append(month)
        month = (month - dt.timedelta(days=1)).replace(day=1)
    return found[::-1]


async def retention(scope: Scope, start: dt.datetime, end: dt.datetime, frequency: Frequency) -> list[Cohort]:
    """Return the cohorts of these domains together, oldest first. Served by activities_peoplecohort_pkey."""
    periods = _periods(start, end, frequency)
    rows = await sql.rows(
        """SELECT c.joined, c.seen, sum(c.people) FROM activities_peoplecohort c
           WHERE c.domain_id = ANY(%s::bigint[]) AND c.frequency = %s GROUP BY 1, 2""",
        [[SERVER] if scope is None else sorted(scope), frequency],
    )
    found: dict[dt.date, list[tuple[dt.date, int]]] = {}
    for joined, seen, people in rows:
        found.setdefault(joined, []).append((seen, int(people)))
    return [
        Cohort(
            period,
            sum(people for _, people in found.get(period, [])),
            [
                (later, sum(people for seen, people in found.get(period, []) if seen >= later))
                for later in periods
                if later >= period
            ],
        )
        for period in periods
    ]
