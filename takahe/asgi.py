"""The web process as an ASGI application: the components that start with it, and the middleware chain from the outside in."""

import os
from typing import NamedTuple

import django

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "takahe.settings")
django.setup()

from django.http import HttpResponse  # noqa: E402

from api.cors import PREFIXES, cors_middleware  # noqa: E402
from api.errors import error_response  # noqa: E402
from api.push.vapid import make_vapid_key  # noqa: E402
from api.streaming import sockets  # noqa: E402
from api.streaming.hub import hub  # noqa: E402
from core import middleware  # noqa: E402
from core.asgi import (  # noqa: E402
    Application,
    Failure,
    Lifespan,
    Middleware,
    Request,
    as_json,
    register_error_page,
    register_surface,
)
from core.asgi.database import start_web_database, stop_database  # noqa: E402
from core.config import config  # noqa: E402
from core.crypto.signing_process import close_signing_process  # noqa: E402
from core.db import own_connection  # noqa: E402
from core.diagnostics.loop_watch import LoopWatch  # noqa: E402
from core.errors import Problem, StaleForm  # noqa: E402
from core.http import close_client  # noqa: E402
from core.logs import get_logger  # noqa: E402
from core.media.locations import PATH  # noqa: E402
from core.pages.static_files import assets, static_files  # noqa: E402
from core.pages.templates import load_page_templates  # noqa: E402
from core.ratelimit import limiter  # noqa: E402
from federation.inbox.refusals import write_refusals  # noqa: E402
from federation.media.addresses import FOLDER  # noqa: E402
from federation.media.flights import stop_flights  # noqa: E402
from takahe.doctor import knocking  # noqa: E402
from takahe.health import stop_health  # noqa: E402
from users.access_rules.queries import load_refused, may_be_refused  # noqa: E402
from users.logins.services.logins import InvalidResetLink  # noqa: E402
from web.accounts import expired_forms, sign_in  # noqa: E402
from web.frame.doing import role_middleware  # noqa: E402
from web.frame.unread import unread_counts  # noqa: E402
from web.frame.visitors import visitors_middleware  # noqa: E402
from web.languages import language_middleware  # noqa: E402
from web.middleware import (  # noqa: E402
    access_middleware,
    domain_middleware,
    form_identity,
    pause_middleware,
    session_middleware,
)

log = get_logger(__name__)


def _profiling() -> list[Middleware]:
    """Return the development middleware; the profiler is loaded only there."""
    if not config().debug:
        return []
    from core.diagnostics.profiling import profiling  # with Python's profiler

    return [profiling]


def middleware_chain() -> list[Middleware]:
    """Return the middleware of the running server, from the outside in."""
    return [
        middleware.request_ids,
        middleware.access_log,
        middleware.trusted_proxies(config().trusted_proxies),
        static_files,
        middleware.security_headers,
        middleware.compress,
        *_profiling(),
        cors_middleware,
        middleware.csrf_cookie,
        domain_middleware,
        access_middleware,
        session_middleware,
        language_middleware(english_under=PREFIXES),
        pause_middleware,
        visitors_middleware,
        middleware.body,
        middleware.csrf,
        form_identity,
        role_middleware,
        unread_counts,
    ]


def _api_failure(request: Request, failure: Failure) -> HttpResponse:
    """Render errors under the API's paths with Mastodon's messages."""
    return error_response(failure.error) if isinstance(failure.error, Problem) else as_json(request, failure)


for prefix in PREFIXES:
    register_surface(prefix, _api_failure)

register_error_page(StaleForm, expired_forms.show)
register_error_page(InvalidResetLink, sign_in.offer_new_link)


async def _warn() -> None:
    if config().password_grant:
        log.warning("oauth.password_grant_is_on", setting="TAKAHE_PASSWORD_GRANT", meant_for="tests")


async def _load_static_files() -> None:
    assets()


async def _load_access_rules() -> None:
    async with own_connection():
        await load_refused()


async def _load_templates() -> None:
    load_page_templates()


def make_lifespan() -> Lifespan:
    """Return what starts and stops with the running server."""
    lifespan = Lifespan()
    if config().slow_callback_ms:
        watch = LoopWatch(config().slow_callback_ms)

        async def start() -> None:
            watch.start()

        async def stop() -> None:
            watch.stop()

        lifespan.add("loop watch", start=start, stop=stop)
    lifespan.add("warnings", start=_warn)
    lifespan.add("static files", start=_load_static_files)
    lifespan.add("templates", start=_load_templates)
    lifespan.add("database", start=start_web_database, stop=stop_database)
    lifespan.add("access rules", start=_load_access_rules)
    lifespan.add("limits", start=lambda: limiter().start(), stop=lambda: limiter().stop())
    lifespan.add("push key", start=make_vapid_key)
    lifespan.add("streaming", start=lambda: hub().start(), stop=lambda: hub().stop())
    lifespan.add("refusals", stop=write_refusals)
    lifespan.add("http client", stop=close_client)
    lifespan.add("remote media", stop=stop_flights)
    lifespan.add("signing process", stop=close_signing_process)
    lifespan.add("health", stop=stop_health)
    return lifespan


class WebServer(NamedTuple):
    """The application of one server, and the files that its connections answer without it."""

    application: Application
    kept_files: middleware.FileCache


def make_server() -> WebServer:
    """Return the web application of the running server, with its settings (core/server_state.py)."""
    kept = middleware.FileCache(
        PATH + FOLDER, middleware.forwarded_by(config().trusted_proxies), may_be_refused
    )
    application = Application(
        middleware=middleware_chain(),
        lifespan=make_lifespan(),
        websocket_routes=[(sockets.PATH, sockets.stream), (knocking.SOCKET, knocking.answer_socket)],
        remember=kept.remember,
    )
    return WebServer(application, kept)


application, kept_files = make_server()
