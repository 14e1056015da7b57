"""Deletion of identities and logins by their owners, who can take it back for two weeks.

Until then the identities are hidden as if suspended: their data, followers and names are kept. Operators delete at once.
"""

from datetime import datetime, timedelta

from core import clock
from core.db import async_atomic, sql
from core.errors import NotAllowed, NotFound
from core.logs import get_logger
from users.audit.models import Act
from users.audit.services import Target, record_of_shell
from users.identities.models import Identity, Restriction
from users.identities.services.hiding import set_visibility
from users.identities.services.locking import lock_own
from users.identities.services.profiles import delete_identity
from users.logins import queries as reads
from users.logins.models import Session, User
from users.logins.services import notices
from users.logins.services.guess_limits import require_password
from users.logins.services.identities import lock_accesses
from users.roles.models import EVERYWHERE, Permission

log = get_logger(__name__)

TAKEN_BACK_WITHIN = timedelta(days=14)
_AT_ONCE = 50


async def delete_own_identity(*, user: User, identity_id: int, password: str) -> Identity:
    """Hide an identity of the login, and erase it after two weeks; one that staff suspended, or that is leaving already, at once.

    Raises NotFound if the login does not own it, NotAllowed for a wrong password.
    """
    identity = await reads.identity_owned(user, identity_id)
    if identity is None:
        raise NotFound
    await require_password(user, password)
    async with async_atomic():
        fresh = await lock_own(identity, deletes=True)
        if fresh.is_suspended:
            return await delete_identity(identity=fresh)
        leaves_at = clock.now() + TAKEN_BACK_WITHIN
        await _hide(fresh, leaves_at)
        await notices.mail_logins_of(fresh, "leaving/identity", leaves_at=leaves_at.date())
    log.info("identity.leaves", handle=fresh.handle, user=user.pk)
    return fresh


async def take_back_identity(*, user: User, identity_id: int) -> Identity:
    """Show an identity again that its owner deleted. Raises NotFound if the login does not own it, or it is not leaving (any more)."""
    identity = await reads.identity_owned(user, identity_id)
    if identity is None:
        raise NotFound
    async with async_atomic():
        fresh = await lock_own(identity)
        if fresh.leaves_at is None:
            raise NotFound
        await _show(fresh)
    log.info("identity.stays", handle=fresh.handle, user=user.pk)
    return fresh


async def _hide(identity: Identity, leaves_at: datetime) -> None:
    identity.stays_limited = identity.restriction == Restriction.limited
    identity.leaves_at = leaves_at
    await set_visibility(identity, Restriction.suspended)


async def _show(identity: Identity) -> None:
    restriction = identity.staff_restriction
    identity.leaves_at, identity.stays_limited = None, False
    await set_visibility(identity, restriction)


async def delete_own_login(*, user: User, password: str) -> User:
    """Sign the login out everywhere, hide the identities that nobody else owns, and erase all of it after two weeks, unless they sign in again.

    Raises NotAllowed for a wrong password, for the last admin, and for a login restricted by staff: otherwise a suspended user could sign
    up again with the released address at once (as in Mastodon).
    """
    await require_password(user, password)
    async with async_atomic():
        fresh = await _lock_to_delete(user)
        people = await reads.identities_of(fresh)
        if fresh.is_restricted or any(one.staff_restriction == Restriction.suspended for one in people):
            raise NotAllowed(code="restricted_login_not_deleted")
        fresh.leaves_at = clock.now() + TAKEN_BACK_WITHIN
        await fresh.asave(update_fields=["leaves_at"])
        await notices.mail_user(fresh, "leaving/login", leaves_at=fresh.leaves_at.date())
        await lock_accesses(await reads.identities_owned_by(fresh))
        owned = await reads.identities_owned_alone(fresh, counts_leaving=False)
        for identity in people:
            if identity.pk in owned and identity.leaves_at is None:
                await _hide(await lock_own(identity), fresh.leaves_at)
        await Session.objects.filter(user=fresh.pk).adelete()
    log.info("login.leaves", user=fresh.pk)
    return fresh


async def take_back_login(*, user: User) -> None:
    """Keep a login that its owner deleted, with the identities deleted by that. Runs inside the transaction of a sign-in."""
    for identity in await reads.identities_of(user):
        if identity.leaves_at is not None and identity.leaves_at == user.leaves_at:
            await _show(await lock_own(identity))
    user.leaves_at = None
    await user.asave(update_fields=["leaves_at"])
    await notices.mail_user(user, "leaving/stays")
    log.info("login.stays", user=user.pk)


async def delete_login(*, user: User) -> None:
    """Delete the identities that a login owns, then the login with its sessions and tokens. Its e-mail address can be used again.

    Identities that others own, too, are kept. Raises NotAllowed for the last active admin, NotFound if it was deleted already.
    """
    async with async_atomic():
        await _delete(await _lock_to_delete(user))


async def _lock_to_delete(user: User) -> User:
    # if the last two admins leave concurrently, the second waits here for the first; index users_user_of_staff
    staff = User.objects.select_for_update().filter(is_staff=True).order_by("pk")
    others = [one async for one in staff if one.pk != user.pk and one.is_admin]
    fresh = await User.objects.select_for_update().filter(pk=user.pk).afirst()
    if fresh is None:
        raise NotFound
    if fresh.rights.get(EVERYWHERE, 0) & Permission.administrator and not others:
        raise NotAllowed(code="only_admin")
    return fresh


async def _delete(user: User) -> None:
    await record_of_shell(Act.delete_login, Target("login", user.pk))
    await lock_accesses(await reads.identities_owned_by(user))
    owned = await reads.identities_owned_alone(user, counts_leaving=True)
    for identity in await reads.identities_of(user):
        if identity.pk in owned:
            await delete_identity(identity=identity)
    await user.adelete()
    log.info("login.deleted", user=user.pk, identities=len(owned))


async def erase_left() -> int:
    """Erase up to 50 identities and 50 logins whose owners did not take back their deletion in time. Return how many.

    Indexes users_identity_leaving, users_user_leaving.
    """
    now, erased = clock.now(), 0
    leaving = "SELECT id FROM users_identity WHERE leaves_at < %s AND deleted_at IS NULL ORDER BY leaves_at LIMIT %s"
    for identity_id in await sql.column(leaving, [now, _AT_ONCE]):
        async with async_atomic():
            fresh = await Identity.objects.select_for_update().aget(pk=identity_id)
            # neither taken back nor suspended in the meantime
            if fresh.deleted_at is None and fresh.leaves_at is not None and fresh.leaves_at < now:
                await delete_identity(identity=fresh)
                erased += 1
    left = "SELECT id FROM users_user WHERE leaves_at < %s ORDER BY leaves_at LIMIT %s"
    for user_id in await sql.column(left, [now, _AT_ONCE]):
        async with async_atomic():
            user = await User.objects.select_for_update().filter(pk=user_id, leaves_at__lt=now).afirst()
            if user is not None:
                await _delete(user)
                erased += 1
    return erased
