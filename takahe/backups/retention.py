"""Removal of older backups of a folder: the newest of so many days, weeks and months stay."""

import datetime as dt
from pathlib import Path
from typing import NamedTuple

from core.config.values import numbers_kept
from core.errors import BadInput
from core.media.names import is_stored_name
from takahe.backups.archives import Reader
from takahe.backups.passphrases import passphrase
from takahe.backups.saving import made_at


class Rule(NamedTuple):
    """The numbers of days, weeks and months, of each of which the newest backup is kept."""

    days: int
    weeks: int
    months: int


class Removed(NamedTuple):
    """The number of backups that were removed, and of media files that no other one needs."""

    backups: int
    files: int


def read_rule(text: str) -> Rule:
    """Return the rule written as "7,4,12". Raises BadInput."""
    try:
        return Rule(*numbers_kept(text))
    except ValueError as error:
        raise BadInput(f"{text!r} is no rule: {error}.") from error


def kept(moments: list[dt.datetime], rule: Rule) -> set[dt.datetime]:
    """Return which stay. The newest one always does."""
    newest_first = sorted(moments, reverse=True)
    stay = set(newest_first[:1])
    for count, form in ((rule.days, "%Y-%m-%d"), (rule.weeks, "%G-%V"), (rule.months, "%Y-%m")):
        periods: dict[str, dt.datetime] = {}
        for moment in newest_first:
            periods.setdefault(moment.strftime(form), moment)
        stay |= set(list(periods.values())[:count])
    return stay


def thin(folder: Path, rule: Rule) -> Removed:
    """Remove the backups that the rule does not keep, and then the media that no backup has. Raises BadInput for a file."""
    if not folder.is_dir():
        raise BadInput(f"{folder} is one backup; --keep is for a folder of them.")
    found = {at: path for path in folder.iterdir() if (at := made_at(path)) is not None}
    stay = kept(list(found), rule)
    needed: set[str] = set()
    for at in stay:  # before anything is removed: one that can't be read stops it
        with Reader(found[at], passphrase()) as backup:
            needed.update(backup.media())
    for at in set(found) - stay:
        found[at].unlink()
    files = 0
    for path in (folder / "media").glob("??/*"):
        if is_stored_name(path.name) and path.name not in needed:
            path.unlink(missing_ok=True)
            files += 1
    return Removed(len(found) - len(stay), files)
