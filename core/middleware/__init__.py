"""The native async middleware of the chain, each `async def (request, next) -> response`. takahe/asgi.py lists their order."""

from core.middleware.access import access_log, request_ids
from core.middleware.body import body
from core.middleware.compress import compress
from core.middleware.csrf import csrf, csrf_cookie
from core.middleware.file_cache import FileCache
from core.middleware.proxies import forwarded_by, network_matcher, trusted_proxies
from core.middleware.security import security_headers

__all__ = [
    "FileCache",
    "access_log",
    "body",
    "compress",
    "csrf",
    "csrf_cookie",
    "forwarded_by",
    "network_matcher",
    "request_ids",
    "security_headers",
    "trusted_proxies",
]
