"""Our own URLs of remote files: `proxied_url` makes them, `parse_address` checks them.

`/media/r/<kind and signature>/<owner and URL, packed>`. They are signed with a key of this server, so that only files of stored posts and
profiles can be fetched, and stay the same, so that browsers and caches can keep them.
"""

import base64
import hashlib
import hmac
import uuid
import zlib
from functools import lru_cache
from urllib.parse import urlsplit

import msgspec
from django.conf import settings

from core.config import config
from core.media.locations import PATH, url_of
from core.media.names import is_stored_name
from federation.documents import host_of
from federation.models import RemoteFileKind
from federation.peers import is_file_shown, is_storage_shown
from federation.registry import registered

FOLDER = "r/"
_LETTERS = {kind: kind.value[0] if kind != RemoteFileKind.avatar else "p" for kind in RemoteFileKind}
_KINDS = {letter: kind for kind, letter in _LETTERS.items()}
_OWN_FOLDERS = (PATH, "/static/")
_MAC_BYTES = 12
_WINDOW_BITS = 10
# parts of such URLs on common servers, the most frequent last
_USUAL = (
    b"/proxy/.mp4.gif.avif.jpg/fileserver/01/emoji/files/webpublic-thumbnail-/nulls/avatars/custom_emojis/images/headers/accounts/"
    b"cache/media_attachments/files/original/small/.jpeg.png.webp.media.social https://files.https://media.https://cdn.https://"
)


class RequestedFile(msgspec.Struct, frozen=True):
    """A remote file that a client requests. `host` is the server whose media it is, often not the one that stores it."""

    url: str
    kind: RemoteFileKind
    host: str

    @property
    def key(self) -> uuid.UUID:
        """The key of the row. Includes the kind, so that a failure as an avatar does not hide the same URL as a post's video."""
        return uuid.UUID(bytes=hashlib.sha256(f"{self.kind.value} {self.url}".encode()).digest()[:16])


def original_of(still: RequestedFile) -> RequestedFile:
    """Return the emoji of which this is the still version."""
    return msgspec.structs.replace(still, kind=RemoteFileKind.emoji)


def proxied_url(url: str, kind: RemoteFileKind, base_url: str = "", *, owner: str = "") -> str:
    """Return the URL of a file for browsers and apps: for a remote file one of ours, which serves a copy; "" for our own pages, and if
    operators refuse its host's media.

    `base_url` is that of the domain on which it is shown; without one the URL is for pages of any of our domains. `owner` is the URI of
    the actor whose file it is. URLs with other schemes are returned unchanged, and with a budget of 0 all are.
    """
    host = _host(url) if url else ""
    if not host:
        return url
    # own files first: in allow-list mode, this server counts as blocked unless it is listed
    is_own = host in _own_hosts()
    if is_own and not _is_own_file(url):
        return ""  # a page of ours: browsers would request it with the reader's session
    is_own = is_own or bool(config().media_url and url.startswith(f"{config().media_url}/"))
    # a linked page's host is a website, not a federated server: its picture is shown unless the host is refused by name
    if not (
        is_own
        or (
            is_storage_shown(host)
            if kind == RemoteFileKind.card
            else is_file_shown(_host(owner) or host, host)
        )
    ):
        return ""
    if not config().remote_media_budget:
        return url
    if is_own:
        return url if base_url else _of_any_domain(url)
    path = _signed_path(url, kind, _host(owner) or host)
    return f"{config().media_url}/{path}" if config().media_url else f"{base_url}{PATH}{path}"


def parse_address(signed: str, coded: str) -> RequestedFile | None:
    """Parse one of our URLs; None if its signature is not ours."""
    kind = _KINDS.get(signed[:1])
    if kind is None or not hmac.compare_digest(_signature(kind, coded).encode(), signed[1:].encode()):
        return None
    owner, _, url = _unpacked(coded).rpartition(" ")
    return RequestedFile(url, kind, owner or _host(url))


@lru_cache(maxsize=8192)
def _signed_path(url: str, kind: RemoteFileKind, owner: str) -> str:
    coded = _packed(url if owner == _host(url) else f"{owner} {url}")
    return f"{FOLDER}{_LETTERS[kind]}{_signature(kind, coded)}/{coded}"


def _signature(kind: RemoteFileKind, coded: str) -> str:
    """Return the signature over the encoded text, so that nothing is decoded before it is verified."""
    mac = hmac.digest(_key(settings.SECRET_KEY), f"{kind.value} {coded}".encode(), "sha256")
    return _coded(mac[:_MAC_BYTES])


def _packed(text: str) -> str:
    """Encode a text compactly, for pages with many files. 10 µs."""
    packer = zlib.compressobj(9, zlib.DEFLATED, -_WINDOW_BITS, 2, zdict=_USUAL)
    return _coded(packer.compress(text.encode()) + packer.flush())


def _unpacked(coded: str) -> str:
    packed = base64.urlsafe_b64decode(coded.encode() + b"=" * (-len(coded) % 4))
    return zlib.decompressobj(-_WINDOW_BITS, zdict=_USUAL).decompress(packed).decode()


@lru_cache(maxsize=8)
def _key(secret: str) -> bytes:
    return hmac.digest(secret.encode(), b"addresses of remote media", "sha256")


@lru_cache(maxsize=8192)
def _host(url: str) -> str:
    return host_of(url) if url.startswith(("https://", "http://")) else ""


def _is_own_file(url: str) -> bool:
    path = urlsplit(url).path
    return (
        path.startswith(_OWN_FOLDERS) and ".." not in path and "%" not in path
    )  # nor a way out of the folder


def _own_hosts() -> frozenset[str]:
    hosts = registered("own hosts")
    return hosts() if hosts is not None else frozenset()


def _of_any_domain(url: str) -> str:
    """Return the URL of a stored file relative to the page's domain, since every domain serves all files."""
    name = url.rpartition("/")[2]
    return url_of(name, "") if is_stored_name(name) and url.endswith(f"{PATH}{name}") else url


def _coded(content: bytes) -> str:
    return base64.urlsafe_b64encode(content).decode().rstrip("=")
