"""The `takahe` command. Each subcommand is in takahe/commands and is imported only when it runs."""

import argparse
import sys
from collections.abc import Callable
from importlib import import_module
from typing import Any

from core.config import ConfigError
from core.errors import Problem
from takahe.cli import environment
from takahe.cli.exits import Exit
from takahe.cli.parser import build_parser

# commands that don't need Django, or set it up themselves; for the others it is set up before their import
WITHOUT_DJANGO = frozenset({"check", "disk.backup", "doctor", "health", "migrate", "serve", "web", "worker"})


def _load(run: str) -> Callable[[argparse.Namespace], Any]:
    module, _, function = run.partition(":")
    command: Callable[[argparse.Namespace], Any] = getattr(
        import_module(f"takahe.commands.{module}"), function
    )
    return command


def main(arguments: list[str] | None = None) -> int:
    """Run one command; returns its exit code (takahe/cli/exits.py). Messages for users go to stderr."""
    parser = build_parser()
    options = parser.parse_args(arguments)
    try:
        environment.apply(options)
        if options.run.partition(":")[0] in WITHOUT_DJANGO:
            return int(_load(options.run)(options) or 0)
        return environment.run_async(lambda: _load(options.run), options)
    except ConfigError as error:
        return _say(str(error), Exit.CONFIGURATION)
    except Problem as problem:
        return _say(problem.sentence, Exit.FAILED)
    except PermissionError as error:
        return _say(
            f"{error.filename or 'A file'}: {error.strerror}. Run this as the user that the server runs as.",
            Exit.CONFIGURATION,
        )
    except KeyboardInterrupt:
        return Exit.INTERRUPTED
    except BrokenPipeError:
        sys.stderr.close()  # the reader (head, less) has exited
        return Exit.FAILED
    except Exception as error:
        if environment.is_database_error(error):
            return _say(f"The database does not answer: {str(error).strip()}", Exit.DATABASE)
        raise


def _say(sentence: str, code: Exit) -> Exit:
    print(f"takahe: {sentence}", file=sys.stderr)  # noqa: T201
    return code


if __name__ == "__main__":
    sys.exit(main())
