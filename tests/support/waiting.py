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
    predicate: Callable[[], T | Awaitable[T]], timeout_s: float = 15, message: str = "", every_s: float = 0.01
) -> T:
    """The first true value that `predicate` (sync or async) gives; fails with a message when the time is up."""
    deadline = time.monotonic() + timeout_s
    while True:
        value = predicate()
        if inspect.isawaitable(value):
            value = await value
        if value:
            return value
        if time.monotonic() > deadline:
            what = message or inspect.getsource(predicate).strip()
            raise AssertionError(f"Not so after {timeout_s} s: {what} (last value: {value!r})")
        await anyio.sleep(every_s)
