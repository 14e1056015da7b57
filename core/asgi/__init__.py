"""HTTP, WebSocket and lifespan around Django's URLs, requests and responses, on one loop and one thread."""

from core.asgi.application import Application, Middleware, Next
from core.asgi.decorators import (
    MEGABYTE,
    always,
    any_host,
    body_limit,
    discards_files,
    methods,
    no_csrf,
    on_refusal,
    policy,
    standalone,
    uploads,
    while_paused,
)
from core.asgi.failures import (
    Failure,
    MethodNotAllowed,
    as_json,
    as_page,
    register_error_page,
    register_surface,
)
from core.asgi.lifespan import Lifespan
from core.asgi.request import Request, split_pairs
from core.asgi.websocket import Disconnected, WebSocket

__all__ = [
    "MEGABYTE",
    "Application",
    "Disconnected",
    "Failure",
    "Lifespan",
    "MethodNotAllowed",
    "Middleware",
    "Next",
    "Request",
    "WebSocket",
    "always",
    "any_host",
    "as_json",
    "as_page",
    "body_limit",
    "discards_files",
    "methods",
    "no_csrf",
    "on_refusal",
    "policy",
    "register_error_page",
    "register_surface",
    "split_pairs",
    "standalone",
    "uploads",
    "while_paused",
]
