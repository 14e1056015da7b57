"""Creating and editing domains, and publishing their texts."""

import datetime as dt
from typing import Any

from django.db import IntegrityError
from django.db.models import Q
from django.db.models.functions import Lower

from core import clock
from core.db import async_atomic, on_commit, sql
from core.errors import Invalid
from core.logs import get_logger
from core.texts.html import sanitise
from users.audit.models import Act
from users.audit.services import Target, audited, record
from users.domains.events import on_domain_creating
from users.domains.models import Domain, DomainText, DomainTextKind, SignUpMode
from users.domains.names import check_host
from users.domains.queries import clear_domain_cache

log = get_logger(__name__)


@audited(Act.create_domain)
async def create_domain(*, name: str, service_name: str | None = None, title: str = "") -> Domain:
    """Create a domain, which is served at once. Raises BadInput if the name is invalid or used by another domain."""
    name = check_host(name)
    service_name = check_host(service_name) if service_name else None
    if service_name == name:
        service_name = None
    hosts = [host for host in (name, service_name) if host]
    try:
        async with async_atomic():
            # one at a time: the name of one domain must not be the service name of another
            await sql.run("LOCK TABLE users_domain IN SHARE ROW EXCLUSIVE MODE")
            taken = Domain.objects.annotate(n=Lower("name"), s=Lower("service_name"))
            if await taken.filter(Q(n__in=hosts) | Q(s__in=hosts)).aexists():
                raise Invalid("domain", "exists", name=" or ".join(hosts))
            await on_domain_creating.emit(name)
            domain = await Domain.objects.acreate(
                name=name, service_name=service_name, title=title.strip() or name
            )
            await record(Act.create_domain, Target("domain", domain.pk, domain.name), domain_id=domain.pk)
            await on_commit(_forget)
    except IntegrityError as error:
        raise Invalid("domain", "exists", name=name, detail=str(error)) from error
    log.info("domain.created", domain=name, service=service_name or "", base_url=domain.base_url)
    return domain


_CHANGEABLE = {
    "title",
    "description",
    "sign_up_mode",
    "is_public",
    "authorized_fetch",
    "contact_email",
    "accent_color",
    "logo_file",
    "icon_file",
    "banner_file",
    "rules",
}


@audited(Act.change_domain)
async def edit_domain(*, domain: Domain, **changes: Any) -> Domain:
    """Change a domain's texts, colours or sign-up mode. Names never change, because they are part of every handle and id."""
    if unknown := set(changes) - _CHANGEABLE:
        raise ValueError(f"not changeable: {', '.join(sorted(unknown))}")
    if "sign_up_mode" in changes and changes["sign_up_mode"] not in SignUpMode:
        raise Invalid("sign_up_mode", "unknown")
    async with async_atomic():
        fresh = await Domain.objects.aget(pk=domain.pk)
        changed = [field for field, value in changes.items() if getattr(fresh, field) != value]
        for field, value in changes.items():
            setattr(fresh, field, value)
        await fresh.asave(update_fields=list(changes))
        await record(
            Act.change_domain,
            Target("domain", fresh.pk, fresh.name),
            domain_id=fresh.pk,
            details={"changed": changed},
        )
        await on_commit(_forget)
    return fresh


async def _forget() -> None:
    clear_domain_cache()


@audited(Act.publish_text)
async def publish_text(
    *, domain: Domain, kind: DomainTextKind, content: str, effective_on: dt.date | None = None
) -> DomainText:
    """Publish a text (HTML, sanitised here) that takes effect on a day, by default today; it replaces an earlier one of the same day."""
    content = sanitise(content).strip()
    if not content:
        raise Invalid("content", "blank")
    async with async_atomic():
        row, _ = await DomainText.objects.aupdate_or_create(
            domain=domain,
            kind=DomainTextKind(kind),
            effective_on=effective_on or clock.now().date(),
            defaults={"content": content, "published_at": clock.now()},
        )
        await record(
            Act.publish_text,
            Target("text", row.pk, str(row.kind)),
            domain_id=domain.pk,
            details={"effective_on": row.effective_on.isoformat()},
        )
    return row
