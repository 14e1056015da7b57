"""Sign-up from an app (docs.joinmastodon.org/methods/accounts#create). Reports all errors at once, by field."""

import datetime as dt
from collections.abc import Callable

from api.errors import ActionRefused, FieldProblem, ValidationFailed, field_problem
from api.models import App
from api.oauth import scopes as scope_tree
from api.oauth.tokens import issue
from core.errors import BadInput, Invalid
from users.access_rules.queries import verdict_on
from users.domains.models import Domain, SignUpMode
from users.identities.names import MAX_USERNAME_LENGTH, RESERVED, check_username
from users.logins import passwords
from users.logins import queries as login_queries
from users.logins import queries as logins
from users.logins.addresses import clean_email
from users.logins.services import sign_up

type Problems = dict[str, list[FieldProblem]]


async def register(
    *,
    app_id: int,
    scopes: str,
    domain: Domain,
    username: str,
    email: str,
    password: str,
    agreement: bool,
    address: str,
    reason: str = "",
    invite: str = "",
    date_of_birth: str = "",
) -> tuple[str, str, int]:
    """Sign up a login. Returns text, scopes and creation time (seconds since 1970) of its token.

    The token works once the address is confirmed. Raises NotAllowed if the domain accepts no sign-ups (of this kind), TooMany, and
    ValidationFailed with all errors.
    """
    try:
        invitation_id = await sign_up.check_may_sign_up(domain=domain, invite=invite, address=address)
    except BadInput as error:
        raise ActionRefused(error) from error
    problems: Problems = {}
    await _check_username(problems, username.strip(), domain, email)
    await _check_email(problems, email.strip(), domain)
    await _check_password(problems, password)
    if not agreement:
        problems["agreement"] = [field_problem("not_accepted")]
    if domain.sign_up_mode == SignUpMode.approval and not reason.strip():
        problems["reason"] = [field_problem("blank")]
    await _check_age(problems, date_of_birth.strip(), domain)
    if problems:
        raise ValidationFailed(problems)
    await sign_up.limit_unsolved(domain=domain, address=address)
    try:
        user = await sign_up.make_login(
            domain=domain,
            email=email,
            password=password,
            username=username,
            address=address,
            reason=reason,
            app_id=app_id,
            invitation_id=invitation_id,
        )
    except BadInput as error:  # a concurrent sign-up, or a name that this domain reserves
        raise ValidationFailed({"username": [field_problem("taken")]}, detail=error.sentence) from error
    if user is None:  # a concurrent sign-up
        raise ValidationFailed({"email": [field_problem("taken")]})
    identity = await logins.first_identity(user, domain)  # None before admission
    app = await App.objects.aget(pk=app_id)
    token, plain = await issue(app=app, scopes=scopes or scope_tree.DEFAULT, user=user, identity=identity)
    return plain, token.scopes, int(token.created_at.timestamp())


async def _check_username(problems: Problems, username: str, domain: Domain, email: str) -> None:
    if not username:
        problems["username"] = [field_problem("blank")]
        return
    if len(username) > MAX_USERNAME_LENGTH:
        problems["username"] = [field_problem("too_long", most=MAX_USERNAME_LENGTH)]
    elif not _passes(check_username, username, reserved=frozenset()):
        problems["username"] = [field_problem("not_a_username")]
    elif not _passes(check_username, username, reserved=RESERVED):
        problems["username"] = [field_problem("reserved")]
    elif await login_queries.is_taken(domain, username, but_for=email):
        problems["username"] = [field_problem("taken")]


async def _check_email(problems: Problems, email: str, domain: Domain) -> None:
    if not email:
        problems["email"] = [field_problem("blank")]
    elif not _passes(clean_email, email):
        problems["email"] = [field_problem("invalid")]
    elif (await verdict_on(domain_id=domain.pk, email=email, address="")).is_email_refused:
        problems["email"] = [field_problem("provider_refused")]
    elif (known := await logins.user_by_email(email)) is not None and known.holds_address:
        problems["email"] = [field_problem("taken")]


async def _check_age(problems: Problems, date_of_birth: str, domain: Domain) -> None:
    try:
        born = dt.date.fromisoformat(date_of_birth) if date_of_birth else None
    except ValueError:
        problems["date_of_birth"] = [field_problem("invalid")]
        return
    try:
        await sign_up.check_age(domain=domain, date_of_birth=born)
    except Invalid:
        problems["date_of_birth"] = [field_problem("below_limit") if born else field_problem("blank")]


async def _check_password(problems: Problems, password: str) -> None:
    if not password:
        problems["password"] = [field_problem("blank")]
    elif len(password) < passwords.MIN_LENGTH:
        problems["password"] = [field_problem("too_short", least=passwords.MIN_LENGTH)]
    elif len(password) > passwords.MAX_LENGTH:
        problems["password"] = [field_problem("too_long", most=passwords.MAX_LENGTH)]
    elif not _passes(passwords.check_password_rules, password):
        problems["password"] = [field_problem("too_easy")]
    elif await passwords.is_refused(password):
        problems["password"] = [field_problem("too_common")]


def _passes(check: Callable[..., object], *given: object, **more: object) -> bool:
    try:
        check(*given, **more)
    except BadInput:
        return False
    return True
