"""The page of the checks, for those who administer the whole server."""

import asyncio
import time

from django.http import HttpResponse

from core.asgi import Request, methods
from core.db import release_connection
from core.server_state import PerServer
from takahe.doctor.findings import Finding, Level
from users.roles.models import Permission
from web.administration.overview import operators_page
from web.pages import for_server_staff

_FRESH_S = 10.0


class _Latest:
    """The last results, so that several readers cause one examination."""

    def __init__(self) -> None:
        self.lock = asyncio.Lock()
        self.findings: list[Finding] = []
        self.until = 0.0


_latest: PerServer[_Latest] = PerServer(_Latest)


async def _findings() -> list[Finding]:
    from takahe.doctor.examining import examine  # with the mail library, which pages need for nothing else

    latest = _latest()
    async with latest.lock:
        if latest.until < time.monotonic():
            latest.findings = await examine()
            latest.until = time.monotonic() + _FRESH_S
        return latest.findings


@methods("GET")
@for_server_staff(Permission.manage_settings)
async def show(request: Request) -> HttpResponse:
    """Show what an examination of the server finds, worst first."""
    await release_connection()  # it waits for the network
    findings = await _findings()
    by_level = [(level, [one for one in findings if one.level is level]) for level in reversed(Level)]
    return operators_page(
        request, "overview/doctor", {"by_level": [(level, found) for level, found in by_level if found]}
    )
