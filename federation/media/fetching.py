"""A remote file being fetched: checked by its first bytes, stored in chunks, read by any number of clients at the same time."""

import asyncio
import os
from collections.abc import AsyncIterator
from contextlib import suppress

from core import http
from core.asgi.sending import StreamAborted
from core.db import async_atomic, own_connection, release_connection, sql
from core.http import FetchError, Stream
from core.logs import get_logger
from core.media import disk
from core.media.dimensions import dimensions
from core.media.incoming import IncomingFile
from core.media.locations import storage
from core.media.names import ENDINGS
from core.media.sniff import HEAD_BYTES, sniff
from federation import metrics
from federation.documents import host_of
from federation.media import files, limits
from federation.media.addresses import RequestedFile, original_of
from federation.media.errors import BUSY, GONE, FileUnavailable, media_refused, over_budget
from federation.media.events import on_copied
from federation.media.refusal import is_refused_source
from federation.media.stills import still_of
from federation.models import RemoteFileKind

log = get_logger(__name__)

CHUNK_BYTES = 64 * 1024
_GONE = frozenset((404, 410))
_PICTURES = "image/*"
_ALL = "image/*, video/*, audio/*"
_LOOKED_AT = 4096  # bytes to inspect before the first one is sent, if there are as many


class Flight:
    """A fetch. `media_type` is known once `is_shown`; a still version is shown only as a copy. `size` is stated by its server, or None."""

    def __init__(self, asked: RequestedFile) -> None:
        self.asked = asked
        self.media_type = ""
        self.size: int | None = None
        self.problem: FileUnavailable | None = None
        self.has_ended = False
        self._incoming: IncomingFile | None = None
        self._reserved = 0
        self._type = ""
        self._moved = asyncio.Event()

    @property
    def is_shown(self) -> bool:
        return bool(self.media_type)

    async def head(self) -> None:
        """Wait until the file is known to be of a type that is shown. Raises FileUnavailable."""
        while not self.is_shown and not self.has_ended:
            await self._moved.wait()
        if self.problem is not None:
            raise self.problem

    def descriptor(self) -> int | None:
        """Return a descriptor to read from; the caller closes it. None if the fetch has ended."""
        return None if self._incoming is None else os.dup(self._incoming.descriptor)

    async def pieces(self, descriptor: int, start: int, stop: int | None) -> AsyncIterator[bytes]:
        """Yield the bytes from `start` to `stop` (None: the end) as they arrive. Raises StreamAborted."""
        at = start
        while stop is None or at < stop:
            moved = self._moved
            most = CHUNK_BYTES if stop is None else min(CHUNK_BYTES, stop - at)
            if piece := os.pread(descriptor, most, at):
                at += len(piece)
                yield piece
                await asyncio.sleep(0)
            elif self.problem is not None:
                raise StreamAborted(self.problem.reason)
            elif self.has_ended:
                if stop is not None:
                    raise StreamAborted("shorter than its server said")
                return
            else:
                await moved.wait()

    async def run(self) -> None:
        """Fetch and store the file, or store the reason of the failure."""
        async with own_connection():
            try:
                await self._fetch()
                metrics.count("media", "fetched")
            except FileUnavailable as problem:
                await self._note(problem)
            except FetchError as error:
                await self._note(
                    FileUnavailable(
                        error.kind,
                        status=int(error.status),
                        is_gone=not error.is_temporary,
                        is_ours=error.is_ours,
                    )
                )
            except TimeoutError:
                await self._note(FileUnavailable("timed_out", status=504))
            except OSError as error:
                log.error("media.not_stored", error=error)
                await self._note(FileUnavailable("it could not be stored", status=503, is_ours=True))
            except asyncio.CancelledError:
                self.problem = FileUnavailable("the server stops", status=503, is_ours=True, wait_s=5)
                with suppress(*sql.CONNECTION_ERRORS):  # others wait until the lease ends
                    await files.release_lease(self.asked.key)
                raise
            except Exception as error:  # a database error, for example: nobody awaits this task
                log.failure("media.fetch_failed", error)
                self.problem = FileUnavailable("it could not be fetched", status=503, is_ours=True, wait_s=5)
            finally:
                self._end()

    async def refuse(self, problem: FileUnavailable) -> None:
        """Fail the fetch before it is started."""
        self.problem = problem
        try:
            async with own_connection():
                await self._note(problem)
        except sql.CONNECTION_ERRORS as error:  # others wait until the lease ends
            log.failure("media.fetch_failed", error)
        finally:
            self._end()

    async def _note(self, problem: FileUnavailable) -> None:
        metrics.count("media", "failed")
        if problem.is_ours:
            await files.release_lease(self.asked.key)
            problem.wait_s = 5.0
        else:
            problem.wait_s = await files.store_failure(
                self.asked.key, problem.reason, is_gone=problem.is_gone
            )
        self.problem = problem

    async def ended(self) -> None:
        """Wait until the fetch has ended."""
        while not self.has_ended:
            await self._moved.wait()

    async def _fetch(self) -> None:
        if self.asked.kind == RemoteFileKind.still:
            await self._copy_original()
            return
        if disk.is_full():
            raise FileUnavailable("the disk is full", status=503, is_ours=True)
        await release_connection()
        accept = _ALL if self.asked.kind == RemoteFileKind.attachment else _PICTURES
        async with http.client().stream(
            self.asked.url, accept=accept, head_timeout_s=limits.HEAD_TIMEOUT_S
        ) as answer:
            await self._check_head(answer)
            self._incoming = IncomingFile()
            try:
                async with asyncio.timeout(limits.IMAGE_TIMEOUT_S) as deadline:
                    await self._take(answer, deadline)
                await self._keep()
            finally:
                self._incoming.discard()

    async def _copy_original(self) -> None:
        """Make the still version from the emoji's copy, which exists (federation/media/flights.py)."""
        kept = await files.find(original_of(self.asked).key)
        try:
            content = storage().path(kept.file if kept is not None else "").read_bytes()  # at most 2 MB
        except (FileNotFoundError, IsADirectoryError):  # it was removed in between
            raise FileUnavailable(BUSY, status=503, is_ours=True) from None
        assert kept is not None
        self._incoming, self.size, self._type = IncomingFile(), len(content), kept.media_type
        try:
            await self._write(content)
            await self._keep()
        finally:
            self._incoming.discard()

    async def _check_head(self, answer: Stream) -> None:
        if answer.status in _GONE:
            raise FileUnavailable(GONE, status=404, is_gone=True)
        if answer.status != 200:
            raise FileUnavailable(f"the other server answers {answer.status}")
        if answer.header("content-encoding").lower() not in ("", "identity"):
            raise FileUnavailable("bad_answer")
        if host_of(answer.url) != host_of(self.asked.url):
            if await is_refused_source(host_of(answer.url)):
                raise media_refused()
            await release_connection()
        length = answer.header("content-length")
        self.size = int(length) if length.isascii() and length.isdigit() and len(length) < 16 else None
        is_picture = self.asked.kind != RemoteFileKind.attachment
        if self.size is not None and self.size > limits.max_bytes(self.asked.kind, is_picture=is_picture):
            raise FileUnavailable("answer_too_large", is_gone=True)

    async def _take(self, answer: Stream, deadline: asyncio.Timeout) -> None:
        """Write the body, after its beginning was found to be of a type that is shown."""
        assert self._incoming is not None
        most, head, began_at = 0, b"", _now()
        leased_at = began_at
        pieces = answer.pieces()
        while (piece := await _next(pieces)) is not None:
            if not self._type:
                head += piece
                if len(head) < _LOOKED_AT and (self.size is None or len(head) < self.size):
                    continue
                most, piece = self._check(head, deadline), head
            if self._incoming.size + len(piece) > most:
                raise FileUnavailable("answer_too_large", is_gone=True)
            await self._write(piece)
            if (
                lasted_s := _now() - began_at
            ) > limits.IMAGE_TIMEOUT_S and self._incoming.size < lasted_s * limits.MIN_BYTES_PER_S:
                raise FileUnavailable("it comes too slowly")
            if _now() - leased_at > files.LEASE_S / 3:
                leased_at = _now()
                await files.extend_lease(self.asked.key)
                await release_connection()
        if not self._type:
            if len(head) > self._check(head, deadline):
                raise FileUnavailable("answer_too_large", is_gone=True)
            await self._write(head)
        if self.size is not None and self._incoming.size != self.size:
            raise FileUnavailable("it ends early")

    def _check(self, head: bytes, deadline: asyncio.Timeout) -> int:
        """Return the size limit of the file. Raises FileUnavailable for types and sizes that are not shown."""
        found = sniff(head[:HEAD_BYTES])
        wanted = self.asked.kind == RemoteFileKind.attachment or (found is not None and found.kind == "image")
        if found is None or not wanted or found.media_type not in ENDINGS:
            raise FileUnavailable("empty" if not head else "it is no picture, film or sound", is_gone=True)
        size = dimensions(head)
        if size is not None and (0 in size or size[0] * size[1] > limits.MAX_PIXELS):
            raise FileUnavailable("it has too many pixels", is_gone=True)
        most = limits.max_bytes(self.asked.kind, is_picture=found.kind == "image")
        if self.size is not None and self.size > most:
            raise FileUnavailable("answer_too_large", is_gone=True)
        if found.kind != "image":
            deadline.reschedule(asyncio.get_running_loop().time() + limits.VIDEO_TIMEOUT_S)
        self._type = self.media_type = found.media_type
        return most

    async def _write(self, piece: bytes) -> None:
        """Write a chunk, once the budget has space for it."""
        assert self._incoming is not None
        is_small = self.size is not None and self.size <= limits.UNRESERVED_BYTES
        free = max(self._reserved, limits.UNRESERVED_BYTES if is_small else 0)
        if self._incoming.size + len(piece) > free:
            wanted = limits.to_reserve(self._incoming.size, len(piece), self.size)
            if not await files.reserve(self.asked.key, wanted, most_bytes=limits.overfull_bytes()):
                raise over_budget()
            self._reserved = wanted
            await release_connection()
        self._incoming.write(piece)
        self._move()

    async def _keep(self) -> None:
        assert self._incoming is not None
        if self.asked.kind == RemoteFileKind.still:
            made = await still_of(self._incoming, self._type)
            if made is not None:
                name, size = made
                await files.store(self.asked.key, file=name, media_type="image/png", size=size)
                return
        name, size, sha256 = (
            self._incoming.keep(ENDINGS[self._type]),
            self._incoming.size,
            self._incoming.sha256,
        )
        async with async_atomic():
            stored = await files.store(
                self.asked.key, file=name, media_type=self._type, size=size, sha256=sha256
            )
            if stored and self.asked.kind == RemoteFileKind.attachment:
                await on_copied.emit(self.asked, sha256)

    def _move(self) -> None:
        moved, self._moved = self._moved, asyncio.Event()
        moved.set()

    def _end(self) -> None:
        self.has_ended = True
        if self._incoming is not None:
            self._incoming.close()
            self._incoming = None
        self._move()


async def _next(pieces: AsyncIterator[bytes]) -> bytes | None:
    async with asyncio.timeout(limits.CHUNK_TIMEOUT_S):
        return await anext(pieces, None)


def _now() -> float:
    return asyncio.get_running_loop().time()
