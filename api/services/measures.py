"""Measures by Mastodon's keys, for staff: those of domains in the reader's scope, those of other servers for the server's staff."""

import datetime as dt
from collections.abc import Mapping, Sequence

from activities.measures.queries import dimension, domain_measures, host_days, software, tag_days
from activities.measures.queries.dimensions import COUNTED_KEYS, Entry, database_bytes
from activities.measures.queries.hosts import HOST_KEYS
from api.entities.admin_measures import (
    AdminDimension,
    AdminMeasure,
    admin_dimension,
    admin_measure,
    space_dimension,
    version_dimension,
)
from api.models import App
from core.errors import BadInput
from federation.media.files import total_bytes
from users.logins.models import User
from users.logins.services.staff import require, require_somewhere
from users.roles.models import Permission, Scope

OF_DOMAINS = ("active_users", "new_users", "interactions", "opened_reports", "resolved_reports")
OF_TAGS = ("tag_accounts", "tag_uses", "tag_servers")
_OF_SERVER = {"servers", "space_usage", "software_versions", "instance_accounts", "instance_languages"}
_DIMENSIONS = {"languages", "sources", "space_usage", "software_versions", *COUNTED_KEYS}
WEBSITE = "Website"


def _wanted(
    reader: User, keys: Sequence[str], known: set[str], of_server: set[str]
) -> tuple[Scope, list[str]]:
    """Return where the reader sees measures, and each key once. Raises BadInput for unknown keys, NotAllowed for those of the server."""
    scope = require_somewhere(reader, Permission.view_dashboard)
    wanted = list(dict.fromkeys(keys))
    if set(wanted) - known:
        raise BadInput(code="record_invalid")
    if of_server & set(wanted):
        require(reader, Permission.view_dashboard)
    return scope, wanted


async def measures_of(
    reader: User,
    keys: Sequence[str],
    days: list[dt.date],
    *,
    tags: Mapping[str, int],
    hosts: Mapping[str, str],
) -> list[AdminMeasure]:
    """Return these measures in this order."""
    scope, wanted = _wanted(reader, keys, {*OF_DOMAINS, *OF_TAGS, *HOST_KEYS}, set(HOST_KEYS))
    measures = await domain_measures(scope, days) if set(OF_DOMAINS) & set(wanted) else {}
    for key in wanted:
        if key in OF_TAGS:
            measures[key] = await tag_days(key, tags.get(key, 0), days)
        elif key in HOST_KEYS:
            measures[key] = await host_days(key, hosts.get(key, ""), days)
    return [admin_measure(key, measures[key]) for key in wanted]


async def dimensions_of(
    reader: User,
    keys: Sequence[str],
    days: list[dt.date],
    *,
    limit: int,
    tags: Mapping[str, int],
    hosts: Mapping[str, str],
) -> list[AdminDimension]:
    """Return these dimensions in this order."""
    scope, wanted = _wanted(reader, keys, _DIMENSIONS, _OF_SERVER)
    found = []
    for key in wanted:
        if key == "space_usage":
            sizes = {"postgresql": await database_bytes(), "media": await total_bytes()}
            found.append(space_dimension(key, sizes))
        elif key == "software_versions":
            found.append(version_dimension(key, await software()))
        else:
            entries = await dimension(
                key, scope, days, limit=limit, tag_id=tags.get(key, 0), host=hosts.get(key, "")
            )
            found.append(admin_dimension(key, await _named(entries) if key == "sources" else entries))
    return found


async def _named(entries: list[Entry]) -> list[Entry]:
    """Return apps with their names; logins without one signed up on the website."""
    ids = [int(one.key) for one in entries if one.key.isdecimal()]
    names = {app.pk: app.name async for app in App.objects.filter(pk__in=ids)} if ids else {}
    return [
        Entry(one.key, one.value, names.get(int(one.key), one.key))
        if one.key.isdecimal()
        else Entry("web", one.value, WEBSITE)
        for one in entries
    ]
