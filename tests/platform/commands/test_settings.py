"""A setting that can't be used stops the start, and says which it was, before anything that needs it happens."""

from pathlib import Path

import pytest

from core.config import SETTINGS, Config, ConfigError
from takahe.cli.exits import Exit
from tests.platform.commands.test_command import takahe

_BOOLEAN = ["maybe", "2", "truee"]
_NO_PORT = ["eighty", "-1", "65536", "8000.5", "٨٠"]
_NO_FOLDER = ["/etc/passwd", "/etc/passwd/below"]
_NO_NETWORKS = ["10.0.0.0/33", "localhost", "10.0.0.1 x"]

BAD: dict[str, list[str]] = {
    "DATABASE_URL": ["mysql://x/y", "/tmp/db", "takahe", "postgresql://h:port/x", "postgresql://h:99999/x"],
    "PORT": _NO_PORT,
    "TAKAHE_BIND": ["example.com", "127.0.0", "127.0.0.1:8000", "0"],
    "TAKAHE_DATA_DIR": _NO_FOLDER,
    "TAKAHE_DEBUG": _BOOLEAN,
    "TAKAHE_MAIN_DOMAIN": ["https://example.com", "example.com/", "a b", "-x.test", "x.test:port"],
    "TAKAHE_DATABASE_CONNECTIONS": ["0", "-1", "many", "1.5", "1_0"],
    "TAKAHE_LOG_FORMAT": ["xml"],
    "TAKAHE_LOG_LEVEL": ["LOUD", "10", "INFO,DEBUG"],
    "TAKAHE_TRUSTED_PROXIES": _NO_NETWORKS,
    "TAKAHE_ALLOWED_NETWORKS": _NO_NETWORKS,
    "TAKAHE_ALLOW_HTTP": _BOOLEAN,
    "TAKAHE_RESOLVE": ["a.test", "a.test=", "=127.0.0.1", "a.test=b.test", "a b=127.0.0.1"],
    "TAKAHE_BACKUP_DIR": _NO_FOLDER,
    "TAKAHE_BACKUP_AT": ["24:00", "4", "0h", "32d", "daily"],
    "TAKAHE_BACKUP_KEEP": ["7,4", "0,0,0", "7,4,x", "7,4,1001", "-1,4,12"],
    "TAKAHE_SLOW_CALLBACK_MS": ["-1", "fast", "1.5"],
    "TAKAHE_MAIL_URL": [
        "foo://x", "mail.example.com", "console", "console:x", "smtp:", "smtp://", "smtp://user:secret@", "smtp://h:port",
        "smtp://h:99999", "smtps://:secret@", "smtp://user:sec/ret@h", "smtp://user:sec?ret@h", "smtp://user:1/2@h", "smtp://h/path",
        "smtp://a b", "smtp://[::1", "file:", "file:mails", "file://mails", "file://host/mails", "file:/etc/passwd",
    ],
    "TAKAHE_MAIL_FROM": ["takahe", "@{domain}", "takahe@", "{domain}", "takahe@{host}", "takahe@a b", "Takahe <takahe>"],
    "TAKAHE_MAX_BODY_MB": ["0", "-5", "100M"],
    "TAKAHE_MAX_CHARACTERS": ["0", "-5", "many"],
    "TAKAHE_RATE_LIMIT_PERCENT": ["-1", "100%"],
    "TAKAHE_CONFIRM_EMAIL": _BOOLEAN,
    "TAKAHE_PASSWORD_GRANT": _BOOLEAN,
    "TAKAHE_METRICS_TOKEN": ["two words", "schlüssel"],
    "TAKAHE_MEDIA_DIR": _NO_FOLDER,
    "TAKAHE_REMOTE_MEDIA_BUDGET": ["much", "-1", "5 PB", "5,5 GB", "1e9", "5 GB GB"],
    "TAKAHE_REMOTE_POSTS_DAYS": ["90 days", "-1", "1.5", "100001"],
    "TAKAHE_FOLLOWED_POSTS_DAYS": ["a year", "-1", "1e3"],
    "TAKAHE_DISK_FULL_PERCENT": ["much", "-1", "101", "95 %", "95.5"],
    "TAKAHE_TRANSLATION_URL": ["translate.test", "ftp://translate.test", "https://u@translate.test", "https://translate.test?x"],
    "TAKAHE_TRANSLATION_KEY": ["two words", "schlüssel"],
    "TAKAHE_BREACHED_PASSWORDS": ["/nowhere/hashes.txt", "/", __file__],
    "TAKAHE_MEDIA_URL": ["cdn.test", "ftp://cdn.test", "https://", "https:///x", "https://cdn.test:port", "https://u@cdn.test", "https://cdn.test?x"],
}  # fmt: skip

ANY_VALUE = {
    "SECRET_KEY",  # whatever it is, it signs
    "TAKAHE_KEY_SECRET",  # the same
    "TAKAHE_BACKUP_PASSPHRASE",  # the same
    "TAKAHE_BACKUP_PASSPHRASE_FILE",  # it is read when a backup begins
    "TAKAHE_FFMPEG",  # a program that is not there means no films, as the table says
}

GOOD: dict[str, list[str]] = {
    "DATABASE_URL": ["postgres://u:p@h:5432/x", "postgresql:///takahe?host=/run/postgresql", "postgresql://nobody@/none?host=/x"],
    "TAKAHE_BIND": ["0.0.0.0", "::", "::1", "localhost"],
    "TAKAHE_BACKUP_AT": ["04:00", "23:59", "6h", "30m", "31d"],
    "TAKAHE_BACKUP_KEEP": ["7,4,12", "1,0,0", "7, 4, 12"],
    "TAKAHE_LOG_LEVEL": ["debug", "WARNING"],
    "TAKAHE_MAIN_DOMAIN": ["example.com", "localhost:8000", "exämple.test"],
    "TAKAHE_MAIL_URL": [
        "console:", "file:/tmp/mails", "file:///tmp/my%20mails", "smtp://h", "smtp://h/", "smtp://u:p%40ss@h:587", "smtps://u:p@ss@h",
        "smtp://[::1]:25", "smtp://127.0.0.1",
    ],
    "TAKAHE_MAIL_FROM": ["Takahē <takahe@here.test>", "a@b.test", "Mail of {domain} <mail@{domain}>", "The Takahe Server <a@b.test>"],
    "TAKAHE_MEDIA_URL": ["https://cdn.test", "https://cdn.test:8443/folder/", "http://127.0.0.1:9000"],
    "TAKAHE_TRANSLATION_URL": ["http://127.0.0.1:5000", "https://api-free.deepl.com"],
    "TAKAHE_REMOTE_MEDIA_BUDGET": ["0", "500 MB", "1.5 TB", "5GB", "5 gb"],
    "TAKAHE_RESOLVE": ["a.test=127.0.0.2,b.test=::1"],
    "TAKAHE_METRICS_TOKEN": ["abc-DEF_123.~+/="],
}  # fmt: skip


@pytest.mark.slow
def test_every_setting_has_values_that_stop_the_start() -> None:
    assert set(BAD) | ANY_VALUE == {setting.name for setting in SETTINGS}


@pytest.mark.parametrize("name", sorted(BAD))
def test_a_value_that_cannot_be_used_stops_the_start(name: str) -> None:
    for value in BAD[name]:
        try:
            Config({name: value})
        except ConfigError as error:
            said = str(error)
        else:
            pytest.fail(f"{name}={value} was taken")
        assert said.startswith(f"{name} "), said
        assert "invalid literal" not in said, said
        assert not ("MAIL_URL" in name and "sec" in said), said


@pytest.mark.parametrize("name", sorted(GOOD))
def test_usable_settings_are_accepted(name: str) -> None:
    for value in GOOD[name]:
        Config({name: value})


@pytest.mark.slow
@pytest.mark.anyio
@pytest.mark.parametrize("command", ["check", "serve", "worker", "user show --email a@b.test"])
async def test_every_command_stops_at_a_wrong_mail_address(command: str, tmp_path: Path) -> None:
    wrong = {"TAKAHE_MAIL_URL": "smtp://u:pa55@", "DATABASE_URL": "", "TAKAHE_DATA_DIR": str(tmp_path)}
    done = await takahe(*command.split(), **wrong)
    assert done.code == Exit.CONFIGURATION
    assert "TAKAHE_MAIL_URL has a value that can't be used" in done.err
    assert "pa55" not in done.err
    assert list(tmp_path.iterdir()) == []


@pytest.mark.slow
@pytest.mark.anyio
@pytest.mark.parametrize(
    ("option", "value"),
    [
        ("--port", "99999"),
        ("--bind", "nowhere.test"),
        ("--data-dir", "/etc/passwd"),
        ("--database-url", "mysql:"),
    ],
)
async def test_an_option_is_called_as_it_was_typed(option: str, value: str) -> None:
    done = await takahe("web", option, value)
    assert done.code == Exit.CONFIGURATION
    assert done.err.startswith(f"takahe: {option} "), done.err


@pytest.mark.slow
@pytest.mark.anyio
async def test_a_certificate_that_cannot_be_used_stops_the_start(tmp_path: Path) -> None:
    """The web process ended at it again and again."""
    words = tmp_path / "words.pem"
    words.write_text("no certificate")
    env = {"DATABASE_URL": "", "TAKAHE_DATA_DIR": str(tmp_path / "data")}
    for command in ("serve", "web"):
        done = await takahe(command, "--port", "0", "--tls-cert", str(words), "--tls-key", str(words), **env)
        assert done.code == Exit.CONFIGURATION, done.err
        assert "are no certificate and its private key" in done.err
    assert not (tmp_path / "data").exists()
