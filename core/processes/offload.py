"""CPU-bound work in child processes: password hashing, key generation, images. Never threads.

The function and its arguments are pickled, so pass module-level functions and plain values.
"""

from collections.abc import Callable
from typing import TYPE_CHECKING

from core.connections import require_no_connection
from core.errors import Unavailable
from core.server_state import PerServer

if TYPE_CHECKING:
    import anyio

MAX_PROCESSES = 2


def _new_limiter() -> "anyio.CapacityLimiter":
    import anyio  # see run_in_process

    return anyio.CapacityLimiter(MAX_PROCESSES)


_limiter = PerServer(_new_limiter)


async def run_in_process[T](function: Callable[..., T], *args: object, timeout_s: float = 30) -> T:
    """Return the result of `function(*args)`, computed in a child process that is killed after `timeout_s` seconds.

    Raises Unavailable on timeout, ConnectionHeld if the caller holds a database connection.
    """
    import anyio  # 0.6 MB, with the first child
    import anyio.to_process  # likewise

    require_no_connection("a child process")
    try:
        with anyio.fail_after(timeout_s):
            return await anyio.to_process.run_sync(function, *args, cancellable=True, limiter=_limiter())
    except TimeoutError as error:
        raise Unavailable(
            code="server_busy",
            detail=f"{function.__module__}.{function.__name__} took over {timeout_s} s",
        ) from error
