"""The smallest view on our ASGI stack, compared with the same view on Django's ASGI handler and middleware. 16 clients."""

import sys
from functools import cache

from benchmarks.support.common import asgi_process, cpu_seconds, load, report
from benchmarks.support.database import migrated_database
from benchmarks.support.timeline_data import run

BOUND = 6.0
CONNECTIONS = 16
ROUNDS = 3
HOST = "bench.test:8080"
HEADERS = {"User-Agent": "bench/1.0", "Accept": "*/*"}


@cache
def ours() -> object:
    """Return the real application, with a domain in its database; only the view is replaced."""
    from django.http import HttpResponse
    from django.urls import path

    from takahe.asgi import make_lifespan, middleware_chain  # isort: skip  # sets up Django for everything below
    from core import logs
    from core.asgi import Application, Request

    async def hello(request: Request) -> HttpResponse:
        return HttpResponse("Hello")

    logs.configure("text", "INFO")
    return Application(
        urlconf=(path("hello", hello),), middleware=middleware_chain(), lifespan=make_lifespan()
    )


@cache
def stock() -> object:
    """Return the same view as `django-admin startproject` would serve it."""
    import django
    from django.conf import settings
    from django.core.asgi import get_asgi_application
    from django.http import HttpResponse
    from django.urls import path

    async def hello(request: object) -> HttpResponse:
        return HttpResponse("Hello")

    settings.configure(
        SECRET_KEY="bench",
        ALLOWED_HOSTS=["*"],
        ROOT_URLCONF=(path("hello", hello),),
        INSTALLED_APPS=[
            "django.contrib.auth",
            "django.contrib.contenttypes",
            "django.contrib.sessions",
            "django.contrib.messages",
        ],
        SESSION_ENGINE="django.contrib.sessions.backends.signed_cookies",
        MIDDLEWARE=[
            "django.middleware.security.SecurityMiddleware",
            "django.contrib.sessions.middleware.SessionMiddleware",
            "django.middleware.common.CommonMiddleware",
            "django.middleware.csrf.CsrfViewMiddleware",
            "django.contrib.auth.middleware.AuthenticationMiddleware",
            "django.contrib.messages.middleware.MessageMiddleware",
            "django.middleware.clickjacking.XFrameOptionsMiddleware",
        ],
        DATABASES={},
        USE_TZ=True,
        USE_I18N=False,  # tools/install removes Django's translations
    )
    django.setup()
    return get_asgi_application()


def __getattr__(name: str) -> object:
    """Make `benchmarks.smallest_view:ours_app` or `:stock_app`, for uvicorn; a process can have only one of them."""
    if name in {"ours_app", "stock_app"}:
        return ours() if name == "ours_app" else stock()
    raise AttributeError(name)


def main() -> bool:
    """Run both in turn, three times; use the best of each, because other load can only slow them down.

    The second line is for busy machines, where a server with many threads gets more than its share of the CPU.
    """
    with migrated_database():
        run(_make_domain)
        return _compare()


async def _make_domain() -> None:
    from core.db import own_connection
    from users.domains.services import create_domain

    async with own_connection():
        await create_domain(name=HOST)


def _compare() -> bool:
    best = dict.fromkeys(("stock_app", "ours_app"), 0.0)
    cpu_us = dict.fromkeys(best, float("inf"))
    for _ in range(ROUNDS):
        for name in best:
            with asgi_process(f"benchmarks.smallest_view:{name}") as (port, pid):
                before = cpu_seconds(pid)
                seen = load(
                    port, "/hello", host=HOST, clients=CONNECTIONS, seconds=3, warm_up_s=0.5, headers=HEADERS
                )
                used = cpu_seconds(pid) - before
            if seen.errors:
                raise SystemExit(f"{name}: {seen.errors} errors")
            best[name] = max(best[name], seen.per_second)
            cpu_us[name] = min(cpu_us[name], used / seen.requests * 1e6)
    well = report("smallest view, 16 clients", best["ours_app"], best["stock_app"], BOUND)
    print(f"  processor time a request: {cpu_us['ours_app']:.0f} µs beside {cpu_us['stock_app']:.0f} µs")
    return well


if __name__ == "__main__":
    sys.exit(0 if main() else 1)
