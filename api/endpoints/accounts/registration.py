"""Sign-up from an app, and confirmation of the address (docs.joinmastodon.org/methods/accounts#create, methods/emails)."""

import msgspec
from django.utils.translation import override

from api import limits
from api.entities.empty import Empty
from api.entities.token import Token
from api.routing import Call, endpoint
from api.services.registration import register
from core.errors import NotAllowed
from core.languages import preferred_language
from users.logins.services import sign_up


class SignUp(msgspec.Struct):
    """Parameters of a sign-up. `locale` is the language of mails and pages, if it is supported."""

    username: str = ""
    email: str = ""
    password: str = ""
    agreement: bool = False
    locale: str = ""
    reason: str = ""
    invite_code: str = ""
    date_of_birth: str = ""


@endpoint("POST", "/api/v1/accounts", scope="write:accounts", auth="app", bucket=limits.SIGN_UPS)
async def create(call: Call, new: SignUp) -> Token:
    """Sign up, and return a token. It works once the address is confirmed and, where required, a moderator has approved."""
    assert call.caller is not None
    if call.caller.user is not None:
        raise NotAllowed(code="app_token_needed")
    with override(preferred_language(new.locale)):
        plain, scopes, created_at = await register(
            app_id=call.caller.app_id,
            scopes=call.caller.scopes,
            domain=call.domain,
            username=new.username,
            email=new.email,
            password=new.password,
            agreement=new.agreement,
            address=call.request.client_address,
            reason=new.reason,
            invite=new.invite_code,
            date_of_birth=new.date_of_birth,
        )
    return Token(plain, "Bearer", scopes, created_at)


class Confirmation(msgspec.Struct):
    email: str = ""


@endpoint("POST", "/api/v1/emails/confirmations", auth="user", may_be_new=True)
async def confirm_again(call: Call, asked: Confirmation) -> Empty:
    """Send the confirmation mail again, to `email` if given. For the app that created the login."""
    assert call.caller is not None
    assert call.caller.user is not None
    if call.caller.user.sign_up_app != call.caller.app_id:
        raise NotAllowed(code="other_app")
    await sign_up.confirm_again(user=call.caller.user, domain=call.domain, email=asked.email)
    return Empty()


@endpoint("GET", "/api/v1/emails/check_confirmation", auth="user", may_be_new=True)
async def is_confirmed(call: Call) -> bool:
    """Return whether the address is confirmed."""
    assert call.caller is not None
    assert call.caller.user is not None
    return call.caller.user.confirmed_at is not None
