"""Retries of failed fetches, as outcomes of handlers."""

import datetime as dt

from core.http import FetchError
from federation.fetching.slots import NoSlot
from stator import Outcome, later


def retry_of(error: FetchError, *, is_last: bool = False) -> Outcome | None:
    """Return the outcome that retries a failed fetch, None if the failure is permanent or this was the last attempt.

    A local failure or a lack of slots does not count as an attempt, and is retried even after the last one.
    """
    if isinstance(error, NoSlot):
        return later(error.reason, dt.timedelta(seconds=error.after_s), is_attempt=False)
    if error.is_ours or (error.is_temporary and not is_last):
        return later(error.reason, is_attempt=not error.is_ours)
    return None
