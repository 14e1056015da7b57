"""The one tree of errors that reach people.

    Problem                 a safe sentence, a private detail, a status
    ├── BadInput      422   what was sent can't be used as it is (also 400)
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


class Problem(Exception):
    """Something went wrong in a way that a person can be told about.

    `sentence` is safe to show anyone; `detail` goes to the log and never leaves the process. `field` is the name of what was wrong, for forms.
    """

    status: int = HTTPStatus.BAD_REQUEST

    def __init__(
        self, sentence: str, *, detail: str = "", status: int | None = None, field: str = ""
    ) -> None:
        super().__init__(sentence)
        self.sentence = sentence
        self.detail = detail
        self.field = field
        if status is not None:
            self.status = status


class BadInput(Problem):
    status = HTTPStatus.UNPROCESSABLE_ENTITY


class Unauthenticated(Problem):
    status = HTTPStatus.UNAUTHORIZED


class NotAllowed(Problem):
    status = HTTPStatus.FORBIDDEN


class NotFound(Problem):
    status = HTTPStatus.NOT_FOUND

    def __init__(self, sentence: str = "Record not found", *, detail: str = "") -> None:
        super().__init__(sentence, detail=detail)


class Gone(Problem):
    status = HTTPStatus.GONE


class StaleForm(Problem):
    """A form that may not be executed as it was sent, by somebody who may send it again. Pages show its words."""

    status = HTTPStatus.CONFLICT


class TooMany(Problem):
    status = HTTPStatus.TOO_MANY_REQUESTS

    def __init__(
        self, sentence: str = "Too many requests", *, detail: str = "", retry_after_s: int = 60
    ) -> None:
        super().__init__(sentence, detail=detail)
        self.retry_after_s = retry_after_s


class TooLarge(Problem):
    status = HTTPStatus.REQUEST_ENTITY_TOO_LARGE


class Unavailable(Problem):
    status = HTTPStatus.SERVICE_UNAVAILABLE
