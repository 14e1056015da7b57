"""The exit codes of `takahe`."""

from enum import IntEnum


class Exit(IntEnum):
    """Exit codes, documented in `takahe --help` and docs/run/install.md."""

    OK = 0
    FAILED = 1  # the command failed; stderr says why
    USAGE = 2  # invalid command line (argparse's own code)
    CONFIGURATION = 3  # an invalid setting
    DATABASE = 4  # the database is unreachable
    INTERRUPTED = 130  # Ctrl+C
