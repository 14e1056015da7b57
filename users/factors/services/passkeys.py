"""Passkeys: creating, naming, removing, and signing in. One with user verification by the device counts as two factors."""

import hmac
import secrets
from datetime import timedelta
from typing import Any

from django.conf import settings
from django.core import signing
from django.db import IntegrityError

from core import clock
from core.db import async_atomic
from core.errors import BadInput, Invalid, NotAllowed, NotFound, Unauthenticated
from core.logs import get_logger
from core.ratelimit import take_exact
from users.audit.models import Act
from users.domains.models import Domain
from users.factors.models import Passkey
from users.factors.services import webauthn
from users.factors.services.refusals import refusals_recorded
from users.factors.services.webauthn import Party, Refused
from users.logins.models import Session, User
from users.logins.services import guess_limits, logins, notices
from users.logins.services.signed_links import read_link

log = get_logger(__name__)

MAX_PASSKEYS = 20
MAX_NAME_LENGTH = 60
_SALT = "users.passkeys"
_LIFETIME = timedelta(hours=1)  # a sign-in page stays valid for as long
_PER_NETWORK, _WINDOW_S = 30, 600


def party_of(domain: Domain) -> Party:
    return Party(domain.host.partition(":")[0], domain.base_url)


def handle_of(user: User) -> bytes:
    """Return the user handle that devices store for a login. It reveals nothing about the login."""
    return hmac.digest(settings.SECRET_KEY.encode(), f"users.passkeys\n{user.pk}".encode(), "sha256")


def _ask(domain: Domain, user: User | None) -> tuple[str, str]:
    """Return a new challenge, and the token with which the form returns it."""
    challenge = webauthn.encode(secrets.token_bytes(32))
    made_at = int(clock.now().timestamp())
    token = signing.dumps(
        {"d": domain.pk, "u": user.pk if user else 0, "c": challenge, "t": made_at}, salt=_SALT
    )
    return challenge, token


async def _answered(token: str, domain: Domain, user: User | None) -> bytes:
    """Return the challenge of a token, which can be used once. Raises BadInput."""
    try:
        kept = read_link(token, _SALT, _LIFETIME)
    except BadInput as error:
        raise BadInput(code="passkey_expired", detail=error.detail) from error
    if (kept["d"], kept["u"]) != (domain.pk, user.pk if user else 0):
        raise Refused(detail="a question of another domain or login")
    used = await take_exact(f"passkey:{kept['c']}", 1, int(_LIFETIME.total_seconds()))
    if not used.allowed:
        raise BadInput(code="passkey_expired", detail="answered before")
    return webauthn.decode(kept["c"])


async def passkeys_of(user: User) -> list[Passkey]:
    """Return a login's passkeys with `domain`, newest first. Index on the login."""
    return [
        one async for one in Passkey.objects.select_related("domain").filter(user=user.pk).order_by("-pk")
    ]


async def options_to_make(user: User, domain: Domain) -> tuple[dict[str, Any], str]:
    """Return the WebAuthn options for creating a passkey, and the token of the form."""
    challenge, token = _ask(domain, user)
    there = await passkeys_of(user)
    title = domain.title or domain.name
    options = {
        "rp": {"id": party_of(domain).id, "name": title},
        "user": {"id": webauthn.encode(handle_of(user)), "name": user.email, "displayName": user.email},
        "challenge": challenge,
        "pubKeyCredParams": [{"type": "public-key", "alg": alg} for alg in webauthn.ALGORITHMS],
        "excludeCredentials": [
            {"type": "public-key", "id": webauthn.encode(bytes(one.credential_id))}
            for one in there
            if one.domain_id == domain.pk
        ],
        "authenticatorSelection": {
            "residentKey": "required",
            "requireResidentKey": True,
            "userVerification": "required",
        },
        "attestation": "none",
    }
    return options, token


def options_to_show(domain: Domain) -> tuple[dict[str, Any], str]:
    """Return the WebAuthn options for signing in, and the token of the form. They name no login: the device knows it."""
    challenge, token = _ask(domain, None)
    return {"challenge": challenge, "rpId": party_of(domain).id, "userVerification": "required"}, token


async def add(
    *, user: User, domain: Domain, token: str, credential: str, name: str, password: str
) -> Passkey:
    """Store a passkey of a login on this domain and mail its owner. Raises NotAllowed for a wrong password, BadInput for an invalid response."""
    name = _check_name(name)
    await guess_limits.require_password(user, password)
    async with refusals_recorded(Act.use_passkey, user, domain):
        answer = webauthn.parse(credential, webauthn.Created)
        made, counter = webauthn.check_created(answer, party_of(domain), await _answered(token, domain, user))
    try:
        async with async_atomic():
            await User.objects.select_for_update().aget(pk=user.pk)
            if await Passkey.objects.filter(user=user.pk).acount() >= MAX_PASSKEYS:
                raise Invalid("passkeys", "too_many", most=MAX_PASSKEYS)
            passkey = await Passkey.objects.acreate(
                user=user,
                domain=domain,
                credential_id=made.credential_id,
                attested=bytes(made),
                sign_count=counter,
                name=name,
            )
            await User.objects.filter(pk=user.pk).aupdate(has_passkey=True)
            await notices.mail_user(user, "factor_changed", change="passkey", name=name)
    except IntegrityError as error:
        raise Refused(detail="the credential is there already") from error
    log.info("login.passkey_added", user=user.pk, domain=domain.name)
    return passkey


async def rename(*, user: User, passkey_id: int, name: str) -> None:
    """Rename a passkey of the login. Raises NotFound for an unknown one or another login's."""
    name = _check_name(name)
    if not await Passkey.objects.filter(pk=passkey_id, user=user.pk).aupdate(name=name):
        raise NotFound


async def remove(*, user: User, passkey_id: int) -> None:
    """Remove a passkey of the login, which can't sign in any more, and mail its owner. Raises NotFound for an unknown one or another login's."""
    async with async_atomic():
        await User.objects.select_for_update().aget(pk=user.pk)
        passkey = await Passkey.objects.filter(pk=passkey_id, user=user.pk).afirst()
        if passkey is None:
            raise NotFound
        await passkey.adelete()
        await notices.mail_user(user, "factor_changed", change="passkey_removed", name=passkey.name)
        is_left = await Passkey.objects.filter(user=user.pk).aexists()
        await User.objects.filter(pk=user.pk).aupdate(has_passkey=is_left)
    log.info("login.passkey_removed", user=user.pk)


def _check_name(name: str) -> str:
    name = " ".join(name.split())
    if not name or not name.isprintable():
        raise Invalid("passkey_name", "blank")
    if len(name) > MAX_NAME_LENGTH:
        raise Invalid("passkey_name", "too_long", most=MAX_NAME_LENGTH)
    return name


async def _use(passkey: Passkey, answer: webauthn.Shown, party: Party, challenge: bytes) -> None:
    """Check the answer of a passkey, and count its use. Raises as `sign_in`."""
    user = passkey.user
    counter = webauthn.check_shown(answer, bytes(passkey.attested), party, challenge)
    if not hmac.compare_digest(webauthn.decode(answer.user_handle), handle_of(user)):
        raise Refused(detail="the handle of another login")
    logins.require_usable(user)
    same = Passkey.objects.filter(pk=passkey.pk)
    if counter or passkey.sign_count:
        same = same.filter(sign_count__lt=counter)  # the counter of a cloned key is lower
    if not await same.aupdate(sign_count=counter, last_used_at=clock.now()):
        log.warning("login.passkey_copied", user=user.pk, passkey=passkey.pk)
        raise NotAllowed(code="passkey_copied")


async def sign_in(
    *, domain: Domain, token: str, credential: str, address: str, user_agent: str, replaces: str = ""
) -> tuple[Session, str]:
    """Sign in with a passkey of this domain, and return the session and its cookie's value.

    Raises BadInput for an invalid response, Unauthenticated for an unknown passkey, NotAllowed for a login that may not be used.
    """
    logins.require_local(domain)
    await guess_limits.limit_network("passkey.address", address, _PER_NETWORK, _WINDOW_S)
    answer = webauthn.parse(credential, webauthn.Shown)
    challenge = await _answered(token, domain, None)
    found = Passkey.objects.select_related("user").filter(
        credential_id=webauthn.decode(answer.id), domain=domain.pk
    )
    passkey = await found.afirst()
    if passkey is None:
        raise Unauthenticated(code="unknown_passkey")
    user = passkey.user
    async with refusals_recorded(Act.use_passkey, user, domain):
        await _use(passkey, answer, party_of(domain), challenge)
    await logins.complete_sign_in(user=user, address=address, user_agent=user_agent)
    return await logins.open_session(
        user=user, address=address, user_agent=user_agent, domain=domain, replaces=replaces, is_strong=True
    )
