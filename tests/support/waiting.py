"""Waiting for a condition instead of sleeping for a time."""

import inspect
import signal
import time
from collections.abc import Awaitable, Callable

import anyio

MAX_S = 300  # of one test with its fixtures; none comes near it


def restart_watchdog() -> None:
    """Give the running test its whole time again (tests/conftest.py): for one that takes as long as it makes progress."""
    signal.alarm(MAX_S)


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
