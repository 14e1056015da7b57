"""How much a client may ask, as Mastodon documents it (docs.joinmastodon.org/api/rate-limits), and the headers that say so.

Counted per person, or per address for calls without one. TAKAHE_RATE_LIMIT_PERCENT scales all limits; 0 switches them off.
"""

import msgspec

from api.auth import Caller
from core.asgi import Request
from core.config import config
from core.errors import TooMany
from core.ratelimit import Allowance, limiter


class Bucket(msgspec.Struct, frozen=True):
    limit: int
    window_s: int


GENERAL = "general"
MEDIA = "media"
DELETES = "deletes"
APPS = "apps"
SIGN_UPS = "sign-ups"

BUCKETS = {
    GENERAL: Bucket(300, 5 * 60),
    MEDIA: Bucket(30, 30 * 60),
    DELETES: Bucket(30, 30 * 60),
    APPS: Bucket(30, 5 * 60),
    SIGN_UPS: Bucket(5, 30 * 60),
}


def _who(request: Request, caller: Caller | None) -> str:
    if caller is not None and caller.identity is not None:
        return f"i{caller.identity.pk}"
    return request.client_address


def _headers(allowance: Allowance) -> dict[str, str]:
    return {
        "X-RateLimit-Limit": str(allowance.limit),
        "X-RateLimit-Remaining": str(allowance.remaining),
        "X-RateLimit-Reset": allowance.reset_at.isoformat(timespec="milliseconds")[:23] + "Z",
    }


async def spend(request: Request, bucket: str, caller: Caller | None) -> dict[str, str] | None:
    """Count this call. The headers for its answer; None when limits are off. Raises TooMany."""
    percent = config().rate_limit_percent
    if not percent:
        return None
    who = _who(request, caller)
    allowance = _take(GENERAL, who, percent)
    if bucket != GENERAL:
        allowance = _take(bucket, who, percent)
    return _headers(allowance)


def _take(name: str, who: str, percent: int) -> Allowance:
    bucket = BUCKETS[name]
    allowance = limiter.take(f"api.{name}:{who}", max(1, bucket.limit * percent // 100), bucket.window_s)
    if not allowance.allowed:
        raise RateLimited(allowance)
    return allowance


class RateLimited(TooMany):
    """429, with the headers that tell when to come back."""

    def __init__(self, allowance: Allowance) -> None:
        super().__init__(retry_after_s=allowance.retry_after_s)
        self.headers = _headers(allowance)
