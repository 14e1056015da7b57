"""Conversion of Problems to JSON responses, with the errors of Mastodon's API that clients compare.

Source of the messages: the reference table mastodon_errors.tsv (docs.joinmastodon.org, methods pages).
"""

from http import HTTPStatus
from typing import Any

import msgspec
from django.http import HttpResponse

from api.error_messages import MASTODON_MESSAGES
from api.error_messages import VALIDATION_PREFIX as _VALIDATION
from core.asgi import MethodNotAllowed
from core.error_messages import find_message
from core.errors import BadInput, NotAllowed, Problem, TooMany, Unauthenticated
from core.logs import get_logger

log = get_logger(__name__)

JSON = "application/json; charset=utf-8"

TOKEN_INVALID = "The access token is invalid"  # noqa: S105  # a sentence
TOKEN_REVOKED = "The access token was revoked"  # noqa: S105  # a sentence
TOKEN_EXPIRED = "The access token expired"  # noqa: S105  # a sentence
USER_NEEDED = "This method requires an authenticated user"
SCOPE_MISSING = "This action is outside the authorized scopes"
LOGIN_DISABLED = "Your login is currently disabled"
LOGIN_UNCONFIRMED = "Your login is missing a confirmed e-mail address"
LOGIN_PENDING = "Your login is currently pending approval"
ANONYMOUS_REFUSED = "This API requires an authenticated user"
NOT_ALLOWED = "This action is not allowed"
RECORD_INVALID = "Record invalid"
APP_TOKEN_NEEDED = "This method requires an client credentials authentication"  # noqa: S105  # Mastodon's words
OTHER_APP = "This method is only available to the application the user originally signed-up with"


class FieldProblem(msgspec.Struct, frozen=True):
    """An error in one field: Mastodon's code (`ERR_TAKEN`), and a text that follows the name of the field."""

    error: str
    description: str


class ErrorBody(msgspec.Struct, omit_defaults=True):
    """Error: docs.joinmastodon.org/entities/Error"""

    error: str
    error_description: str = ""
    details: dict[str, list[FieldProblem]] | None = None
    unexpected_accounts: list[Any] | None = None


class ValidationFailed(BadInput):
    """422 with the errors of every field, as the sign-up from apps expects."""

    def __init__(self, fields: dict[str, list[FieldProblem]], *, detail: str = "") -> None:
        words = [
            f"{name.capitalize()} {one.description}" for name, problems in fields.items() for one in problems
        ]
        super().__init__(_VALIDATION + ", ".join(words), detail=detail)
        self.fields = fields


class ActionRefused(NotAllowed):
    """403 in Mastodon's words, with the sentence in `error_description`."""


class MentionsRefused(BadInput):
    """422 for a post that mentions accounts outside of `allowed_mentions`, with those accounts."""

    def __init__(self, sentence: str, accounts: list[Any]) -> None:
        super().__init__(sentence)
        self.accounts = accounts


class OAuthProblem(Problem):
    """An error of the OAuth endpoints: a code of RFC 6749 section 5.2 in `error`, the message in `error_description`."""

    def __init__(self, code: str, sentence: str, *, status: int = 400, detail: str = "") -> None:
        super().__init__(sentence, detail=detail, status=status)
        self.code = code


def missing_parameter(name: str) -> BadInput:
    return BadInput(f"param is missing or the value is empty or invalid: {name}", status=400)


def invalid(words: str, *, detail: str = "") -> BadInput:
    """Return 422 with words that follow "Validation failed: "."""
    return BadInput(_VALIDATION + words, detail=detail)


def invalid_parameter(name: str, reason: str = "is invalid") -> BadInput:
    """Return `Validation failed: Max id is invalid`: the form that Mastodon's model validations have."""
    return invalid(f"{name.replace('_', ' ').capitalize()} {reason}")


def _body(problem: Problem) -> ErrorBody:
    """Return the error in Mastodon's words where it has some, else in the service's.

    Services give a code. An error without one was raised here, in the API's own words, which are said as they are.
    """
    if isinstance(problem, OAuthProblem):
        return ErrorBody(problem.code, problem.sentence)
    if words := find_message(MASTODON_MESSAGES, problem.field, problem.code, problem.facts):
        return ErrorBody(words)
    if isinstance(problem, ValidationFailed):
        return ErrorBody(problem.sentence, details=problem.fields)
    if isinstance(problem, MentionsRefused):
        return ErrorBody(problem.sentence, unexpected_accounts=problem.accounts)
    if problem.sentence and not problem.code and not isinstance(problem, ActionRefused):
        return ErrorBody(problem.sentence)
    if isinstance(problem, NotAllowed):
        return ErrorBody(NOT_ALLOWED, problem.sentence)
    if isinstance(problem, BadInput) and problem.status == HTTPStatus.UNPROCESSABLE_ENTITY:
        return ErrorBody(_VALIDATION + problem.sentence)
    return ErrorBody(problem.sentence)


def error_response(problem: Problem) -> HttpResponse:
    """Return the response for `problem`; its detail is only logged."""
    body = _body(problem)
    if problem.detail:
        log.info("api.refused", status=int(problem.status), sentence=problem.sentence, detail=problem.detail)
    response = HttpResponse(msgspec.json.encode(body), content_type=JSON, status=int(problem.status))
    if isinstance(problem, Unauthenticated):
        response.headers["WWW-Authenticate"] = (
            f'Bearer realm="Takahe", error="invalid_token", error_description="{problem.sentence}"'
        )
    if isinstance(problem, TooMany):
        response.headers["Retry-After"] = str(problem.retry_after_s)
        for name, value in getattr(problem, "headers", {}).items():
            response.headers[name] = value
    if isinstance(problem, MethodNotAllowed):
        response.headers["Allow"] = ", ".join(problem.allowed)
    return response
