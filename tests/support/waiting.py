"""Waiting for a condition instead of sleeping for a time."""

import asyncio
import gc
import inspect
import signal
import time
from collections.abc import Awaitable, Callable, Iterator
from typing import Any, TextIO

import anyio

MAX_S = 300  # of one test with its fixtures; none comes near it
_NEAR_THE_END_S = 20

_since = time.monotonic()


def restart_watchdog() -> None:
    """Give the running test its whole time again (tests/conftest.py): for one that takes as long as it makes progress."""
    global _since
    _since = time.monotonic()
    signal.alarm(MAX_S)


async def tell_what_hangs(file: TextIO) -> None:
    """Write where each task of the loop waits, shortly before the watchdog ends the process: its own dump shows only the loop."""
    while True:
        await asyncio.sleep(_NEAR_THE_END_S / 2)
        if time.monotonic() - _since > MAX_S - _NEAR_THE_END_S:
            for task in asyncio.all_tasks() - {asyncio.current_task()}:
                print(f"{task.get_name()} waits in", *_places(task), sep="\n  ", file=file, flush=True)
            return


def _places(task: asyncio.Task[Any]) -> Iterator[str]:
    """Yield where each coroutine of a task stands, the outermost first, through fixtures that are generators."""
    step: Any = task.get_coro()
    while step is not None:
        if type(step).__name__.startswith(
            "async_generator_"
        ):  # what asend() returns names its generator nowhere
            step = next(filter(inspect.isasyncgen, gc.get_referents(step)), None)
            continue
        kind = next((one for one in ("cr", "ag", "gi") if hasattr(step, f"{one}_frame")), "")
        if frame := getattr(step, f"{kind}_frame", None):
            yield f"{frame.f_code.co_filename}:{frame.f_lineno} {frame.f_code.co_qualname}"
        step = getattr(step, "gi_yieldfrom" if kind == "gi" else f"{kind}_await", None)


async def wait_until[T](
    predicate: Callable[[], T | Awaitable[T]],
    timeout_s: float = 15,
    message: str = "",
    every_s: float | None = None,
) -> T:
    """The first true value that `predicate` (sync or async) gives; fails with a message when the time is up.

    It is asked each hundredth of a second at first and ever more seldom, up to a tenth of what was waited for: what is slow has the processor.
    """
    start = time.monotonic()
    while True:
        value = predicate()
        if inspect.isawaitable(value):
            value = await value
        if value:
            return value
        waited_s = time.monotonic() - start
        if waited_s > timeout_s:
            what = message or inspect.getsource(predicate).strip()
            raise AssertionError(f"Not so after {timeout_s} s: {what} (last value: {value!r})")
        await anyio.sleep(every_s or min(0.1, max(0.01, waited_s / 10)))
