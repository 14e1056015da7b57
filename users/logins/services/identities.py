"""Creating local identities."""

from collections.abc import Iterable

from django.db import IntegrityError

from core.crypto.keys import KeyPair, new_rsa_pair
from core.db import async_atomic, sql
from core.errors import BadInput, Invalid, NotAllowed
from core.logs import get_logger
from users.access_rules.queries import verdict_on
from users.audit.models import Act
from users.audit.services import Target, record_of_shell
from users.domains import options
from users.domains.models import REMOVED, Domain, SignUpMode
from users.identities import events
from users.identities.models import Identity, Restriction
from users.identities.names import RESERVED, check_username
from users.identities.services.profiles import insert_local
from users.logins import queries as reads
from users.logins.models import DomainAccess, IdentityAccess, User

log = get_logger(__name__)


async def create_identity(*, user: User, domain: Domain, username: str, name: str = "") -> Identity:
    """Create an identity on `domain` that `user` may use, with a new key pair.

    Raises BadInput if the name is invalid, reserved (admins may use those) or taken, case-insensitively, including by deleted identities
    and pending sign-ups.
    """
    if user.is_restricted:
        raise NotAllowed(code="login_restricted")
    if not user.is_admitted:
        raise NotAllowed(code="login_not_active")
    if user.is_admin:
        username = check_username(username, reserved=frozenset())
    else:
        held = await IdentityAccess.objects.filter(user=user.pk, is_owner=True).acount()
        most = await options.get(options.IDENTITIES_PER_LOGIN, user=user.pk)
        if held >= most:
            raise NotAllowed(code="too_many_identities", most=most)
        username = await allowed_name(domain, username)
    if await reads.is_taken(domain, username):
        raise taken(domain, username)
    pair = await new_rsa_pair()
    try:
        async with async_atomic():
            await reserve_name(domain, username)
            made = await insert_identity(user=user, domain=domain, username=username, pair=pair, name=name)
            await record_of_shell(
                Act.create_identity, Target("person", made.pk, made.handle), domain_id=domain.pk
            )
            return made
    except IntegrityError as error:  # a pending sign-up with this name was admitted concurrently
        raise taken(domain, username) from error


async def allowed_name(domain: Domain, username: str) -> str:
    """Return the username as stored. Raises BadInput if it is invalid or reserved on this domain."""
    more = await options.get(options.RESERVED_NAMES, domain=domain.pk)
    return check_username(username, reserved=RESERVED | {word.lower() for word in more})


def taken(domain: Domain, username: str) -> BadInput:
    return Invalid("username", "taken", handle=f"{username}@{domain.name}")


async def reserve_name(domain: Domain, username: str, *, but_for: str = "") -> None:
    """Lock a name against other sign-ups until the transaction ends. Raises BadInput if it is taken.

    A name may be in two tables, so no constraint covers both. `but_for`: as in `is_taken`.
    """
    await sql.run(
        "SELECT pg_advisory_xact_lock(hashtextextended(%s, 0))", [f"{username}@{domain.name}".lower()]
    )
    if await reads.is_taken(domain, username, but_for=but_for):
        raise taken(domain, username)


async def insert_identity(
    *, user: User, domain: Domain, username: str, pair: KeyPair, name: str = ""
) -> Identity:
    """Insert the rows of a new identity of `user`. Runs inside the caller's transaction, which has reserved the name."""
    state = await sql.value("SELECT state FROM users_domain WHERE id = %s FOR SHARE", [domain.pk])
    if state in REMOVED:  # else its removal waits for this transaction, and finds the new identity
        raise NotAllowed(code="sign_up_closed", domain=domain.name)
    identity = await insert_local(domain=domain, username=username, pair=pair, name=name)
    await _restrict_as_others(user, identity)
    await IdentityAccess.objects.acreate(user=user, identity=identity)
    await DomainAccess.objects.abulk_create([DomainAccess(user=user, domain=domain)], ignore_conflicts=True)
    await events.on_identity_created.emit(identity)
    log.info("identity.created", handle=identity.handle, user=user.pk)
    return identity


async def _restrict_as_others(user: User, identity: Identity) -> None:
    """Limit a new identity, or cover its media, if staff decided that for another one of the login: it holds wherever the login goes.

    Lifting it from that one lifts it here (users/moderation/services/same_login.py). Index users_identity_access_pair.
    """
    held = IdentityAccess.objects.filter(user=user.pk, is_owner=True).values("identity")
    others = [one async for one in Identity.objects.filter(pk__in=held, deleted_at=None).order_by("pk")]
    limits = [one.limited_with or one.pk for one in others if one.staff_restriction >= Restriction.limited]
    covers = [one.sensitized_with or one.pk for one in others if one.is_sensitized]
    if limits or covers:
        identity.restriction = Restriction.limited if limits else Restriction.none
        identity.is_sensitized = bool(covers)
        identity.limited_with, identity.sensitized_with = next(iter(limits), None), next(iter(covers), None)
        await identity.asave(
            update_fields=["restriction", "is_sensitized", "limited_with", "sensitized_with"]
        )


async def add_identity(
    *, user: User, domain: Domain, username: str, name: str = "", address: str = ""
) -> Identity:
    """Add an identity to a signed-in login. Raises NotAllowed on domains that accept no new users, unless the login was admitted there.

    On a domain that is new to the login, the rules on e-mail and, by the client's `address`, on networks apply as for a sign-up.
    """
    if not await open_domains(user, [domain]):
        if domain.sign_up_mode == SignUpMode.approval:
            raise NotAllowed(code="approval_needed", domain=domain.name)
        raise NotAllowed(code="sign_up_closed", domain=domain.name)
    if not user.is_admin and not await DomainAccess.objects.filter(user=user.pk, domain=domain.pk).aexists():
        verdict = await verdict_on(domain_id=domain.pk, email=user.email, address=address)
        if verdict.is_network_refused or verdict.is_email_refused:
            raise NotAllowed(code="sign_up_closed", domain=domain.name)
        if verdict.needs_approval:
            raise NotAllowed(code="approval_needed", domain=domain.name)
    return await create_identity(user=user, domain=domain, username=username, name=name)


async def open_domains(user: User, domains: list[Domain]) -> list[Domain]:
    """Return the domains among these on which a login may create another identity.

    These are open ones where it owns an identity that is neither deleted nor suspended, and ones that admitted it earlier, unless the
    domain is closed or all its identities there are suspended. Indexes users_identity_access_pair, users_domain_access_pair.
    """
    if user.is_admin:
        return domains
    # without what others shared (`label`): whom the owner of one identity made an owner was not admitted to its domain
    held = IdentityAccess.objects.filter(user=user.pk, is_owner=True, label="").values("identity")
    owned = Identity.objects.filter(pk__in=held, deleted_at=None)
    lives_on: set[int] = set()
    is_suspended_on: set[int] = set()
    async for one in owned:
        if one.domain_id is not None and not (one.is_suspended and one.leaves_at):
            (is_suspended_on if one.is_suspended else lives_on).add(one.domain_id)
    known = DomainAccess.objects.filter(user=user.pk).values_list("domain", flat=True)
    returns_to = {pk async for pk in known} - is_suspended_on
    return [
        one
        for one in domains
        if one.sign_up_mode == SignUpMode.open
        or one.pk in lives_on
        or (one.pk in returns_to and one.sign_up_mode != SignUpMode.closed)
    ]


async def lock_accesses(identity_ids: Iterable[int]) -> None:
    """Let changes of the accesses to these identities wait for each other until the transaction ends: an owner has to remain."""
    for identity_id in sorted(identity_ids):
        await sql.run(
            "SELECT pg_advisory_xact_lock(hashtextextended(%s, 0))", [f"access to identity {identity_id}"]
        )
