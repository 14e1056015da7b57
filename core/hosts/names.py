"""Host names in one canonical spelling, for comparison, storage, blocks, resolution and links. Pure.

UTS 46 non-transitional, as in browsers, so that a name leads to the same owner everywhere. CPython's "idna" codec is IDNA 2003, which
maps `ß`, the final sigma and joiners to another domain: nothing here may use it.
"""

import ipaddress
import re
from functools import lru_cache
from urllib.parse import SplitResult

import idna

MAX_HOST = 255
_LABEL = re.compile(r"[a-z0-9_](?:[a-z0-9_-]{0,61}[a-z0-9_])?\Z")
_NUMBER = re.compile(r"(?:\d+|0x[0-9a-f]*)\Z", re.ASCII)
_PORT = re.compile(r"[0-9]{1,5}\Z")
_JOINERS = "\u200c\u200d"


class BadHost(ValueError):
    """Neither a host name nor an address in canonical spelling; the message says why."""


@lru_cache(maxsize=8192)
def normal_host(name: str) -> str:
    """Return a host name in lower-case ASCII (UTS 46), or an address in its canonical spelling without brackets.

    Raises BadHost for anything else, which includes decimal, octal, hexadecimal and shortened IPv4 addresses.
    """
    if not name or len(name) > MAX_HOST:
        raise BadHost(f"a host of {len(name)} characters")
    if ":" in name:
        return _ipv6(name)
    host = name.lower() if name.isascii() else _ascii(name)
    host = host.removesuffix(".")
    labels = host.split(".")
    if _NUMBER.match(labels[-1]):
        try:
            return str(ipaddress.IPv4Address(host))
        except ValueError as error:
            raise BadHost(f"a number in an unusual spelling: {name!r}") from error
    if len(host) > 253 or not all(_LABEL.match(label) for label in labels):
        raise BadHost(f"not a host name: {name!r}")
    return host


@lru_cache(maxsize=8192)
def normal_authority(text: str) -> str:
    """Return `host`, `host:port` or `[address]:port` with the host normalised. Raises BadHost."""
    host, port = _split(text)
    host = normal_host(host)
    host = f"[{host}]" if ":" in host else host
    return host if port is None else f"{host}:{port}"


def host_and_port(parts: SplitResult) -> tuple[str, int | None]:
    """Return the normal host and the port of a split URL. Raises BadHost, also for a URL with credentials.

    Don't use `SplitResult.hostname`: `str.lower` turns a capital sigma into a final one, which is another name.
    """
    if "@" in parts.netloc or "\\" in parts.netloc:
        raise BadHost("a user name, a password or a backslash")
    host, port = _split(parts.netloc)
    return normal_host(host), port


@lru_cache(maxsize=8192)
def shown_host(host: str) -> str:
    """Return a normal host, with its port if any, for display: internationalised names in Unicode.

    A name that does not convert back to the same host stays in ASCII.
    """
    if "xn--" not in host:
        return host
    name, colon, port = host.partition(":")
    try:
        shown = ".".join(map(_shown_label, name.split(".")))
        return shown + colon + port if normal_host(shown) == name else host
    except (UnicodeError, ValueError):
        return host


def _split(text: str) -> tuple[str, int | None]:
    if text.startswith("["):
        host, bracket, rest = text[1:].partition("]")
        if not bracket or ":" not in host or (rest and rest[0] != ":"):
            raise BadHost(f"not a host name: {text[:MAX_HOST]!r}")
        port = rest[1:]
    else:
        host, _, port = text.partition(":")
    if not port:
        return host, None
    if not _PORT.match(port) or int(port) > 65535:
        raise BadHost(f"not a port: {text[:MAX_HOST]!r}")
    return host, int(port)


def _ipv6(name: str) -> str:
    try:
        address = ipaddress.IPv6Address(name)
    except ValueError as error:
        raise BadHost(f"not a host name: {name!r}") from error
    if address.scope_id:
        raise BadHost(f"bound to one network interface: {name!r}")
    return address.compressed


def _ascii(name: str) -> str:
    try:
        return ".".join(map(_ascii_label, idna.uts46_remap(name, std3_rules=False).split(".")))
    except ValueError as error:  # idna's errors are such, too
        raise BadHost(f"not a host name: {name!r}") from error


def _ascii_label(label: str) -> str:
    """Return one mapped label in ASCII. Symbols and emoji are allowed, as in UTS 46 and unlike in IDNA 2008."""
    if label.isascii():
        return label
    idna.check_initial_combiner(label)
    for place, char in enumerate(label):
        if char in _JOINERS and not idna.valid_contextj(label, place):
            raise BadHost(f"a joiner that joins nothing: {label!r}")
    idna.check_bidi(label)
    return "xn--" + label.encode("punycode").decode("ascii")


def _shown_label(label: str) -> str:
    return label.removeprefix("xn--").encode().decode("punycode") if label.startswith("xn--") else label
