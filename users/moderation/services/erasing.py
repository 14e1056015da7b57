"""The end of a suspension that nobody lifted: the identity is erased."""

from datetime import timedelta

from core import clock
from core.db import async_atomic, sql
from core.logs import get_logger
from users.audit.models import Act
from users.audit.services import Target, record
from users.identities.models import Identity, Restriction
from users.identities.services.profiles import delete_identity
from users.moderation.models import WarningAction

log = get_logger(__name__)

ERASED_AFTER = timedelta(days=30)
_AT_ONCE = 50

# Served by users_identity_restricted, users_warning_of and the unique index of appeals. Who was suspended before there were warnings has none,
# and stays.
_OVERDUE = f"""
    SELECT i.id FROM users_identity i CROSS JOIN LATERAL (
        SELECT w.id, w.created_at FROM users_accountwarning w
        WHERE w.identity_id = i.id AND w.action = '{WarningAction.suspend.value}' ORDER BY w.id DESC LIMIT 1) w
    WHERE i.restriction > 0 AND i.restriction = {Restriction.suspended.value} AND i.deleted_at IS NULL AND i.domain_id IS NOT NULL
    AND w.created_at < %(before)s AND (%(only)s::bigint IS NULL OR i.id = %(only)s::bigint)
    AND NOT EXISTS (SELECT 1 FROM users_appeal a WHERE a.warning_id = w.id AND a.decided_at IS NULL)
    ORDER BY i.id LIMIT %(piece)s
"""


async def erase_overdue() -> int:
    """Erase up to 50 identities that have been suspended for 30 days, but for those whose appeal waits. Return how many.

    As when their owners leave: the worker tells the servers that know them, and removes what is theirs a piece at a time.
    """
    parameters = {"before": clock.now() - ERASED_AFTER, "only": None, "piece": _AT_ONCE}
    erased = 0
    for identity_id in await sql.column(_OVERDUE, parameters):
        async with async_atomic():
            identity = await Identity.objects.select_for_update().aget(pk=identity_id)
            # nobody freed them meanwhile
            if await sql.value(_OVERDUE, parameters | {"only": identity_id}) is None:
                continue
            await delete_identity(identity=identity)
            await record(
                Act.erase_person,
                Target("person", identity.pk, identity.handle),
                domain_id=identity.domain_id,
            )
        log.info("moderation.erased", handle=identity.handle)
        erased += 1
    return erased
