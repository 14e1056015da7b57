"""The path on which a server recognises its own visit: it answers with what has arrived of a request, to whoever has a token of ours.

A token is signed with the server's key and valid for a minute, also for the command, which is another process.
"""

import secrets

import msgspec
from django.core import signing
from django.http import HttpResponse

from core.asgi import Request, WebSocket, methods, no_csrf, standalone
from core.asgi.decorators import body_limit
from core.errors import NotFound

FOLDER = "/.well-known/takahe-doctor/"
SOCKET = r"/\.well-known/takahe-doctor-socket"
_VALID_S = 60
_signer = signing.TimestampSigner(salt="takahe.doctor")


class Heard(msgspec.Struct, frozen=True):
    """A request as it has arrived: its scheme and host, as views see them."""

    token: str
    scheme: str
    host: str


def new_token() -> str:
    """Return a token for one visit."""
    return _signer.sign(secrets.token_hex(8))


def is_ours(token: str) -> bool:
    """Return whether a token was made by this server in the last minute."""
    try:
        _signer.unsign(token, max_age=_VALID_S)
    except signing.BadSignature:
        return False
    return True


def _limit(request: Request) -> int:
    """Let only our own visits announce large bodies."""
    return 1 << 62 if is_ours(request.path.removeprefix(FOLDER)) else 0


@no_csrf
@standalone
@body_limit(_limit)
@methods("GET", "POST")
async def answer(request: Request, token: str) -> HttpResponse:
    """Return what has arrived. 404 without a valid token."""
    if not is_ours(token):
        raise NotFound
    heard = Heard(token, request.secure_scheme, request.META.get("HTTP_HOST", ""))
    return HttpResponse(
        msgspec.json.encode(heard), headers={"Content-Type": "application/json", "Cache-Control": "no-store"}
    )


async def answer_socket(socket: WebSocket) -> None:
    """Open a WebSocket for a valid token, and close it again."""
    if not is_ours(socket.request.GET.get("token", "")):
        await socket.refuse(404, "Not found")
        return
    await socket.accept()
    await socket.close()
