"""The settings of a server, read from environment variables once at start.

Everything else is an option in the database (users/domains/options.py). docs/run/settings.md lists every row of the table; a test
compares the two.
"""

import os
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from core.config import values
from core.config.schedules import Schedule, schedule
from core.config.values import IpNetwork
from core.server_state import PerServer


class ConfigError(Exception):
    """A setting has an invalid value; the message says which, why, and what to do."""


@dataclass(frozen=True)
class Setting:
    """One row of the table: the variable's name, its default as text, its parser, and its description."""

    name: str
    default: str
    read: Callable[[str], Any]
    description: str
    is_secret: bool = False  # holds a password: never shown in messages


SETTINGS = (
    Setting(
        "DATABASE_URL",
        "",
        values.database_url,
        "The Postgres database, as postgresql://user:password@host:port/name. Empty: start an embedded one under TAKAHE_DATA_DIR.",
        is_secret=True,
    ),
    Setting(
        "SECRET_KEY",
        "",
        str,
        "Signs sessions, links in mails and forms. Empty: one is generated and stored in TAKAHE_DATA_DIR/secret_key.",
    ),
    Setting("PORT", "8000", values.port, "The port the web process listens on."),
    Setting("TAKAHE_BIND", "127.0.0.1", values.address, "The address the web process listens on."),
    Setting(
        "TAKAHE_DATA_DIR",
        "./data",
        values.folder,
        "The folder of the embedded database, the secret key and stored files.",
    ),
    Setting(
        "TAKAHE_DEBUG",
        "false",
        values.boolean,
        "Development mode: ?profile on every page, slow callbacks logged, details on error pages. Never in production.",
    ),
    Setting(
        "TAKAHE_MAIN_DOMAIN",
        "",
        values.domain,
        "The domain that answers requests that name none (health checks by address). Empty: none.",
    ),
    Setting(
        "TAKAHE_DATABASE_CONNECTIONS",
        "10",
        values.positive,
        "The maximum number of database connections per process.",
    ),
    Setting(
        "TAKAHE_LOG_FORMAT",
        "text",
        values.one_of("text", "json"),
        "text: lines for a terminal. json: one JSON object per line.",
    ),
    Setting(
        "TAKAHE_LOG_LEVEL",
        "INFO",
        values.one_of("DEBUG", "INFO", "WARNING", "ERROR"),
        "DEBUG, INFO, WARNING or ERROR.",
    ),
    Setting(
        "TAKAHE_TRUSTED_PROXIES",
        "127.0.0.1/32 ::1/128",
        values.networks,
        "Networks whose X-Forwarded-For, -Proto and -Host are believed.",
    ),
    Setting(
        "TAKAHE_ALLOWED_NETWORKS",
        "",
        values.networks,
        "Private networks that outbound requests may nevertheless reach (a closed network, tests).",
    ),
    Setting(
        "TAKAHE_ALLOW_HTTP",
        "false",
        values.boolean,
        "Development only: outbound requests may use plain http.",
    ),
    Setting(
        "TAKAHE_RESOLVE",
        "",
        values.addresses_by_name,
        "Fixed addresses for host names, such as a.test=127.0.0.2,b.test=127.0.0.3. Used before /etc/hosts and DNS.",
    ),
    Setting(
        "TAKAHE_KEY_SECRET",
        "",
        str,
        "When set, private keys of identities are encrypted in the database with a key derived from it.",
    ),
    Setting(
        "TAKAHE_BACKUP_PASSPHRASE",
        "",
        str,
        "When set, backups and files of `takahe domain export` are encrypted with it. A lost passphrase can't be replaced.",
        is_secret=True,
    ),
    Setting(
        "TAKAHE_BACKUP_PASSPHRASE_FILE",
        "",
        values.perhaps_path,
        "A file with that passphrase, instead of TAKAHE_BACKUP_PASSPHRASE. It is read when a backup begins.",
    ),
    Setting(
        "TAKAHE_BACKUP_DIR",
        "",
        values.perhaps_folder,
        "The folder into which the worker saves the whole server by itself. Empty: it doesn't.",
    ),
    Setting(
        "TAKAHE_BACKUP_AT",
        "04:00",
        schedule,
        "When it does: a time of day in UTC, as 04:00, or an interval, as 6h or 2d. A time that was missed is made up for.",
    ),
    Setting(
        "TAKAHE_BACKUP_KEEP",
        "7,4,12",
        values.numbers_kept,
        "How many backups of that folder stay: the newest of so many days, weeks and months. Older ones are removed.",
    ),
    Setting(
        "TAKAHE_SLOW_CALLBACK_MS",
        "0",
        values.not_negative,
        "Log every callback that blocks the event loop for longer than this many milliseconds. 0: off (20 in development).",
    ),
    Setting(
        "TAKAHE_MAIL_URL",
        "console:",
        values.mail_url,
        "How mail is sent: console: prints it to the log, smtp://user:password@host:587 or smtps://… sends it, file:/path stores it in a folder.",
        is_secret=True,
    ),
    Setting(
        "TAKAHE_MAIL_FROM",
        "takahe@{domain}",
        values.sender,
        "The sender of mails; {domain} is the domain that a mail is about. Use one fixed address if the mail server accepts no other.",
    ),
    Setting(
        "TAKAHE_MAX_BODY_MB",
        "100",
        values.positive,
        "The maximum size of a request body in megabytes (uploads; other endpoints have smaller limits).",
    ),
    Setting(
        "TAKAHE_MAX_CHARACTERS",
        "5000",
        values.positive,
        "The highest limit of characters in a post that a domain may choose, up to 20000; 500 is the default of each domain.",
    ),
    Setting(
        "TAKAHE_RATE_LIMIT_PERCENT",
        "100",
        values.not_negative,
        "Scales the limits of the client API: 200 allows twice Mastodon's documented 300 calls in five minutes. 0: no limits.",
    ),
    Setting(
        "TAKAHE_CONFIRM_EMAIL",
        "true",
        values.boolean,
        "People who sign up confirm their e-mail address with a link that is sent to it. false, in a closed network or for tests: no e-mail, no confirmation.",
    ),
    Setting(
        "TAKAHE_PASSWORD_GRANT",
        "false",
        values.boolean,
        "For tests of client programs: apps may exchange an e-mail address and password for a token. People should never type theirs into an app.",
    ),
    Setting(
        "TAKAHE_METRICS_TOKEN",
        "",
        values.token,
        "If set, /metrics answers requests with this bearer token. Empty: only requests from loopback.",
        is_secret=True,
    ),
    Setting(
        "TAKAHE_MEDIA_DIR",
        "",
        values.perhaps_folder,
        "Where uploads are stored; several machines share one folder. Empty: the folder media in TAKAHE_DATA_DIR.",
    ),
    Setting(
        "TAKAHE_MEDIA_URL",
        "",
        values.base_url,
        "The address of a cache (CDN) that fetches from /media of this server, for the links of new uploads and of other servers' media. Empty: the domain's own.",
    ),
    Setting(
        "TAKAHE_REMOTE_MEDIA_BUDGET",
        "5 GB",
        values.size,
        "The maximum size of the stored copies of other servers' pictures, videos and audio. Copies that nobody has viewed for the longest time are removed first. 0: nothing is stored, browsers and apps load media from those servers.",
    ),
    Setting(
        "TAKAHE_REMOTE_POSTS_DAYS",
        "90",
        values.days,
        "For so many days posts of other servers are kept that nobody here has liked, bookmarked, boosted, answered or quoted, was mentioned in or has in a timeline of their own. 0: for ever.",
    ),
    Setting(
        "TAKAHE_FOLLOWED_POSTS_DAYS",
        "365",
        values.days,
        "The same for posts of people whom somebody here follows. 0: for ever.",
    ),
    Setting(
        "TAKAHE_DISK_FULL_PERCENT",
        "95",
        values.percent,
        "From this use of a disk with files of the server on, other servers have to keep what they send until there is space again (they try for days), and their pictures are not copied any more; copies go two percentage points earlier. What the server's own people do goes on. 0: never.",
    ),
    Setting(
        "TAKAHE_TRANSLATION_URL",
        "",
        values.base_url,
        "The service that translates posts for people who are signed in: a LibreTranslate of your own or another's, which may be in your own network, or https://api.deepl.com or https://api-free.deepl.com. It gets the text of public and unlisted posts that someone asks to translate. Empty: nothing is translated.",
    ),
    Setting(
        "TAKAHE_TRANSLATION_KEY",
        "",
        values.token,
        "The key of that service; DeepL always requires one.",
        is_secret=True,
    ),
    Setting(
        "TAKAHE_BREACHED_PASSWORDS",
        "",
        values.perhaps_hashes,
        "A file of SHA-1 hashes of passwords that may not be chosen, sorted by hash, one a line, such as the download of Have I Been Pwned. Empty: only the 20,000 most frequent passwords are refused.",
    ),
    Setting(
        "TAKAHE_FFMPEG",
        "ffmpeg",
        str,
        "The ffmpeg program, by name or path. If it is missing, video, audio and animated GIFs are refused.",
    ),
)


class Config:
    """The settings of a server as attributes: `TAKAHE_DATA_DIR` is `config.data_dir`, `PORT` is `config.port`."""

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
    backup_passphrase: str
    backup_passphrase_file: str
    backup_dir: str
    backup_at: Schedule
    backup_keep: tuple[int, int, int]
    slow_callback_ms: int
    mail_url: str
    mail_from: str
    max_body_mb: int
    max_characters: int
    rate_limit_percent: int
    confirm_email: bool
    password_grant: bool
    metrics_token: str
    media_dir: str
    media_url: str
    remote_media_budget: int
    remote_posts_days: int
    followed_posts_days: int
    disk_full_percent: int
    translation_url: str
    translation_key: str
    breached_passwords: str
    ffmpeg: str

    def __init__(self, environment: Mapping[str, str], called: Mapping[str, str] | None = None) -> None:
        """Read every setting. `called` has the command line options that set some of them, for messages. Raises ConfigError."""
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
                from difflib import get_close_matches  # for this error only

                near = name.removeprefix("TAKAHE_")
                meant = [near] if near in known else get_close_matches(name, known, n=1, cutoff=0.85)
                hint = f" Did you mean {meant[0]}?" if meant else ""
                raise ConfigError(
                    f"{name} is set, but there is no such setting.{hint} See docs/run/settings.md for the list."
                )
        if self.debug and not self.slow_callback_ms:
            self.slow_callback_ms = 20

    @property
    def prints_mails(self) -> bool:
        """Return whether mails are only logged, as on a server without a mail URL."""
        return self.mail_url == "console:"


config: PerServer[Config] = PerServer(lambda: Config(os.environ), is_inherited=True)
"""The settings of the running server; read from the environment on the first call, unless the server was given its own."""
