"""Retries of failed fetches, as outcomes of handlers."""

import datetime as dt

from core.http import FetchError
from federation.fetching.slots import NoSlot
from stator import Outcome, later


def retry_of(error: FetchError, *, is_last: bool = False) -> Outcome | None:
    """Return the outcome that repeats a failed fetch, None when the failure is permanent or this try was the last.

    A failure of this machine or a want of slots is no attempt, and is repeated after the last one, too.
    """
    if isinstance(error, NoSlot):
        return later(error.reason, dt.timedelta(seconds=error.after_s), is_attempt=False)
    if error.is_ours or (error.is_temporary and not is_last):
        return later(error.reason, is_attempt=not error.is_ours)
    return None
