"""The settings of a process, read from environment variables once at start.

Everything else is an option in the database (users/domains/options.py). docs/run/settings.md lists every row of the table; a test compares
the two.
"""

import ipaddress
import os
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from email.utils import parseaddr
from functools import cache
from pathlib import Path
from typing import Any
from urllib.parse import SplitResult, unquote, urlsplit

from core.hosts.names import normal_authority, normal_host

IpNetwork = ipaddress.IPv4Network | ipaddress.IPv6Network


class ConfigError(Exception):
    """A setting has a value that can't be used; the message says which, why, and what to do."""


def _boolean(text: str) -> bool:
    if text.lower() in {"1", "true", "yes", "on"}:
        return True
    if text.lower() in {"0", "false", "no", "off", ""}:
        return False
    raise ValueError("write true or false")


def _networks(text: str) -> tuple[IpNetwork, ...]:
    return tuple(ipaddress.ip_network(part, strict=False) for part in _words(text))


def _words(text: str) -> tuple[str, ...]:
    return tuple(part for part in re.split(r"[,\s]+", text) if part)


def _resolve(text: str) -> dict[str, str]:
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


_port = _number(0, 65535, "a whole number from 0 to 65535")
_positive = _number(1, 999_999_999, "a whole number above zero")
_not_negative = _number(0, 999_999_999, "a whole number, zero or more")


_UNITS = {"": 1, "b": 1, "kb": 10**3, "mb": 10**6, "gb": 10**9, "tb": 10**12}


def size(text: str) -> int:
    """Return a number of bytes: `5 GB`, `1.5 TB`, `0`. Raises ValueError."""
    found = re.fullmatch(r"([0-9]{1,9}(?:\.[0-9]{1,6})?)\s*([A-Za-z]{0,2})", text)
    if not found or found[2].lower() not in _UNITS:
        raise ValueError("write a number with MB, GB or TB behind it, as 5 GB, or 0")
    return int(float(found[1]) * _UNITS[found[2].lower()])


def _one_of(*words: str) -> Callable[[str], str]:
    def read(text: str) -> str:
        for word in words:
            if text.lower() == word.lower():
                return word
        raise ValueError(f"write one of {', '.join(words)}")

    return read


def _address(text: str) -> str:
    # a name would be looked up in a thread
    return "127.0.0.1" if text == "localhost" else str(ipaddress.ip_address(text))


def _folder(text: str) -> Path:
    path = Path(text)
    beginning = next(part for part in (path.absolute(), *path.absolute().parents) if os.path.lexists(part))
    if not beginning.is_dir():
        raise ValueError(f"{beginning} is not a folder")
    return path


def _perhaps_folder(text: str) -> str:
    return str(_folder(text)) if text else ""


def _domain(text: str) -> str:
    return normal_authority(text) if text else ""


def _token(text: str) -> str:
    if not re.fullmatch(r"[!-~]*", text):
        raise ValueError("write letters, digits and signs of ASCII, without spaces")
    return text


def _url(text: str, *schemes: str) -> SplitResult:
    """Split an address. Its parts are read once, so that none raises ValueError later."""
    parts = urlsplit(text)
    if parts.scheme not in schemes:
        raise ValueError(f"it has to begin with {' or '.join(f'{scheme}:' for scheme in schemes)}")
    try:
        _ = parts.port
    except ValueError as error:  # Python's words quote what may be a part of the password
        raise ValueError(
            "its port is not a number up to 65535 (in a password write / as %2F, : as %3A, @ as %40)"
        ) from error
    return parts


def _base_url(text: str) -> str:
    if text:
        parts = _url(text, "https", "http")
        normal_host(parts.hostname or "")
        if parts.query or parts.fragment or "@" in parts.netloc or re.search(r"\s", text):
            raise ValueError("write an address as https://cache.example.com, without ?, # and @")
    return text.rstrip("/")


def _database_url(text: str) -> str:
    if text:
        _url(text, "postgresql", "postgres")
    return text


def _mail_url(text: str) -> str:
    parts = _url(text, "console", "file", "smtp", "smtps")
    if parts.scheme == "console":
        if text != "console:":
            raise ValueError("nothing may stand after console:")
    elif parts.scheme == "file":
        if parts.netloc or not parts.path.startswith("/"):
            raise ValueError("write the whole path of a folder, as file:/var/mail/takahe")
        _folder(unquote(parts.path))
    else:
        if not parts.hostname:
            raise ValueError(f"write the mail server's name, as {parts.scheme}://user:password@host")
        normal_host(parts.hostname)
        if parts.path.strip("/") or parts.query or parts.fragment:
            raise ValueError(
                "nothing may stand after the host and its port (in a password write / as %2F, ? as %3F, # as %23)"
            )
    return text


def _sender(text: str) -> str:
    meant = text.replace("{domain}", "example.com")
    _, address = parseaddr(meant)
    local, _, host = address.rpartition("@")
    if not local or "{" in address or (meant != address and not meant.endswith(f"<{address}>")):
        raise ValueError("write an e-mail address, as takahe@{domain} or Takahe <mail@example.com>")
    normal_host(host)
    return text


@dataclass(frozen=True)
class Setting:
    """One row of the table: the variable's name, its default as text, how it is read, and what it does."""

    name: str
    default: str
    read: Callable[[str], Any]
    description: str
    is_secret: bool = False  # holds a password: no message repeats it


SETTINGS = (
    Setting(
        "DATABASE_URL",
        "",
        _database_url,
        "The Postgres database, as postgresql://user:password@host:port/name. Empty: start an embedded one under TAKAHE_DATA_DIR.",
        is_secret=True,
    ),
    Setting(
        "SECRET_KEY",
        "",
        str,
        "Signs sessions, links in mails and forms. Empty: one is made and kept in TAKAHE_DATA_DIR/secret_key.",
    ),
    Setting("PORT", "8000", _port, "The port the web process listens on."),
    Setting("TAKAHE_BIND", "127.0.0.1", _address, "The address the web process listens on."),
    Setting(
        "TAKAHE_DATA_DIR",
        "./data",
        _folder,
        "Where the embedded database, the secret key and stored files live.",
    ),
    Setting(
        "TAKAHE_DEBUG",
        "false",
        _boolean,
        "Development mode: ?profile on every page, slow callbacks logged, details on error pages. Never in production.",
    ),
    Setting(
        "TAKAHE_MAIN_DOMAIN",
        "",
        _domain,
        "The domain that answers for requests that name none (health checks by address). Empty: none.",
    ),
    Setting(
        "TAKAHE_DATABASE_CONNECTIONS", "10", _positive, "The most database connections one process holds."
    ),
    Setting(
        "TAKAHE_LOG_FORMAT",
        "text",
        _one_of("text", "json"),
        "text: lines for a terminal. json: one JSON object a line.",
    ),
    Setting(
        "TAKAHE_LOG_LEVEL",
        "INFO",
        _one_of("DEBUG", "INFO", "WARNING", "ERROR"),
        "DEBUG, INFO, WARNING or ERROR.",
    ),
    Setting(
        "TAKAHE_TRUSTED_PROXIES",
        "127.0.0.1/32 ::1/128",
        _networks,
        "Networks whose X-Forwarded-For, -Proto and -Host are believed.",
    ),
    Setting(
        "TAKAHE_ALLOWED_NETWORKS",
        "",
        _networks,
        "Private networks that outbound requests may reach all the same (a closed network, tests).",
    ),
    Setting(
        "TAKAHE_ALLOW_HTTP", "false", _boolean, "Development only: outbound requests may use plain http."
    ),
    Setting(
        "TAKAHE_RESOLVE",
        "",
        _resolve,
        "Fixed addresses for host names, as a.test=127.0.0.2,b.test=127.0.0.3. Asked before /etc/hosts and DNS.",
    ),
    Setting(
        "TAKAHE_KEY_SECRET",
        "",
        str,
        "When set, private keys of identities are encrypted in the database with a key derived from it.",
    ),
    Setting(
        "TAKAHE_SLOW_CALLBACK_MS",
        "0",
        _not_negative,
        "Log every callback that holds the event loop for longer than this many milliseconds. 0: off (20 in development).",
    ),
    Setting(
        "TAKAHE_MAIL_URL",
        "console:",
        _mail_url,
        "How mail leaves: console: prints it to the log, smtp://user:password@host:587 or smtps://… sends it, file:/path keeps it in a folder.",
        is_secret=True,
    ),
    Setting(
        "TAKAHE_MAIL_FROM",
        "takahe@{domain}",
        _sender,
        "The sender of mails; {domain} is the domain that a mail is about. Write one fixed address when the mail server takes no other.",
    ),
    Setting(
        "TAKAHE_MAX_BODY_MB",
        "100",
        _positive,
        "The largest request body accepted, in megabytes (uploads; other endpoints have smaller limits of their own).",
    ),
    Setting(
        "TAKAHE_RATE_LIMIT_PERCENT",
        "100",
        _not_negative,
        "Scales the limits of the client API: 200 allows twice Mastodon's documented 300 calls in five minutes. 0: no limits.",
    ),
    Setting(
        "TAKAHE_CONFIRM_EMAIL",
        "true",
        _boolean,
        "People who sign up prove their e-mail address with a link that they are sent. false, in a closed network or for tests: no mail, no proof.",
    ),
    Setting(
        "TAKAHE_PASSWORD_GRANT",
        "false",
        _boolean,
        "For tests of client programs: apps may change an e-mail address and password for a token. People should never type theirs into an app.",
    ),
    Setting(
        "TAKAHE_METRICS_TOKEN",
        "",
        _token,
        "When set, /metrics answers to requests with this bearer token. Empty: only to requests from loopback.",
        is_secret=True,
    ),
    Setting(
        "TAKAHE_MEDIA_DIR",
        "",
        _perhaps_folder,
        "Where uploads are kept; several machines share one folder. Empty: the folder media in TAKAHE_DATA_DIR.",
    ),
    Setting(
        "TAKAHE_MEDIA_URL",
        "",
        _base_url,
        "The address of a cache (CDN) that fetches from /media of this server, for the links of new uploads and of other servers' media. Empty: the domain's own.",
    ),
    Setting(
        "TAKAHE_REMOTE_MEDIA_BUDGET",
        "5 GB",
        size,
        "The most bytes of other servers' pictures, films and sounds that are kept here. What was looked at longest ago goes first. 0: nothing is kept, browsers and apps load them from those servers.",
    ),
    Setting(
        "TAKAHE_FFMPEG",
        "ffmpeg",
        str,
        "The ffmpeg program, by name or path. When it is not there, video, sound and animated GIFs are refused.",
    ),
)


class Config:
    """The settings of this process as attributes: `TAKAHE_DATA_DIR` is `config.data_dir`, `PORT` is `config.port`."""

    database_url: str
    secret_key: str
    port: int
    bind: str
    data_dir: Path
    debug: bool
    main_domain: str
    database_connections: int
    log_format: str
    log_level: str
    trusted_proxies: tuple[IpNetwork, ...]
    allowed_networks: tuple[IpNetwork, ...]
    allow_http: bool
    resolve: dict[str, str]
    key_secret: str
    slow_callback_ms: int
    mail_url: str
    mail_from: str
    max_body_mb: int
    rate_limit_percent: int
    confirm_email: bool
    password_grant: bool
    metrics_token: str
    media_dir: str
    media_url: str
    remote_media_budget: int
    ffmpeg: str

    def __init__(self, environment: Mapping[str, str], called: Mapping[str, str] | None = None) -> None:
        """Read every setting. `called` has the options of the command line that some came from, for messages. Raises ConfigError."""
        for setting in SETTINGS:
            text = environment.get(setting.name, "").strip() or setting.default
            try:
                value = setting.read(text)
            except ValueError as error:
                name = (called or {}).get(setting.name, setting.name)
                value_is = "has a value that" if setting.is_secret else f"is {text!r}, which"
                raise ConfigError(
                    f"{name} {value_is} can't be used: {error}. {setting.description}"
                ) from error
            setattr(self, setting.name.removeprefix("TAKAHE_").lower(), value)
        known = {setting.name for setting in SETTINGS}
        for name in environment:
            if name.startswith("TAKAHE_") and name not in known:
                raise ConfigError(
                    f"{name} is set, but there is no such setting. See docs/run/settings.md for the list."
                )
        if self.debug and not self.slow_callback_ms:
            self.slow_callback_ms = 20

    @property
    def prints_mails(self) -> bool:
        """Return whether mails are only logged, as on a server without a mail URL."""
        return self.mail_url == "console:"


@cache
def config() -> Config:
    """Return the configuration of this process, read from the environment at the first call."""
    return Config(os.environ)
