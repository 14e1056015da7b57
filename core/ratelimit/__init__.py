"""Rate limits that all processes share and that survive a restart.

`take_exact` counts each use in the database (sign-in, sign-up, resets); `limiter` counts in the process and synchronises with the
database every second (requests to the API). Why there are two: docs/decisions/0010-two-kinds-of-limits.md.
"""

from core.ratelimit.allowance import Allowance
from core.ratelimit.exact import refund, remove_ended_tries, reset_tries, take_exact, take_tightest
from core.ratelimit.shared import Limiter, limiter, remove_ended_uses

__all__ = [
    "Allowance",
    "Limiter",
    "limiter",
    "refund",
    "remove_ended_tries",
    "remove_ended_uses",
    "reset_tries",
    "take_exact",
    "take_tightest",
]
