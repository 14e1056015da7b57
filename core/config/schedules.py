"""Times of what is done again and again: every day at a time, or so many seconds after the last time."""

import datetime as dt
import re
from typing import NamedTuple

_DAY_S = 86_400
_UNITS = {"s": 1, "m": 60, "h": 3600, "d": _DAY_S}
_MOST_S = 31 * _DAY_S


class Schedule(NamedTuple):
    """`every_s` seconds apart; with `at_s`, every day so many seconds after midnight UTC."""

    every_s: int
    at_s: int | None = None

    def after(self, moment: dt.datetime) -> dt.datetime:
        """Return the next time after a moment."""
        if self.at_s is None:
            return moment + dt.timedelta(seconds=self.every_s)
        midnight = moment.astimezone(dt.UTC).replace(hour=0, minute=0, second=0, microsecond=0)
        today = midnight + dt.timedelta(seconds=self.at_s)
        return today if today > moment else today + dt.timedelta(days=1)


def schedule(text: str) -> Schedule:
    """Return the schedule written as 04:00 or 6h. Raises ValueError."""
    if found := re.fullmatch(r"([01]?[0-9]|2[0-3]):([0-5][0-9])", text):
        return Schedule(_DAY_S, int(found[1]) * 3600 + int(found[2]) * 60)
    found = re.fullmatch(r"([1-9][0-9]{0,6})\s*([smhd])", text)
    every_s = int(found[1]) * _UNITS[found[2]] if found else 0
    if not 1 <= every_s <= _MOST_S:
        raise ValueError("write a time of day in UTC, as 04:00, or an interval of up to 31 days, as 6h or 2d")
    return Schedule(every_s)
