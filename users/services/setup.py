"""The first start: the admin's login, the first domain, the first identity. On the command line, or once in the browser."""

import secrets

import msgspec

from core.db import async_atomic, sql
from core.errors import BadInput, NotAllowed
from core.logs import get_logger
from users.models import Domain, Identity, IdentityAccess, Role, User
from users.names import check_host, split_handle
from users.queries import logins as login_reads
from users.queries.domains import domain_by_name, forget_domains
from users.queries.identities import local_by_username
from users.services import domains, identities, logins

log = get_logger(__name__)

_LOCK = 7_208_410_571  # an arbitrary number: one set-up at a time


class SetUp(msgspec.Struct, frozen=True):
    """What is there now. `password` is set when one was made up for a new login: show it once."""

    domain: Domain
    user: User
    identity: Identity
    password: str | None = None


async def is_open() -> bool:
    """Whether nobody runs this server yet, so that the first-run page may make its admin."""
    return not await User.objects.filter(role=Role.admin).aexists()


async def set_up(
    *, domain: str, email: str, handle: str, password: str | None = None, service_name: str | None = None
) -> SetUp:
    """The domain, an admin with this e-mail address and their identity exist. What was there before stays as it is, passwords too.

    `handle` is `name` or `name@domain`. Raises BadInput for what can't be, or belongs to another login.
    """
    name = check_host(domain)
    username, host = split_handle(handle)
    if host and host != name:
        raise BadInput(f"The handle {handle} is not on {name}.")
    try:
        return await _set_up(name, email, username, password, service_name)
    except BaseException:
        forget_domains()  # what was read inside a transaction that is rolled back was never true
        raise


async def _set_up(
    name: str, email: str, username: str, password: str | None, service_name: str | None
) -> SetUp:
    async with async_atomic():
        await sql.run("SELECT pg_advisory_xact_lock(%s)", [_LOCK])
        home = await domain_by_name(name) or await domains.create_domain(name=name, service_name=service_name)
        user, made_up = await _admin(email, password)
        identity = await local_by_username(home, username)
        if identity is None:
            identity = await identities.create_identity(user=user, domain=home, username=username)
        elif not await IdentityAccess.objects.filter(user=user.pk, identity=identity.pk).aexists():
            raise BadInput(f"{identity.handle} belongs to another login.")
    return SetUp(home, user, identity, made_up)


async def _admin(email: str, password: str | None) -> tuple[User, str | None]:
    """The admin's login, and the password when one was made up. An unconfirmed sign-up of the address, which anybody may have made, is replaced."""
    user = await login_reads.user_by_email(email)
    if user is not None and user.is_in:
        if user.role != Role.admin:
            await User.objects.filter(pk=user.pk).aupdate(role=Role.admin)
            user.role = Role.admin
        return user, None
    made_up = None if password else secrets.token_urlsafe(12)
    user = await logins.create_user(email=email, password=password or made_up or "", role=Role.admin)
    return user, made_up


async def first_run(*, domain: str, email: str, handle: str, password: str) -> SetUp:
    """The same from the browser: works once, as long as there is no admin; raises NotAllowed from then on."""
    async with async_atomic():
        await sql.run("SELECT pg_advisory_xact_lock(%s)", [_LOCK])
        if not await is_open():
            raise NotAllowed("This server is set up already. Sign in instead.")
        done = await set_up(domain=domain, email=email, handle=handle, password=password)
    log.info("setup.done", domain=done.domain.name, user=done.user.pk)
    return done
