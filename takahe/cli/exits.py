"""The exit codes of `takahe`."""

from enum import IntEnum


class Exit(IntEnum):
    """Documented in `takahe --help` and docs/run/install.md."""

    OK = 0
    FAILED = 1  # the command could not do what was asked; stderr says why
    USAGE = 2  # the command line is wrong (argparse's own code)
    CONFIGURATION = 3  # a setting can't be used
    DATABASE = 4  # the database can't be reached
    INTERRUPTED = 130  # Ctrl+C
