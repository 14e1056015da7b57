"""The second step of signing in: a code of the authenticator app, or a recovery code, after the password."""

import secrets
from datetime import timedelta

from django.core import signing

from core import clock
from core.crypto.keys import unseal
from core.errors import BadInput, Unauthenticated
from core.logs import get_logger
from users.audit.models import Act
from users.domains.models import Domain
from users.factors.models import Totp
from users.factors.services import recovery, totp
from users.factors.services.refusals import refusals_recorded
from users.logins import queries as login_reads
from users.logins.models import Session, User
from users.logins.services import guess_limits, logins
from users.logins.services.signed_links import read_link

log = get_logger(__name__)

_SALT = "users.second_step"
_LIFETIME = timedelta(minutes=10)


def proof_of(user: User, provider_id: int | None = None) -> str:
    """Return the proof of the first step, a correct password or an account at a provider, that the form of the second step contains."""
    made_at = int(clock.now().timestamp())
    kept = {"u": user.pk, "f": logins.fingerprint(user), "p": provider_id, "t": made_at}
    return signing.dumps(kept, salt=_SALT)


async def _user_of(proof: str) -> tuple[User, int | None]:
    """Return the login of a proof, and the provider. Raises BadInput if it is forged, expired, or the password has changed."""
    kept = read_link(proof, _SALT, _LIFETIME)
    user = await login_reads.user_by_id(int(kept["u"]))
    fits = user is not None and secrets.compare_digest(str(kept["f"]), logins.fingerprint(user))
    if user is None or not fits or user.is_disabled:
        raise BadInput(code="bad_link", detail="the login changed meanwhile")
    return user, kept.get("p")


async def sign_in(
    *,
    proof: str,
    code: str,
    recovery_code: str = "",
    address: str,
    user_agent: str,
    domain: Domain | None = None,
    replaces: str = "",
) -> tuple[Session, str]:
    """Sign in with a code after the password, and return the session and its cookie's value.

    Raises Unauthenticated for a wrong or used code, TooMany for guessing, BadInput if the password is required again.
    """
    user, provider_id = await _user_of(proof)
    await guess_limits.limit_codes(user=user, address=address)
    async with refusals_recorded(Act.use_code, user, domain):
        if not (
            await recovery.use_code(user, recovery_code) if recovery_code else await use_totp(user, code)
        ):
            log.info("login.code_refused", user=user.pk, address=address)
            raise Unauthenticated(code="wrong_code")
    await logins.complete_sign_in(user=user, address=address, user_agent=user_agent)
    return await logins.open_session(
        user=user,
        address=address,
        user_agent=user_agent,
        domain=domain,
        replaces=replaces,
        is_strong=True,
        provider_id=provider_id,
    )


async def use_totp(user: User, code: str) -> bool:
    """Use up a code of the login's app; return whether it was valid. A code not newer than the last accepted one is invalid."""
    there = await Totp.objects.filter(user=user.pk).afirst()
    if there is None:
        return False
    step = totp.step_of(unseal(there.secret), "".join(code.split()), clock.now())
    if step is None:
        return False
    fresh = Totp.objects.filter(user=user.pk, secret=there.secret, last_step__lt=step)
    return bool(await fresh.aupdate(last_step=step))
