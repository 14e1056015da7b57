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
    health = _add(
        commands, "health", "health:health", "ask the running web process (or the worker) whether all is well"
    )
    health.add_argument("--port", type=int, help="port of the web process (PORT, default 8000)")
    health.add_argument("--bind", metavar="ADDRESS", help="its address (TAKAHE_BIND, default 127.0.0.1)")
    health.add_argument(
        "--worker", action="store_true", help="ask the database about the worker, not the web process"
    )
    stats = _add(commands, "stats", "disk.stats:stats", "print how much of everything is stored")
    stats.add_argument("--json", action="store_true", help="as JSON")
    _media(commands)


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
