"""`takahe announcement`: announcements to the people of a domain."""

import argparse
import datetime as dt

from activities.announcements.models import Announcement
from activities.announcements.services import announce, remove_announcement
from core.errors import BadInput
from takahe.cli.exits import Exit
from takahe.cli.lookups import domain_named
from takahe.cli.tables import print_table


def _moment(text: str | None) -> dt.datetime | None:
    if not text:
        return None
    try:
        moment = dt.datetime.fromisoformat(text)
    except ValueError as error:
        raise BadInput(f"{text!r} is not a time like 2026-01-31T18:00.") from error
    return moment if moment.tzinfo else moment.replace(tzinfo=dt.UTC)


async def create(options: argparse.Namespace) -> int:
    domain = await domain_named(options.domain) if options.domain else None
    made = await announce(content=options.content, domain=domain, ends_at=_moment(options.ends_at))
    print(made.pk)
    return Exit.OK


async def show_list(options: argparse.Namespace) -> int:
    rows = [
        (
            one.pk,
            one.domain.name if one.domain else "all domains",
            f"{one.ends_at:%Y-%m-%d %H:%M} UTC" if one.ends_at else "-",
            one.content,
        )
        async for one in Announcement.objects.select_related("domain").order_by("id")
    ]
    print_table(("id", "domain", "shown until", "text"), rows)
    return Exit.OK


async def delete(options: argparse.Namespace) -> int:
    await remove_announcement(announcement_id=options.id)
    return Exit.OK
