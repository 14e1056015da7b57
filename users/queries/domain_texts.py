"""The long texts of a domain, each version from the day it counts."""

import datetime as dt

from core import clock
from users.models import Domain, DomainText, DomainTextKind


async def text_now(domain: Domain, kind: DomainTextKind) -> DomainText | None:
    """What counts today; None when nothing was published (unique index on domain, kind and day)."""
    rows = DomainText.objects.filter(domain=domain.pk, kind=kind, effective_on__lte=clock.now().date())
    return await rows.order_by("-effective_on").afirst()


async def text_of(domain: Domain, kind: DomainTextKind, day: dt.date) -> DomainText | None:
    """The version that counts, or counted, from this day on."""
    return await DomainText.objects.filter(domain=domain.pk, kind=kind, effective_on=day).afirst()


async def text_after(text: DomainText) -> DomainText | None:
    """The version that replaces this one."""
    rows = DomainText.objects.filter(
        domain=text.domain_id, kind=text.kind, effective_on__gt=text.effective_on
    )
    return await rows.order_by("effective_on").afirst()


async def kinds_now(domain: Domain) -> set[str]:
    """Which texts were published and count today (unique index on domain, kind and day)."""
    rows = DomainText.objects.filter(domain=domain.pk, effective_on__lte=clock.now().date())
    return {kind async for kind in rows.values_list("kind", flat=True).distinct()}
