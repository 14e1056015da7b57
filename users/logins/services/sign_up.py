"""Sign-ups: creating a login and requesting a name, as far as the domain allows it. Closed by default.

There is no identity before admission (users/logins/services/admission.py).
"""

import datetime as dt
from datetime import timedelta
from typing import Any

from django.db import IntegrityError
from django.db.models.functions import Coalesce
from django.utils.translation import get_language

from core import clock
from core.config import config
from core.crypto.keys import new_rsa_pair
from core.db import async_atomic
from core.errors import BadInput, Invalid, NotAllowed, NotFound
from core.languages import ENGLISH
from core.logs import get_logger
from users.access_rules.puzzles import asks_puzzle, is_solved
from users.access_rules.queries import verdict_on
from users.audit.models import Act
from users.audit.services import Target, audited, record
from users.domains import options
from users.domains.models import Domain, SignUpMode
from users.domains.queries import domain_by_id
from users.identities.models import Identity
from users.logins import queries as login_reads
from users.logins.addresses import clean_email, plain_email
from users.logins.models import IdentityAccess, SignUp, User
from users.logins.passwords import hash_password, salt_of
from users.logins.services import logins
from users.logins.services.admission import admit, key_pair_for, lock_login
from users.logins.services.confirmation import LIFETIME, send_confirmation
from users.logins.services.guess_limits import count_sign_up_mail, limit_network, limit_tries, uncount_mail
from users.logins.services.identities import allowed_name, reserve_name
from users.logins.services.invitations import check_invitation, count_sign_up, inviter_of
from users.logins.services.mailing import handles_of, queue_mail
from users.logins.services.staff import require_somewhere
from users.roles.models import Permission, is_within

log = get_logger(__name__)

STALE_AFTER = timedelta(days=7)  # sign-ups not admitted by then are deleted
MAX_REASON_LENGTH = 2000
UNSOLVED_PER_NETWORK, UNSOLVED_PER_DOMAIN = 5, 60  # sign-ups an hour


async def check_may_sign_up(*, domain: Domain, invite: str = "", address: str = "") -> int | None:
    """Return the id of the invitation that permits a sign-up, None if none is needed.

    Raises NotAllowed, with the reason, if this domain currently accepts no sign-ups from the client's `address`, and BadInput for an
    invalid invitation link.
    """
    logins.require_local(domain)
    if address and (await verdict_on(domain_id=domain.pk, email="", address=address)).is_network_refused:
        raise NotAllowed(code="network_refused")
    if domain.sign_up_mode in {SignUpMode.open, SignUpMode.approval}:
        return None
    if domain.sign_up_mode == SignUpMode.invite:
        if not invite:
            raise NotAllowed(code="invitation_needed", domain=domain.name)
        return await check_invitation(domain=domain, token=invite)
    raise NotAllowed(code="sign_up_closed", domain=domain.name)


async def check_age(*, domain: Domain, date_of_birth: dt.date | None) -> None:
    """Check that somebody is old enough for the domain, if it has a minimum age. The date is stored nowhere. Raises Invalid."""
    least = await options.get(options.MINIMUM_AGE, domain=domain.pk)
    if not least:
        return
    if date_of_birth is None:
        raise Invalid("date_of_birth", "blank")
    today = clock.now().date()
    had_birthday = (today.month, today.day) >= (date_of_birth.month, date_of_birth.day)
    if today.year - date_of_birth.year - (not had_birthday) < least:
        raise Invalid("date_of_birth", "below_limit", least=least)


async def sign_up(
    *,
    domain: Domain,
    email: str,
    password: str,
    username: str,
    address: str,
    invite: str = "",
    reason: str = "",
    date_of_birth: dt.date | None = None,
    puzzle: str = "",
    answer: str = "",
) -> User | None:
    """Sign up, as far as the domain accepts new users. `date_of_birth` is needed if it has a minimum age; `puzzle` and its `answer` spare
    the limits of those who have none (users/access_rules/puzzles.py).

    If the address already has a login nothing is created, its owner is notified by mail, and the result is None, after the same time:
    show the same page for both, so that it does not reveal who has a login here.
    """
    invitation_id = await check_may_sign_up(domain=domain, invite=invite)
    await check_age(domain=domain, date_of_birth=date_of_birth)
    await limit_network("sign_up", address, 10, 3600)
    await limit_unsolved(domain=domain, address=address, puzzle=puzzle, answer=answer)
    return await make_login(
        domain=domain,
        email=email,
        password=password,
        username=username,
        address=address,
        reason=reason,
        invitation_id=invitation_id,
    )


async def limit_unsolved(*, domain: Domain, address: str, puzzle: str = "", answer: str = "") -> None:
    """Let a sign-up with the right answer to its puzzle pass, and few without one, as those from apps. Raises TooMany."""
    if not await asks_puzzle(domain) or await is_solved(domain, puzzle, answer):
        return
    await limit_network("sign_up.unsolved", address, UNSOLVED_PER_NETWORK, 3600)
    await limit_tries(f"sign_up.unsolved:{domain.pk}", UNSOLVED_PER_DOMAIN, 3600)


async def make_login(
    *,
    domain: Domain,
    email: str,
    password: str,
    username: str,
    address: str = "",
    reason: str = "",
    app_id: int | None = None,
    invitation_id: int | None = None,
) -> User | None:
    """Create the login of a permitted sign-up, reserve the name, and queue the confirmation mail.

    Several unconfirmed sign-ups of an address can coexist, as anybody can make them: opening a link proves ownership and selects one.
    None if the address has a login: its owner is notified by mail. `app_id` is the app that was used. Raises BadInput if the name is
    invalid or taken.
    """
    email = clean_email(email)
    is_suspect = await _check_rules(domain.pk, email, address)
    username = await allowed_name(domain, username)
    # before the address is looked up
    password_hash = await hash_password(password, salt=salt_of(email))
    needs_mail = config().confirm_email
    needs_yes = is_suspect or domain.sign_up_mode == SignUpMode.approval
    pair = None if needs_mail or needs_yes else await new_rsa_pair()
    may_mail = await count_sign_up_mail(email)
    inviter_id = None if invitation_id is None else await inviter_of(invitation_id)
    question = await options.get(options.SIGN_UP_QUESTION, domain=domain.pk) if reason.strip() else ""
    now = clock.now()
    language = "" if get_language() == ENGLISH else get_language() or ""
    for last in (False, True):
        try:
            async with async_atomic():
                await reserve_name(domain, username, but_for=email)
                known = await login_reads.user_by_email(email)
                if known is not None and known.holds_address:
                    await _tell_owner(user=known, domain=domain, may_mail=may_mail)
                    return None
                said = {
                    "password_hash": password_hash,
                    "sign_up_reason": reason.strip()[:MAX_REASON_LENGTH],
                    "sign_up_question": question,
                    "sign_up_app": app_id,
                    "invited_by": inviter_id,
                }
                waiting = await _same_sign_up(domain, email, username, said)
                if waiting is None:
                    waiting = await User.objects.acreate(
                        email=email,
                        confirmed_at=None if needs_mail else now,
                        approved_at=None if needs_yes else now,
                        language=language,
                        **said,
                    )
                    await SignUp.objects.acreate(user=waiting, domain=domain, username=username)
                    if invitation_id is not None:
                        await count_sign_up(invitation_id)
                if needs_mail:
                    await send_confirmation(user=waiting, domain=domain, may_mail=may_mail)
                user = await admit(user_id=waiting.pk, pair=pair)
        except IntegrityError:  # another sign-up confirmed the address concurrently
            if last:
                raise
        except BadInput:
            await uncount_mail(email)
            raise
        else:
            break
    log.info("login.signed_up", user=user.pk, domain=domain.name, app=app_id)
    return user


async def _check_rules(domain_id: int, email: str, address: str = "") -> bool:
    """Return whether a rule requires a moderator's approval. Raises the refusal of a rule that forbids the sign-up."""
    verdict = await verdict_on(domain_id=domain_id, email=email, address=address)
    if verdict.is_network_refused:
        raise NotAllowed(code="network_refused")
    if verdict.is_email_refused:
        raise Invalid("email", "refused")
    return verdict.needs_approval


async def _same_sign_up(domain: Domain, email: str, username: str, said: dict[str, Any]) -> User | None:
    """Return the login of an identical unconfirmed sign-up, of a form submitted twice. Index users_user_address."""
    same = login_reads.users_with_address(email).filter(confirmed_at=None, **said)
    waiting = SignUp.objects.filter(user__in=same.values("pk"), domain=domain, username=username)
    found = await waiting.select_related("user").afirst()
    return found.user if found is not None else None


async def _tell_owner(*, user: User, domain: Domain, may_mail: bool) -> None:
    await queue_mail(
        to=user.email if may_mail else "",
        domain=domain,
        about="has_login",
        language=user.language,
        handles=await handles_of(user),
        useful_for=LIFETIME,
    )


async def confirm_again(*, user: User, domain: Domain, email: str = "") -> None:
    """Queue another confirmation mail for a sign-up, to another address if the first was mistyped.

    Nothing is sent if the address got many lately: any link that was sent still works.
    """
    await limit_tries(f"confirm:{user.pk}", 5, 3600)
    if user.confirmed_at is not None:
        raise NotAllowed(code="already_confirmed")
    email = clean_email(email) if email.strip() else user.email
    is_other = plain_email(email) != plain_email(user.email)
    is_suspect = False
    if is_other:
        home = await login_reads.domain_of_sign_up(user.pk)
        is_suspect = await _check_rules(home or domain.pk, email)
    may_mail = await count_sign_up_mail(email)
    try:
        async with async_atomic():
            if is_other:
                await _change_address(user, email)
            if is_suspect:  # the moderator who approved has not seen the new address
                await User.objects.filter(pk=user.pk, confirmed_at=None).aupdate(approved_at=None)
                user.approved_at = None
            await send_confirmation(user=user, domain=domain, may_mail=may_mail)
    except BadInput:
        await uncount_mail(email)
        raise


async def _change_address(user: User, email: str) -> None:
    """Move a sign-up with a mistyped address to this one, unless another sign-up of that address requests the same name."""
    known = await login_reads.user_by_email(email)
    if known is not None and known.holds_address:
        raise Invalid("email", "taken_by_login")
    await User.objects.filter(pk=user.pk, confirmed_at=None).aupdate(email=email)
    user.email = email
    wanted = await SignUp.objects.select_related("domain").filter(user=user.pk).afirst()
    if wanted is not None:
        await reserve_name(wanted.domain, wanted.username, but_for=email)


@audited(Act.approve_sign_up)
async def approve(*, moderator: User, user_id: int) -> User:
    """Approve a sign-up; it is admitted once the address is confirmed."""
    user, home = await _sign_up_of(moderator, user_id)
    pair = await key_pair_for(user)
    async with async_atomic():
        locked = await lock_login(user.pk)
        if locked.approved_at is not None:  # another staff member approved it a moment ago
            return locked
        admitted = await admit(user_id=user.pk, pair=pair, is_approved=True)
        wanted = await SignUp.objects.select_related("domain").filter(user=user.pk).afirst()
        name = wanted.handle if wanted is not None else ""
        await record(Act.approve_sign_up, Target("login", user.pk, name), by=moderator.pk, domain_id=home)
        return admitted


@audited(Act.confirm_address)
async def confirm_for(*, moderator: User, user_id: int) -> User:
    """Confirm the address of a sign-up in place of its owner, who gets no mail. It is admitted once it is approved. Raises NotFound."""
    user, home = await _sign_up_of(moderator, user_id)
    pair = await key_pair_for(user)
    async with async_atomic():
        locked = await lock_login(user.pk)
        if locked.confirmed_at is not None:  # its owner did a moment ago
            return locked
        await record(Act.confirm_address, Target("login", user.pk), by=moderator.pk, domain_id=home)
        return await admit(user_id=user.pk, pair=pair, is_confirmed=True)


@audited(Act.resend_confirmation)
async def resend_for(*, moderator: User, user_id: int) -> None:
    """Queue another confirmation mail for a sign-up. Raises as `confirm_again`, and NotFound."""
    user, home = await _sign_up_of(moderator, user_id)
    domain = await domain_by_id(home) if home is not None else None
    if domain is None:
        raise NotFound(code="no_such_login")
    async with async_atomic():
        await confirm_again(user=user, domain=domain)
        await record(Act.resend_confirmation, Target("login", user.pk), by=moderator.pk, domain_id=home)


async def _sign_up_of(moderator: User, user_id: int) -> tuple[User, int | None]:
    """Return a login and the domain that it signed up on, if that is in the moderator's scope. Raises NotFound otherwise."""
    scope = require_somewhere(moderator, Permission.manage_users)
    user = await login_reads.user_by_id(user_id)
    home = await login_reads.domain_of_sign_up(user.pk) if user is not None else None
    if user is None or not is_within(scope, home):
        raise NotFound
    return user, home


async def remove_stale_sign_ups(*, before: dt.datetime, limit: int = 500) -> int:
    """Delete sign-ups that were not admitted: not confirmed since `before`, or confirmed before it and not approved. Their names become
    available.
    """
    since = Coalesce("user__confirmed_at", "created_at")
    async with async_atomic():
        stale = SignUp.objects.alias(since=since).filter(since__lt=before).order_by("pk")
        ids = [pk async for pk in stale.select_for_update(of=("self",)).values_list("pk", flat=True)[:limit]]
        await User.objects.filter(pk__in=ids).adelete()
    if ids:
        log.info("login.sign_ups_removed", logins=len(ids))
    return len(ids)


async def remove_identities_of_pending_sign_ups(*, limit: int = 100) -> None:
    """Delete identities that versions before migration 0010 created for pending sign-ups. They are created on admission instead."""
    early = IdentityAccess.objects.filter(is_owner=True, user__in=SignUp.objects.values("pk")).order_by("pk")
    ids = [pk async for pk in early.values_list("identity", flat=True)[:limit]]
    if ids:
        async with async_atomic():
            await Identity.objects.filter(pk__in=ids).adelete()
