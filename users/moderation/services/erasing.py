"""The end of a suspension: the identity is erased, automatically if nobody lifted it, or earlier by staff."""

from datetime import timedelta

from core import clock
from core.db import async_atomic, sql
from core.errors import NotAllowed, NotFound
from core.logs import get_logger
from users.audit.models import Act
from users.audit.services import Target, audited, record
from users.identities.models import Identity, Restriction
from users.identities.queries.predicates import is_suspended_by_staff
from users.identities.services.profiles import delete_identity
from users.logins.models import User
from users.logins.services.staff import require_somewhere
from users.moderation.models import WarningAction
from users.moderation.services.warning import person_to_act_on
from users.roles.models import Permission, is_within

log = get_logger(__name__)

ERASED_AFTER = timedelta(days=30)
_AT_ONCE = 50

# Served by users_identity_restricted, users_warning_of and the unique index of appeals. Identities suspended before warnings existed have
# none, and are kept.
_OVERDUE = f"""
    SELECT i.id FROM users_identity i CROSS JOIN LATERAL (
        SELECT w.id, w.created_at FROM users_accountwarning w
        WHERE w.identity_id = i.id AND w.action = '{WarningAction.suspend.value}' ORDER BY w.id DESC LIMIT 1) w
    WHERE i.restriction > 0 AND {is_suspended_by_staff("i")} AND i.domain_id IS NOT NULL
    AND w.created_at < %(before)s AND (%(only)s::bigint IS NULL OR i.id = %(only)s::bigint)
    AND NOT EXISTS (SELECT 1 FROM users_appeal a WHERE a.warning_id = w.id AND a.decided_at IS NULL)
    ORDER BY i.id LIMIT %(piece)s
"""


async def erase_overdue() -> int:
    """Erase up to 50 identities that have been suspended for 30 days, unless an appeal is pending. Return how many.

    As when an owner deletes the identity: the worker tells the servers that know it, and removes its data in batches.
    """
    parameters = {"before": clock.now() - ERASED_AFTER, "only": None, "piece": _AT_ONCE}
    erased = 0
    for identity_id in await sql.column(_OVERDUE, parameters):
        async with async_atomic():
            identity = await Identity.objects.select_for_update().aget(pk=identity_id)
            # the suspension was not lifted in the meantime
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


@audited(Act.erase_person)
async def erase_suspended(*, moderator: User, identity_id: int) -> Identity:
    """Erase a suspended local identity at once. Raises NotAllowed if it is not suspended."""
    scope = require_somewhere(moderator, Permission.delete_user_data)
    async with async_atomic():
        identity = await person_to_act_on(moderator, identity_id)
        if not identity.is_local or not is_within(scope, identity.domain_id):
            raise NotFound(code="no_such_person")
        if identity.restriction != Restriction.suspended:
            raise NotAllowed(code="not_suspended")
        erased = await delete_identity(identity=identity)
        await record(
            Act.erase_person,
            Target("person", identity.pk, identity.handle),
            by=moderator.pk,
            domain_id=identity.domain_id,
        )
    log.info("moderation.erased", handle=identity.handle, by=moderator.pk)
    return erased
