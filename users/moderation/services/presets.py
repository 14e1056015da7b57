"""Texts that staff prepare for warnings: of a domain by its staff, of the server by the server's staff."""

from django.db.models import Q

from core import clock
from core.db import async_atomic
from core.errors import Invalid, NotFound
from core.ids import new_id
from core.logs import get_logger
from users.audit.models import Act
from users.audit.services import Target, audited, record
from users.domains.models import Domain
from users.logins.models import User
from users.logins.services.staff import require, require_somewhere
from users.moderation.models import WarningPreset
from users.moderation.services.warning import MAX_TEXT_LENGTH
from users.roles.models import Permission

log = get_logger(__name__)

MAX_TITLE = 100
MAX_PRESETS = 100  # per domain, and for the server


@audited(Act.add_preset)
async def add_preset(
    *, moderator: User, title: str, text: str, domain: Domain | None = None, row_id: int | None = None
) -> WarningPreset:
    """Add a text for a domain, or without one for all, optionally with the id `row_id`."""
    require(moderator, Permission.manage_users, domain.pk if domain else None)
    title, text = title.strip(), text.strip()
    if not text:
        raise Invalid("text", "blank")
    if len(text) > MAX_TEXT_LENGTH:
        raise Invalid("text", "exceeds", most=MAX_TEXT_LENGTH)
    if len(title) > MAX_TITLE:
        raise Invalid("title", "too_long", most=MAX_TITLE)
    async with async_atomic():
        if await WarningPreset.objects.filter(domain=domain).acount() >= MAX_PRESETS:
            raise Invalid("text", "too_many_presets", most=MAX_PRESETS)
        made = await WarningPreset.objects.acreate(
            id=row_id or new_id(), title=title, text=text, domain=domain, created_at=clock.now()
        )
        await record(
            Act.add_preset,
            Target("preset", made.pk, made.label),
            by=moderator.pk,
            domain_id=made.domain_id,
            details={"text": text},
        )
    log.info("moderation.preset_added", by=moderator.pk, preset=made.pk)
    return made


@audited(Act.delete_preset)
async def delete_preset(*, moderator: User, preset_id: int) -> None:
    """Delete a text; messages sent with it don't change. Raises NotFound."""
    scope = require_somewhere(moderator, Permission.manage_users)
    async with async_atomic():
        rows = WarningPreset.objects.filter(pk=preset_id)
        found = await (rows if scope is None else rows.filter(domain__in=scope)).select_for_update().afirst()
        if found is None:
            raise NotFound(code="no_such_preset")
        await record(
            Act.delete_preset,
            Target("preset", found.pk, found.label),
            by=moderator.pk,
            domain_id=found.domain_id,
        )
        await found.adelete()
    log.info("moderation.preset_deleted", by=moderator.pk, preset=preset_id)


async def presets_for(reader: User) -> list[WarningPreset]:
    """Return the texts that a member of staff may use: those for all, and those of the domains that they moderate."""
    scope = reader.scope(Permission.manage_users)
    if scope is not None and not scope:
        return []
    found = WarningPreset.objects.select_related("domain").order_by("title", "pk")
    if scope is not None:
        found = found.filter(Q(domain=None) | Q(domain__in=scope))
    return [one async for one in found[: 2 * MAX_PRESETS]]


async def text_with(reader: User, preset_id: int | None, text: str) -> str:
    """Return the message to send: the prepared text followed by what was written. Raises NotFound for a text that the caller may not use."""
    if preset_id is None:
        return text
    found = next((one for one in await presets_for(reader) if one.pk == preset_id), None)
    if found is None:
        raise NotFound(code="no_such_preset")
    return "\n\n".join(part for part in (found.text, text.strip()) if part)
