"""Text forms of posts' metadata, for apps and pages. Pure."""

import datetime as dt
from functools import lru_cache
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from activities.posts.queries.views import FactsView

_MAX_URL_LENGTH = 500


@lru_cache(maxsize=100)
def _zone(name: str) -> dt.tzinfo:
    try:
        return ZoneInfo(name) if name else dt.UTC
    except (ZoneInfoNotFoundError, ValueError, OSError):  # a name from another server
        return dt.UTC


def event_time(facts: FactsView) -> str:
    """Return the time of an event in its own time zone: `Sunday, 11 December 2022, 19:00–21:00 (Europe/London)`; empty without a start."""
    if facts.starts_at is None:
        return ""
    zone = _zone(facts.zone)
    starts = facts.starts_at.astimezone(zone)
    words = f"{starts:%A}, {starts.day} {starts:%B %Y, %H:%M}"
    if facts.ends_at is not None:
        ends = facts.ends_at.astimezone(zone)
        is_same_day = ends.date() == starts.date()
        words += f"–{ends:%H:%M}" if is_same_day else f" – {ends:%A}, {ends.day} {ends:%B %Y, %H:%M}"
    return f"{words} ({'UTC' if zone is dt.UTC else facts.zone})"


def stars(rating: float) -> str:
    """Return a rating as text: `4 of 5 stars`."""
    return f"{rating:g} of 5 stars"


def fact_lines(facts: FactsView) -> list[str]:
    """Return time, place and rating, one line each."""
    lines = [
        "Cancelled" if facts.is_cancelled else "",
        event_time(facts),
        facts.place,
        facts.online_url[:_MAX_URL_LENGTH],
        stars(facts.rating) if facts.rating else "",
    ]
    return [line for line in lines if line]
