"""The shapes of the JSON columns of an exported domain: pages and endpoints expect them, and the file may come from anybody."""

import datetime as dt
from collections.abc import Iterator
from contextlib import suppress
from typing import Annotated, Any, Literal

import msgspec

from activities.columns.queries import Column
from activities.columns.services import MAX_COLUMNS
from activities.posts.queries.revisions import RevisionFile
from activities.posts.queries.views import CaptionsView, FactsView, QuestionView
from activities.publishing.services.drafts import PostDraft
from activities.saved_drafts.services import MAX_BYTES
from takahe.moving.belongings import DECKS, DRAFTS, SCHEDULED
from takahe.moving.tables import PEOPLE, POSTS
from users.identities.queries.profiles import CustomEmoji, ProfileField

_REVISION = "activities.Revision"
_Word = Annotated[str, msgspec.Meta(max_length=2048)]
_Words = Annotated[list[_Word], msgspec.Meta(max_length=200)]

SHAPES: dict[tuple[str, str], Any] = {
    ("users.Domain", "footer_links"): Annotated[list[tuple[_Word, _Word]], msgspec.Meta(max_length=20)],
    ("users.Domain", "limits"): dict[_Word, int | None],
    ("users.Rule", "translations"): dict[_Word, dict[_Word, _Word]],
    ("users.Option", "value"): Any,  # users/domains/options.py checks it
    (PEOPLE, "fields"): Annotated[list[ProfileField], msgspec.Meta(max_length=50)],
    (PEOPLE, "emojis"): Annotated[list[CustomEmoji], msgspec.Meta(max_length=1000)],
    (PEOPLE, "attribution_domains"): _Words,
    (PEOPLE, "also_known_as"): _Words,
    (PEOPLE, "default_policies"): dict[_Word, dict[_Word, int]],
    (POSTS, "emojis"): Annotated[list[CustomEmoji], msgspec.Meta(max_length=1000)],
    (POSTS, "question"): QuestionView,
    (POSTS, "facts"): FactsView,
    (_REVISION, "emojis"): Annotated[list[CustomEmoji], msgspec.Meta(max_length=1000)],
    (_REVISION, "attachments"): Annotated[list[RevisionFile], msgspec.Meta(max_length=100)],
    (_REVISION, "question"): QuestionView,
    ("activities.Attachment", "captions"): Annotated[list[CaptionsView], msgspec.Meta(max_length=100)],
    ("users.Follow", "languages"): _Words,
    (SCHEDULED, "draft"): PostDraft,
    (DRAFTS, "fields"): dict[_Word, Annotated[str, msgspec.Meta(max_length=MAX_BYTES)]],
    (DECKS, "columns"): Annotated[list[Column], msgspec.Meta(max_length=MAX_COLUMNS)],
    (DRAFTS, "files"): Annotated[list[int], msgspec.Meta(max_length=1000)],
    ("activities.Filter", "contexts"): list[Literal["home", "notifications", "public", "thread", "account"]],
}


def has_shape(label: str, column: str, value: Any) -> bool:
    """Return whether the value of a JSON column can be shown: fields, types, times, and no addresses with other schemes."""
    try:
        msgspec.convert(value, SHAPES[label, column])
        return all(
            _is_fine("" if label == DRAFTS else name, text) for name, text in _texts(value)
        )  # as typed
    except (msgspec.ValidationError, RecursionError):  # unknown fields may be of any depth
        return False


def _texts(value: Any, name: str = "") -> Iterator[tuple[str, str]]:
    """Yield all texts in a value with the names of their fields. It is as deep as its shape."""
    if isinstance(value, str):
        yield name, value
    elif isinstance(value, list):
        for one in value:
            yield from _texts(one, name)
    elif isinstance(value, dict):
        for key, one in value.items():
            yield from _texts(one, key)


def _is_fine(name: str, text: str) -> bool:
    if "\0" in text:
        return False
    if name.endswith("url") and text:
        return text.startswith(("https://", "http://")) or (text.startswith("/") and text[1:2] != "/")
    if name.endswith("_at"):
        with suppress(ValueError):  # then it is no time
            return dt.datetime.fromisoformat(text).tzinfo is not None
        return False
    return True
