"""Rate limits of the API, as documented by Mastodon (docs.joinmastodon.org/api/rate-limits), and their headers.

Counted per login, whichever of its identities calls, or per network (core/hosts/networks.py) for anonymous calls, across all processes: new apps and sign-ups exactly, the
others to about a second. TAKAHE_RATE_LIMIT_PERCENT scales all limits; 0 disables them.
"""

import msgspec

from api.oauth.bearer import Caller
from core.asgi import Request
from core.config import config
from core.errors import TooMany
from core.hosts.networks import networks_of
from core.ratelimit import Allowance, limiter, take_tightest


class Bucket(msgspec.Struct, frozen=True):
    limit: int
    window_s: int
    is_exact: bool = False  # a database write per use


GENERAL = "general"
MEDIA = "media"
DELETES = "deletes"
APPS = "apps"
SIGN_UPS = "sign-ups"

BUCKETS = {
    GENERAL: Bucket(300, 5 * 60),
    MEDIA: Bucket(30, 30 * 60),
    DELETES: Bucket(30, 30 * 60),
    APPS: Bucket(30, 5 * 60, is_exact=True),
    SIGN_UPS: Bucket(5, 30 * 60, is_exact=True),
}


def _who(request: Request, caller: Caller | None, limit: int) -> list[tuple[str, int]]:
    """Return the keys against which the call is counted, each with its limit."""
    if caller is not None and caller.user is not None:  # all of its identities together
        return [(f"u{caller.user.pk}", limit)]
    if caller is not None and caller.identity is not None:
        return [(f"i{caller.identity.pk}", limit)]
    return networks_of(request.client_address, limit)


def _headers(allowance: Allowance) -> dict[str, str]:
    return {
        "X-RateLimit-Limit": str(allowance.limit),
        "X-RateLimit-Remaining": str(allowance.remaining),
        "X-RateLimit-Reset": allowance.reset_at.isoformat(timespec="milliseconds")[:23] + "Z",
    }


async def count_call(request: Request, bucket: str, caller: Caller | None) -> dict[str, str] | None:
    """Count this call. Return the headers for its response, None if limits are off. Raises TooMany."""
    percent = config().rate_limit_percent
    if not percent:
        return None
    allowance = await _take(GENERAL, request, caller, percent)
    if bucket != GENERAL:
        allowance = await _take(bucket, request, caller, percent)
    return _headers(allowance)


async def _take(name: str, request: Request, caller: Caller | None, percent: int) -> Allowance:
    bucket = BUCKETS[name]
    limit = max(1, bucket.limit * percent // 100)
    uses = [(f"api.{name}:{who}", allowed) for who, allowed in _who(request, caller, limit)]
    if bucket.is_exact:
        allowance = await take_tightest(uses, bucket.window_s)
    else:
        allowance = limiter().take_tightest(uses, bucket.window_s)
    if not allowance.allowed:
        raise RateLimited(allowance)
    return allowance


class RateLimited(TooMany):
    """429, with the headers that say when to retry."""

    def __init__(self, allowance: Allowance) -> None:
        super().__init__(retry_after_s=allowance.retry_after_s)
        self.headers = _headers(allowance)
