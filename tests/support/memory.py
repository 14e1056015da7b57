"""What a process remembers between requests, forgotten between tests.

Found by convention: every module-level `forget()` or `forget_…()` without arguments, every `Limiter`, and dictionaries called `_kept`.
"""

import inspect
import sys
from collections.abc import Callable

from core import ids
from core.ratelimit import Limiter

_ROOMS = ("core", "stator", "federation", "users", "activities", "api", "takahe")
_found: list[Callable[[], object]] = []
_seen: set[str] = set()


def forget_everything() -> None:
    """As after a fresh start of the process."""
    for name in [name for name in sys.modules if name not in _seen]:
        _seen.add(name)
        if name.partition(".")[0] in _ROOMS:
            _look_into(name)
    for forget in _found:
        forget()
    # A test that set the clock ahead leaves ids there: until then they follow each other without a gap, and meet those that
    # tests make in SQL (new_id() + a series).
    ids._last_ms = 0


def _look_into(module_name: str) -> None:
    for name, thing in vars(sys.modules[module_name]).items():
        if isinstance(thing, Limiter) or (name == "_kept" and isinstance(thing, dict)):
            _found.append(thing.clear)
        elif (
            (name == "forget" or name.startswith("forget_"))
            and inspect.isfunction(thing)
            and thing.__module__ == module_name
            and not inspect.iscoroutinefunction(thing)
            and not inspect.signature(thing).parameters
        ):
            _found.append(thing)
