"""Initial set-up: the admin's login, the first domain, the first identity. From the command line, or once in the browser."""

import secrets
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import msgspec

from core.crypto.keys import KeyPair, new_rsa_pair
from core.db import async_atomic, sql
from core.errors import Invalid, NotAllowed
from core.logs import get_logger
from users.domains import services as domains
from users.domains.models import Domain
from users.domains.names import check_host
from users.domains.queries import clear_domain_cache, domain_by_name
from users.identities.models import Identity
from users.identities.names import check_username, split_handle
from users.identities.queries.identities import local_by_username
from users.logins import queries as login_reads
from users.logins.addresses import clean_email
from users.logins.models import IdentityAccess, User
from users.logins.passwords import hash_password
from users.logins.services import identities, logins
from users.roles.models import EVERYWHERE, OWNER, Permission
from users.roles.services import put_grant

log = get_logger(__name__)

_LOCK = 7_208_410_571  # an arbitrary number: one set-up at a time


class SetUp(msgspec.Struct, frozen=True):
    """The result of the set-up. `password` is set if one was generated for a new login: show it once."""

    domain: Domain
    user: User
    identity: Identity
    password: str | None = None


def username_in(handle: str, domain: str) -> str:
    """Return the username in `name` or `name@domain`. Raises BadInput if it is invalid, or on another domain than `domain`, if given."""
    if "@" not in handle.strip().removeprefix("@"):
        return check_username(handle, reserved=frozenset())
    username, host = split_handle(handle)
    if domain and host != domain:
        raise Invalid("username", "on_other_domain", handle=handle, domain=domain)
    return username


async def is_open() -> bool:
    """Return whether the server has no admin yet, so that the first-run page may create one."""
    return not await User.objects.filter(is_staff=True).aexists()


class _Wanted(msgspec.Struct, frozen=True):
    """The validated input, with keys and hashes for what may be created. Child processes compute them, so this happens before the transaction."""

    domain: str
    email: str
    username: str
    service_name: str | None
    made_up: str | None
    password_hash: str
    pair: KeyPair


async def set_up(
    *, domain: str, email: str, handle: str, password: str | None = None, service_name: str | None = None
) -> SetUp:
    """Create the domain, an admin with this e-mail address and their identity. Existing ones don't change, including passwords.

    `handle` is `name` or `name@domain`. Raises BadInput for invalid input, or a handle of another login.
    """
    wanted = await _prepare(domain, email, handle, password, service_name)
    async with _one_at_a_time():
        return await _set_up(wanted)


async def first_run(*, domain: str, email: str, handle: str, password: str) -> SetUp:
    """Set the server up from the browser, once: raises NotAllowed if there is an admin."""
    await _check_is_open()
    wanted = await _prepare(domain, email, handle, password, None)
    async with _one_at_a_time():
        await _check_is_open()
        done = await _set_up(wanted)
    log.info("setup.done", domain=done.domain.name, user=done.user.pk)
    return done


async def _check_is_open() -> None:
    if not await is_open():
        raise NotAllowed(code="already_set_up")


async def _prepare(
    domain: str, email: str, handle: str, password: str | None, service_name: str | None
) -> _Wanted:
    name = check_host(domain)
    username = username_in(handle, name)
    known, made_up = await login_reads.user_by_email(email), None
    if known is not None and known.is_admitted:
        password_hash = known.password_hash
    else:
        email = clean_email(email)
        made_up = None if password else secrets.token_urlsafe(12)
        password_hash = await hash_password(password or made_up or "")
    return _Wanted(name, email, username, service_name, made_up, password_hash, await new_rsa_pair())


@asynccontextmanager
async def _one_at_a_time() -> AsyncIterator[None]:
    try:
        async with async_atomic():
            await sql.run("SELECT pg_advisory_xact_lock(%s)", [_LOCK])
            yield
    except BaseException:
        clear_domain_cache()  # what was read in a transaction that is rolled back is invalid
        raise


async def _set_up(wanted: _Wanted) -> SetUp:
    home = await domain_by_name(wanted.domain)
    if home is None:
        home = await domains.create_domain(name=wanted.domain, service_name=wanted.service_name)
    user, made_up = await _admin(wanted)
    identity = await local_by_username(home, wanted.username)
    if identity is None:
        username = check_username(wanted.username, reserved=frozenset())
        await identities.reserve_name(home, username)
        identity = await identities.insert_identity(
            user=user, domain=home, username=username, pair=wanted.pair
        )
    elif not await IdentityAccess.objects.filter(user=user.pk, identity=identity.pk).aexists():
        raise Invalid("username", "of_another_login", handle=identity.handle)
    return SetUp(home, user, identity, made_up)


async def _admin(wanted: _Wanted) -> tuple[User, str | None]:
    """Return the admin's login, and the password if one was generated. Replaces an unconfirmed sign-up of the address, which anybody may
    have made.
    """
    user = await login_reads.user_by_email(wanted.email)
    if user is not None and user.is_admitted:
        if not user.rights.get(EVERYWHERE, 0) & Permission.administrator:
            await put_grant(user_id=user.pk, role_id=OWNER.id, domain_id=None)
            user.rights, user.is_staff = {**user.rights, EVERYWHERE: int(OWNER.permissions)}, True
        return user, None
    user = await logins.insert_user(email=wanted.email, password_hash=wanted.password_hash, role=OWNER)
    return user, wanted.made_up
