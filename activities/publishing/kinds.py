"""ActivityPub types that are shown as posts, including those of specific software, which are mapped to a standard type. Pure."""

from collections.abc import Mapping
from html import escape
from typing import Any

from activities.posts.models import PostType
from federation.documents import as_list, ordered_types, types_of

EPISODE = "PodcastEpisode"  # Castopod's: an audio file in `audio`, its text in `description`, and a picture in `image`
ALSO_NOTES = ("Comment", "Review", "Quotation", "Status", "GeneratedNote")  # BookWyrm's; they have content
OTHER_KINDS = (*ALSO_NOTES, EPISODE)
SHOWN_AT_THEIR_ID = frozenset({*PostType, EPISODE})
_POST_TYPES = frozenset(PostType)


def post_type(document: Mapping[str, Any]) -> PostType | None:
    """Return the type as which a document is shown; None if it is not a post."""
    for kind in ordered_types(document):
        if kind in _POST_TYPES:
            return PostType(kind)
        if kind in ALSO_NOTES:
            return PostType.note
        if kind == EPISODE:
            return PostType.audio
    return None


def as_shown(document: Mapping[str, Any]) -> Mapping[str, Any]:
    """Return a podcast episode as an Audio; any other document unchanged."""
    if EPISODE not in types_of(document):
        return document
    sounds = [sound for sound in as_list(document.get("audio")) if isinstance(sound, Mapping)]
    files = [file for sound in sounds for file in as_list(sound.get("url"))]
    said = {name: value for name, value in document.items() if value is not None}
    return {
        "icon": document.get("image"),
        **_description(document.get("description")),
        **said,
        "url": [*as_list(document.get("url")), *files],
    }


def _description(value: object) -> Mapping[str, Any]:
    """Return the text of an episode: HTML by language, or else its source, as text."""
    if not isinstance(value, Mapping):
        return {}
    if isinstance(value.get("contentMap"), Mapping) and value["contentMap"]:
        return {"contentMap": value["contentMap"]}
    written = value.get("content")
    if not isinstance(written, str):
        return {}
    return {"content": written if value.get("mediaType") == "text/html" else f"<p>{escape(written)}</p>"}
