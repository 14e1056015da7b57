"""Sharing an identity: inviting, answering, changing roles, leaving.

An owner always remains: changes of accesses lock the identity, and count the owners that are left. All of it is in the audit log.
"""

from django.db import IntegrityError

from core import clock
from core.db import async_atomic
from core.errors import Invalid, NotAllowed, NotFound
from core.languages import ENGLISH
from core.logs import get_logger
from core.ratelimit import take_exact
from users.access_rules.addresses import canonical_email
from users.audit.models import Act
from users.audit.services import Target, record, record_refusal
from users.domains.queries import domain_by_id
from users.identities.models import Identity, Restriction
from users.identities.names import split_handle
from users.identities.queries.identities import by_name
from users.logins import events
from users.logins import queries as login_reads
from users.logins.access import Doing, require_role
from users.logins.addresses import clean_email, plain_email
from users.logins.models import AccessRole, IdentityAccess, Session, User
from users.logins.services.guess_limits import require_password
from users.logins.services.identities import lock_accesses
from users.logins.services.mailing import queue_mail
from users.logins.services.notices import mail_logins_of
from users.sharing import queries as reads
from users.sharing.models import LIVES_FOR, MAX_ACCESSES, MAX_OPEN, SharingInvitation

log = get_logger(__name__)

MAX_PER_DAY = 20  # invitations by one login: each is a mail
_DAY_S = 24 * 3600


async def invite(
    *, user: User, identity: Identity, invitee: str, role: AccessRole, password: str = ""
) -> SharingInvitation:
    """Invite somebody to write as an identity, by an owner: by e-mail address, or by a name on this server with an @ in front.

    The answer is the same whether or not an address has a login. Making owners needs the password. Raises Invalid, and NotAllowed for
    everyone but owners.
    """
    await _require_owner(user, identity, Act.share_identity)
    await _prove(user, role, password)
    invited, address, label = await _invitee(identity, invitee)
    if not (await take_exact(f"sharing:{user.pk}", MAX_PER_DAY, _DAY_S)).allowed:
        raise Invalid("invitee", "too_many_invited", most=MAX_PER_DAY)
    try:
        async with async_atomic():
            await lock_accesses([identity.pk])
            await SharingInvitation.objects.filter(
                identity=identity.pk, expires_at__lte=clock.now()
            ).adelete()
            await _require_new(identity, address)
            if await SharingInvitation.objects.filter(identity=identity.pk).acount() >= MAX_OPEN:
                raise Invalid("invitee", "too_many_open", most=MAX_OPEN)
            made = await SharingInvitation.objects.acreate(
                identity=identity,
                invited_by=user,
                user=invited,
                address=address,
                label=label,
                role=role.value,
                expires_at=clock.now() + LIVES_FOR,
            )
            await _mail_invitation(identity, made, invited)
            await _record(Act.share_identity, identity, user, invited=label, role=role.name)
    except IntegrityError as error:
        raise Invalid("invitee", "already_invited") from error
    log.info("sharing.invited", identity=identity.pk, by=user.pk, role=role.name)
    return made


async def _require_new(identity: Identity, address: str) -> None:
    """Raise Invalid if the mailbox is invited or has access already, under any spelling that the owners typed. Under the lock.

    Names are compared as typed: whose mailbox one is must not be told.
    """
    if address:
        labels = [one.label for one in await reads.invitations_to(identity)]
        labels += [one.label for one in await reads.accesses_to(identity)]
        if canonical_email(address) in {canonical_email(label) for label in labels}:
            raise Invalid("invitee", "already_invited")


async def _invitee(identity: Identity, typed: str) -> tuple[User | None, str, str]:
    """Return login, address and label of an invitee. A login is looked up for names only, which are public."""
    typed = typed.strip()
    if "@" in typed.removeprefix("@") and not typed.startswith("@"):
        address = clean_email(typed)
        return None, plain_email(address), address
    username, host = split_handle(typed)
    found = await by_name(username, host or identity.host)
    is_here = found is not None and found.is_local and found.deleted_at is None and not found.is_suspended
    owner = await login_reads.owner_of(found) if found is not None and is_here else None
    if found is None or owner is None:
        raise Invalid("invitee", "nobody_here")
    return owner, "", f"@{found.handle}"


async def _mail_invitation(identity: Identity, made: SharingInvitation, invited: User | None) -> None:
    domain = await domain_by_id(identity.domain_id) if identity.domain_id else None
    if domain is not None:
        await queue_mail(
            to=invited.email if invited is not None else made.address,
            domain=domain,
            about="sharing/invited",
            useful_for=LIVES_FOR,
            language=(invited.language if invited is not None else "") or ENGLISH,
            handle=f"@{identity.handle}",
            role=made.offers.name,
            until=made.expires_at.date(),
            is_named=invited is not None,
        )


async def take_back(*, user: User, identity: Identity, invitation_id: int) -> None:
    """Take an invitation back, by an owner. Raises NotFound."""
    await _require_owner(user, identity, Act.unshare_identity)
    async with async_atomic():
        found = SharingInvitation.objects.select_for_update().filter(pk=invitation_id, identity=identity.pk)
        invitation = await found.afirst()
        if invitation is None:
            raise NotFound
        await invitation.adelete()
        await _record(Act.unshare_identity, identity, user, invited=invitation.label)


async def accept(*, user: User, invitation_id: int) -> Identity:
    """Accept an invitation. It is used up, also by a login that has access already, whose role stays.

    Raises NotFound for one that is not for this login, has expired or was taken back, NotAllowed for a login that may not act or is limited.
    """
    if user.is_restricted or not user.may_act:
        raise NotAllowed(code="login_restricted")
    if not user.is_admitted:
        raise NotAllowed(code="login_not_active")
    if await _is_limited(user):
        raise NotAllowed(code="limited_login_shares_nothing")
    async with async_atomic():
        invitation = await _answerable(user, invitation_id)
        identity = invitation.identity
        await lock_accesses([identity.pk])
        await invitation.adelete()
        if not await IdentityAccess.objects.filter(user=user.pk, identity=identity.pk).aexists():
            if await IdentityAccess.objects.filter(identity=identity.pk).acount() >= MAX_ACCESSES:
                raise NotAllowed(code="too_many_share", most=MAX_ACCESSES)
            await _give(identity, user, invitation.offers, invitation.label)
            await _mail_owners(identity, "sharing/joined", invitation.label, but_for=user)
            await _record(Act.share_identity, identity, user, login=str(user.pk), role=invitation.offers.name)
    log.info("sharing.accepted", identity=identity.pk, user=user.pk)
    return identity


async def refuse(*, user: User, invitation_id: int) -> None:
    """Refuse an invitation. The owners see that it is gone. Raises NotFound as `accept`."""
    async with async_atomic():
        invitation = await _answerable(user, invitation_id)
        await invitation.adelete()


async def _answerable(user: User, invitation_id: int) -> SharingInvitation:
    """Return and lock an open invitation for this login, with `identity`."""
    found = reads.open_invitations().select_related("identity").filter(reads.addressed_to(user))
    found = found.filter(pk=invitation_id, identity__deleted_at=None)
    invitation = await found.select_for_update(of=("self",)).afirst()
    if invitation is None or invitation.identity.is_suspended:
        raise NotFound(code="no_such_sharing")
    return invitation


async def _is_limited(user: User) -> bool:
    """Return whether staff limited an identity that the login owns: it must not speak on as another one."""
    held = IdentityAccess.objects.filter(user=user.pk, is_owner=True).values("identity")
    owned = Identity.objects.filter(pk__in=held, deleted_at=None)
    return any([one.staff_restriction >= Restriction.limited async for one in owned])


async def change_role(
    *, user: User, identity: Identity, access_id: int, role: AccessRole, password: str = ""
) -> None:
    """Change what a login may do as an identity, by an owner, who may step back, too, if another one stays.

    Making owners needs the password. Raises NotFound, and NotAllowed for the last owner.
    """
    await _require_owner(user, identity, Act.change_access)
    await _prove(user, role, password)
    async with async_atomic():
        access = await _locked(identity, access_id, by=user)
        if access.role is role:
            return
        if access.is_owner:
            await _keep_an_owner(identity, access)
            await SharingInvitation.objects.filter(identity=identity.pk, invited_by=access.user_id).adelete()
        access.is_owner, access.is_editor = role is AccessRole.owner, role >= AccessRole.editor
        await access.asave(update_fields=["is_owner", "is_editor"])
        if access.user_id != user.pk:
            await mail_logins_of(identity, "sharing/role", only=access.user, role=role.name)
        await _record(
            Act.change_access, identity, user, login=str(access.user_id), role=role.name, name=access.label
        )


async def remove(*, user: User, identity: Identity, access_id: int) -> None:
    """End somebody's access, by an owner; their sessions and tokens stop working at once. Raises NotFound, and NotAllowed for the last owner."""
    await _require_owner(user, identity, Act.unshare_identity)
    async with async_atomic():
        access = await _locked(identity, access_id, by=user)
        if access.is_owner:
            await _keep_an_owner(identity, access)
        if access.user_id != user.pk:
            await mail_logins_of(identity, "sharing/removed", only=access.user)
        await _end(identity, access)
        await _record(Act.unshare_identity, identity, user, login=str(access.user_id), name=access.label)


async def leave(*, user: User, identity: Identity) -> None:
    """End one's own access. Raises NotAllowed for the last owner, who has to make somebody else owner before."""
    async with async_atomic():
        access = await _locked(identity, None, by=user, may_be=user)
        if access.is_owner:
            await _keep_an_owner(identity, access)
        await _end(identity, access)
        await _mail_owners(identity, "sharing/left", access.label, but_for=user)
        await _record(Act.unshare_identity, identity, user, login=str(user.pk))


async def give_access(*, identity: Identity, user: User, role: AccessRole) -> IdentityAccess:
    """Give a login a role at once, or change its role, by an operator. Raises NotAllowed for the last owner."""
    if not user.is_admitted:
        raise Invalid("email", "unknown")
    async with async_atomic():
        await lock_accesses([identity.pk])
        access = await IdentityAccess.objects.filter(user=user.pk, identity=identity.pk).afirst()
        if access is None:
            access = await _give(identity, user, role, user.email)
        else:
            if access.is_owner and role is not AccessRole.owner:
                await _keep_an_owner(identity, access)
            access.is_owner, access.is_editor = role is AccessRole.owner, role >= AccessRole.editor
            await access.asave(update_fields=["is_owner", "is_editor"])
        await mail_logins_of(identity, "sharing/role", only=user, role=role.name)
        await _record(
            Act.share_identity, identity, None, login=str(user.pk), role=role.name, name=access.label
        )
    return access


async def end_access(*, identity: Identity, user: User) -> None:
    """End a login's access, by an operator. Raises NotFound, and NotAllowed for the last owner."""
    async with async_atomic():
        await lock_accesses([identity.pk])
        access = await IdentityAccess.objects.filter(user=user.pk, identity=identity.pk).afirst()
        if access is None:
            raise NotFound
        if access.is_owner:
            await _keep_an_owner(identity, access)
        await mail_logins_of(identity, "sharing/removed", only=user)
        await _end(identity, access)
        await _record(Act.unshare_identity, identity, None, login=str(user.pk), name=access.label)


async def remove_expired(*, limit: int = 500) -> None:
    """Delete invitations that have expired (index on expires_at)."""
    expired = SharingInvitation.objects.filter(expires_at__lte=clock.now()).order_by("expires_at")
    ids = [pk async for pk in expired.values_list("pk", flat=True)[:limit]]
    await SharingInvitation.objects.filter(pk__in=ids).adelete()


async def _require_owner(user: User, identity: Identity, act: Act) -> None:
    """Raise NotAllowed unless the login owns the identity and may act; the audit log gets the attempt."""
    access = await reads.access_of(user, identity.pk)
    if not user.may_act:
        raise NotAllowed(code="login_restricted")
    try:
        require_role(access.role if access is not None else None, Doing.own)
    except NotAllowed as problem:
        target = Target("person", identity.pk, identity.handle)
        await record_refusal(act, target, by=user.pk, code=problem.code, domain_id=identity.domain_id)
        raise


async def _prove(user: User, role: AccessRole, password: str) -> None:
    """Ask for the password before somebody is made an owner: an open browser must not be enough to take an account over."""
    if role is AccessRole.owner and user.password_hash:  # else they sign in at a provider
        await require_password(user, password)


async def _locked(
    identity: Identity, access_id: int | None, *, by: User, may_be: User | None = None
) -> IdentityAccess:
    """Lock the accesses, and return one by id, or that of `may_be`, with `user`. Raises NotAllowed if `by` is no owner any more."""
    await lock_accesses([identity.pk])
    mine = await reads.access_of(by, identity.pk)
    if may_be is None:
        require_role(mine.role if mine is not None else None, Doing.own)
        access = await reads.access_named(identity, access_id or 0)
    else:
        access = mine
    if access is None:
        raise NotFound
    return access


async def _keep_an_owner(identity: Identity, but_for: IdentityAccess) -> None:
    """Raise NotAllowed unless another owner is left who may act. Under the lock."""
    others = IdentityAccess.objects.filter(identity=identity.pk, is_owner=True).exclude(pk=but_for.pk)
    if not await others.filter(
        user__is_disabled=False, user__is_restricted=False, user__leaves_at=None
    ).aexists():
        raise NotAllowed(code="last_owner")


async def _give(identity: Identity, user: User, role: AccessRole, label: str) -> IdentityAccess:
    return await IdentityAccess.objects.acreate(
        user=user,
        identity=identity,
        is_owner=role is AccessRole.owner,
        is_editor=role >= AccessRole.editor,
        label=label,
    )


async def _end(identity: Identity, access: IdentityAccess) -> None:
    """Delete an access with what acts by it: sessions forget the identity, tokens end, invitations by this login are void."""
    await access.adelete()
    await Session.objects.filter(user=access.user_id, identity=identity.pk).aupdate(identity=None)
    await SharingInvitation.objects.filter(identity=identity.pk, invited_by=access.user_id).adelete()
    await events.on_access_ended.emit(access.user_id, identity.pk)
    log.info("sharing.ended", identity=identity.pk, user=access.user_id)


async def _mail_owners(identity: Identity, about: str, label: str, *, but_for: User) -> None:
    for access in await reads.accesses_to(identity):
        if access.is_owner and access.user_id != but_for.pk:
            await mail_logins_of(identity, about, only=access.user, who=label)


async def _record(act: Act, identity: Identity, user: User | None, **details: str) -> None:
    """Write to the audit log; without a login as the operator."""
    await record(
        act,
        Target("person", identity.pk, identity.handle),
        by=user.pk if user is not None else None,
        domain_id=identity.domain_id,
        details=details,
    )
