"""Normalised search input: URLs, handles and hashtags as typed or pasted. Pure."""

import re
import unicodedata

from core.hosts.names import BadHost, normal_authority
from core.texts.folding import without_invisible

_ADDRESS = re.compile(r"(https?)://([^/?#\s\\]+)(\S*)\Z", re.IGNORECASE)
_BREAK = re.compile(r"(?<=\w)\u200b(?=\w)")  # where a line may be broken, between words
_TAIL = re.compile(r"[?#].*\Z", re.DOTALL)


def normal_query(text: str) -> str:
    """Return the text without invisible marks; in a URL or handle, scheme and host are normalised, and a final dot is removed.

    `HTTP://Far.Test/@zoe.` is `http://far.test/@zoe`, `＠zoe＠Far.Test/` is `@zoe@far.test`, `＃tag` is `#tag`.
    """
    words = unicodedata.normalize("NFKC", without_invisible(_BREAK.sub(" ", text)).strip())
    text = without_invisible(text).strip()
    plain = unicodedata.normalize("NFKC", text)
    if found := _ADDRESS.match(text) or _ADDRESS.match(plain):
        scheme, host, rest = found[1].lower(), found[2], found[3]
        return f"{scheme}://{_host(host)}{rest}".rstrip(".")
    if " " in plain or plain.count("@") - plain.startswith("@") != 1:
        return words
    name, at, host = plain.removeprefix("acct:").rpartition("@")
    host = host.rstrip("./")
    return f"{name}{at}{_host(host)}" if host else plain


def without_query(url: str) -> str:
    """Return a URL without query, fragment and trailing slashes, which are irrelevant in ours."""
    return _TAIL.sub("", url).rstrip("/")


def _host(text: str) -> str:
    try:
        return normal_authority(text)
    except BadHost:
        return text
