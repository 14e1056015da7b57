"""Limits on how often something may happen, kept in this process's memory.

They protect against floods and guessing, so a restart or a second process may give somebody a few more tries. What must be
exact across processes belongs in a table. Grows to at most `most_keys` entries; the ones that run out first leave first.
"""

import datetime as dt

from core import clock
from core.ratelimit.allowance import Allowance


class Limiter:
    """Fixed windows, as Mastodon's `X-RateLimit-*` headers describe them: so many per window, then none until it ends."""

    def __init__(self, most_keys: int = 50_000) -> None:
        self._most_keys = most_keys
        self._windows: dict[str, tuple[float, int]] = {}  # key → (end, used)

    def take(self, key: str, limit: int, window_s: int, *, cost: int = 1) -> Allowance:
        """Use `cost` of `limit` for `key`. A refused use costs nothing. Windows are aligned to the clock."""
        now = clock.now().timestamp()
        end, used = self._windows.get(key, (0.0, 0))
        if end <= now:
            end, used = (now // window_s + 1) * window_s, 0
            if key not in self._windows and len(self._windows) >= self._most_keys:
                self._make_room(now)
        allowed = used + cost <= limit
        if allowed:
            used += cost
        self._windows[key] = (end, used)
        return Allowance(allowed, limit, max(0, limit - used), dt.datetime.fromtimestamp(end, dt.UTC))

    def forget(self, key: str) -> None:
        """Start over for `key` (a sign-in that worked)."""
        self._windows.pop(key, None)

    def _make_room(self, now: float) -> None:
        for key in [key for key, (end, _) in self._windows.items() if end <= now]:
            del self._windows[key]
        if len(self._windows) >= self._most_keys:
            soonest = sorted(self._windows, key=lambda key: self._windows[key])
            for key in soonest[: self._most_keys // 10 + 1]:
                del self._windows[key]


limiter = Limiter()
