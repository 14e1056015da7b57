"""Reads of the audit log. Callers check which domains the reader may see."""

import datetime as dt
from collections.abc import AsyncIterator
from typing import Any, NamedTuple

import msgspec
from django.db.models import Q, QuerySet
from django.db.models.functions import Lower

from core.db.paging import Page
from core.ids import lowest_id_at
from users.audit.models import AuditEntry


class Wanted(NamedTuple):
    """A filter of entries: by actor or target (a handle), kind of action, domain, time range, or refused ones only."""

    person: str = ""
    act: str = ""
    domain_id: int | None = None
    since: dt.datetime | None = None
    until: dt.datetime | None = None
    is_refused: bool = False


def entries_in(scope: frozenset[int] | None, wanted: Wanted) -> QuerySet[AuditEntry]:
    """Return the entries of these domains, or of all. Indexes users_audit_of_domain, _of_act, _by, _about and _refused; times are
    compared as ids.
    """
    found = AuditEntry.objects.all()
    if scope is not None:
        found = found.filter(domain_id__in=scope)
    if wanted.domain_id is not None:
        found = found.filter(domain_id=wanted.domain_id)
    if wanted.act:
        found = found.filter(act=wanted.act)
    if wanted.is_refused:
        found = found.exclude(refusal="")
    if name := wanted.person.strip().lower().removeprefix("@"):
        found = found.alias(by=Lower("actor_name"), about=Lower("target_name"))
        found = found.filter(Q(by=name) | Q(about=name))
    if wanted.since is not None:
        found = found.filter(pk__gte=lowest_id_at(wanted.since))
    if wanted.until is not None:
        found = found.filter(pk__lt=lowest_id_at(wanted.until))
    return found


async def entries(scope: frozenset[int] | None, wanted: Wanted, page: Page) -> list[AuditEntry]:
    """Return a page of entries, the newest first."""
    return await page.read(entries_in(scope, wanted))


MAX_EXPORT = 10_000  # entries in one response of a page; the command line exports all
_AT_ONCE = 1000


class Line(msgspec.Struct):
    """An entry as JSON, for the export and the API."""

    id: str
    created_at: dt.datetime
    action: str
    refusal: str | None
    actor: dict[str, str | None]
    target: dict[str, str | None]
    domain_id: str | None
    reason: str
    details: dict[str, Any]


def line_of(entry: AuditEntry) -> Line:
    """Return an entry as JSON. An actor without id is the server itself; the id "0" is the command line."""
    return Line(
        id=str(entry.pk),
        created_at=entry.created_at,
        action=entry.act,
        refusal=entry.refusal or None,
        actor={"login_id": _text(entry.actor_id), "handle": entry.actor_name or None},
        target={
            "type": entry.target_kind or None,
            "id": _text(entry.target_id),
            "name": entry.target_name or None,
        },
        domain_id=_text(entry.domain_id),
        reason=entry.reason,
        details=entry.details,
    )


def _text(number: int | None) -> str | None:
    return None if number is None else str(number)


async def lines(
    scope: frozenset[int] | None, wanted: Wanted, *, most: int | None = None
) -> AsyncIterator[bytes]:
    """Yield entries as lines of JSON, the newest first."""
    before, left = None, most
    while left is None or left > 0:
        limit = _AT_ONCE if left is None else min(_AT_ONCE, left)
        found = await entries(scope, wanted, Page(limit=limit, max_id=before))
        for one in found:
            yield msgspec.json.encode(line_of(one)) + b"\n"
        if len(found) < limit:
            return
        before, left = found[-1].pk, None if left is None else left - limit
