"""An answer whose body is read piece by piece, as it comes over the wire."""

from collections.abc import AsyncIterator
from typing import TYPE_CHECKING, cast

if TYPE_CHECKING:
    import httpx


class Stream:
    """`url` is where the last redirect led. The body is not unpacked: see the header `content-encoding`."""

    __slots__ = ("_answer", "status", "url")

    def __init__(self, answer: "httpx.Response", url: str) -> None:
        self._answer = answer
        self.status = answer.status_code
        self.url = url

    def header(self, name: str) -> str:
        """Return the values of a header joined by commas, or an empty string."""
        wanted = name.lower().encode()
        found = [value for key, value in self._answer.headers.raw if key.lower() == wanted]
        return ", ".join(value.decode("latin-1").strip() for value in found)

    async def pieces(self) -> AsyncIterator[bytes]:
        """Yield the body. Raises FetchError."""
        async for piece in cast("httpx.AsyncByteStream", self._answer.stream):
            yield piece
