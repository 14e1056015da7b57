"""The commands for tables, backups and stored files. No command's own module is imported here."""

from typing import Any

from takahe.cli.subcommands import add_command as _add
from takahe.cli.subcommands import add_group as _group


def maintenance(commands: Any) -> None:
    """Add the commands for tables, backups and files."""
    migrate = _add(commands, "migrate", "migrate:migrate", "update the database's tables")
    migrate.add_argument(
        "--quiet", action="store_true", help="print no line per migration; only the progress of a long run"
    )
    migrate.add_argument(
        "--check", action="store_true", help="change nothing; exit with 1 if migrations are pending"
    )
    check = _add(commands, "check", "check:check", "check whether settings, database and code match")
    check.add_argument("--quiet", action="store_true", help="print problems only")
    doctor = _add(
        commands,
        "doctor",
        "doctor:doctor",
        "look at the running server from inside and through its public names; ends with 0 (well), 1 (warnings) or 2 (broken)",
    )
    doctor.add_argument("--domain", help="of the domains only this one")
    doctor.add_argument("--json", action="store_true", help="as JSON")
    health = _add(
        commands, "health", "health:health", "ask the running web process (or the worker) whether all is well"
    )
    health.add_argument("--port", type=int, help="port of the web process (PORT, default 8000)")
    health.add_argument("--bind", metavar="ADDRESS", help="its address (TAKAHE_BIND, default 127.0.0.1)")
    health.add_argument(
        "--worker", action="store_true", help="ask the database about the worker, not the web process"
    )
    _backups(commands)
    stats = _add(commands, "stats", "disk.stats:stats", "print how much of everything is stored")
    stats.add_argument("--json", action="store_true", help="as JSON")
    retention = _add(
        commands, "retention", "disk.retention:retention", "print how long posts of other servers are kept"
    )
    which = retention.add_mutually_exclusive_group()
    which.add_argument(
        "--dry-run", action="store_true", help="look at all of them and print how many would be removed"
    )
    which.add_argument("--now", action="store_true", help="remove them now instead of over the day")
    _media(commands)


def _backups(commands: Any) -> None:
    backup = _add(commands, "backup", "disk.backup:backup", "save the whole server while it runs")
    backup.add_argument(
        "target",
        nargs="?",
        help="a new file, as takahe.zip, or a folder, which keeps several and adds only new media; "
        "without it TAKAHE_BACKUP_DIR, as the server itself does",
    )
    backup.add_argument(
        "--keep",
        metavar="RULE",
        help="afterwards remove older ones of the folder, but the newest of so many days, weeks and months: 7,4,12",
    )
    backup.add_argument(
        "--list", action="store_true", help="make none; print those in the folder, the last runs and the next"
    )
    backup.add_argument(
        "--if-due",
        action="store_true",
        help="only if TAKAHE_BACKUP_AT says so, and no other one is being made",
    )
    restore = _add(
        commands,
        "restore",
        "disk.backup:restore",
        "make the server of a backup, in an empty database and folder",
    )
    restore.add_argument(
        "--trusted",
        action="store_true",
        help="the file is your own: if another version wrote it, run the SQL in it that makes its tables",
    )
    restore.add_argument("target", help="the file, or a folder, of which the newest is taken")
    restore.add_argument(
        "--check",
        action="store_true",
        help="change nothing: restore it aside, and compare all rows and media with what was saved",
    )


def _media(commands: Any) -> None:
    media = _group(commands, "media", "uploads, and copies of other servers' media")
    status = _add(media, "status", "disk.media:status", "print how much space they use, by server")
    status.add_argument("--json", action="store_true", help="as JSON")
    evict = _add(
        media, "evict", "disk.media:evict", "remove copies; they are fetched again when someone views them"
    )
    which = evict.add_mutually_exclusive_group(required=True)
    which.add_argument("--host", help="all of this server")
    which.add_argument("--to", metavar="SIZE", help='those looked at longest ago, until "1 GB" is left')
