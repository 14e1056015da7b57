"""Waiting for a condition instead of sleeping."""

import asyncio
import gc
import inspect
import signal
import time
from collections.abc import Awaitable, Callable, Iterator
from typing import Any, TextIO

import anyio

MAX_S = 300  # for a test with its fixtures; none comes close
_NEAR_THE_END_S = 20
# for what other processes do (browser, servers) and takes a second on an idle machine: CI may have a fifth of its CPU
PATIENCE_S = 40

_since = time.monotonic()


def restart_watchdog() -> None:
    """Restart the time limit of the running test, for one that takes long but makes progress."""
    global _since
    _since = time.monotonic()
    signal.alarm(MAX_S)


async def report_hanging_tasks(file: TextIO) -> None:
    """Print where each task waits, shortly before the watchdog ends the process: the watchdog's own dump shows only the event loop."""
    while True:
        await asyncio.sleep(_NEAR_THE_END_S / 2)
        if time.monotonic() - _since > MAX_S - _NEAR_THE_END_S:
            for task in asyncio.all_tasks() - {asyncio.current_task()}:
                print(f"{task.get_name()} waits in", *_places(task), sep="\n  ", file=file, flush=True)
            return


def _places(task: asyncio.Task[Any]) -> Iterator[str]:
    """Yield the current position of each coroutine of a task, outermost first, including fixtures that are generators."""
    step: Any = task.get_coro()
    while step is not None:
        if type(step).__name__.startswith(
            "async_generator_"
        ):  # the awaitable of asend() has no reference to its generator in Python
            step = next(filter(inspect.isasyncgen, gc.get_referents(step)), None)
            continue
        kind = next((one for one in ("cr", "ag", "gi") if hasattr(step, f"{one}_frame")), "")
        if frame := getattr(step, f"{kind}_frame", None):
            yield f"{frame.f_code.co_filename}:{frame.f_lineno} {frame.f_code.co_qualname}"
        step = getattr(step, "gi_yieldfrom" if kind == "gi" else f"{kind}_await", None)


async def wait_until[T](
    predicate: Callable[[], T | Awaitable[T]],
    timeout_s: float = PATIENCE_S,
    message: str = "",
    every_s: float | None = None,
) -> T:
    """Return the first true value of `predicate` (sync or async); fail with `message` after the timeout.

    It is called every hundredth of a second at first, then after a tenth of the time waited so far, so that slow code gets the CPU.
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
