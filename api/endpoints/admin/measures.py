"""Statistics for staff (docs.joinmastodon.org/methods/admin/measures, dimensions, retention)."""

import datetime as dt
from typing import Annotated, Literal

import msgspec

from activities.measures.queries import Cohort, days_between, retention
from api.entities.admin_measures import (
    AdminCohort,
    AdminDimension,
    AdminMeasure,
    admin_cohort,
)
from api.parameters import Id, Length, Limit
from api.routing import Call, endpoint
from api.services.measures import dimensions_of, measures_of
from api.services.staff import staff_of
from core.errors import BadInput
from users.logins.services.staff import require_somewhere
from users.roles.models import Permission


class OfTag(msgspec.Struct, frozen=True):
    id: Id | None = None


class OfHost(msgspec.Struct, frozen=True):
    domain: Annotated[str, Length(255)] = ""


class Asked(msgspec.Struct, kw_only=True):
    """The requested keys and days: the last thirty by default, at most sixty-one."""

    keys: list[str] = []
    start_at: dt.datetime | None = None
    end_at: dt.datetime | None = None

    def days(self) -> list[dt.date]:
        """Return the days."""
        if self.start_at and self.end_at and self.end_at < self.start_at:
            raise BadInput(code="ends_before_start")
        return days_between(self.start_at, self.end_at)


class Measures(Asked, kw_only=True):
    tag_accounts: OfTag = OfTag()
    tag_uses: OfTag = OfTag()
    tag_servers: OfTag = OfTag()
    instance_accounts: OfHost = OfHost()
    instance_media_attachments: OfHost = OfHost()
    instance_reports: OfHost = OfHost()
    instance_statuses: OfHost = OfHost()
    instance_follows: OfHost = OfHost()
    instance_followers: OfHost = OfHost()


class Dimensions(Asked, kw_only=True):
    limit: Annotated[int, Limit(10, 100)] = 10
    tag_servers: OfTag = OfTag()
    tag_languages: OfTag = OfTag()
    instance_accounts: OfHost = OfHost()
    instance_languages: OfHost = OfHost()


def _subjects(asked: Asked) -> tuple[dict[str, int], dict[str, str]]:
    """Return the ids of hashtags and the hosts that are parameters of keys."""
    values = msgspec.structs.asdict(asked)
    tags = {key: int(one.id) for key, one in values.items() if isinstance(one, OfTag) and one.id is not None}
    hosts = {
        key: one.domain.strip().lower()
        for key, one in values.items()
        if isinstance(one, OfHost) and one.domain
    }
    return tags, hosts


@endpoint("POST", "/api/v1/admin/measures", scope="admin:read", auth="user")
async def measures(call: Call, asked: Measures) -> list[AdminMeasure]:
    """Return measures by day, of the domains whose statistics the caller may see."""
    tags, hosts = _subjects(asked)
    return await measures_of(staff_of(call), asked.keys, asked.days(), tags=tags, hosts=hosts)


@endpoint("POST", "/api/v1/admin/dimensions", scope="admin:read", auth="user")
async def dimensions(call: Call, asked: Dimensions) -> list[AdminDimension]:
    """Return the most frequent values of dimensions, of the domains whose statistics the caller may see."""
    tags, hosts = _subjects(asked)
    return await dimensions_of(
        staff_of(call), asked.keys, asked.days(), limit=asked.limit, tags=tags, hosts=hosts
    )


class Retention(msgspec.Struct):
    start_at: dt.datetime
    end_at: dt.datetime
    frequency: Literal["day", "month"] = "day"


@endpoint("POST", "/api/v1/admin/retention", scope="admin:read", auth="user")
async def retained(call: Call, asked: Retention) -> list[AdminCohort]:
    """Return the retention of cohorts, of the domains whose statistics the caller may see."""
    scope = require_somewhere(staff_of(call), Permission.view_dashboard)
    if asked.end_at < asked.start_at:
        raise BadInput(code="ends_before_start")
    found: list[Cohort] = await retention(scope, asked.start_at, asked.end_at, asked.frequency)
    return [admin_cohort(one, asked.frequency) for one in found]
