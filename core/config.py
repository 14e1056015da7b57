"""What the process needs to know before the database: one typed table, read from the environment once at start.

Everything else is an option in the database (users/domains/models.py). `docs/run/settings.md` lists every row of this table; a test
holds the two against each other.
"""

import ipaddress
import os
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

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
    pairs = (part.partition("=") for part in _words(text))
    return {name.lower(): str(ipaddress.ip_address(address)) for name, _, address in pairs}


def _port(text: str) -> int:
    port = int(text)
    if not 0 <= port <= 65535:
        raise ValueError("a port is between 0 and 65535")
    return port


def _positive(text: str) -> int:
    number = int(text)
    if number < 1:
        raise ValueError("write a whole number above zero")
    return number


def _percent(text: str) -> int:
    number = int(text)
    if number < 0:
        raise ValueError("write a whole number, zero or more")
    return number


def _base_url(text: str) -> str:
    if text and not re.fullmatch(r"https?://[^\s?#]+", text):
        raise ValueError("write an address that begins with https://")
    return text.rstrip("/")


def _log_format(text: str) -> str:
    if text not in {"text", "json"}:
        raise ValueError("write text or json")
    return text


@dataclass(frozen=True)
class Setting:
    """One row of the table: the variable's name, its default as text, how it is read, and what it does."""

    name: str
    default: str
    read: Callable[[str], Any]
    meaning: str


SETTINGS = (
    Setting(
        "DATABASE_URL",
        "",
        str,
        "The Postgres database, as postgresql://user:password@host:port/name. Empty: start an embedded one under TAKAHE_DATA_DIR.",
    ),
    Setting(
        "SECRET_KEY",
        "",
        str,
        "Signs sessions, links in mails and forms. Empty: one is made and kept in TAKAHE_DATA_DIR/secret_key.",
    ),
    Setting("PORT", "8000", _port, "The port the web process listens on."),
    Setting("TAKAHE_BIND", "127.0.0.1", str, "The address the web process listens on."),
    Setting(
        "TAKAHE_DATA_DIR",
        "./data",
        Path,
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
        str,
        "The domain that answers for requests that name none (health checks by address). Empty: none.",
    ),
    Setting(
        "TAKAHE_DATABASE_CONNECTIONS", "10", _positive, "The most database connections one process holds."
    ),
    Setting(
        "TAKAHE_LOG_FORMAT", "text", _log_format, "text: lines for a terminal. json: one JSON object a line."
    ),
    Setting("TAKAHE_LOG_LEVEL", "INFO", str, "DEBUG, INFO, WARNING or ERROR."),
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
        int,
        "Log every callback that holds the event loop for longer than this many milliseconds. 0: off (20 in development).",
    ),
    Setting(
        "TAKAHE_MAIL_URL",
        "console:",
        str,
        "How mail leaves: console: prints it to the log, smtp://user:password@host:587 or smtps://… sends it, file:/path keeps it in a folder.",
    ),
    Setting(
        "TAKAHE_MAIL_FROM",
        "takahe@{domain}",
        str,
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
        _percent,
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
        str,
        "When set, /metrics answers to requests with this bearer token. Empty: only to requests from loopback.",
    ),
    Setting(
        "TAKAHE_MEDIA_DIR",
        "",
        str,
        "Where uploads are kept; several machines share one folder. Empty: the folder media in TAKAHE_DATA_DIR.",
    ),
    Setting(
        "TAKAHE_MEDIA_URL",
        "",
        _base_url,
        "The address of a cache (CDN) that fetches uploads from /media of this server, for the links of new uploads. Empty: the domain's own.",
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
    ffmpeg: str

    def __init__(self, environment: Mapping[str, str]) -> None:
        for setting in SETTINGS:
            text = environment.get(setting.name, "").strip() or setting.default
            try:
                value = setting.read(text)
            except ValueError as error:
                raise ConfigError(
                    f"{setting.name} is {text!r}, which can't be used: {error}. {setting.meaning}"
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


@cache
def config() -> Config:
    """Return the configuration of this process, read from the environment at the first call."""
    return Config(os.environ)
