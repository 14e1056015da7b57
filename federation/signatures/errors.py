"""The error for a signature that is not accepted."""

from core.errors import Unauthenticated


class SignatureError(Unauthenticated):
    """A signature that is refused. `reason` is a short name for logs and stored records; the text of `code` tells the peer's operator
    what to fix.
    """

    def __init__(self, *, code: str, reason: str = "malformed", detail: str = "", **facts: int | str) -> None:
        super().__init__("", code=code, field="", detail=detail, status=None, **facts)
        self.reason = reason
