"""Disk usage of media: uploads, and copies of remote media by server and kind."""

from typing import NamedTuple

from django.http import HttpResponse
from django.utils.translation import gettext_lazy

from core.asgi.decorators import methods
from core.asgi.request import Request
from federation.media.queries import Use, remote_use
from users.roles.models import Permission
from web.administration.overview import operators_page
from web.pages import for_server_staff

_KINDS = {
    "attachment": gettext_lazy("Files of posts"),
    "avatar": gettext_lazy("Profile pictures"),
    "header": gettext_lazy("Header pictures"),
    "emoji": gettext_lazy("Custom emoji"),
    "still": gettext_lazy("Custom emoji without motion"),
    "card": gettext_lazy("Pictures of links"),
}


class Part(NamedTuple):
    """A segment of a bar. `start` and `width` are in percent of the longest bar."""

    kind: str
    words: str
    bytes: int
    start: str
    width: str


class Bar(NamedTuple):
    name: str
    files: int
    bytes: int
    parts: list[Part]


def _bar(name: str, files: int, size: int, uses: list[Use], longest: int) -> Bar:
    parts, start = [], 0.0
    for use in uses:
        width = 100 * use.bytes / longest
        parts.append(
            Part(use.name, _KINDS.get(use.name, use.name), use.bytes, f"{start:.2f}%", f"{width:.2f}%")
        )
        start += width
    return Bar(name, files, size, parts)


@methods("GET")
@for_server_staff(Permission.view_devops)
async def remote_media(request: Request) -> HttpResponse:
    use = await remote_use()
    largest_kind = max((one.bytes for one in use.kinds), default=0) or 1
    largest_host = max((one.bytes for one in use.hosts), default=0) or 1
    context = {
        "use": use,
        "percent": round(100 * use.bytes / use.budget) if use.budget else 0,
        "kinds": [
            _bar(_KINDS.get(one.name, one.name), one.files, one.bytes, [one], largest_kind)
            for one in use.kinds
        ],
        "hosts": [_bar(one.name, one.files, one.bytes, one.kinds, largest_host) for one in use.hosts],
    }
    return operators_page(request, "media/media", context)
