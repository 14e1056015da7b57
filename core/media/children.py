"""Jobs in child processes that can be killed: one process per job, with limits on memory and time, and without our secrets.

Starting one takes about 0.1 s of another processor, and 1 to 3 ms of the loop. A job that exhausts its memory or its time fails only its
own upload. There is no pool: a decoder corrupted by one user's file must not read the next user's.
"""

import asyncio
import os
import signal

import msgspec

from core.connections import require_no_connection
from core.errors import Invalid, Unavailable
from core.logs import get_logger
from core.media import limits
from core.media.messages import AnyAnswer, AnyJob, FileRefused, JobFailed
from core.processes.children import boot, start_child
from core.server_state import PerServer

log = get_logger(__name__)


_BOOT = boot("core.media.child.main")
_answers = msgspec.json.Decoder(AnyAnswer)
_turns = PerServer(lambda: asyncio.Semaphore(limits.IMAGE_CONCURRENCY))


async def run(
    job: AnyJob, descriptor: int | None = None, *, timeout_s: float = limits.IMAGE_TIMEOUT_S
) -> AnyAnswer:
    """Return the child's result. Raises BadInput if the file is at fault, also if the child dies; Unavailable if we are.

    Raises ConnectionHeld if the caller holds a database connection.
    """
    require_no_connection("a child process")
    try:
        async with asyncio.timeout(limits.QUEUE_TIMEOUT_S):
            await _turns().acquire()
    except TimeoutError as error:
        raise Unavailable(code="server_busy", detail=f"{type(job).__name__} waited for its turn") from error
    try:
        return await _run(job, descriptor, timeout_s)
    finally:
        _turns().release()


async def run_long(job: AnyJob) -> AnyAnswer:
    """Run a conversion in a child without queueing: the worker limits their number."""
    require_no_connection("a child process")
    return await _run(job, None, limits.VIDEO_TIMEOUT_S)


async def _run(job: AnyJob, descriptor: int | None, timeout_s: float) -> AnyAnswer:
    process = await start_child(
        _BOOT,
        str(-1 if descriptor is None else descriptor),
        stderr=asyncio.subprocess.PIPE,
        pass_fds=() if descriptor is None else (descriptor,),
    )
    try:
        async with asyncio.timeout(timeout_s):
            output, errors = await process.communicate(msgspec.json.encode(job))
    except TimeoutError as error:
        raise Invalid("file", "too_hard", detail=f"{type(job).__name__} took over {timeout_s} s") from error
    finally:
        if process.returncode is None:
            _kill(process.pid)
            await process.wait()
    return _answer(job, process.returncode, output, errors)


def _kill(pid: int) -> None:
    """Kill the child and all its descendants."""
    try:
        os.killpg(pid, signal.SIGKILL)
    except ProcessLookupError:
        return  # it just exited on its own


def _answer(job: AnyJob, code: int | None, output: bytes, errors: bytes) -> AnyAnswer:
    if code == 0:
        answer = _answers.decode(output)
        if isinstance(answer, FileRefused):
            raise answer.problem()
        if isinstance(answer, JobFailed):
            raise Unavailable(code="server_busy", detail=f"{type(job).__name__}: {answer.detail}")
        return answer
    last = errors.decode("utf-8", "replace").strip().rsplit("\n", 1)[-1][:500]
    log.warning("media.child_died", job=type(job).__name__, code=code, error=last)
    raise Invalid("file", "too_hard", detail=f"{type(job).__name__} ended with {code}")
