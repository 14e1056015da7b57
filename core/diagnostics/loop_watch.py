"""A debug tool: logs every callback that blocks the event loop for too long, with a stack sample.

It works under uvloop and without threads: an interval timer's signal samples the running frame, and each sample schedules a callback in
the loop. Two samples in the same callback without the scheduled one between them mean that it blocks.

A callback that neither computed nor waited did not block the loop: other processes had the processor.
"""

import asyncio
import signal
import sys
import time
from types import FrameType

from core.logs import get_logger

log = get_logger(__name__)

_SAMPLES_PER_LIMIT = 4
_DEEPEST = 12
_OWN_SHARE = 0.75  # of the limit, excluding time during which others had the processor


def _queued_s() -> float:
    """Return how long this thread was ready to run while other processes had the processor; 0 if the kernel does not count that."""
    try:
        with open("/proc/thread-self/schedstat", "rb", buffering=0) as file:
            return int(file.read(100).split()[1]) / 1e9
    except (OSError, ValueError, IndexError):  # not Linux, or without CONFIG_SCHEDSTATS
        return 0.0


class LoopWatch:
    """`start()` in the running loop of the main thread, `stop()` at the end. `limit_ms` is how long a callback may take."""

    def __init__(self, limit_ms: int) -> None:
        self.limit_s = limit_ms / 1000
        self.caught = 0  # callbacks reported since the start
        self._loop: asyncio.AbstractEventLoop
        self._outside: object = None  # the code that runs the loop: below it is a callback
        self._root: int | None = None
        self._since = 0.0  # wall time when this callback was first seen or may have begun
        self._since_cpu = 0.0
        self._since_queued = 0.0
        self._last = 0.0
        self._last_cpu = 0.0
        self._last_queued = 0.0
        self._alive = True
        self._where = ""
        self._ended: list[tuple[int, int, str]] = []  # (milliseconds, of the processor, place), to be logged

    def start(self) -> None:
        """Watch from the loop's next turn on. Call it where the loop runs."""
        self._loop = asyncio.get_running_loop()
        self._loop.call_soon(self._beat)
        self._last, self._last_cpu, self._last_queued = time.monotonic(), time.thread_time(), _queued_s()
        self._before = signal.signal(signal.SIGALRM, self._sample)
        signal.siginterrupt(signal.SIGALRM, False)
        every = self.limit_s / _SAMPLES_PER_LIMIT
        signal.setitimer(signal.ITIMER_REAL, every, every)

    def stop(self) -> None:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, self._before)

    def _sample(self, _signal: int, frame: FrameType | None) -> None:
        now, cpu, queued = time.monotonic(), time.thread_time(), _queued_s()
        root = self._callback(frame)
        if self._alive or root != self._root:
            self._end(
                self._last, self._last_cpu, self._last_queued
            )  # another one runs before the sign of life
            # C code delays signals until it returns: then the time since the last sample belongs to this callback
            hidden = now - self._last > self.limit_s and root is not None
            self._root = root
            self._since, self._since_cpu, self._since_queued = (
                (self._last, self._last_cpu, self._last_queued) if hidden else (now, cpu, queued)
            )
        self._last, self._last_cpu, self._last_queued = now, cpu, queued
        if root is not None and not self._where and now - self._since >= self.limit_s * 0.75:
            self._where = self._stack(frame)
        if self._alive:
            self._alive = False
            self._loop.call_soon_threadsafe(self._beat)

    def _beat(self) -> None:
        """Record that the loop runs the next callback, so the previous one has ended. Our caller is the frame below all callbacks."""
        self._alive = True
        self._outside = sys._getframe(1).f_code
        self._end(time.monotonic(), time.thread_time(), _queued_s())
        ended, self._ended = self._ended, []
        for ms, cpu_ms, where in ended:
            self.caught += 1
            log.warning("loop.blocked", ms=ms, cpu_ms=cpu_ms, where=where)

    def _end(self, now: float, cpu: float, queued: float) -> None:
        """Record the ended callback for the log if it blocked the loop."""
        where, self._where = self._where, ""
        wall_s, cpu_s = now - self._since, cpu - self._since_cpu
        own_s = wall_s - (queued - self._since_queued)
        if where and wall_s >= self.limit_s and own_s >= self.limit_s * _OWN_SHARE:
            self._ended.append((round(wall_s * 1000), round(cpu_s * 1000), where))

    def _callback(self, frame: FrameType | None) -> int | None:
        """Return the identity of the running callback: its outermost frame. None if the loop is waiting."""
        root = None
        while frame is not None:
            if frame.f_code is self._outside:
                return id(root) if root is not None else None
            root, frame = frame, frame.f_back
        return None

    def _stack(self, frame: FrameType | None) -> str:
        names: list[str] = []
        while frame is not None and frame.f_code is not self._outside and len(names) < _DEEPEST:
            code = frame.f_code
            names.append(f"{'/'.join(code.co_filename.split('/')[-2:])}:{frame.f_lineno} {code.co_qualname}")
            frame = frame.f_back
        return " < ".join(names)
