"""Writing and reading a domain's own style sheet. The caller checks the permission on the domain."""

import hashlib
from dataclasses import asdict

from core.db import async_atomic, on_commit
from core.errors import Invalid
from users.audit.models import Act
from users.audit.services import Target, audited, record
from users.domains.models import Domain, DomainStyle
from users.domains.queries import clear_domain_cache
from users.domains.style.words import MAX_LENGTH


async def style_of(domain: Domain) -> DomainStyle | None:
    """Return the style sheet of a domain (by its primary key)."""
    return await DomainStyle.objects.filter(pk=domain.pk).afirst()


@audited(Act.change_domain)
async def set_style(*, domain: Domain, source: str) -> DomainStyle:
    """Replace the style sheet of a domain by the allowed part of `source`; an empty one removes it. Raises Invalid if it is too long."""
    from users.domains.style.reading import read_sheet  # loads the parser

    source = source.strip()
    if len(source) > MAX_LENGTH:
        raise Invalid("style", "too_long", most=MAX_LENGTH)
    sheet = read_sheet(source)
    version = hashlib.sha256(sheet.css.encode()).hexdigest()[:16] if sheet.css else ""
    values = {"source": source, "css": sheet.css, "removed": [asdict(one) for one in sheet.removed]}
    async with async_atomic():
        fresh = await Domain.objects.select_for_update(no_key=True).aget(pk=domain.pk)
        fresh.style_version = version
        await fresh.asave(update_fields=["style_version"])
        row, _ = await DomainStyle.objects.aupdate_or_create(domain=fresh, defaults=values)
        await record(
            Act.change_domain,
            Target("domain", fresh.pk, fresh.name),
            domain_id=fresh.pk,
            details={"changed": ["style"]},
        )
        await on_commit(_forget)
    return row


async def _forget() -> None:
    clear_domain_cache()
