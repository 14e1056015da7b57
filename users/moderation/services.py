"""Actions of moderators and admins: on people, logins, reports, sign-ups, other servers, and failed work.

Every function checks what the caller may do and where, changes everything in one transaction, and logs who did what.
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
from users.logins import queries as login_reads
from users.logins.models import IdentityAccess, Session, SignUp, User
from users.logins.services import notices
from users.logins.services.staff import outranks, require, require_rank, require_somewhere
from users.moderation.models import Report
from users.moderation.queries import reports_in
from users.roles.models import Permission, Scope, is_within

log = get_logger(__name__)

REPORTS = "reports"


@notices.register_waiting(REPORTS, Permission.manage_reports)
def reports_waiting(scope: Scope) -> QuerySet[Report]:
    """Return the reports that are not resolved."""
    return reports_in(scope).filter(resolved_at=None)


async def restrict(*, moderator: User, identity_id: int, restriction: Restriction) -> Identity:
    """Limit, suspend or free an identity of a domain where one may, or with the right on the whole server one from elsewhere.

    Those of staff are for those who hand out their roles.

    Suspending restricts its logins too, so that nobody goes on under another name; freeing it frees those that have no other suspended identity and
    that nobody restricted by hand.
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


async def set_disabled(*, moderator: User, user_id: int, is_disabled: bool) -> User:
    """Disable a login and sign it out everywhere, or let it be used again. For staff of all domains on which it has identities."""
    async with async_atomic():
        user = await _login_to_restrict(moderator, user_id)
        await _require_all_homes(moderator, user)
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
    """Keep a login from acting as any identity and from making new ones, or let it act again (as those that are not suspended).

    Staff of one of its domains may stop it, and only staff of all of them may let it go on.
    """
    async with async_atomic():
        user = await _login_to_restrict(moderator, user_id)
        if not is_restricted:
            await _require_all_homes(moderator, user)
        user.is_restricted = user.is_restricted_by_hand = is_restricted
        await user.asave(update_fields=["is_restricted", "is_restricted_by_hand"])
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
        await user.adelete()
    log.info("moderation.sign_up_refused", by=moderator.pk, user=user_id)


async def resolve_report(*, moderator: User, report_id: int, is_resolved: bool) -> Report:
    """Resolve a report, or reopen it."""
    scope = require_somewhere(moderator, Permission.manage_reports)
    async with async_atomic():
        report = await reports_in(scope).select_for_update(of=("self",)).filter(pk=report_id).afirst()
        if report is None:
            raise NotFound(code="no_such_report")
        report.resolved_at = clock.now() if is_resolved else None
        await report.asave(update_fields=["resolved_at"])
    log.info("moderation.report_settled", by=moderator.pk, report=report.pk, resolved=is_resolved)
    return report


async def set_peer_policy(
    *,
    moderator: User,
    host: str,
    policy: str,
    reject_media: bool | None = None,
    reject_reports: bool | None = None,
    note: str = "",
) -> Peer:
    """Set a server's policy (open, allowed, limited, blocked), which counts for all hosts below it.

    `reject_media`: whether its pictures, films, sounds and emoji are refused; `reject_reports`: whether its reports are. None leaves that as it is.
    """
    require(moderator, Permission.manage_federation)
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
            reject_reports=bool(known and known.reject_reports) if reject_reports is None else reject_reports,
            note=note.strip()[:1000],
        )
        await on_commit(_forget_policies)
    log.info(
        "moderation.peer_policy_set",
        by=moderator.pk,
        host=name,
        policy=policy,
        reject_media=peer.reject_media,
        reject_reports=peer.reject_reports,
    )
    return peer


async def set_federation_mode(*, moderator: User, listed_only: bool) -> None:
    """Set whether this installation federates with listed servers only, or with all that aren't blocked."""
    require(moderator, Permission.manage_settings)
    async with async_atomic():
        await peers.set_federation_mode(listed_only=listed_only)
        await on_commit(_forget_policies)
    log.info("moderation.federation_mode_set", by=moderator.pk, listed_only=listed_only)


async def _forget_policies() -> None:
    peers.forget_policies()


async def retry_failed(*, moderator: User, model: str, pk: str | None = None) -> int:
    """Make failed rows due again, one by key or all of the model. Return how many."""
    require(moderator, Permission.view_devops)
    try:
        async with async_atomic():
            count = await stator.retry(model, pk)
    except (stator.GraphError, LookupError) as error:
        raise NotFound(code="no_such_queue", detail=str(error)) from error
    log.info("moderation.retried", by=moderator.pk, model=model, rows=count)
    return count
