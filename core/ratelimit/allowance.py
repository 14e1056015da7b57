"""The result of using a rate limit."""

import datetime as dt
from dataclasses import dataclass

from core import clock


@dataclass(frozen=True)
class Allowance:
    """The remaining uses of a limit. `allowed` says whether this use was within it."""

    allowed: bool
    limit: int
    remaining: int
    reset_at: dt.datetime

    @property
    def retry_after_s(self) -> int:
        return max(1, int((self.reset_at - clock.now()).total_seconds()) + 1)
