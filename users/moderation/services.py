"""Actions of moderators and admins: on people, logins, reports, sign-ups, other servers, and failed work.

Every function checks the caller's role, changes everything in one transaction, and logs who did what.
"""

from django.db.models import QuerySet

import stator
from core import clock
from core.db import async_atomic, on_commit, sql
from core.errors import Invalid, NotAllowed, NotFound
from core.logs import get_logger
from federation import peers
from federation.models import Peer, Policy
from users.domains.names import check_host
from users.domains.queries import is_local_host
from users.identities.models import Identity, Restriction
from users.logins.models import IdentityAccess, Role, Session, SignUp, User
from users.logins.services import notices
from users.moderation.models import Report

log = get_logger(__name__)

REPORTS = "reports"

# whoever has the command line; no login, and nothing can be done to it
OPERATOR = User(pk=0, email="", role=Role.admin)


@notices.register_waiting(REPORTS)
def reports_waiting() -> QuerySet[Report]:
    """Return the reports that are not resolved."""
    return Report.objects.filter(resolved_at=None)


def check_moderator(user: User) -> None:
    if not user.is_moderator:
        raise NotAllowed(code="moderators_only")


def check_admin(user: User) -> None:
    if not user.is_admin:
        raise NotAllowed(code="admins_only")


async def restrict(*, moderator: User, identity_id: int, restriction: Restriction) -> Identity:
    """Limit, suspend or free an identity. Moderators can't touch those of other moderators; admins can.

    Suspending restricts its logins too, so that nobody goes on under another name; freeing it frees those that have no other suspended identity and
    that nobody restricted by hand.
    """
    check_moderator(moderator)
    async with async_atomic():
        identity = await Identity.objects.select_for_update().filter(pk=identity_id, deleted_at=None).afirst()
        if identity is None:
            raise NotFound(code="no_such_person")
        team = IdentityAccess.objects.filter(
            identity=identity.pk, user__role__in=(Role.moderator, Role.admin)
        )
        if restriction != Restriction.none and not moderator.is_admin and await team.aexists():
            raise NotAllowed(code="staff_of_admins")
        if await IdentityAccess.objects.filter(identity=identity.pk, user=moderator.pk).aexists():
            raise NotAllowed(code="restriction_of_yourself")
        before, identity.restriction = identity.restriction, restriction
        await identity.asave(update_fields=["restriction"])
        if restriction == Restriction.suspended:
            await sql.run(_RESTRICT_LOGINS, [identity.pk])
        elif before == Restriction.suspended:
            await sql.run(_FREE_LOGINS, [identity.pk])
        if before != restriction and Restriction.suspended in (before, restriction):
            is_suspended = restriction == Restriction.suspended
            await notices.mail_logins_of(identity, "suspended" if is_suspended else "freed")
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


async def set_role(*, admin: User, user_id: int, role: str) -> User:
    """Set a login's role. Admins can't take their own away, so that one is always left."""
    check_admin(admin)
    if role not in Role:
        raise Invalid("role", "unknown", known=", ".join(Role))
    if user_id == admin.pk:
        raise NotAllowed(code="role_of_yourself")
    async with async_atomic():
        user = await _login(user_id)
        user.role = role
        await user.asave(update_fields=["role"])
    log.info("moderation.role_set", by=admin.pk, user=user.pk, role=role)
    return user


async def set_disabled(*, moderator: User, user_id: int, is_disabled: bool) -> User:
    """Disable a login and sign it out everywhere, or let it be used again. Only admins can disable those who run the server."""
    async with async_atomic():
        user = await _login_to_restrict(moderator, user_id)
        user.is_disabled = is_disabled
        await user.asave(update_fields=["is_disabled"])
        if is_disabled:
            await Session.objects.filter(user=user.pk).adelete()
    log.info(
        "moderation.login_disabled" if is_disabled else "moderation.login_enabled",
        by=moderator.pk,
        user=user.pk,
    )
    return user


async def set_restricted(*, moderator: User, user_id: int, is_restricted: bool) -> User:
    """Keep a login from acting as any identity and from making new ones, or let it act again (as those that are not suspended)."""
    async with async_atomic():
        user = await _login_to_restrict(moderator, user_id)
        user.is_restricted = user.is_restricted_by_hand = is_restricted
        await user.asave(update_fields=["is_restricted", "is_restricted_by_hand"])
    log.info(
        "moderation.login_restricted" if is_restricted else "moderation.login_freed",
        by=moderator.pk,
        user=user.pk,
    )
    return user


async def _login_to_restrict(moderator: User, user_id: int) -> User:
    check_moderator(moderator)
    if user_id == moderator.pk:
        raise NotAllowed(code="own_login")
    user = await _login(user_id)
    if user.role != Role.member and not moderator.is_admin:
        raise NotAllowed(code="staff_of_admins")
    return user


async def _login(user_id: int) -> User:
    user = await User.objects.select_for_update().filter(pk=user_id).afirst()
    if user is None:
        raise NotFound(code="no_such_login")
    return user


async def refuse_sign_up(*, moderator: User, user_id: int) -> None:
    """Refuse a sign-up and delete its login. The name becomes free. Nobody else ever saw them."""
    check_moderator(moderator)
    async with async_atomic():
        user = await User.objects.select_for_update().filter(pk=user_id, approved_at=None).afirst()
        if user is None:
            raise NotFound(code="sign_up_not_waiting")
        wanted = await SignUp.objects.select_related("domain").filter(user=user.pk).afirst()
        if wanted is not None and user.confirmed_at is not None:  # else the address may be anybody's
            await notices.mail_about_handle(user, wanted.domain, "refused", f"@{wanted.handle}")
        await user.adelete()
    log.info("moderation.sign_up_refused", by=moderator.pk, user=user_id)


async def resolve_report(*, moderator: User, report_id: int, is_resolved: bool) -> Report:
    """Resolve a report, or reopen it."""
    check_moderator(moderator)
    async with async_atomic():
        report = await Report.objects.select_for_update().filter(pk=report_id).afirst()
        if report is None:
            raise NotFound(code="no_such_report")
        report.resolved_at = clock.now() if is_resolved else None
        await report.asave(update_fields=["resolved_at"])
    log.info("moderation.report_settled", by=moderator.pk, report=report.pk, resolved=is_resolved)
    return report


async def set_peer_policy(
    *, moderator: User, host: str, policy: str, reject_media: bool | None = None, note: str = ""
) -> Peer:
    """Set a server's policy (open, allowed, limited, blocked), which counts for all hosts below it.

    `reject_media`: whether its pictures, films, sounds and emoji are refused; None leaves that as it is.
    """
    check_moderator(moderator)
    if policy not in Policy:
        raise Invalid("policy", "unknown", known=", ".join(Policy))
    name = check_host(host.strip().removeprefix("*."))
    if policy != Policy.open and await is_local_host(name):
        raise Invalid("host", "is_local", host=name)
    async with async_atomic():
        known = await Peer.objects.filter(host=name).afirst()
        peer = await peers.set_policy(
            host=name,
            policy=Policy(policy),
            reject_media=bool(known and known.reject_media) if reject_media is None else reject_media,
            reject_reports=known is not None and known.reject_reports,
            note=note.strip()[:1000],
        )
        await on_commit(_forget_policies)
    log.info(
        "moderation.peer_policy_set",
        by=moderator.pk,
        host=name,
        policy=policy,
        reject_media=peer.reject_media,
    )
    return peer


async def set_federation_mode(*, moderator: User, listed_only: bool) -> None:
    """Set whether this installation federates with listed servers only, or with all that aren't blocked. Raises NotAllowed for who is no admin."""
    check_admin(moderator)
    async with async_atomic():
        await peers.set_federation_mode(listed_only=listed_only)
        await on_commit(_forget_policies)
    log.info("moderation.federation_mode_set", by=moderator.pk, listed_only=listed_only)


async def _forget_policies() -> None:
    peers.forget_policies()


async def retry_failed(*, moderator: User, model: str, pk: str | None = None) -> int:
    """Make failed rows due again, one by key or all of the model. Return how many."""
    check_moderator(moderator)
    try:
        async with async_atomic():
            count = await stator.retry(model, pk)
    except (stator.GraphError, LookupError) as error:
        raise NotFound(code="no_such_queue", detail=str(error)) from error
    log.info("moderation.retried", by=moderator.pk, model=model, rows=count)
    return count
