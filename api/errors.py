"""Conversion of Problems to JSON responses, with the errors of Mastodon's API that clients compare.

Source of the messages: the reference table mastodon_errors.tsv (docs.joinmastodon.org, methods pages).
"""

from http import HTTPStatus
from typing import Any

import msgspec
from django.http import HttpResponse

from api.error_messages import MASTODON_MESSAGES, OF_FIELDS, VALIDATION_PREFIX, error_message
from core.asgi import MethodNotAllowed
from core.error_messages import find_message
from core.errors import BadInput, NotAllowed, Problem, TooMany, Unauthenticated, Unavailable
from core.logs import get_logger

log = get_logger(__name__)

JSON = "application/json; charset=utf-8"

NOT_ALLOWED = MASTODON_MESSAGES["not_allowed"]


class FieldProblem(msgspec.Struct, frozen=True):
    """An error in one field: Mastodon's code (`ERR_TAKEN`), and a text that follows the name of the field."""

    error: str
    description: str


def field_problem(code: str, **facts: int | str) -> FieldProblem:
    """Return an error of one field in Mastodon's words."""
    error, text = OF_FIELDS[code]
    return FieldProblem(error, text.format_map(facts))


class ErrorBody(msgspec.Struct, omit_defaults=True):
    """Error: docs.joinmastodon.org/entities/Error"""

    error: str
    error_description: str = ""
    details: dict[str, list[FieldProblem]] | None = None
    unexpected_accounts: list[Any] | None = None


class ValidationFailed(BadInput):
    """422 with the errors of every field, as the sign-up from apps expects."""

    def __init__(self, fields: dict[str, list[FieldProblem]], *, detail: str = "") -> None:
        super().__init__(code="record_invalid", detail=detail)
        self.fields = fields


class ActionRefused(NotAllowed):
    """403 in Mastodon's words, with those of the refusal in `error_description`."""

    def __init__(self, refusal: BadInput) -> None:
        super().__init__(
            "",
            code=refusal.code,
            field=refusal.field,
            detail=refusal.detail,
            status=None,
            **refusal.facts,
        )


class MentionsRefused(BadInput):
    """422 for a post that mentions accounts outside of `allowed_mentions`, with those accounts."""

    def __init__(self, accounts: list[Any]) -> None:
        super().__init__(code="unexpected_mentions")
        self.accounts = accounts


class OAuthProblem(Problem):
    """An error of the OAuth endpoints: `error` is RFC 6749's (sections 4.1.2.1 and 5.2), the message of `code` goes to `error_description`."""

    def __init__(
        self, error: str, *, code: str, status: int = 400, detail: str = "", **facts: int | str
    ) -> None:
        super().__init__("", code=code, field="", detail=detail, status=status, **facts)
        self.error = error


def _body(problem: Problem) -> ErrorBody:
    """Return the error in Mastodon's words where it has some, else in ours."""
    if isinstance(problem, OAuthProblem):
        return ErrorBody(problem.error, error_message(problem))
    if isinstance(problem, ActionRefused):
        return ErrorBody(NOT_ALLOWED, problem.sentence)
    if isinstance(problem, ValidationFailed):
        return ErrorBody(VALIDATION_PREFIX + _listed(problem.fields), details=problem.fields)
    if words := find_message(MASTODON_MESSAGES, problem.field, problem.code, problem.facts):
        accounts = problem.accounts if isinstance(problem, MentionsRefused) else None
        return ErrorBody(words, unexpected_accounts=accounts)
    if isinstance(problem, NotAllowed):
        return ErrorBody(NOT_ALLOWED, problem.sentence)
    if isinstance(problem, BadInput) and problem.status == HTTPStatus.UNPROCESSABLE_ENTITY:
        return ErrorBody(VALIDATION_PREFIX + problem.sentence)
    return ErrorBody(problem.sentence)


def _listed(fields: dict[str, list[FieldProblem]]) -> str:
    return ", ".join(
        f"{name.capitalize()} {one.description}" for name, problems in fields.items() for one in problems
    )


def error_response(problem: Problem) -> HttpResponse:
    """Return the response for `problem`; its detail is only logged."""
    body = _body(problem)
    if problem.detail:
        log.info(
            "api.refused", status=int(problem.status), sentence=error_message(problem), detail=problem.detail
        )
    response = HttpResponse(msgspec.json.encode(body), content_type=JSON, status=int(problem.status))
    if isinstance(problem, Unauthenticated):
        response.headers["WWW-Authenticate"] = (
            f'Bearer realm="Takahe", error="invalid_token", error_description="{error_message(problem)}"'
        )
    if isinstance(problem, TooMany):
        response.headers["Retry-After"] = str(problem.retry_after_s)
        for name, value in getattr(problem, "headers", {}).items():
            response.headers[name] = value
    if isinstance(problem, Unavailable):
        response.headers["Retry-After"] = str(problem.retry_after_s)
    if isinstance(problem, MethodNotAllowed):
        response.headers["Allow"] = ", ".join(problem.allowed)
    return response
