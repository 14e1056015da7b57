"""URLs of outbound requests, parsed once into the parts that are resolved, dialled, signed and sent."""

import re
from functools import lru_cache
from urllib.parse import quote, urljoin, urlsplit

import msgspec

from core.hosts.names import BadHost, host_and_port
from core.http.errors import BadUrl

MAX_URL = 4096
_DEFAULT_PORTS = {"https": 443, "http": 80}
# The Fetch standard's blocked ports above 1023, and what databases and caches listen on.
# fmt: off
_REFUSED_PORTS = frozenset((
    1719, 1720, 1723, 2049, 3659, 4045, 4190, 5060, 5061, 6000, 6566, 6665, 6666, 6667, 6668, 6669,
    6679, 6697, 10080, 2375, 2376, 2379, 2380, 3306, 3389, 5432, 5672, 5900, 6379, 9042, 11211,
    27017,
))
# fmt: on
_UNSAFE = re.compile(r"[\x00-\x20\x7f\\]")
_PATH_SAFE = "!$%&'()*+,/:;=@~-._[]|^`{}"


class Url(msgspec.Struct, frozen=True):
    """A URL. `text` is the whole URL without fragment, `host` its lower-case ASCII name or address, `target` path and query as sent."""

    text: str
    scheme: str
    host: str
    port: int
    target: str

    @property
    def authority(self) -> str:
        """The value of the Host header: without the default port."""
        host = f"[{self.host}]" if ":" in self.host else self.host
        return host if self.port == _DEFAULT_PORTS[self.scheme] else f"{host}:{self.port}"


@lru_cache(maxsize=4096)
def parse_url(text: str, *, allow_http: bool = False) -> Url:
    """Return the URL, normalised. Raises BadUrl if requests to it are not permitted."""
    if len(text) > MAX_URL or _UNSAFE.search(text):
        raise BadUrl(code="address_of_wrong_characters", detail=repr(text[:200]))
    try:
        parts = urlsplit(text)
    except ValueError as error:
        raise BadUrl(code="unreadable_address", detail=repr(text)) from error
    scheme = parts.scheme.lower()
    if scheme != "https" and not (scheme == "http" and allow_http):
        raise BadUrl(code="only_https", detail=repr(text))
    if "@" in parts.netloc:
        raise BadUrl(code="address_with_password", detail=f"host {parts.hostname!r}")
    try:
        host, port = host_and_port(parts)
    except BadHost as error:
        raise BadUrl(code="address_of_wrong_host", detail=str(error)) from error
    port = _DEFAULT_PORTS[scheme] if port is None else port
    if (port < 1024 and port not in (80, 443)) or port in _REFUSED_PORTS:
        raise BadUrl(code="address_of_other_port", detail=repr(text))
    target = quote(parts.path or "/", safe=_PATH_SAFE)
    if not target.startswith("/"):
        raise BadUrl(code="unreadable_address", detail=repr(text))
    if parts.query:
        target += "?" + quote(parts.query, safe=_PATH_SAFE + "?")
    url = Url(text="", scheme=scheme, host=host, port=port, target=target)
    return msgspec.structs.replace(url, text=f"{scheme}://{url.authority}{target}")


def join(base: Url, location: str) -> str:
    """Return the URL of a Location header. Raises BadUrl."""
    try:
        return urljoin(base.text, location)
    except ValueError as error:
        raise BadUrl(code="unreadable_address", detail=repr(location[:200])) from error
