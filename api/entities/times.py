"""Times in the API: RFC 3339 in UTC with milliseconds and `Z`."""

import datetime as dt


def timestamp(moment: dt.datetime) -> str:
    """Format a time as `2026-01-01T12:30:00.000Z`."""
    if moment.utcoffset():
        moment = moment.astimezone(dt.UTC)
    return moment.replace(tzinfo=None).isoformat(timespec="milliseconds") + "Z"


def midnight(moment: dt.datetime) -> str:
    """Return the day of `moment`, as a time: Mastodon rounds the creation time of accounts."""
    return f"{date(moment)}T00:00:00.000Z"


def date(moment: dt.datetime) -> str:
    """Format a date as `2026-01-01`."""
    if moment.utcoffset():
        moment = moment.astimezone(dt.UTC)
    return moment.date().isoformat()
