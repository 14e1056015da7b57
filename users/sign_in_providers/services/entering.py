"""Signing in with an account at a provider: with the connected login, one that is connected by its address, or a new one.

An address says who somebody is only if the provider has verified it, and only staff of this domain trust this provider: so it never opens a
login of staff, or one that lives on other domains, too. Their owners connect the account themselves (connecting.py).
"""

import datetime as dt
from datetime import timedelta
from typing import NamedTuple

import msgspec
from django.core import signing
from django.db import IntegrityError
from django.utils.translation import get_language

from core import clock
from core.crypto.keys import new_rsa_pair
from core.db import async_atomic
from core.errors import BadInput, Invalid, NotAllowed, Problem
from core.languages import ENGLISH
from core.logs import get_logger
from users.access_rules.queries import verdict_on
from users.audit.models import Act
from users.audit.services import Target, record
from users.domains.models import Domain
from users.logins import events
from users.logins import queries as login_reads
from users.logins.addresses import clean_email
from users.logins.models import Session, User
from users.logins.services import admission, logins, notices
from users.logins.services.guess_limits import limit_network
from users.logins.services.identities import allowed_name, insert_identity, reserve_name
from users.logins.services.sign_up import check_age
from users.logins.services.signed_links import read_link
from users.sign_in_providers import queries as reads
from users.sign_in_providers.models import ExternalLogin, SignInProvider
from users.sign_in_providers.reading import Claims
from users.sign_in_providers.services import groups

log = get_logger(__name__)

NAMED_WITHIN = timedelta(minutes=30)
_SENT_TWICE_WITHIN = timedelta(minutes=1)
_SALT = "users.sign_in_providers.new"


class Browser(NamedTuple):
    """The browser in which somebody signs in, and the domain. The session of the cookie `replaces` ends."""

    domain: Domain
    address: str
    user_agent: str
    replaces: str = ""


class NameNeeded(Exception):
    """The account is new here: its owner chooses a username, with this token in a cookie."""

    def __init__(self, token: str) -> None:
        super().__init__("a username is needed")
        self.token = token


async def enter(
    *, provider: SignInProvider, claims: Claims, browser: Browser, next_path: str = ""
) -> tuple[Session, str]:
    """Sign in with an account, and return the session and its cookie's value.

    Raises NameNeeded for a new account if the provider creates logins, SecondFactorNeeded if the login has an authenticator app, and
    NotAllowed, with what to do, if there is no login to be used.
    """
    link = await reads.link_of(provider, claims.subject)
    if link is None:
        link = await _connected_by_address(provider, claims, browser)
    if link is None:
        raise NameNeeded(_token(provider, claims, next_path))
    return await _open(provider, link, claims, browser)


async def _open(
    provider: SignInProvider, link: ExternalLogin, claims: Claims, browser: Browser
) -> tuple[Session, str]:
    logins.require_usable(link.user)
    async with async_atomic():
        await ExternalLogin.objects.filter(pk=link.pk).aupdate(last_used_at=clock.now(), label=claims.label)
        await groups.apply(provider=provider, link=link, groups=claims.groups)
    user = await login_reads.user_by_id(link.user_id)
    if user is None:
        raise NotAllowed(code="provider_no_login", provider=provider.name)
    if user.has_totp:
        raise logins.SecondFactorNeeded(user)
    await logins.complete_sign_in(user=user, address=browser.address, user_agent=browser.user_agent)
    return await logins.open_session(
        user=user,
        address=browser.address,
        user_agent=browser.user_agent,
        domain=browser.domain,
        replaces=browser.replaces,
        provider_id=provider.pk,
    )


async def _connected_by_address(
    provider: SignInProvider, claims: Claims, browser: Browser
) -> ExternalLogin | None:
    """Connect the login with the account's address; None if there is none and the account may get one. Raises NotAllowed, with what to do."""
    if not claims.email or not claims.is_verified:
        if not provider.creates_logins and not provider.connects_addresses:
            raise NotAllowed(code="provider_no_login", provider=provider.name)
        if claims.email:
            raise NotAllowed(code="provider_address_unverified", provider=provider.name)
        raise NotAllowed(code="provider_without_address", provider=provider.name)
    user = await login_reads.user_by_email(claims.email)
    if user is None or user.confirmed_at is None:
        if user is not None and user.holds_address:  # staff disabled it before it was confirmed
            raise NotAllowed(code="login_disabled")
        if not provider.creates_logins:
            raise NotAllowed(code="provider_no_login", provider=provider.name)
        await _check_rules(claims.email, browser)
        return None
    logins.require_usable(user)
    if not provider.connects_addresses:
        raise NotAllowed(code="provider_must_connect", provider=provider.name)
    try:
        async with async_atomic():
            user = await User.objects.select_for_update().aget(pk=user.pk)
            is_only_here = await login_reads.domains_of(user.pk) <= {provider.domain_id}
            if user.is_staff or not is_only_here or user.email.lower() != claims.email.lower():
                raise NotAllowed(code="provider_must_connect", provider=provider.name)
            return await connect(provider=provider, user=user, claims=claims)
    except IntegrityError as error:  # another account there is connected with it
        raise NotAllowed(code="provider_other_account", provider=provider.name) from error


async def connect(*, provider: SignInProvider, user: User, claims: Claims) -> ExternalLogin:
    """Connect an account with a login, and mail its owner. Runs inside the caller's transaction. Raises IntegrityError if either has another one."""
    link = await ExternalLogin.objects.acreate(
        provider=provider, subject=claims.subject, user=user, label=claims.label
    )
    await notices.mail_user(user, "factor_changed", change="provider", name=provider.name)
    await record(
        Act.connect_login,
        Target("login", user.pk),
        by=user.pk,
        domain_id=provider.domain_id,
        details={"name": provider.name, "provider": str(provider.pk)},
    )
    log.info("provider.connected", provider=provider.pk, user=user.pk)
    return link


async def _check_rules(email: str, browser: Browser) -> None:
    """Refuse addresses and networks that may not sign up. Approval is not needed: the provider knows its people."""
    verdict = await verdict_on(domain_id=browser.domain.pk, email=email, address=browser.address)
    if verdict.is_network_refused:
        raise NotAllowed(code="network_refused")
    if verdict.is_email_refused:
        raise NotAllowed(code="provider_address_refused")


# --- a new login ----------------------------------------------------------------------------------------------------


def _token(provider: SignInProvider, claims: Claims, next_path: str) -> str:
    mapped = {group for group, _role in provider.roles}
    few = msgspec.structs.replace(claims, groups=[one for one in claims.groups if one in mapped])
    made_at = int(clock.now().timestamp())
    return signing.dumps(
        {"p": provider.pk, "c": msgspec.to_builtins(few), "x": next_path, "t": made_at}, salt=_SALT
    )


class Newcomer(NamedTuple):
    """Somebody who chooses a username."""

    provider: SignInProvider
    claims: Claims
    next: str


async def newcomer(*, token: str, domain: Domain, provider_id: int) -> Newcomer:
    """Return who chooses a username. Raises BadInput if that took too long."""
    provider = await reads.open_provider(domain, provider_id)
    try:
        kept = read_link(token, _SALT, NAMED_WITHIN)
    except BadInput as error:
        raise BadInput(code="provider_expired", detail=error.detail) from error
    if kept["p"] != provider.pk:
        raise BadInput(code="provider_expired", detail="of another provider")
    return Newcomer(provider, msgspec.convert(kept["c"], Claims), kept["x"])


async def create(
    *, who: Newcomer, username: str, browser: Browser, date_of_birth: dt.date | None = None
) -> tuple[Session, str]:
    """Create the login and the identity of an account, and sign in. Sent twice, the second finds what the first has made.

    Raises Invalid for a name that can't be used, NotAllowed if the account may not get a login (any more).
    """
    provider, claims = who.provider, who.claims
    link = await reads.link_of(provider, claims.subject)
    if link is not None and clock.now() - link.created_at > _SENT_TWICE_WITHIN:
        raise BadInput(code="provider_expired", detail="the login was created before")
    if link is None:
        if not provider.creates_logins:
            raise NotAllowed(code="provider_no_login", provider=provider.name)
        await check_age(domain=browser.domain, date_of_birth=date_of_birth)
        await limit_network("sign_up", browser.address, 10, 3600)
        link = await _create(provider, claims, browser, username)
    return await _open(provider, link, claims, browser)


async def _create(provider: SignInProvider, claims: Claims, browser: Browser, username: str) -> ExternalLogin:
    domain = browser.domain
    email = _usable(claims.email)
    await _check_rules(email, browser)
    username = await allowed_name(domain, username)
    pair = await new_rsa_pair()
    now = clock.now()
    language = "" if get_language() == ENGLISH else get_language() or ""
    try:
        async with async_atomic():
            await reserve_name(domain, username, but_for=email)
            known = await login_reads.user_by_email(email)
            if known is not None and known.holds_address:
                raise NotAllowed(code="provider_must_connect", provider=provider.name)
            await admission.delete_unconfirmed(email)
            user = await User.objects.acreate(
                email=email, confirmed_at=now, approved_at=now, language=language
            )
            link = await connect(provider=provider, user=user, claims=claims)
            identity = await insert_identity(
                user=user, domain=domain, username=username, pair=pair, name=claims.name[:30]
            )
            await events.on_admitted.emit(user, identity)
    except IntegrityError as error:  # the same form, or another sign-up of the address, a moment ago
        link_of_first = await reads.link_of(provider, claims.subject)
        if link_of_first is None:
            raise Invalid("username", "taken", handle=f"{username}@{domain.name}") from error
        return link_of_first
    log.info("login.created_by_provider", user=user.pk, provider=provider.pk, handle=identity.handle)
    link.user = user
    return link


def _usable(email: str) -> str:
    try:
        return clean_email(email)
    except Problem as error:
        raise NotAllowed(code="provider_address_refused", detail=error.detail) from error
