"""The view that serves stored files. The name is the only secret, because other servers and image tags don't authenticate."""

from django.http import HttpResponse

from core.asgi import Request, always, any_host, methods
from core.asgi.files import send_file
from core.errors import NotFound
from core.media.locations import HEADERS, storage
from core.media.names import served_type


@any_host  # a CDN may fetch them under another host name
@always  # pages of other domains and servers show them
@methods("GET")
async def media(request: Request, name: str) -> HttpResponse:
    """Serve the file with its stored media type. A name is never reused for other content."""
    content_type = served_type(name)
    if content_type is None:
        raise NotFound
    response = send_file(
        request,
        storage().path(name),
        content_type=content_type,
        cache_control="public, max-age=31536000, immutable",
    )
    for header, value in HEADERS.items():
        response.headers[header] = value
    return response
