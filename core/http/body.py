"""Reading response bodies within limits, both compressed and decompressed."""

import zlib
from collections.abc import AsyncIterable

from core.http.errors import InvalidResponse, ResponseTooLarge
from core.http.memory_budget import FREE_BYTES, Reservation

_CHUNK = 64 * 1024
_MAX_MEMBERS = 200  # of gzip: each costs a scan of the received data, even if it is empty


async def read_body(
    chunks: AsyncIterable[bytes],
    encoding: str,
    *,
    max_bytes: int,
    reservation: Reservation,
    length: int | None = None,
    cut: bool = False,
) -> tuple[bytes, bool]:
    """Return the decompressed body and whether it is complete. A large body waits for memory in `reservation`.

    `length` is the number of bytes on the wire, if it is known.

    Over the limit it raises ResponseTooLarge, or with `cut` truncates. Raises InvalidResponse for an encoding other than gzip or deflate,
    or for malformed data.
    """
    unpack = _unpacker(encoding)
    body = bytearray()
    on_the_wire = 0
    expected = max_bytes if unpack is not None or length is None else min(length, max_bytes)
    async for chunk in chunks:
        on_the_wire += len(chunk)
        # a stream that decompresses to nothing could continue forever, so the wire has the same limit
        if unpack is None:
            body += chunk
        else:
            rest = unpack.feed(chunk, body, min(FREE_BYTES, max_bytes))
        if FREE_BYTES < len(body) <= max_bytes:
            await reservation.reserve(expected)
            if unpack is not None:
                unpack.feed(rest, body, max_bytes)
        if len(body) > max_bytes or on_the_wire > max_bytes or (unpack is not None and unpack.is_in_pieces):
            if cut:
                return bytes(body[:max_bytes]), False
            raise ResponseTooLarge(
                code="answer_too_large",
                detail=f"over {max_bytes} bytes, {on_the_wire} on the wire",
            )
    if unpack is not None and not unpack.is_complete and body and not cut:
        raise InvalidResponse(code="answer_ends_early", detail=encoding)
    return bytes(body), True


class _Unpacker:
    """Incremental decompression of gzip (also of several members) or deflate (with or without zlib header)."""

    def __init__(self, *, gzip: bool) -> None:
        self._gzip = gzip
        self._wbits = 31 if gzip else 15
        self._engine = zlib.decompressobj(self._wbits)
        self._untouched = True
        self._members = 1

    @property
    def is_in_pieces(self) -> bool:
        """Return whether there are more gzip members than legitimate servers send; they are not decompressed."""
        return self._members > _MAX_MEMBERS

    @property
    def is_complete(self) -> bool:
        return self._engine.eof

    def feed(self, data: bytes, body: bytearray, max_bytes: int) -> bytes:
        """Append the decompressed `data`, stopping soon after `max_bytes`. Return the remaining input."""
        while True:
            if self._engine.eof:
                if not data or not self._gzip or not data.strip(b"\0"):
                    return b""  # done, or padding after the end
                self._members += 1
                if self.is_in_pieces:
                    return b""
                self._engine = zlib.decompressobj(self._wbits)
            try:
                piece = self._engine.decompress(data, _CHUNK)
            except zlib.error as error:
                if self._gzip or not self._untouched or self._wbits < 0:
                    raise InvalidResponse(code="answer_damaged", detail=str(error)) from error
                self._wbits = -15  # "deflate" without the zlib header, as some servers send it
                self._engine = zlib.decompressobj(self._wbits)
                continue
            self._untouched = False
            body += piece
            data = self._engine.unused_data or self._engine.unconsumed_tail
            # a full piece may leave more inside the engine even when all input is used up
            if len(body) > max_bytes or (not data and len(piece) < _CHUNK):
                return data


def _unpacker(encoding: str) -> _Unpacker | None:
    match encoding.strip().lower():
        case "" | "identity":
            return None
        case "gzip" | "x-gzip":
            return _Unpacker(gzip=True)
        case "deflate":
            return _Unpacker(gzip=False)
    raise InvalidResponse(code="answer_packed", detail=repr(encoding[:100]))
