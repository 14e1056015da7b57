"""Changing a login's e-mail address: its owner requests it with the password, then confirms in both mailboxes, the old one first.

Each link contains all data of the request and a fingerprint of address and password, so that a completed change or a new password
invalidates all of them.
"""

import hmac
from datetime import timedelta
from enum import StrEnum

import msgspec
from django.core import signing
from django.db import IntegrityError

from core import clock
from core.config import config
from core.db import async_atomic
from core.errors import BadInput, Invalid, NotAllowed, NotFound
from core.logs import get_logger
from core.pages.addresses import path_to
from users.audit.models import Act
from users.audit.services import Target, audited, record, record_of_shell
from users.domains.models import Domain
from users.identities.models import Restriction
from users.logins import queries as login_reads
from users.logins.addresses import clean_email, plain_email
from users.logins.models import User
from users.logins.services import guess_limits, logins, notices
from users.logins.services.admission import delete_unconfirmed, lock_login
from users.logins.services.mailing import handles_of, queue_mail
from users.logins.services.signed_links import read_link
from users.logins.services.staff import login_to_help

log = get_logger(__name__)

LIFETIME = timedelta(days=1)
_SALT = "users.address_change"
_REQUESTS_AN_HOUR = 5


class Mailbox(StrEnum):
    """The mailbox that received a link."""

    old = "old"
    new = "new"


class AddressChange(msgspec.Struct, frozen=True):
    """The change that a link requests: `user` still has the old address."""

    user: User
    email: str
    mailbox: Mailbox


async def request_change(*, user: User, email: str, password: str, domain: Domain) -> bool:
    """Send a link to the current address. Return True if the change is already made, because this server does not confirm addresses by
    mail.

    Raises Invalid for an invalid or unchanged address, NotAllowed for a wrong password and for suspended users: their old address would
    be available for another sign-up.
    """
    email = clean_email(email)
    if plain_email(email) == plain_email(user.email):
        raise Invalid("email", "unchanged")
    await guess_limits.require_password(user, password)
    await _require_unrestricted(user)
    if not config().confirm_email:
        await set_address(user=user, email=email)
        return True
    await guess_limits.limit_tries(f"address_change:{user.pk}", _REQUESTS_AN_HOUR, 3600)
    async with async_atomic():
        await _mail_link(user, email, Mailbox.old, to=user.email, domain=domain, about="address_leaves")
    log.info("login.address_change_requested", user=user.pk)
    return False


@audited(Act.change_address)
async def request_change_for(*, by: User, user_id: int, email: str, domain: Domain) -> bool:
    """Send a link to the new address of a login whose owner lost the old mailbox; opening it makes the change, and both are notified.

    For staff of all its domains who may act on it. Return True if the change is already made, because this server does not confirm
    addresses by mail. Raises Invalid for an invalid, unchanged or taken address.
    """
    async with async_atomic():
        user, home = await login_to_help(by, user_id)
        email = clean_email(email)
        if plain_email(email) == plain_email(user.email):
            raise Invalid("email", "unchanged")
        holder = await login_reads.user_by_email(email)
        if holder is not None and holder.holds_address:
            raise Invalid("email", "taken_by_login")
        await _require_unrestricted(user)
        if config().confirm_email:
            await _mail_link(user, email, Mailbox.new, to=email, domain=domain, about="address_arrives")
        else:
            await set_address(user=user, email=email)
        await record(Act.change_address, Target("login", user.pk), by=by.pk, domain_id=home)
    log.info("moderation.address_change_requested", by=by.pk, user=user.pk)
    return not config().confirm_email


async def open_link(token: str) -> AddressChange:
    """Read a link without side effects: mail scanners open links, too. Raises BadInput if it is forged, expired or used."""
    payload = read_link(token, _SALT, LIFETIME)
    user = await login_reads.user_by_id(int(payload["u"]))
    if (
        user is None
        or user.is_disabled
        or not hmac.compare_digest(str(payload["f"]), logins.fingerprint(user))
    ):
        raise BadInput(code="bad_link")
    return AddressChange(user, str(payload["n"]), Mailbox(payload["m"]))


async def confirm(*, token: str, domain: Domain, address: str) -> AddressChange:
    """Confirm in one mailbox: the old one gets a link sent to the new one, and the new one makes the change.

    If the new address already has a login, its owner is notified and the response is the same, so that it does not reveal who has a
    login.
    """
    await guess_limits.limit_network("address_change.network", address, guess_limits.PER_NETWORK, 3600)
    change = await open_link(token)
    user, email = change.user, change.email
    await _require_unrestricted(user)
    if change.mailbox is Mailbox.new:
        await set_address(user=user, email=email)
        return change
    # opening the link repeatedly must not flood the new mailbox
    may_mail = await guess_limits.count_sign_up_mail(email)
    holder = await login_reads.user_by_email(email)
    to = email if may_mail else ""
    async with async_atomic():
        if holder is not None and holder.holds_address:
            handles = await handles_of(holder)
            await queue_mail(
                to=to,
                domain=domain,
                about="has_login",
                language=holder.language,
                handles=handles,
                useful_for=LIFETIME,
            )
        else:
            await _mail_link(user, email, Mailbox.new, to=to, domain=domain, about="address_arrives")
    log.info("login.address_change_confirmed", user=user.pk)
    return change


async def set_address(*, user: User, email: str) -> User:
    """Change a login's address and notify both mailboxes. Sessions stay; unconfirmed sign-ups with the new address are deleted.

    Raises Invalid if another login has the address, BadInput if the login's address changed in the meantime.
    """
    email = clean_email(email)
    try:
        async with async_atomic():
            now = await lock_login(user.pk)
            if now.email != user.email:
                raise BadInput(code="bad_link")
            holder = await login_reads.user_by_email(email)
            if holder is not None and holder.holds_address and holder.pk != user.pk:
                raise Invalid("email", "taken_by_login")
            await delete_unconfirmed(email)
            await notices.mail_user(now, "address_changed", old=now.email, new=email)
            await User.objects.filter(pk=user.pk).aupdate(email=email)
            now.email = email
            await notices.mail_user(now, "address_changed", old=user.email, new=email)
            await record_of_shell(Act.change_address, Target("login", user.pk))
    except IntegrityError as error:  # another login confirmed it concurrently
        raise Invalid("email", "taken_by_login") from error
    except NotFound as error:
        raise BadInput(code="bad_link") from error
    log.info("login.address_changed", user=user.pk)
    return now


async def _require_unrestricted(user: User) -> None:
    people = await login_reads.identities_of(user)
    if user.is_restricted or any(one.staff_restriction == Restriction.suspended for one in people):
        raise NotAllowed(code="login_restricted")


async def _mail_link(
    user: User, email: str, mailbox: Mailbox, *, to: str, domain: Domain, about: str
) -> None:
    payload = {
        "u": user.pk,
        "f": logins.fingerprint(user),
        "n": email,
        "m": mailbox.value,
        "t": int(clock.now().timestamp()),
    }
    token = signing.dumps(payload, salt=_SALT)
    await queue_mail(
        to=to,
        domain=domain,
        about=about,
        language=user.language,
        link=domain.base_url + path_to("settings-address-confirm", token=token),
        new=email,
        handles=await handles_of(user),
        useful_for=LIFETIME,
    )
