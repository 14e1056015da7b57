"""Deletion of a login with the identities that it owns."""

from core.db import async_atomic
from core.errors import NotAllowed, NotFound
from core.logs import get_logger
from users.audit.models import Act
from users.audit.services import Target, record_of_shell
from users.identities.models import Restriction
from users.identities.services.profiles import delete_identity
from users.logins import queries as reads
from users.logins.models import User
from users.logins.passwords import is_right_password
from users.logins.services import guess_limits
from users.roles.models import EVERYWHERE, Permission

log = get_logger(__name__)


async def delete_own_login(*, user: User, password: str) -> None:
    """Delete the signed-in user's login after checking its password. Raises NotAllowed for a wrong one, and for the last admin.

    Also for a login restricted by staff: otherwise a suspended user could sign up again with the released address at once (as in
    Mastodon).
    """
    await guess_limits.limit_tries(f"password:{user.pk}", 10, 600)
    if not await is_right_password(password, user.password_hash):
        raise NotAllowed(code="wrong_password")
    suspended = [one for one in await reads.identities_of(user) if one.restriction >= Restriction.suspended]
    if user.is_restricted or suspended:
        raise NotAllowed(code="restricted_login_not_deleted")
    await delete_login(user=user)


async def delete_login(*, user: User) -> None:
    """Delete the identities that a login owns, then the login with its sessions and tokens. Its e-mail address can be used again.

    Identities that others own, too, are kept. Raises NotAllowed for the last active admin, NotFound if it was deleted already.
    """
    async with async_atomic():
        # if the last two admins leave concurrently, the second waits here for the first; index users_user_of_staff
        staff = User.objects.select_for_update().filter(is_staff=True).order_by("pk")
        others = [one async for one in staff if one.pk != user.pk and one.is_admin]
        fresh = await User.objects.select_for_update().filter(pk=user.pk).afirst()
        if fresh is None:
            raise NotFound
        if fresh.rights.get(EVERYWHERE, 0) & Permission.administrator and not others:
            raise NotAllowed(code="only_admin")
        await record_of_shell(Act.delete_login, Target("login", fresh.pk))
        owned = await reads.identities_owned_by(fresh)
        for identity in await reads.identities_of(fresh):
            if identity.pk in owned:
                await delete_identity(identity=identity)
        await fresh.adelete()
    log.info("login.deleted", user=user.pk, identities=len(owned))
