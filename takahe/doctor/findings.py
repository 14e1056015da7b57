"""The results of checks."""

from collections.abc import Iterable
from enum import StrEnum

import msgspec

from takahe.cli.exits import Exit

BROKEN = 2  # the exit code of `takahe doctor`


class Level(StrEnum):
    """`untried`: nothing is known, for a reason that the finding has."""

    ok = "ok"
    untried = "untried"
    warning = "warning"
    broken = "broken"


class Finding(msgspec.Struct, frozen=True):
    """A result of one check; `about` is a domain, a folder, or nothing. `cure`: what to do, in a sentence."""

    check: str
    about: str
    level: Level
    sentence: str
    cure: str = ""


def ok(check: str, sentence: str, about: str = "") -> Finding:
    return Finding(check, about, Level.ok, sentence)


def untried(check: str, reason: str, about: str = "") -> Finding:
    return Finding(check, about, Level.untried, f"It couldn't be tried: {reason}")


def warning(check: str, sentence: str, cure: str, about: str = "") -> Finding:
    return Finding(check, about, Level.warning, sentence, cure)


def broken(check: str, sentence: str, cure: str, about: str = "") -> Finding:
    return Finding(check, about, Level.broken, sentence, cure)


def exit_code(findings: Iterable[Finding]) -> int:
    """Return 0 if all is well, 1 for warnings, 2 if something is broken. What couldn't be tried changes nothing."""
    levels = {finding.level for finding in findings}
    if Level.broken in levels:
        return BROKEN
    return Exit.FAILED if Level.warning in levels else Exit.OK
