"""The one tree of errors that reach people.

    Problem                 a code with facts or a safe sentence, a private detail, a status
    ├── BadInput      422   what was sent can't be used as it is (also 400)
    │   └── Invalid   422   the same, of one field
    ├── Unauthenticated 401 we don't know who you are
    ├── NotAllowed    403   we know who you are, and no
    ├── NotFound      404   absent, or hidden from you: the two look the same
    ├── Gone          410   it was here and was deleted
    ├── StaleForm     409   the form was made for somebody else, or too long ago (403 where its token is wrong)
    ├── TooMany       429   slow down
    ├── TooLarge      413   the body or a part of it is over a limit
    └── Unavailable   503   something we depend on is not there right now

One place per surface (API, pages, ActivityPub) turns a Problem into a response; the detail goes to the log only.
"""

from http import HTTPStatus

import msgspec

from core.error_messages import error_message


class Problem(Exception):
    """An error that may be shown to users.

    Errors raised in web and takahe may have a `sentence`. Services and the API have no texts: they give a `code` and the facts for the message
    (limits, names), and `core/error_messages.py` has the message. Both are safe to show to anyone; `detail` goes to the log only. `field`
    is the name of the invalid field, for forms.
    """

    status: int = HTTPStatus.BAD_REQUEST

    def __init__(
        self,
        sentence: str = "",
        *,
        code: str = "",
        field: str = "",
        detail: str = "",
        status: int | None = None,
        **facts: int | str,
    ) -> None:
        self.sentence = sentence or error_message(field, code, facts)
        super().__init__(self.sentence)
        self.code = code
        self.field = field
        self.detail = detail
        self.facts = facts
        if status is not None:
            self.status = status

    def stored(self) -> str:
        """Return the stored form, for `restored`: JSON, or the message if there is no code."""
        if not self.code:
            return self.sentence
        return msgspec.json.encode(_Stored(self.field, self.code, self.facts)).decode()


class _Stored(msgspec.Struct, omit_defaults=True):
    field: str
    code: str
    facts: dict[str, int | str] = {}


class BadInput(Problem):
    status = HTTPStatus.UNPROCESSABLE_ENTITY


class Invalid(BadInput):
    """A field is invalid, for the reason `code`."""

    def __init__(self, field: str, code: str, *, detail: str = "", **facts: int | str) -> None:
        super().__init__("", code=code, field=field, detail=detail, status=None, **facts)


def restored(stored: str) -> BadInput:
    """Return a problem from its stored form; a message stays unchanged."""
    try:
        kept = msgspec.json.decode(stored, type=_Stored)
    except msgspec.DecodeError:
        return BadInput(stored)
    return Invalid(kept.field, kept.code, detail="", **kept.facts)


class Unauthenticated(Problem):
    status = HTTPStatus.UNAUTHORIZED


class NotAllowed(Problem):
    status = HTTPStatus.FORBIDDEN


class NotFound(Problem):
    status = HTTPStatus.NOT_FOUND

    def __init__(self, sentence: str = "", *, code: str = "", detail: str = "", **facts: int | str) -> None:
        if not sentence and not code:
            code = "not_found"
        super().__init__(sentence, code=code, field="", detail=detail, status=None, **facts)


class Gone(Problem):
    status = HTTPStatus.GONE


class StaleForm(Problem):
    """A form that may not be processed as sent, but may be submitted again. Pages show its contents."""

    status = HTTPStatus.CONFLICT


class TooMany(Problem):
    status = HTTPStatus.TOO_MANY_REQUESTS

    def __init__(
        self,
        sentence: str = "",
        *,
        code: str = "",
        detail: str = "",
        retry_after_s: int = 60,
        **facts: int | str,
    ) -> None:
        if not sentence and not code:
            code = "too_many_requests"
        super().__init__(sentence, code=code, field="", detail=detail, status=None, **facts)
        self.retry_after_s = retry_after_s


class TooLarge(Problem):
    status = HTTPStatus.REQUEST_ENTITY_TOO_LARGE


class Unavailable(Problem):
    status = HTTPStatus.SERVICE_UNAVAILABLE
    retry_after_s = 30


class Paused(Unavailable):
    """The domain is paused by its staff, usually for minutes."""

    retry_after_s = 300
