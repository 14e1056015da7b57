"""Reading of the request's body: after authentication, and before the CSRF check and the view need it."""

from django.http import HttpResponse

from core.asgi.application import Next
from core.asgi.body import ClientDisconnected, TooSlow, read_body
from core.asgi.failures import respond
from core.asgi.request import Request
from core.errors import Problem


async def body(request: Request, call: Next) -> HttpResponse:
    """Read the body. On an error respond and close the connection, so that the rest is not sent."""
    try:
        await read_body(request)
    except Problem as error:
        response = respond(request, error)
        if isinstance(error, (ClientDisconnected, TooSlow)) or response.status_code == 413:
            response.headers["Connection"] = "close"
        return response
    return await call(request)
