"""Ids inside JSON columns: of the posts, files, people and circles that drafts and scheduled posts name."""

from collections.abc import Callable, Iterable
from typing import Any

from takahe.moving.belongings import DECKS, DRAFTS, SCHEDULED
from takahe.moving.tables import PEOPLE, POSTS

type Look = Callable[[str, int], int | None]
"""Called with a model's label and an id; returns the id here, or None if there is none."""

_FILES, _CIRCLES = "activities.Attachment", "users.Circle"
_TARGETS = {"list": "activities.PeopleList", "person": PEOPLE}
_NOTHING = 1
"""The id of no post and no circle: who refers to it is told that it is gone."""


def _scheduled(draft: dict[str, Any], look: Look) -> dict[str, Any]:
    """Return a PostDraft. One that replies to or quotes a post unknown here is returned to its author when its time has come."""
    found = dict(draft)
    for column, label in (("in_reply_to_id", POSTS), ("quoted_id", POSTS), ("circle_id", _CIRCLES)):
        if draft.get(column) is not None:
            found[column] = look(label, draft[column]) or _NOTHING
    if draft.get("attachments") is not None:
        found["attachments"] = _all(_FILES, draft["attachments"], look)
    if draft.get("allowed_mentions") is not None:
        found["allowed_mentions"] = _all(PEOPLE, draft["allowed_mentions"], look)
    found["chain_files"] = [_all(_FILES, files, look) for files in draft.get("chain_files", ())]
    return found


def _draft(fields: dict[str, str], look: Look) -> dict[str, str]:
    """Return the fields of the composer (web/posts/compose_forms.py)."""
    found = dict(fields)
    for name in ("reply_to", "quote"):
        if (old := _number(fields.get(name, ""))) is not None:
            found[name] = str(look(POSTS, old) or _NOTHING)
    audience = fields.get("visibility", "")
    if audience.startswith("c") and (old := _number(audience[1:])) is not None:
        found["visibility"] = f"c{look(_CIRCLES, old) or _NOTHING}"
    return found


def _columns(columns: list[dict[str, Any]], look: Look) -> list[dict[str, Any]]:
    """Return the columns of a deck (activities/columns/queries.py), without those of lists and people that are unknown here."""
    found = []
    for one in columns:
        label = _TARGETS.get(one["kind"])
        if label is None:
            found.append(one)
        elif (old := _number(one.get("target", ""))) is not None and (new := look(label, old)) is not None:
            found.append(one | {"target": str(new)})
    return found


def _files(ids: list[int], look: Look) -> list[int]:
    return _all(_FILES, ids, look)


def _all(label: str, ids: Iterable[int], look: Look) -> list[int]:
    return [new for old in ids if (new := look(label, old)) is not None]


def _number(text: str) -> int | None:
    return int(text) if text.isascii() and text.isdigit() and len(text) < 19 else None


_COLUMNS: dict[str, dict[str, Callable[[Any, Look], Any]]] = {
    SCHEDULED: {"draft": _scheduled},
    DECKS: {"columns": _columns},
    DRAFTS: {"fields": _draft, "files": _files},
}


def named_inside(label: str, rows: Iterable[dict[str, Any]]) -> dict[str, set[int]]:
    """Return the ids that JSON columns of these rows name, by the labels of their models."""
    found: dict[str, set[int]] = {}

    def remember(kind: str, old: int) -> int:
        found.setdefault(kind, set()).add(old)
        return old

    for row in rows:
        replace_inside(label, row, remember)
    return found


def replace_inside(label: str, row: dict[str, Any], look: Look) -> None:
    """Replace the ids inside the JSON columns of a row."""
    for column, replaced in _COLUMNS.get(label, {}).items():
        row[column] = replaced(row[column], look)
