"""Emoji tags of documents: parsing remote ones and building our own. Pure."""

import datetime as dt
import re
from collections.abc import Mapping, Sequence
from typing import Any
from urllib.parse import urlsplit

import msgspec

from core.media.names import TYPES
from core.texts.emojis import MAX_SHORTCODE_LENGTH
from federation.documents import as_list, clean_url, parse_datetime, picture_url, text, types_of

_MAX_COUNT = 50
_SHORTCODE = re.compile(rf":?([A-Za-z0-9_.+-]{{1,{MAX_SHORTCODE_LENGTH}}}):?")

EMOJI_CONTEXT: list[Any] = [
    "https://www.w3.org/ns/activitystreams",
    {"toot": "http://joinmastodon.org/ns#", "Emoji": "toot:Emoji"},
]

type Copy = dict[str, str]
"""What posts and profiles keep of an emoji: shortcode, url, static_url; of our own also uri and updated."""


class EmojiDocument(msgspec.Struct, frozen=True):
    """An Emoji tag of a remote document. `uri` is unverified."""

    shortcode: str
    url: str
    uri: str = ""
    updated: dt.datetime | None = None


def parse_emojis(document: Mapping[str, Any]) -> list[EmojiDocument]:
    """Return the custom emoji in `tag`, one per shortcode, at most 50."""
    found: dict[str, EmojiDocument] = {}
    for tag in as_list(document.get("tag")):
        if (
            not isinstance(tag, Mapping)
            or "Emoji" not in types_of(tag)
            or not isinstance(tag.get("name"), str)
        ):
            continue
        match = _SHORTCODE.fullmatch(tag["name"])
        url = next(filter(None, map(picture_url, as_list(tag.get("icon")))), "")
        if match and url:
            uri = clean_url(text(tag.get("id"), longest=2048))
            found.setdefault(match[1], EmojiDocument(match[1], url, uri, parse_datetime(tag.get("updated"))))
        if len(found) == _MAX_COUNT:
            break
    return list(found.values())


def copies_of(emojis: Sequence[EmojiDocument]) -> list[Copy]:
    """Return the copies that are stored with a post or profile."""
    return [{"shortcode": one.shortcode, "url": one.url, "static_url": one.url} for one in emojis]


def emoji_tag(emoji: Copy) -> dict[str, Any]:
    """Return the tag for an emoji that a local post or profile uses."""
    icon = {"type": "Image", "url": emoji["url"]}
    if kind := TYPES.get(urlsplit(emoji["url"]).path.rpartition(".")[2].lower()):
        icon["mediaType"] = kind
    tag = {
        "type": "Emoji",
        "id": emoji.get("uri") or emoji["url"],
        "name": f":{emoji['shortcode']}:",
        "icon": icon,
    }
    if emoji.get("updated"):
        tag["updated"] = emoji["updated"]
    return tag
