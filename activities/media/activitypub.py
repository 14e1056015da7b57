"""Parsing of the media in a remote post's document: Mastodon's Document, GoToSocial's Image, PeerTube's list of links. Pure."""

import mimetypes
from collections.abc import Mapping
from typing import Any
from urllib.parse import urlsplit

from activities.media.models import AttachmentKind
from activities.posts.activitypub.post_document import AttachmentInDocument
from activities.posts.models import PostType
from core.crypto.keys import from_base58
from core.texts.languages import known_language
from federation.documents import as_list, ordered_types
from users.identities.activitypub.parsing import image_of, storable, text, text_of, url_of

_MAX_DESCRIPTION_LENGTH = 10_000
_MAX_ATTACHMENTS = 32
_MAX_CAPTIONS = 20
_LINES = 720  # of a video
_MULTIHASH_SHA256 = bytes((0x12, 32))


def parse_attachments(document: Mapping[str, Any], kind: PostType) -> list[AttachmentInDocument]:
    parts = as_list(document.get("attachment"))
    if kind in (PostType.image, PostType.audio, PostType.video):
        parts = [*_own_media(document, kind), *parts]
    elif kind not in (PostType.note, PostType.question) and document.get("image"):
        pictures = as_list(document.get("image"))
        parts = [
            *({"type": "Image", "url": one} if isinstance(one, str) else one for one in pictures),
            *parts,
        ]
    found = [attachment for attachment in map(_attachment, parts) if attachment]
    return list({attachment.url: attachment for attachment in found}.values())[:_MAX_ATTACHMENTS]


def _own_media(document: Mapping[str, Any], kind: PostType) -> list[Mapping[str, Any]]:
    """Return the attachment that a Video, Audio or Image object itself represents, from its links to files of its kind.

    PeerTube offers a video in many sizes: the largest of at most 720 lines is used, which every browser plays without a long wait.
    """
    prefix = f"{kind.value.lower()}/"
    files = [
        (link, media_type)
        for link in _links(document.get("url"))
        if (media_type := _type_of(link)).startswith(prefix)
    ]
    if not files:
        return []
    link, media_type = max(files, key=lambda file: _fitness(file[0]))
    poster = _largest_picture(document.get("icon")) if kind is not PostType.image else ""
    own = {
        "type": kind.value,
        "mediaType": media_type,
        "name": document.get("name"),
        "preview": poster,
        "subtitleLanguage": document.get("subtitleLanguage"),
    }
    return [{**link, **own}]


def _type_of(link: Mapping[str, Any]) -> str:
    return text(link.get("mediaType") or link.get("mimeType"), 100)  # mimeType: Funkwhale


def _fitness(link: Mapping[str, Any]) -> int:
    """Return a number that is higher for a better size: the largest up to _LINES first, then the smallest above it."""
    lines = _size(link.get("height")) or 0
    return lines if lines <= _LINES else -lines


def _largest_picture(value: object) -> str:
    pictures = [part for part in as_list(value) if isinstance(part, Mapping)]
    best = max(pictures, key=lambda picture: _size(picture.get("width")) or 0, default=None)
    return image_of(best if best is not None else value)[0]


def _links(value: object) -> list[Mapping[str, Any]]:
    """Return the Link objects in a `url`, including those among the tags of PeerTube's playlists."""
    links = [link for link in as_list(value) if isinstance(link, Mapping)]
    return [*links, *(tag for link in links for tag in as_list(link.get("tag")) if isinstance(tag, Mapping))]


_KIND_OF_TYPE = {
    "Image": AttachmentKind.image,
    "Audio": AttachmentKind.audio,
    "Video": AttachmentKind.video,
}


def _attachment(part: object) -> AttachmentInDocument | None:
    if isinstance(part, str) and _by_ending(url_of(part)):  # a bare URL: a file, if its extension says so
        part = {"url": part}
    if not isinstance(part, Mapping):
        return None
    links = [
        part.get("href"),
        *(link.get("href") if isinstance(link, Mapping) else link for link in as_list(part.get("url"))),
    ]
    url = next((found for found in map(url_of, links) if found), "")
    types = ordered_types(part)
    if not url or "PropertyValue" in types:
        return None
    media_type = text(part.get("mediaType"), 100)
    if not media_type:
        media_type = next((text(link.get("mediaType"), 100) for link in _links(part.get("url"))), "")
    media_type = media_type or _by_ending(url)
    main = media_type.partition("/")[0]
    if main in ("image", "audio", "video"):
        kind = AttachmentKind(main)
    else:
        kind = next((_KIND_OF_TYPE[name] for name in types if name in _KIND_OF_TYPE), AttachmentKind.unknown)
    if kind is AttachmentKind.unknown and (media_type.startswith("text/html") or types == ["Link"]):
        return None  # links to pages are in the text
    focus_x, focus_y = _focus(part.get("focalPoint"))
    return AttachmentInDocument(
        url=url,
        kind=kind.value,
        media_type=media_type,
        preview_url=url_of(part.get("preview")) or image_of(part.get("icon"))[0],
        description=_description(part),
        blurhash=text(part.get("blurhash"), 100),
        width=_size(part.get("width")),
        height=_size(part.get("height")),
        focus_x=focus_x,
        focus_y=focus_y,
        captions=_captions(part),
        sha256=sha256_of(part.get("digestMultibase")),
    )


def _captions(part: Mapping[str, Any]) -> tuple[dict[str, str], ...]:
    """Return the captions of a video: PeerTube's `subtitleLanguage`, whose `url` is a URL or a list of links, possibly to playlists."""
    found = {}
    for track in as_list(part.get("subtitleLanguage"))[:_MAX_CAPTIONS]:
        if not isinstance(track, Mapping):
            continue
        links = [
            url_of(link.get("href")) if text(link.get("mediaType"), 100) == "text/vtt" else ""
            for link in as_list(track.get("url"))
            if isinstance(link, Mapping)
        ]
        url = url_of(track.get("url")) or next(filter(None, links), "")
        if url:
            found[url] = {"language": known_language(text(track.get("identifier"), 35)) or "", "url": url}
    return tuple(found.values())


def sha256_of(digest: object) -> str:
    """Return the SHA-256 of a `digestMultibase` (FEP-ef61: base58btc of a multihash) in hexadecimal; empty if it is none."""
    raw = from_base58(digest[1:], 34) if isinstance(digest, str) and digest.startswith("z") else None
    return raw[2:].hex() if raw is not None and raw.startswith(_MULTIHASH_SHA256) else ""


def is_file(url: str) -> bool:
    """Return whether a URL is that of an image, video or audio file, by its extension."""
    return bool(_by_ending(url))


def _by_ending(url: str) -> str:
    """Return the media type of the URL's extension, for documents that state none (BookWyrm's covers); empty if it is not media."""
    guessed = mimetypes.guess_type(urlsplit(url).path, strict=False)[0] or ""
    return guessed if guessed.startswith(("image/", "audio/", "video/")) else ""


def _description(part: Mapping[str, Any]) -> str:
    """Return the alternative text: Mastodon's `name`, GoToSocial's `summary`."""
    for name in ("summary", "name"):
        if words := text_of(part, name).strip():
            return storable(words[:_MAX_DESCRIPTION_LENGTH])
    return ""


def _focus(value: object) -> tuple[float, float]:
    point = as_list(value)
    if len(point) == 2 and all(isinstance(number, int | float) and -1 <= number <= 1 for number in point):
        return float(point[0]), float(point[1])
    return 0.0, 0.0


def _size(value: object) -> int | None:
    return value if isinstance(value, int) and not isinstance(value, bool) and 0 < value < 100_000 else None
