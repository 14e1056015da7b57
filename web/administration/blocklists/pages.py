"""Blocklists of servers: export as CSV."""

from collections.abc import AsyncIterator

from django.http import StreamingHttpResponse

from core.asgi.decorators import methods
from core.asgi.request import Request
from core.connections import release_connection
from users.blocklists.queries import exported
from users.roles.models import Permission
from web.pages import for_server_staff


async def _pieces(pieces: AsyncIterator[bytes]) -> AsyncIterator[bytes]:
    """Yield the pieces. No connection is held while one is sent."""
    async for piece in pieces:
        await release_connection()
        yield piece


@methods("GET")
@for_server_staff(Permission.manage_federation)
async def export(request: Request, *, allows: bool = False) -> StreamingHttpResponse:
    """Send the blocked or the allowed servers; with `?notes=yes` what moderators wrote of the blocked ones."""
    kind = "allowed" if allows else "blocked"
    pieces = exported(allows=allows, with_notes=request.GET.get("notes") == "yes")
    response = StreamingHttpResponse(_pieces(pieces), content_type="text/csv; charset=utf-8")
    response.headers["Content-Disposition"] = f'attachment; filename="{kind}_servers.csv"'
    response.headers["Cache-Control"] = "private, no-store"
    return response
