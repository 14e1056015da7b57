"""Comparison of responses with the types declared by Mastodon.py: every field that is not optional must be present, not null, of that type.

The library itself is lenient: what it can't convert becomes None or stays unchanged. So both are compared: the library's result, and the JSON
that it was made from.
"""

import datetime as dt
import re
import types
import typing
from functools import cache
from typing import Any, get_args, get_origin, get_type_hints

from mastodon import return_types
from mastodon.return_types import AttribAccessDict
from mastodon.types_base import MaybeSnowflakeIdType, NonPaginatableList, PaginatableList

_LISTS = (list, PaginatableList, NonPaginatableList)

# "Entity.field" or "method:Entity.field" that Mastodon 4.6 itself omits or sends as null, contrary to the library's declaration, and why
LENIENT = {
    **dict.fromkeys(
        ("Application.id", "Application.vapid_key", "Application.redirect_uri", "Application.redirect_uris", "Application.scopes"),
        "the application of a status has a name and a website only",
    ),
    **dict.fromkeys(
        ("Filter.phrase", "Filter.irreversible", "Filter.whole_word"), "the library reads the filter of a result as one of v1"
    ),
    **dict.fromkeys(
        (f"instance_v1:InstanceAccountConfiguration.{name}" for name in (
            "max_pinned_statuses", "max_display_name_length", "max_note_length", "max_avatar_description_length",
            "max_header_description_length", "max_profile_fields", "profile_field_name_limit", "profile_field_value_limit",
        )), "only in v2",
    ),
    "Report.rules_ids": "misspelt: it is rule_ids",
    "instance_v1:InstanceMediaConfiguration.description_limit": "only in v2",
}  # fmt: skip
# types that the library declares differently from what Mastodon sends: tests/api/reference/observed_mastodon.json
DECLARED: dict[str, Any] = {
    "NotificationGroup.most_recent_notification_id": int,
    "ScheduledStatusParams.application_id": int,
    "WebPushSubscription.id": int,
    "ExtendedDescription.updated_at": dt.datetime | None,  # null until something is written
}


@cache
def _hints(kind: type) -> dict[str, Any]:
    return get_type_hints(kind, vars(return_types))


def problems(hint: Any, value: Any, raw: Any, path: str) -> list[str]:
    """Return what is wrong with a response: `value` from the library, `raw` from the wire. Empty if it is correct."""
    origin = get_origin(hint)
    if origin in (typing.Union, types.UnionType):
        return _any_of(get_args(hint), value, raw, path)
    if hint is type(None):
        return []  # methods that return nothing
    if raw is None or value is None:
        return [f"{path}: null on the wire" if raw is None else f"{path}: the library can't read {raw!r}"]
    if origin in _LISTS or hint in _LISTS:
        if not isinstance(raw, list) or not isinstance(value, list):
            return [f"{path}: not a list: {raw!r}"]
        kind = (get_args(hint) or (Any,))[0]
        found = []
        for at, (one, its_raw) in enumerate(zip(value, raw, strict=True)):
            found += problems(kind, one, its_raw, f"{path}[{at}]")
        return found
    if isinstance(hint, type) and issubclass(hint, AttribAccessDict) and hint is not AttribAccessDict:
        return _entity(hint, value, raw, path)
    if isinstance(origin, type) and issubclass(origin, dict):
        if not isinstance(raw, dict):
            return [f"{path}: not an object: {raw!r}"]
        kind = get_args(hint)[1]
        return [one for key in raw for one in problems(kind, value[key], raw[key], f"{path}.{key}")]
    return _simple(hint, raw, path)


def _any_of(kinds: tuple[Any, ...], value: Any, raw: Any, path: str) -> list[str]:
    if type(None) in kinds and raw is None:
        return []
    found: list[str] = []
    fitting = [kind for kind in kinds if isinstance(kind, type) and isinstance(value, kind)]
    for kind in fitting or [kind for kind in kinds if kind is not type(None)]:
        wrong = problems(kind, value, raw, path)
        if not wrong:
            return []
        found = wrong if not found or len(wrong) < len(found) else found
    return found


def _entity(kind: type, value: Any, raw: Any, path: str) -> list[str]:
    if not isinstance(raw, dict):
        return [f"{path}: not a {kind.__name__}: {raw!r}"]
    if not isinstance(value, kind):
        return [f"{path}: the library made a {type(value).__name__} of a {kind.__name__}: {raw!r}"]
    renamed, method = getattr(kind, "_rename_map", {}), re.split(r"\W", path)[0]
    found = []
    for name, hint in _hints(kind).items():
        if name.startswith("_"):
            continue
        key, field = renamed.get(name, name), f"{kind.__name__}.{name}"
        if field in DECLARED:
            hint = DECLARED[field]
        if raw.get(key) is None and not LENIENT.keys().isdisjoint({field, f"{method}:{field}"}):
            continue
        if key not in raw and type(None) not in get_args(hint):
            found.append(f"{path}.{key}: missing in {kind.__name__}")
        elif key in raw:
            found += problems(hint, dict.get(value, name), raw[key], f"{path}.{key}")
    return found


def _simple(hint: Any, raw: Any, path: str) -> list[str]:
    if hint in (Any, AttribAccessDict) or isinstance(hint, typing.TypeVar):
        return []
    if hint is MaybeSnowflakeIdType:
        good = isinstance(raw, str) and raw.isdigit()
    elif hint is bool:
        good = isinstance(raw, bool)
    elif hint is int:
        good = type(raw) is int or (isinstance(raw, str) and raw.isdigit())  # counts in histories are strings
    elif hint is float:
        good = type(raw) in {int, float}
    elif hint is str:
        good = isinstance(raw, str)
    elif hint is dict or get_origin(hint) is dict:
        good = isinstance(raw, dict)
    elif hint is dt.datetime:
        good = isinstance(raw, str | int)  # checked before: the library could read it
    else:
        return [f"{path}: this check does not know the type {hint!r}"]
    return [] if good else [f"{path}: not {getattr(hint, '__name__', hint)}: {raw!r}"]
