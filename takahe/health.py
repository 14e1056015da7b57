"""/health and /metrics: the health of this server, and its metrics. They answer for any Host header."""

import hmac
import ipaddress

import msgspec
from django.http import HttpResponse

import stator
from api.streaming.hub import hub
from core.asgi import Request, any_host, methods, no_csrf, standalone
from core.backups.standing import families as backup_families
from core.config import config
from core.db import ReservedConnection
from core.diagnostics import metrics
from core.errors import NotAllowed
from core.logs import get_logger
from core.media import disk
from core.messages.worker import worker_message
from core.metrics.exposition import exposition
from federation.metrics import families as federation_families

log = get_logger(__name__)

_connection = ReservedConnection()


async def stop_health() -> None:
    """Close the connection of the health checks."""
    await _connection.close()


def _answer(code: int, /, **fields: object) -> HttpResponse:
    headers = {"Content-Type": "application/json", "Cache-Control": "no-store"}
    return HttpResponse(msgspec.json.encode(fields), status=code, headers=headers)


@no_csrf
@standalone
@methods("GET")
async def health(request: Request) -> HttpResponse:
    """Return 200 if the database responds and the worker was seen lately, 503 with the reason otherwise.

    Uses a connection of its own: a busy pool is no reason for a restart.
    """
    try:
        async with _connection.use():
            worker = await stator.health()
    except Exception as error:
        log.warning("health.database", error=f"{type(error).__name__}: {error}")
        return _answer(503, status="failing", reason="The database does not answer.")
    if not worker.is_well:
        return _answer(503, status="failing", reason=worker_message(worker.code, worker.age_s))
    return _answer(200, status="ok", database="ok", worker="ok")


def _may_read(request: Request) -> bool:
    token = config().metrics_token
    if token:
        given = request.META.get("HTTP_AUTHORIZATION", "").removeprefix("Bearer ")
        return hmac.compare_digest(given.encode(), token.encode())
    try:
        return ipaddress.ip_address(request.client_address).is_loopback
    except ValueError:
        return False


@no_csrf
@any_host
@methods("GET")
async def show_metrics(request: Request) -> HttpResponse:
    """Serve Prometheus text with the bearer token TAKAHE_METRICS_TOKEN or, if none is set, to loopback."""
    if not _may_read(request):
        raise NotAllowed("These stats are not public.", detail=request.client_address)
    of_process = (
        *metrics.requests().families(),
        *metrics.process_families(),
        *federation_families(),
        *hub().families(),
    )
    text = exposition(
        [
            *(one.labelled(process="web") for one in of_process),
            *disk.families(),
            *await stator.families(),
            *await backup_families(),
        ]
    )
    return HttpResponse(text, content_type="text/plain; version=0.0.4; charset=utf-8")
