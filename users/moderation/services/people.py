"""Actions of moderators on people, logins and sign-ups."""

from core.db import async_atomic, sql
from core.errors import NotAllowed, NotFound
from core.logs import get_logger
from users.audit.models import Act
from users.audit.services import Target, audited, record
from users.identities.models import Identity, Restriction
from users.logins import queries as login_reads
from users.logins.models import IdentityAccess, Session, SignUp, User
from users.logins.services import notices
from users.logins.services.staff import outranks, require_rank, require_somewhere
from users.roles.models import Permission, is_within

log = get_logger(__name__)

MAX_REASON_LENGTH = 1000


@audited(Act.restrict_person)
async def restrict(
    *, moderator: User, identity_id: int, restriction: Restriction, reason: str = ""
) -> Identity:
    """Limit, suspend or free an identity of a domain where one may, or with the right on the whole server one from elsewhere.

    Those of staff are for those who hand out their roles.

    `reason` is for the audit log. Suspending restricts its logins too, so that nobody goes on under another name; freeing it
    frees those that have no other suspended identity and that nobody restricted by hand.
    """
    scope = require_somewhere(moderator, Permission.manage_users)
    async with async_atomic():
        identity = await Identity.objects.select_for_update().filter(pk=identity_id, deleted_at=None).afirst()
        if identity is None or not is_within(scope, identity.domain_id):
            raise NotFound(code="no_such_person")
        if await IdentityAccess.objects.filter(identity=identity.pk, user=moderator.pk).aexists():
            raise NotAllowed(code="restriction_of_yourself")
        await require_rank(moderator, identity.pk)
        before, identity.restriction = identity.restriction, restriction
        await identity.asave(update_fields=["restriction"])
        if restriction == Restriction.suspended:
            await sql.run(_RESTRICT_LOGINS, [identity.pk])
        elif before == Restriction.suspended:
            await sql.run(_FREE_LOGINS, [identity.pk])
        if before != restriction and Restriction.suspended in (before, restriction):
            is_suspended = restriction == Restriction.suspended
            await notices.mail_logins_of(identity, "suspended" if is_suspended else "freed")
        await record(
            Act.restrict_person,
            Target("person", identity.pk, identity.handle),
            by=moderator.pk,
            domain_id=identity.domain_id,
            reason=reason.strip()[:MAX_REASON_LENGTH],
            details={"restriction": restriction.name, "before": Restriction(before).name},
        )
    log.info("moderation.restricted", by=moderator.pk, handle=identity.handle, restriction=restriction.name)
    return identity


# served by the index on users_identityaccess.identity_id; the second also by users_identity_access_pair
_RESTRICT_LOGINS = """
    UPDATE users_user SET is_restricted = true
    WHERE id IN (SELECT user_id FROM users_identityaccess WHERE identity_id = %s) AND NOT is_restricted
"""
_FREE_LOGINS = f"""
    UPDATE users_user u SET is_restricted = false
    WHERE u.id IN (SELECT user_id FROM users_identityaccess WHERE identity_id = %s) AND u.is_restricted
    AND NOT u.is_restricted_by_hand AND NOT EXISTS (SELECT 1 FROM users_identityaccess a JOIN users_identity i ON i.id = a.identity_id
                    WHERE a.user_id = u.id AND i.restriction = {Restriction.suspended.value} AND i.deleted_at IS NULL)
"""


@audited(Act.disable_login)
async def set_disabled(*, moderator: User, user_id: int, is_disabled: bool) -> User:
    """Disable a login and sign it out everywhere, or let it be used again. For staff of all domains on which it has identities."""
    async with async_atomic():
        user = await _login_to_restrict(moderator, user_id)
        await _require_all_homes(moderator, user)
        user.is_disabled = is_disabled
        await user.asave(update_fields=["is_disabled"])
        if is_disabled:
            await Session.objects.filter(user=user.pk).adelete()
        await record(
            Act.disable_login,
            Target("login", user.pk),
            by=moderator.pk,
            domain_id=await _home(moderator, user),
            details={"is_disabled": is_disabled},
        )
    log.info(
        "moderation.login_disabled" if is_disabled else "moderation.login_enabled",
        by=moderator.pk,
        user=user.pk,
    )
    return user


@audited(Act.restrict_login)
async def set_restricted(*, moderator: User, user_id: int, is_restricted: bool) -> User:
    """Keep a login from acting as any identity and from making new ones, or let it act again (as those that are not suspended).

    Staff of one of its domains may stop it, and only staff of all of them may let it go on.
    """
    async with async_atomic():
        user = await _login_to_restrict(moderator, user_id)
        if not is_restricted:
            await _require_all_homes(moderator, user)
        user.is_restricted = user.is_restricted_by_hand = is_restricted
        await user.asave(update_fields=["is_restricted", "is_restricted_by_hand"])
        await record(
            Act.restrict_login,
            Target("login", user.pk),
            by=moderator.pk,
            domain_id=await _home(moderator, user),
            details={"is_restricted": is_restricted},
        )
    log.info(
        "moderation.login_restricted" if is_restricted else "moderation.login_freed",
        by=moderator.pk,
        user=user.pk,
    )
    return user


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
    """Return the domain whose staff read of an act on a login: one of its own where the moderator acts."""
    homes = await login_reads.domains_of(user.pk)
    return next((one for one in homes if moderator.may(Permission.manage_users, one)), None)


async def _require_all_homes(moderator: User, user: User) -> None:
    if not all(
        moderator.may(Permission.manage_users, home) for home in await login_reads.domains_of(user.pk)
    ):
        raise NotAllowed(code="login_of_other_domains")


async def _login(user_id: int) -> User:
    user = await User.objects.select_for_update().filter(pk=user_id).afirst()
    if user is None:
        raise NotFound(code="no_such_login")
    return user


@audited(Act.refuse_sign_up)
async def refuse_sign_up(*, moderator: User, user_id: int) -> None:
    """Refuse a sign-up and delete its login. The name becomes free. Nobody else ever saw them."""
    scope = require_somewhere(moderator, Permission.manage_users)
    async with async_atomic():
        user = await User.objects.select_for_update().filter(pk=user_id, approved_at=None).afirst()
        if user is None or not is_within(scope, await login_reads.domain_of_sign_up(user.pk)):
            raise NotFound(code="sign_up_not_waiting")
        wanted = await SignUp.objects.select_related("domain").filter(user=user.pk).afirst()
        if wanted is not None and user.confirmed_at is not None:  # else the address may be anybody's
            await notices.mail_about_handle(user, wanted.domain, "refused", f"@{wanted.handle}")
        await record(
            Act.refuse_sign_up,
            Target("login", user.pk, wanted.handle if wanted else ""),
            by=moderator.pk,
            domain_id=wanted.domain_id if wanted else None,
        )
        await user.adelete()
    log.info("moderation.sign_up_refused", by=moderator.pk, user=user_id)
