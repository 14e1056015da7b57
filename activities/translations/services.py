"""Translation of posts by the configured service (TAKAHE_TRANSLATION_URL), for signed-in users."""

import time
from collections import OrderedDict
from html import escape

import msgspec

from activities.posts.models import Visibility
from activities.posts.queries.views import PostView
from activities.translations import backends
from core.config import config
from core.db import release_connection
from core.errors import NotAllowed, NotFound, TooMany
from core.ratelimit import take_tightest
from core.server_state import PerServer
from core.texts.html import sanitise, to_text
from users.identities.models import Identity

MAX_CHARACTERS = 15_000  # of a post with all its parts
MAX_AN_HOUR = 60  # per user
MAX_OF_SERVER_AN_HOUR = 2_000
_KEPT = 200
_LANGUAGES_FOR_S = 3600.0


class Translation(msgspec.Struct, frozen=True):
    """A translated post: `content` is sanitised HTML, the other parts are plain text in the post's order.

    `source` is the original language, as far as the service knows.
    """

    content: str
    content_warning: str
    options: list[str]
    descriptions: list[str]
    source: str
    target: str
    provider: str


class _Languages(msgspec.Struct):
    found: dict[str, list[str]] = {}
    until: float = 0.0


_kept: PerServer[OrderedDict[tuple[int, str, bytes], Translation]] = PerServer(OrderedDict)
_languages: PerServer[_Languages] = PerServer(_Languages)


def is_enabled() -> bool:
    return bool(config().translation_url)


def is_translatable(post: PostView) -> bool:
    """Return whether a post has text, and may be sent to the service: private ones may not."""
    return (
        is_enabled() and post.visibility <= Visibility.unlisted and bool(post.content or post.content_warning)
    )


async def languages() -> dict[str, list[str]]:
    """Return each source language with its target languages; cached for an hour. Raises Unavailable."""
    if not is_enabled():
        return {}
    kept = _languages()
    if kept.until < time.monotonic():
        await release_connection()
        kept.found = await backends.languages()
        kept.until = time.monotonic() + _LANGUAGES_FOR_S
    return kept.found


async def translate_post(*, reader: Identity, post: PostView, target: str) -> Translation:
    """Return the translation of a post that the reader may see.

    Raises NotAllowed for a private post, NotFound if there is nothing to translate (also if it is in that language), TooMany and
    Unavailable.
    """
    if post.visibility > Visibility.unlisted:
        raise NotAllowed(code="not_allowed")
    target = target.lower().partition("-")[0]
    source = (post.language or "").lower().partition("-")[0]
    parts = [post.content, escape(post.content_warning)]
    options = post.question.options if post.question else []
    parts += [escape(option.title) for option in options]
    parts += [escape(item.description) for item in post.attachments]
    if not is_translatable(post) or source == target or sum(map(len, parts)) > MAX_CHARACTERS:
        raise NotFound
    key = (post.id, target, msgspec.msgpack.encode(parts))
    kept = _kept()
    if key in kept:
        kept.move_to_end(key)
        return kept[key]
    uses = ((f"translated:{reader.pk}", MAX_AN_HOUR), ("translated", MAX_OF_SERVER_AN_HOUR))
    allowance = await take_tightest(uses, 3600)
    if not allowance.allowed:
        raise TooMany(code="translations.too_many", most=MAX_AN_HOUR, retry_after_s=allowance.retry_after_s)
    await release_connection()
    filled = [part for part in parts if part]
    answer = await backends.translate(filled, source=source, target=target)
    found = iter(answer.fragments)
    content, *plain = [next(found) if part else "" for part in parts]
    words = [to_text(part) for part in plain]
    made = Translation(
        content=sanitise(content),
        content_warning=words[0],
        options=words[1 : 1 + len(options)],
        descriptions=words[1 + len(options) :],
        source=answer.language or source,
        target=target,
        provider=backends.provider(),
    )
    kept[key] = made
    while len(kept) > _KEPT:
        kept.popitem(last=False)
    return made
