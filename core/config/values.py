"""Parsers of setting values: each takes the text of an environment variable and raises ValueError with the expected form."""

import ipaddress
import os
import re
from collections.abc import Callable
from email.utils import parseaddr
from pathlib import Path
from urllib.parse import SplitResult, unquote, urlsplit

from core.hosts.names import normal_authority, normal_host

IpNetwork = ipaddress.IPv4Network | ipaddress.IPv6Network


def boolean(text: str) -> bool:
    if text.lower() in {"1", "true", "yes", "on"}:
        return True
    if text.lower() in {"0", "false", "no", "off", ""}:
        return False
    raise ValueError("write true or false")


def networks(text: str) -> tuple[IpNetwork, ...]:
    return tuple(ipaddress.ip_network(part, strict=False) for part in _words(text))


def _words(text: str) -> tuple[str, ...]:
    return tuple(part for part in re.split(r"[,\s]+", text) if part)


def addresses_by_name(text: str) -> dict[str, str]:
    pairs = [part.partition("=") for part in _words(text)]
    if not all(name and address for name, _, address in pairs):
        raise ValueError("write name=address, with commas between them")
    return {normal_host(name): str(ipaddress.ip_address(address)) for name, _, address in pairs}


def _number(least: int, most: int, words: str) -> Callable[[str], int]:
    def read(text: str) -> int:
        if not re.fullmatch(r"[0-9]{1,9}", text) or not least <= int(text) <= most:
            raise ValueError(f"write {words}")
        return int(text)

    return read


port = _number(0, 65535, "a whole number from 0 to 65535")
positive = _number(1, 999_999_999, "a whole number above zero")
percent = _number(0, 100, "a percentage from 0 to 100")
days = _number(0, 36_500, "a number of days, up to a hundred years")
not_negative = _number(0, 999_999_999, "a whole number, zero or more")


_UNITS = {"": 1, "b": 1, "kb": 10**3, "mb": 10**6, "gb": 10**9, "tb": 10**12}


def size(text: str) -> int:
    """Return a number of bytes: `5 GB`, `1.5 TB`, `0`. Raises ValueError."""
    found = re.fullmatch(r"([0-9]{1,9}(?:\.[0-9]{1,6})?)\s*([A-Za-z]{0,2})", text)
    if not found or found[2].lower() not in _UNITS:
        raise ValueError("write a number with MB, GB or TB behind it, as 5 GB, or 0")
    return int(float(found[1]) * _UNITS[found[2].lower()])


def one_of(*words: str) -> Callable[[str], str]:
    def read(text: str) -> str:
        for word in words:
            if text.lower() == word.lower():
                return word
        raise ValueError(f"write one of {', '.join(words)}")

    return read


def address(text: str) -> str:
    # a name would be looked up in a thread
    return "127.0.0.1" if text == "localhost" else str(ipaddress.ip_address(text))


def folder(text: str) -> Path:
    path = Path(text)
    beginning = next(part for part in (path.absolute(), *path.absolute().parents) if os.path.lexists(part))
    if not beginning.is_dir():
        raise ValueError(f"{beginning} is not a folder")
    return path


def perhaps_folder(text: str) -> str:
    return str(folder(text)) if text else ""


def perhaps_path(text: str) -> str:
    return str(Path(text).expanduser().absolute()) if text else ""


def numbers_kept(text: str) -> tuple[int, int, int]:
    """Return numbers of days, weeks and months, written as 7,4,12. Raises ValueError."""
    found = re.fullmatch(r"([0-9]{1,4}),([0-9]{1,4}),([0-9]{1,4})", text.replace(" ", ""))
    numbers = tuple(int(part) for part in found.groups()) if found else (0, 0, 0)
    if not any(numbers) or max(numbers) > 1000:
        raise ValueError(
            "write days, weeks and months, as 7,4,12: at least one backup is kept, and at most 1000 of a kind"
        )
    return numbers[0], numbers[1], numbers[2]


def perhaps_hashes(text: str) -> str:
    """Return the absolute path of a sorted file of SHA-1 hashes, after a look at its first two lines, or nothing."""
    if not text:
        return ""
    path = Path(text).expanduser().absolute()
    try:
        with path.open("rb") as file:
            first, second = file.readline(128), file.readline(128)
    except OSError as error:
        raise ValueError(f"the file can't be read ({error.strerror})") from error
    if not all(re.match(rb"[0-9A-Fa-f]{40}(?![0-9A-Fa-f])", line) for line in (first, second or first)):
        raise ValueError("each line has to begin with a SHA-1 hash of 40 hexadecimal digits")
    if second and second[:40].upper() < first[:40].upper():
        raise ValueError("its lines have to be sorted by hash")
    return str(path)


def domain(text: str) -> str:
    return normal_authority(text) if text else ""


def token(text: str) -> str:
    if not re.fullmatch(r"[!-~]*", text):
        raise ValueError("write letters, digits and signs of ASCII, without spaces")
    return text


def _url(text: str, *schemes: str) -> SplitResult:
    """Split a URL. Its parts are read once, so that none raises ValueError later."""
    parts = urlsplit(text)
    if parts.scheme not in schemes:
        raise ValueError(f"it has to begin with {' or '.join(f'{scheme}:' for scheme in schemes)}")
    try:
        _ = parts.port
    except ValueError as error:  # Python's message quotes a part that may belong to the password
        raise ValueError(
            "its port is not a number up to 65535 (in a password write / as %2F, : as %3A, @ as %40)"
        ) from error
    return parts


def base_url(text: str) -> str:
    if text:
        parts = _url(text, "https", "http")
        normal_host(parts.hostname or "")
        if parts.query or parts.fragment or "@" in parts.netloc or re.search(r"\s", text):
            raise ValueError("write an address as https://cache.example.com, without ?, # and @")
    return text.rstrip("/")


def database_url(text: str) -> str:
    if text:
        _url(text, "postgresql", "postgres")
    return text


def mail_url(text: str) -> str:
    parts = _url(text, "console", "file", "smtp", "smtps")
    if parts.scheme == "console":
        if text != "console:":
            raise ValueError("nothing may stand after console:")
    elif parts.scheme == "file":
        if parts.netloc or not parts.path.startswith("/"):
            raise ValueError("write the whole path of a folder, as file:/var/mail/takahe")
        folder(unquote(parts.path))
    else:
        if not parts.hostname:
            raise ValueError(f"write the mail server's name, as {parts.scheme}://user:password@host")
        normal_host(parts.hostname)
        if parts.path.strip("/") or parts.query or parts.fragment:
            raise ValueError(
                "nothing may stand after the host and its port (in a password write / as %2F, ? as %3F, # as %23)"
            )
    return text


def sender(text: str) -> str:
    meant = text.replace("{domain}", "example.com")
    _, address = parseaddr(meant)
    local, _, host = address.rpartition("@")
    if not local or "{" in address or (meant != address and not meant.endswith(f"<{address}>")):
        raise ValueError("write an e-mail address, as takahe@{domain} or Takahe <mail@example.com>")
    normal_host(host)
    return text
