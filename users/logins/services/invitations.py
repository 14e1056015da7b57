"""Invitations: creating, checking, counting and revoking links for signing up."""

from datetime import timedelta

from django.core import signing
from django.db.models import F, Q

from core import clock
from core.db import async_atomic
from core.errors import BadInput, Invalid, NotAllowed, NotFound
from core.ids import new_id
from core.logs import get_logger
from core.pages.addresses import path_to
from users.audit.models import Act
from users.audit.services import Target, audited, record
from users.domains import options
from users.domains.models import Domain, SignUpMode
from users.logins import queries as reads
from users.logins.models import Invitation, User
from users.logins.services.signed_links import read_link
from users.logins.services.staff import require_somewhere
from users.roles.models import Permission

log = get_logger(__name__)

MAX_DAYS = 365
MAX_SIGN_UPS = 10_000
MAX_OWN = 20  # valid ones of somebody who may only invite

_SALT = "users.invitation"
_SALT_BEFORE_0048 = "users.invite"


def _signer() -> signing.Signer:
    return signing.Signer(salt=_SALT)


def link_of(invitation: Invitation) -> str:
    """Return the URL of the sign-up page for an invitation. Needs `domain` loaded."""
    token = _signer().sign(str(invitation.pk))
    return invitation.domain.base_url + path_to("sign-up", {"invite": token})


@audited(Act.invite)
async def invite(
    *,
    domain: Domain,
    moderator: User,
    days: int | None = None,
    max_sign_ups: int | None = None,
    row_id: int | None = None,
) -> Invitation:
    """Create an invitation to a domain, optionally with the id `row_id`, valid for some days, by default those of the domain's options,
    and for any number of sign-ups or `max_sign_ups`.

    Those who may invite people without managing invitations can have MAX_OWN at a time.
    """
    if not moderator.may(reads.MAY_INVITE, domain.pk):
        raise NotAllowed(code="moderators_invite")
    if domain.sign_up_mode != SignUpMode.invite:
        raise NotAllowed(code="invitations_not_needed", domain=domain.name)
    if days is not None and not 1 <= days <= MAX_DAYS:
        raise Invalid("days", "out_of_range", most=MAX_DAYS)
    if max_sign_ups is not None and not 1 <= max_sign_ups <= MAX_SIGN_UPS:
        raise Invalid("max_sign_ups", "out_of_range", most=MAX_SIGN_UPS)
    if days is None:
        days = await options.get(options.INVITE_DAYS, domain=domain.pk)
    async with async_atomic():
        if not moderator.may(Permission.manage_invites, domain.pk):
            await User.objects.select_for_update().aget(pk=moderator.pk)
            mine = reads.live_invitations().filter(made_by=moderator.pk)
            if await mine.acount() >= MAX_OWN:
                raise Invalid("days", "too_many_invitations", most=MAX_OWN)
        made = await Invitation.objects.acreate(
            id=row_id or new_id(),
            domain=domain,
            made_by_id=moderator.pk or None,
            expires_at=clock.now() + timedelta(days=days),
            max_sign_ups=max_sign_ups,
        )
        await record(
            Act.invite, Target("invitation", made.pk, domain.name), by=moderator.pk, domain_id=domain.pk
        )
    log.info("invitation.made", by=moderator.pk, invitation=made.pk, domain=domain.name)
    return made


@audited(Act.revoke_invitation)
async def revoke(*, moderator: User, invitation_id: int) -> None:
    """Revoke an invitation of the domains where the login manages them, or of its own; logins that signed up with it stay. Raises NotFound."""
    require_somewhere(moderator, reads.MAY_INVITE)
    scope = moderator.scope(Permission.manage_invites)
    async with async_atomic():
        rows = Invitation.objects.select_related("domain").select_for_update(of=("self",))
        rows = rows.filter(pk=invitation_id)
        mine = Q(made_by=moderator.pk) if moderator.pk else Q()
        found = await (rows if scope is None else rows.filter(Q(domain__in=scope) | mine)).afirst()
        if found is None:
            raise NotFound(code="no_such_invitation")
        await record(
            Act.revoke_invitation,
            Target("invitation", found.pk, found.domain.name),
            by=moderator.pk,
            domain_id=found.domain_id,
        )
        await found.adelete()
    log.info("invitation.revoked", by=moderator.pk, invitation=invitation_id)


async def check_invitation(*, domain: Domain, token: str) -> int | None:
    """Return the id of the valid invitation to the domain in a link. Raises BadInput if there is none."""
    try:
        invitation_id = int(_signer().unsign(token))
    except signing.BadSignature:
        await _check_old_link(domain, token)
        return None
    if not await reads.usable_invitations().filter(pk=invitation_id, domain=domain.pk).aexists():
        raise BadInput(code="bad_link", detail="no such invitation")
    return invitation_id


async def _check_old_link(domain: Domain, token: str) -> None:
    """Check a link from before migration 0048, which has no row and expires after at most 365 days; then this can be removed."""
    days = await options.get(options.INVITE_DAYS, domain=domain.pk)
    payload = read_link(token, _SALT_BEFORE_0048, timedelta(days=days))
    if payload.get("d") != domain.pk:
        raise BadInput(code="bad_link", detail="of another domain")


async def inviter_of(invitation_id: int) -> int | None:
    """Return the login that created an invitation; None for the command line."""
    found = Invitation.objects.filter(pk=invitation_id)
    return await found.values_list("made_by", flat=True).afirst()


async def count_sign_up(invitation_id: int) -> None:
    """Count a sign-up with an invitation, in its transaction. Raises BadInput if it was revoked or used up in the meantime.

    Of concurrent sign-ups the row's lock lets one count after the other, so that no more get in than it allows.
    """
    if not await reads.usable_invitations().filter(pk=invitation_id).aupdate(sign_ups=F("sign_ups") + 1):
        raise BadInput(code="bad_link", detail="no such invitation")


async def remove_expired(*, limit: int = 500) -> None:
    """Delete invitations that have expired (index on expires_at)."""
    expired = Invitation.objects.filter(expires_at__lte=clock.now()).order_by("expires_at")
    ids = [pk async for pk in expired.values_list("pk", flat=True)[:limit]]
    async with async_atomic():
        await Invitation.objects.filter(pk__in=ids).adelete()
