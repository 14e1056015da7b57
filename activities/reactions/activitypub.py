"""Emoji reactions in documents: FEP-c0e0 (EmojiReact), and Misskey's Like with `content` and `_misskey_reaction`. Pure."""

import re
from collections.abc import Mapping
from typing import Any

import msgspec

from activities.reactions.models import MAX_NAME_LENGTH
from core.texts.unicode_emojis import single_emoji
from federation.documents import PUBLIC
from users.emojis.activitypub import EMOJI_CONTEXT, Copy, EmojiDocument, emoji_tag, parse_emojis

_SHORTCODE = re.compile(rf"(:?)([A-Za-z0-9_.+-]{{1,{MAX_NAME_LENGTH}}})(?:@([A-Za-z0-9.:-]{{0,255}}?))?\1")
_MAX_LENGTH = 400
_CONTEXT = [
    EMOJI_CONTEXT[0],
    EMOJI_CONTEXT[1]
    | {
        "litepub": "http://litepub.social/ns#",
        "EmojiReact": "litepub:EmojiReact",
        "misskey": "https://misskey-hub.net/ns#",
        "_misskey_reaction": "misskey:_misskey_reaction",
    },
]


class EmojiName(msgspec.Struct, frozen=True):
    """An emoji to react with: a Unicode emoji, or the shortcode of a custom one, optionally with its `host`."""

    name: str
    is_custom: bool = False
    host: str = ""


class ReactionDocument(msgspec.Struct, frozen=True):
    """A reaction. `emoji` is the tag of a custom one, if any."""

    name: EmojiName
    emoji: EmojiDocument | None = None


def read_name(text: str) -> EmojiName | None:
    """Parse an emoji: a single Unicode emoji, or `shortcode`, `:shortcode:` or `shortcode@host`. None for anything else."""
    text = text.strip() if len(text) <= _MAX_LENGTH else ""
    if unicode := single_emoji(text):
        return EmojiName(unicode)
    match = _SHORTCODE.fullmatch(text)
    if match is None:
        return None
    host = (match[3] or "").lower()
    return EmojiName(match[2], True, "" if host == "." else host)  # Misskey writes its own as name@.


def parse_reaction(document: Mapping[str, Any]) -> ReactionDocument | None:
    """Return the reaction in an EmojiReact or Like; None for a plain like. A custom one may lack a picture."""
    for key in ("content", "_misskey_reaction"):
        value = document.get(key)
        name = read_name(value) if isinstance(value, str) else None
        if name is None:
            continue
        if not name.is_custom:
            return ReactionDocument(name)
        tags = {tag.shortcode: tag for tag in parse_emojis(document)}
        return ReactionDocument(name, tags.get(name.name))
    return None


def reaction_document(
    *,
    uri: str,
    actor_uri: str,
    post_uri: str,
    author_uri: str,
    followers_uri: str = "",
    name: str,
    emoji: Copy | None = None,
    is_like: bool = False,
) -> dict[str, Any]:
    """Return an EmojiReact, or a Like with the same emoji, which other servers read as a plain like.

    It is public with `followers_uri`, the actor's followers, else between the actor and the author.
    """
    content = name if emoji is None else f":{name}:"
    document: dict[str, Any] = {
        "@context": _CONTEXT,
        "id": uri,
        "type": "Like" if is_like else "EmojiReact",
        "actor": actor_uri,
        "to": [author_uri, followers_uri] if followers_uri else [author_uri],
        **({"cc": [PUBLIC]} if followers_uri else {}),
        "object": post_uri,
        "content": content,
    }
    if is_like:
        document["_misskey_reaction"] = content
    if emoji is not None:
        document["tag"] = [emoji_tag(emoji)]
    return document


def undo_reaction_document(reaction: dict[str, Any]) -> dict[str, Any]:
    inner = {key: value for key, value in reaction.items() if key != "@context"}
    return {
        "@context": reaction["@context"],
        "id": f"{reaction['id']}/undo",
        "type": "Undo",
        "actor": reaction["actor"],
        "to": reaction["to"],
        **({"cc": reaction["cc"]} if "cc" in reaction else {}),
        "object": inner,
    }
