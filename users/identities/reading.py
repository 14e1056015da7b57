"""The links of profile fields."""

import re
from collections.abc import Iterable, Mapping
from typing import Any
from urllib.parse import urlsplit

from core.config import config
from core.hosts.names import host_and_port
from core.texts.html_tags import read_links

# linear: each character of the text matches one alternative only
_SOLE_LINK = re.compile(r"\s*(?:<p>)?<a\s[^<>]*>(?:[^<]|<(?!/?a[\s>]))*</a>(?:</p>)?\s*\Z", re.IGNORECASE)
_NO_WEBSITE = {"mention", "hashtag"}
_MAX_BYTES = 2000  # an index has it; those of Postgres take 2704 at most


def sole_link(value: str) -> str:
    """Return the https URL of a field whose whole value (sanitised HTML) is a link to a website, or ""."""
    link = next(read_links(value), None) if _SOLE_LINK.match(value) else None
    if link is None or _NO_WEBSITE & link.classes:
        return ""
    url = link.href
    if len(url.encode()) > _MAX_BYTES:
        return ""
    if not url.startswith("https://") and not (config().allow_http and url.startswith("http://")):
        return ""
    try:
        host_and_port(urlsplit(url))
    except ValueError:  # no name of a host, or credentials before it
        return ""
    return url


def links_of(fields: Iterable[Mapping[str, Any]]) -> list[str]:
    """Return the links of a profile's fields that can be verified, without duplicates."""
    return list(dict.fromkeys(url for row in fields if (url := sole_link(row.get("value") or ""))))


def keep_verified(
    fields: Iterable[Mapping[str, Any]], before: Iterable[Mapping[str, Any]]
) -> list[dict[str, Any]]:
    """Return new fields, in which the links that were verified before still are."""
    known = {url: at for row in before if (at := row.get("verified_at")) and (url := sole_link(row["value"]))}
    return [{**row, "verified_at": known.get(sole_link(row["value"])) if known else None} for row in fields]
