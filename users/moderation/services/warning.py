"""Warnings: acts of staff on local users, for these users to read. The acts are in people.py and in activities/reports."""

from collections.abc import Collection, Mapping

from core import clock
from core.db import async_atomic, delete_batch
from core.errors import Invalid, NotAllowed, NotFound
from core.logs import get_logger
from users.audit.models import Act
from users.audit.services import Target, audited, record
from users.identities import events as identity_events
from users.identities.models import Identity
from users.logins.models import IdentityAccess, User
from users.logins.services import notices
from users.logins.services.staff import require_rank, require_somewhere
from users.moderation import events
from users.moderation.models import AccountWarning, Report, WarningAction
from users.moderation.queries import reports_in
from users.moderation.services import same_login
from users.roles.models import Permission, is_within

log = get_logger(__name__)

MAX_TEXT_LENGTH = 2000  # of messages from staff to users
MAX_REASON_LENGTH = 1000  # of notes between staff


def checked_text(text: str) -> str:
    """Return the message of staff to a user, trimmed. Raises Invalid if it is too long."""
    text = text.strip()
    if len(text) > MAX_TEXT_LENGTH:
        raise Invalid("message", "too_long", most=MAX_TEXT_LENGTH)
    return text


async def person_to_act_on(actor: User, identity_id: int) -> Identity:
    """Lock and return a user whom the login moderates, with the other identities of their logins, other than itself and staff whom it does not outrank."""
    scope = require_somewhere(actor, Permission.manage_users)
    await same_login.lock_with_others(identity_id)
    identity = await Identity.objects.filter(pk=identity_id, deleted_at=None).afirst()
    if identity is None or not is_within(scope, identity.domain_id):
        raise NotFound(code="no_such_person")
    if await IdentityAccess.objects.filter(identity=identity.pk, user=actor.pk).aexists():
        raise NotAllowed(code="restriction_of_yourself")
    await require_rank(actor, identity.pk)
    return identity


async def record_act(
    act: Act, identity: Identity, *, actor: User, reason: str = "", message: str = "", **details: object
) -> None:
    """Record an act on a user in the audit log, with the message sent to them. `reason` is for the log only."""
    await record(
        act,
        Target("person", identity.pk, identity.handle),
        by=actor.pk,
        domain_id=identity.domain_id,
        reason=reason.strip()[:MAX_REASON_LENGTH],
        details=with_message(message, details),
    )


def with_message(message: str, details: Mapping[str, object]) -> dict[str, object]:
    """Return the details of an act for the audit log, including the message to the user, if any."""
    return {**details, "message": message} if message else dict(details)


async def report_about(actor: User, identity_id: int, report_id: int | None) -> int | None:
    """Return the id of a report that the login handles and whose target is this user. Raises NotFound for any other."""
    if report_id is None:
        return None
    reports = reports_in(actor.scope(Permission.manage_reports))
    if not await reports.filter(pk=report_id, target=identity_id).aexists():
        raise NotFound(code="no_such_report")
    return report_id


async def report_about_login(actor: User, user_id: int, report_id: int | None) -> Report | None:
    """Return a report that the login handles and whose target another login may use, with `target`. Raises NotFound for any other."""
    if report_id is None:
        return None
    mine = IdentityAccess.objects.filter(user=user_id).values("identity")
    reports = reports_in(actor.scope(Permission.manage_reports)).select_related("target")
    report = await reports.filter(pk=report_id, target__in=mine).afirst()
    if report is None:
        raise NotFound(code="no_such_report")
    return report


@audited(Act.warn_person)
async def warn(
    *,
    moderator: User,
    identity_id: int,
    message: str,
    report_id: int | None = None,
    is_mailed: bool = True,
) -> AccountWarning:
    """Warn a local user with a message, without further consequences."""
    message = checked_text(message)
    async with async_atomic():
        identity = await person_to_act_on(moderator, identity_id)
        report_id = await report_about(moderator, identity.pk, report_id)
        if not message:
            raise Invalid("message", "blank")
        made = await give(
            actor=moderator,
            identity=identity,
            action=WarningAction.none,
            text=message,
            report_id=report_id,
            is_mailed=is_mailed,
        )
        if made is None:
            raise Invalid("message", "warned_elsewhere")
        await record_act(Act.warn_person, identity, actor=moderator, message=message)
    log.info("moderation.warned", by=moderator.pk, handle=identity.handle)
    return made


async def give(
    *,
    actor: User,
    identity: Identity,
    action: WarningAction,
    text: str = "",
    post_ids: Collection[int] = (),
    report_id: int | None = None,
    user: User | None = None,
    is_mailed: bool = True,
) -> AccountWarning | None:
    """Notify a local user of an act of staff on them, or on their login `user`. None for remote actors.

    Without a mail it appears only in pages and apps. Runs inside the transaction of the act, after it.
    """
    if identity.domain_id is None:
        return None
    made = await AccountWarning.objects.acreate(
        identity=identity,
        user=user,
        action=action.value,
        text=text,
        post_ids=sorted(post_ids),
        report_id=report_id,
        given_by=actor.pk or None,
        created_at=clock.now(),
    )
    if is_mailed:
        await notices.mail_logins_of(
            identity,
            "suspended" if action == WarningAction.suspend else "moderation/warned",
            only=user,
            action=action.value,
            message=text,
            posts=len(made.post_ids),
            warning=made.pk,
        )
    await events.on_warning.emit(made)
    return made


async def give_login(
    *,
    actor: User,
    user: User,
    home: int | None,
    action: WarningAction,
    text: str = "",
    is_mailed: bool = True,
    report: Report | None = None,
) -> None:
    """Notify a login of an act of a domain's staff on it, as its reported identity or its oldest one there.

    One without identities is not notified.
    """
    if report is not None:
        await give(
            actor=actor,
            identity=report.target,
            action=action,
            text=text,
            report_id=report.pk,
            user=user,
            is_mailed=is_mailed,
        )
        return
    held = IdentityAccess.objects.filter(user=user.pk, identity__deleted_at=None, identity__domain=home)
    access = await held.select_related("identity").order_by("pk").afirst()
    if access is not None:
        await give(
            actor=actor,
            identity=access.identity,
            action=action,
            text=text,
            user=user,
            is_mailed=is_mailed,
        )


@identity_events.on_identity_deleted
async def delete_warnings_of(identity: Identity) -> bool:
    """Delete the warnings of a deleted user, with the appeals. Served by users_warning_of and the unique index of appeals."""
    those = {"who": identity.pk}
    has_more = await delete_batch(
        "users_appeal",
        "warning_id IN (SELECT id FROM users_accountwarning WHERE identity_id = %(who)s)",
        those,
    )
    return has_more or await delete_batch("users_accountwarning", "identity_id = %(who)s", those)
