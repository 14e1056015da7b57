"""Actions of moderators on users, logins and sign-ups."""

from core.db import async_atomic, sql
from core.errors import NotAllowed, NotFound
from core.logs import get_logger
from users.audit.models import Act
from users.audit.services import Target, audited, record
from users.identities.models import Identity, Restriction
from users.identities.queries.predicates import is_suspended_by_staff
from users.identities.services.hiding import set_visibility
from users.logins import queries as login_reads
from users.logins.models import Session, SignUp, User
from users.logins.services import notices
from users.logins.services.staff import outranks, require_somewhere
from users.moderation.models import Report, WarningAction
from users.moderation.services import same_login
from users.moderation.services.warning import (
    checked_text,
    give,
    give_login,
    person_to_act_on,
    record_act,
    report_about,
    report_about_login,
    with_message,
)
from users.roles.models import Permission, is_within
from users.severances.services import record_suspension

log = get_logger(__name__)

_WARNINGS = {Restriction.limited: WarningAction.silence, Restriction.suspended: WarningAction.suspend}


@audited(Act.restrict_person)
async def restrict(
    *,
    moderator: User,
    identity_id: int,
    restriction: Restriction,
    reason: str = "",
    message: str = "",
    report_id: int | None = None,
    is_mailed: bool = True,
) -> Identity:
    """Limit, suspend or free an identity of a domain in the caller's scope, or with the permission on the whole server a remote one.

    Acting on staff requires the permission to grant their roles. `reason` is for the audit log, `message` is sent to the user.
    """
    message = checked_text(message)
    async with async_atomic():
        identity = await person_to_act_on(moderator, identity_id)
        report_id = await report_about(moderator, identity.pk, report_id)
        before = await set_restriction(identity, restriction, by=moderator.pk)
        if before != restriction and restriction in _WARNINGS:
            await give(
                actor=moderator,
                identity=identity,
                action=_WARNINGS[restriction],
                text=message,
                report_id=report_id,
                is_mailed=is_mailed,
            )
        await record_act(
            Act.restrict_person,
            identity,
            actor=moderator,
            reason=reason,
            message=message,
            restriction=restriction.name,
            before=before.name,
        )
    log.info("moderation.restricted", by=moderator.pk, handle=identity.handle, restriction=restriction.name)
    return identity


async def set_restriction(
    identity: Identity, restriction: Restriction, *, by: int | None = None
) -> Restriction:
    """Set the restriction of a locked identity, and return the previous one.

    An identity that its owner deleted stays hidden, and is limited if the owner takes it back. A suspension replaces the deletion: data
    that staff may need is kept as long as that of others.

    Suspending and freeing a local identity sends an Update to followers' servers, whose actor document contains `suspended`, as in
    Mastodon. Suspending also restricts its logins, so that the user can't continue with another identity; freeing it frees those that
    have no other suspended identity and that staff did not restrict separately. A limit holds for the other identities of its logins, until
    it is lifted from this one; `by` is the login that the audit log names for them.
    """
    before = identity.staff_restriction
    is_leaving = identity.leaves_at is not None and restriction != Restriction.suspended
    identity.stays_limited = is_leaving and restriction == Restriction.limited
    if not is_leaving:
        identity.leaves_at = None
    await set_visibility(identity, Restriction.suspended if is_leaving else restriction)
    if restriction == Restriction.suspended:
        if before != restriction:
            await record_suspension(identity)
        await sql.run(_RESTRICT_LOGINS, [await _lock_logins(identity)])
    elif before == Restriction.suspended:
        await sql.run(_FREE_LOGINS, [await _lock_logins(identity)])
        await notices.mail_logins_of(identity, "freed")
    await same_login.follow_limit(identity, restriction, by=by)
    return before


async def _lock_logins(identity: Identity) -> list[int]:
    """Lock the logins of an identity, in the order of their ids. Served by the index on users_identityaccess.identity_id."""
    return await sql.column(
        """SELECT id FROM users_user WHERE id IN (SELECT user_id FROM users_identityaccess WHERE identity_id = %s)
           ORDER BY id FOR NO KEY UPDATE""",
        [identity.pk],
    )


# the second is served by users_identity_access_pair
_RESTRICT_LOGINS = """
    UPDATE users_user SET is_restricted = true WHERE id = ANY(%s::bigint[]) AND NOT is_restricted
"""
_FREE_LOGINS = f"""
    UPDATE users_user u SET is_restricted = false
    WHERE u.id = ANY(%s::bigint[]) AND u.is_restricted
    AND NOT u.is_restricted_by_hand AND NOT EXISTS (SELECT 1 FROM users_identityaccess a JOIN users_identity i ON i.id = a.identity_id
                    WHERE a.user_id = u.id AND {is_suspended_by_staff("i")})
"""


_FREE_BY_HAND = f"""
    UPDATE users_user u SET is_restricted_by_hand = false, is_restricted = EXISTS (
        SELECT 1 FROM users_identityaccess a JOIN users_identity i ON i.id = a.identity_id
        WHERE a.user_id = u.id AND {is_suspended_by_staff("i")})
    WHERE u.id = %s
"""


async def free_by_hand(user_id: int, action: WarningAction) -> None:
    """End the freeze of a login, unless a suspended identity of it still applies, or enable a disabled one. In a transaction."""
    if action == WarningAction.disable:
        await User.objects.filter(pk=user_id).aupdate(is_disabled=False)
    else:
        await sql.run(_FREE_BY_HAND, [user_id])  # index users_identity_access_pair


@audited(Act.disable_login)
async def set_disabled(
    *, moderator: User, user_id: int, is_disabled: bool, message: str = "", is_mailed: bool = True
) -> User:
    """Disable a login and end all its sessions, or enable it again. For staff of all domains on which it has identities."""
    message = checked_text(message)
    async with async_atomic():
        user = await _login_to_restrict(moderator, user_id)
        await _require_all_homes(moderator, user)
        before, user.is_disabled = user.is_disabled, is_disabled
        await user.asave(update_fields=["is_disabled"])
        if is_disabled:
            await Session.objects.filter(user=user.pk).adelete()
        warning = WarningAction.disable if is_disabled and not before else None
        await _tell_and_record(
            Act.disable_login, moderator, user, warning, message, is_mailed, is_disabled=is_disabled
        )
    log.info(
        "moderation.login_disabled" if is_disabled else "moderation.login_enabled",
        by=moderator.pk,
        user=user.pk,
    )
    return user


@audited(Act.restrict_login)
async def set_restricted(
    *,
    moderator: User,
    user_id: int,
    is_restricted: bool,
    message: str = "",
    report_id: int | None = None,
) -> User:
    """Freeze a login, so that it can't use or create identities, or lift that (except for suspended identities).

    Staff of one of its domains may freeze it, because of a report about one of its identities if they like, and only staff of all of them
    may lift it.
    """
    message = checked_text(message)
    async with async_atomic():
        user = await _login_to_restrict(moderator, user_id)
        report = await report_about_login(moderator, user.pk, report_id)
        if not is_restricted:
            await _require_all_homes(moderator, user)
        before = user.is_restricted_by_hand
        user.is_restricted = user.is_restricted_by_hand = is_restricted
        await user.asave(update_fields=["is_restricted", "is_restricted_by_hand"])
        warning = WarningAction.freeze if is_restricted and not before else None
        await _tell_and_record(
            Act.restrict_login,
            moderator,
            user,
            warning,
            message,
            True,
            report=report,
            is_restricted=is_restricted,
        )
    log.info(
        "moderation.login_restricted" if is_restricted else "moderation.login_freed",
        by=moderator.pk,
        user=user.pk,
    )
    return user


async def _tell_and_record(
    act: Act,
    moderator: User,
    user: User,
    warning: WarningAction | None,
    message: str,
    is_mailed: bool,
    report: Report | None = None,
    **details: bool,
) -> None:
    """Give the user of a login its warning, if the act brings one, and record the act."""
    home = await _home(moderator, user)
    if warning is not None:
        await give_login(
            actor=moderator,
            user=user,
            home=home,
            action=warning,
            text=message,
            is_mailed=is_mailed,
            report=report,
        )
    await record(
        act,
        Target("login", user.pk),
        by=moderator.pk,
        domain_id=home,
        details=with_message(message, details),
    )


async def _login_to_restrict(moderator: User, user_id: int) -> User:
    scope = require_somewhere(moderator, Permission.manage_users)
    if user_id == moderator.pk:
        raise NotAllowed(code="own_login")
    user = await _login(user_id)
    homes = await login_reads.domains_of(user.pk)
    if not any(is_within(scope, home) for home in homes or [None]):
        raise NotFound(code="no_such_login")
    if not outranks(moderator, user):
        raise NotAllowed(code="staff_of_admins")
    return user


async def _home(moderator: User, user: User) -> int | None:
    """Return the domain whose staff can read about an act on a login: that of its oldest identity in the moderator's scope."""
    homes = await login_reads.domains_of(user.pk)
    return min((one for one in homes if moderator.may(Permission.manage_users, one)), default=None)


async def _require_all_homes(moderator: User, user: User) -> None:
    if not all(
        moderator.may(Permission.manage_users, home) for home in await login_reads.domains_of(user.pk)
    ):
        raise NotAllowed(code="login_of_other_domains")


async def _login(user_id: int) -> User:
    user = await User.objects.select_for_update(no_key=True).filter(pk=user_id).afirst()
    if user is None:
        raise NotFound(code="no_such_login")
    return user


@audited(Act.refuse_sign_up)
async def refuse_sign_up(*, moderator: User, user_id: int, message: str = "") -> None:
    """Refuse a sign-up and delete its login. The name becomes available. Nobody else ever saw it.

    The message is in the mail to the applicant, if they confirmed their address.
    """
    message = checked_text(message)
    scope = require_somewhere(moderator, Permission.manage_users)
    async with async_atomic():
        user = await User.objects.select_for_update().filter(pk=user_id, approved_at=None).afirst()
        if user is None or not is_within(scope, await login_reads.domain_of_sign_up(user.pk)):
            raise NotFound(code="sign_up_not_waiting")
        wanted = await SignUp.objects.select_related("domain").filter(user=user.pk).afirst()
        if (
            wanted is not None and user.confirmed_at is not None
        ):  # otherwise the address may belong to anybody
            await notices.mail_about_handle(
                user, wanted.domain, "refused", f"@{wanted.handle}", message=message
            )
        await record(
            Act.refuse_sign_up,
            Target("login", user.pk, wanted.handle if wanted else ""),
            by=moderator.pk,
            domain_id=wanted.domain_id if wanted else None,
            details=with_message(message, {}),
        )
        await user.adelete()
    log.info("moderation.sign_up_refused", by=moderator.pk, user=user_id)
