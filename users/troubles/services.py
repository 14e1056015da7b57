"""Troubles of the server as they begin and end."""

from django.db.models import QuerySet

from core.db import async_atomic
from core.logs import get_logger
from users.logins.services import notices
from users.roles.models import Permission, Scope
from users.troubles.models import Trouble

log = get_logger(__name__)

TROUBLES = "troubles"


@notices.register_waiting(TROUBLES, Permission.manage_settings, of_server=True)
def lasting(scope: Scope) -> QuerySet[Trouble]:
    """Return the troubles that last, to administrators of the whole server."""
    return Trouble.objects.all() if scope is None else Trouble.objects.none()


async def note_trouble(kind: str, **facts: int | str) -> None:
    """Keep a trouble and tell staff of the server; one that is known already gets its new facts only."""
    async with async_atomic():
        _row, is_new = await Trouble.objects.aupdate_or_create(kind=kind, defaults={"facts": facts})
        if is_new:
            await notices.mail_staff(TROUBLES, None)
    if is_new:
        log.warning("server.trouble", kind=kind, **facts)


async def end_trouble(kind: str) -> None:
    """Forget a trouble that has ended."""
    ended, _rows = await Trouble.objects.filter(kind=kind).adelete()
    if ended:
        log.info("server.trouble_ended", kind=kind)
