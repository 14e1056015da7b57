"""Appeals against warnings: made once, within a deadline, and decided by staff."""

from datetime import timedelta

from django.db.models import QuerySet

from core import clock
from core.db import async_atomic
from core.errors import Invalid, NotAllowed, NotFound
from core.logs import get_logger
from users.audit.models import Act
from users.audit.services import Target, audited, record, record_refusal
from users.domains.queries import domain_by_id
from users.identities.models import Identity, Restriction
from users.logins import queries as login_reads
from users.logins.models import IdentityAccess, User
from users.logins.services import notices
from users.logins.services.staff import require_rank, require_somewhere
from users.moderation import events
from users.moderation.models import AccountWarning, Appeal, WarningAction
from users.moderation.queries import appeals_in, warnings_for
from users.moderation.services import same_login
from users.moderation.services.people import free_by_hand, set_restriction
from users.roles.models import Permission, Scope

log = get_logger(__name__)

APPEALS = "appeals"
APPEAL_WITHIN = timedelta(days=20)
MAX_APPEAL_LENGTH = 2000


@notices.register_waiting(APPEALS, Permission.manage_appeals)
def appeals_waiting(scope: Scope) -> QuerySet[Appeal]:
    """Return the undecided appeals."""
    return appeals_in(scope).filter(decided_at=None)


async def may_appeal(user: User, warning: AccountWarning) -> bool:
    """Return whether a login may appeal against a warning that it may read: its own, or one of an identity that it owns."""
    return (
        warning.user_id == user.pk or await login_reads.identity_owned(user, warning.identity_id) is not None
    )


async def appeal(*, user: User, warning_id: int, text: str) -> Appeal:
    """Appeal against a warning of this login or one of its identities: once, and within 20 days. Staff are notified.

    Raises NotFound for others' warnings, and NotAllowed for one of an identity that the login does not own. The unique index on `warning` prevents a concurrent second one.
    """
    text = text.strip()
    if not await warnings_for(user).filter(pk=warning_id).aexists():
        await record_refusal(Act.appeal, Target("warning", warning_id), by=user.pk, code="no_such_warning")
        raise NotFound(code="no_such_warning")
    async with async_atomic():
        rows = warnings_for(user).select_for_update(of=("self",))
        warning = await rows.filter(pk=warning_id).afirst()
        if warning is None:
            raise NotFound(code="no_such_warning")
        if not await may_appeal(user, warning):
            raise NotAllowed(code="owners_only")
        if await Appeal.objects.filter(warning=warning.pk).aexists():
            raise Invalid("appeal", "made_already")
        if clock.now() > warning.created_at + APPEAL_WITHIN:
            raise Invalid("appeal", "too_late", days=APPEAL_WITHIN.days)
        if not text:
            raise Invalid("appeal", "blank")
        if len(text) > MAX_APPEAL_LENGTH:
            raise Invalid("appeal", "too_long", most=MAX_APPEAL_LENGTH)
        made = await Appeal.objects.acreate(warning=warning, text=text, created_at=clock.now())
        home = warning.identity.domain_id
        await notices.mail_staff(APPEALS, await domain_by_id(home) if home else None)
    log.info("appeal.made", by=user.pk, warning=warning.pk)
    return made


@audited(Act.decide_appeal)
async def decide_appeal(*, moderator: User, appeal_id: int, is_approved: bool) -> Appeal:
    """Approve an appeal, which undoes the act of staff if possible, or reject it. The user is notified.

    Staff can't decide their own appeals, nor those of staff whom they do not outrank.
    """
    scope = require_somewhere(moderator, Permission.manage_appeals)
    async with async_atomic():
        rows = appeals_in(scope).select_related("warning__identity", "warning__user")
        found = await rows.select_for_update(of=("self",)).filter(pk=appeal_id).afirst()
        if found is None:
            raise NotFound(code="no_such_appeal")
        warning = found.warning
        if found.decided_at is not None:
            raise Invalid("appeal", "decided")
        if await IdentityAccess.objects.filter(identity=warning.identity_id, user=moderator.pk).aexists():
            raise NotAllowed(code="own_appeal")
        await require_rank(moderator, warning.identity_id)
        found.decided_at, found.decided_by, found.is_approved = clock.now(), moderator.pk or None, is_approved
        await found.asave(update_fields=["decided_at", "decided_by", "is_approved"])
        if is_approved:
            await _take_back(moderator, warning)
        await notices.mail_logins_of(
            warning.identity,
            "moderation/appeal_decided",
            only=warning.user,
            action=warning.action,
            is_approved=is_approved,
            warning=warning.pk,
        )
        await record(
            Act.decide_appeal,
            Target("appeal", found.pk, warning.identity.handle),
            by=moderator.pk,
            domain_id=warning.identity.domain_id,
            details={"is_approved": is_approved, "action": warning.action},
        )
    log.info("moderation.appeal_decided", by=moderator.pk, appeal=found.pk, approved=is_approved)
    return found


_HELD_BY = {
    WarningAction.silence.value: Restriction.limited,
    WarningAction.suspend.value: Restriction.suspended,
}


async def _take_back(moderator: User, warning: AccountWarning) -> None:
    """Undo the act of a warning, unless staff acted again since. Deleted posts are not restored. Runs inside the transaction."""
    later = AccountWarning.objects.filter(identity=warning.identity_id, pk__gt=warning.pk)
    if warning.action in _HELD_BY:
        await same_login.lock_with_others(warning.identity_id)
        identity = await Identity.objects.aget(pk=warning.identity_id)
        held = identity.staff_restriction == _HELD_BY[warning.action]
        if held and not await later.filter(action__in=_HELD_BY).aexists():
            await set_restriction(identity, Restriction.none, by=moderator.pk)
    elif warning.user is not None:
        homes = await login_reads.domains_of(warning.user.pk)
        if not all(moderator.may(Permission.manage_appeals, home) for home in homes):
            raise NotAllowed(code="login_of_other_domains")
        if not await later.filter(user=warning.user.pk, action=warning.action).aexists():
            await free_by_hand(warning.user.pk, WarningAction(warning.action))
    await events.on_warning_undone.emit(warning)
    warning.undone_at = clock.now()
    await warning.asave(update_fields=["undone_at"])
