"""Metadata of posts that are more than notes: the preview of an article, time and place of an event, the rating of a review. Pure.

Sources: FEP-b2b8 (long-form text), ActivityStreams 2.0 (startTime, location), documents of Mobilizon, Gancio and BookWyrm.
"""

import datetime as dt
from collections.abc import Mapping
from html import escape
from typing import Any

from activities.posts.models import PostType
from core.texts.html import to_text
from federation.documents import as_list
from users.identities.activitypub.parsing import html_of, storable, text, text_of, url_of

SHORT = 800  # characters: a text up to this length is shown whole
_PREVIEW = 500
_MAX_PREVIEW_HTML_LENGTH = 5000
_MAX_PLACE_LENGTH = 500
_STARS = 5
_IN_ADDRESS = ("streetAddress", "postalCode", "addressLocality", "addressRegion", "addressCountry")


def parse_facts(document: Mapping[str, Any], kind: PostType, content: str) -> dict[str, Any] | None:
    """Return the metadata in the shape of Post.facts; None if there is none. `content` is the sanitised text."""
    facts: dict[str, Any] = {}
    if kind in (PostType.article, PostType.page):
        facts["preview"] = _preview(document, content)
    if kind is PostType.event:
        facts |= _event(document)
    rating = document.get("rating")
    if isinstance(rating, int | float) and not isinstance(rating, bool) and 0 < rating <= _STARS:
        facts["rating"] = round(float(rating), 1)
    return {name: value for name, value in facts.items() if value} or None


def _preview(document: Mapping[str, Any], content: str) -> str:
    """Return the HTML shown in place of a long text: the author's preview, else the beginning of the text."""
    words = to_text(content)
    if len(words) <= SHORT:
        return ""
    preview = next((part for part in as_list(document.get("preview")) if isinstance(part, Mapping)), {})
    for value in (preview.get("content"), document.get("summary")):
        html = html_of(value, _MAX_PREVIEW_HTML_LENGTH) if isinstance(value, str) else ""
        if 0 < len(to_text(html)) <= SHORT:
            return html
    beginning = " ".join(words[:_PREVIEW].split()).rsplit(" ", 1)[0]
    return f"<p>{escape(beginning, quote=False)}…</p>"


def _event(document: Mapping[str, Any]) -> dict[str, Any]:
    starts, ends = (_moment(document.get(name)) for name in ("startTime", "endTime"))
    place, online = _place(document.get("location"))
    return {
        "starts_at": starts,
        "ends_at": ends if starts and ends and ends > starts else None,
        "zone": text(document.get("timezone"), 50),
        "place": place,
        "online_url": online,
        "is_cancelled": text(document.get("ical:status"), 20).upper() == "CANCELLED",
    }


def _moment(value: object) -> str | None:
    """Return a time in ISO 8601 and UTC. Events may be in the future, but not centuries away."""
    try:
        found = dt.datetime.fromisoformat(value) if isinstance(value, str) and len(value) <= 64 else None
        found = (
            None
            if found is None
            else (found if found.tzinfo else found.replace(tzinfo=dt.UTC)).astimezone(dt.UTC)
        )
    except (ValueError, OverflowError):
        return None
    return found.isoformat() if found is not None and 1970 <= found.year <= 2200 else None


def _place(value: object) -> tuple[str, str]:
    """Return the name of a place, and the URL of an online event."""
    words, online = "", ""
    for part in as_list(value)[:5]:
        if isinstance(part, str):
            words = words or text(part, _MAX_PLACE_LENGTH)
        if not isinstance(part, Mapping):
            continue
        if "VirtualLocation" in as_list(part.get("type")):
            online = online or url_of(part.get("url"))
            continue
        address = part.get("address")
        lines = (
            [text(address.get(name), 200) for name in _IN_ADDRESS]
            if isinstance(address, Mapping)
            else [text(address, 200)]
        )
        name = storable(text_of(part, "name")).strip()[:200]
        words = words or text(
            ", ".join(dict.fromkeys(one for one in (name, *lines) if one)), _MAX_PLACE_LENGTH
        )
    return words, online
