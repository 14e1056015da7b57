"""A response whose body is read in chunks, as it arrives."""

from collections.abc import AsyncIterator
from typing import TYPE_CHECKING, cast

if TYPE_CHECKING:
    import httpx


class Stream:
    """A response. `url` is the final one after redirects. The body is not decompressed: see the header `content-encoding`."""

    __slots__ = ("_answer", "status", "url")

    def __init__(self, answer: "httpx.Response", url: str) -> None:
        self._answer = answer
        self.status = answer.status_code
        self.url = url

    def header(self, name: str) -> str:
        """Return the values of a header joined by commas, or ""."""
        wanted = name.lower().encode()
        found = [value for key, value in self._answer.headers.raw if key.lower() == wanted]
        return ", ".join(value.decode("latin-1").strip() for value in found)

    async def pieces(self) -> AsyncIterator[bytes]:
        """Yield the body. Raises FetchError."""
        async for piece in cast("httpx.AsyncByteStream", self._answer.stream):
            yield piece
