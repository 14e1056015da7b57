"""Operators publish the long texts of a domain."""

import datetime as dt

from core import clock
from core.errors import BadInput
from core.html import sanitise
from users.models import Domain, DomainText, DomainTextKind


async def publish_text(
    *, domain: Domain, kind: DomainTextKind, content: str, effective_on: dt.date | None = None
) -> DomainText:
    """The text (HTML, made safe here) counts from the day on, today unless said otherwise; a second one of that day replaces the first."""
    content = sanitise(content).strip()
    if not content:
        raise BadInput("The text is empty.")
    row, _ = await DomainText.objects.aupdate_or_create(
        domain=domain,
        kind=DomainTextKind(kind),
        effective_on=effective_on or clock.now().date(),
        defaults={"content": content, "published_at": clock.now()},
    )
    return row
