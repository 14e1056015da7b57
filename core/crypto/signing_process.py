"""RSA signatures in a child process under load: a post to hundreds of servers uses a second processor.

A signature takes 0.3 to 0.8 ms, which is most of the cost of a delivery. At a low rate the event loop itself signs. At a high rate a
child is started (0.1 s of another processor, some 20 MB) and signs until the rate has been low for some seconds. The event loop signs
what the child's queue can't take, and everything if the child exits or hangs.
"""

import asyncio
from asyncio.subprocess import Process
from collections import deque

import msgspec

from core.crypto.keys import load_private_key, sign
from core.crypto.signing_frames import LENGTH_BYTES, READY, Job, frame
from core.logs import get_logger
from core.processes.children import boot, start_child
from core.server_state import PerServer

log = get_logger(__name__)

_MANY = 20  # signatures
_WITHIN_S = 0.1
_MAX_WAITING = 16  # in the child: a new high-priority job waits for so many others
_PATIENCE_S = 0.5
_START_S = 10.0
_CHUNK = 65_536
_IDLE_S = 10.0
_AGAIN_AFTER_S = 60.0  # after a child failed to start, or was lost
_BOOT = boot("core.crypto.signing_child")


class SigningProcess:
    """A signing child, started when the load justifies it. Belongs to one event loop."""

    def __init__(self) -> None:
        self._wanted_at: deque[float] = deque(maxlen=_MANY)
        self._many_at = self._not_before = float("-inf")
        # in the order of the child's responses; completed without a result if the child exits or can't use the key
        self._waiting: deque[asyncio.Future[bytes]] = deque()
        self._stdin: asyncio.StreamWriter | None = None  # while the child is ready
        self._task: asyncio.Task[None] | None = None

    @property
    def is_ready(self) -> bool:
        return self._stdin is not None

    async def sign(self, pem: str, text: bytes) -> bytes:
        """Return the RSA signature of `text` (PKCS#1 v1.5, SHA-256). Raises BadKey."""
        self.expect()
        if self._stdin is None or len(self._waiting) >= _MAX_WAITING:
            return sign(load_private_key(pem), text)
        job = frame(msgspec.msgpack.encode(Job(pem.encode(), text)))
        signature: asyncio.Future[bytes] = asyncio.get_running_loop().create_future()
        self._waiting.append(signature)
        self._stdin.write(job)
        return await signature or sign(load_private_key(pem), text)

    async def aclose(self) -> None:
        """Stop the child."""
        if self._task is not None:
            self._task.cancel()
            await asyncio.wait([self._task])

    def expect(self) -> None:
        """Note an imminent signature, and start the child if there are many."""
        now = asyncio.get_running_loop().time()
        self._wanted_at.append(now)
        if len(self._wanted_at) < _MANY or now - self._wanted_at[0] > _WITHIN_S:
            return
        self._many_at = now
        if self._task is None and now >= self._not_before:
            self._task = asyncio.create_task(self._run(), name="core:signing")

    def _lost(self, why: str) -> None:
        log.warning("signing.child_lost", why=why)
        self._not_before = asyncio.get_running_loop().time() + _AGAIN_AFTER_S

    async def _run(self) -> None:
        """Start a child, process its responses, and stop it when the load no longer justifies it."""
        process = None
        try:
            async with asyncio.timeout(_START_S):
                process = await start_child(_BOOT)
                assert process.stdin is not None
                assert process.stdout is not None
                await process.stdout.readexactly(len(READY))
            self._stdin = process.stdin
            await self._answer(process.stdout)
        except (OSError, EOFError) as error:  # TimeoutError is one, too
            self._lost(repr(error))
        finally:
            self._stdin, self._task = None, None
            waiting, self._waiting = self._waiting, deque()
            for signature in waiting:
                if not signature.done():
                    signature.set_result(b"")
            if process is not None:
                await _end(process)

    async def _answer(self, stdout: asyncio.StreamReader) -> None:
        """Deliver signatures to their callers. Raises EOFError if the child exits, TimeoutError if it hangs."""
        loop, unread = asyncio.get_running_loop(), b""
        while self._waiting or loop.time() - self._many_at < _IDLE_S:
            first = self._waiting[0] if self._waiting else None
            try:
                async with asyncio.timeout(_PATIENCE_S):
                    chunk = await stdout.read(_CHUNK)
            except TimeoutError:
                if first is not None and first is self._waiting[0]:
                    raise
                continue
            if not chunk:
                raise EOFError
            unread += chunk
            while len(unread) >= LENGTH_BYTES and len(unread) >= (
                end := LENGTH_BYTES + int.from_bytes(unread[:LENGTH_BYTES], "big")
            ):
                signature = self._waiting.popleft()
                if not signature.done():  # the caller was cancelled
                    signature.set_result(unread[LENGTH_BYTES:end])
                unread = unread[end:]


async def _end(process: Process) -> None:
    if process.returncode is None:
        process.kill()  # it has no state that could be lost
    await process.wait()


_processes: PerServer[dict[asyncio.AbstractEventLoop, SigningProcess]] = PerServer(dict)


def signing_process() -> SigningProcess:
    """Return the signing process of this server, created on the first call in the running event loop."""
    loop, processes = asyncio.get_running_loop(), _processes()
    if loop not in processes:
        processes.clear()
        processes[loop] = SigningProcess()
    return processes[loop]


async def close_signing_process() -> None:
    """Stop this server's child, if one runs."""
    while _processes():
        await _processes().popitem()[1].aclose()
