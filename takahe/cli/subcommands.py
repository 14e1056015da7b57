"""Parts of the command line for argparse."""

import argparse
from typing import Any


def add_command(commands: Any, name: str, run: str, about: str, **more: Any) -> argparse.ArgumentParser:
    """Add a command that runs "module:function" inside takahe.commands."""
    command = commands.add_parser(name, help=about, description=about[0].upper() + about[1:] + ".", **more)
    command.set_defaults(run=run)
    place = command.add_argument_group("where")
    place.add_argument(
        "--data-dir", metavar="FOLDER", help="folder of the embedded database and files (TAKAHE_DATA_DIR)"
    )
    place.add_argument("--database-url", metavar="URL", help="a Postgres of your own (DATABASE_URL)")
    return command


def add_group(commands: Any, name: str, about: str) -> Any:
    """Add a command that has commands of its own."""
    group = commands.add_parser(name, help=about, description=about[0].upper() + about[1:] + ".")
    return group.add_subparsers(title="commands", metavar="COMMAND", required=True)
