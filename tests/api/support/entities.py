"""Comparison of responses with the reference tables: required keys, types, enums, nulls, and the keys that a real server always sends."""

import json
import re
from functools import cache
from pathlib import Path
from typing import Any

REFERENCE = Path(__file__).resolve().parents[1] / "reference"

_DATETIME = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z")
_DATE = re.compile(r"\d{4}-\d\d-\d\d")
_URL = re.compile(r"(https?|wss?)://[^\s]+")
_ALWAYS = (
    0.98  # of the recorded responses; in the others the recording tool mistook another entity for this one
)
# the names that the recordings use for the entities of the documentation
_OBSERVED = {
    "CredentialAccount": "Account",
    "MutedAccount": "Account",
    "Account::Field": "AccountField",
    "Instance": "InstanceV2",
    "V1::Instance": "Instance",
    "Search": "SearchV2",
    "Status::Mention": "StatusMention",
    "Poll::Option": "PollOption",
    "CredentialApplication": "",
    "ShallowQuote": "",  # the recordings confuse the two kinds of quotes
    "Application": "",
}
# documented differently from real servers, or absent for some viewers
_VIEWER_ONLY = {"favourited", "reblogged", "muted", "bookmarked", "filtered"}
_LOCAL_ONLY = {"roles", "noindex"}
_SOMETIMES = {"text"}  # only in the response to a delete
_NULL = {"text_url", "status_id"}  # always null on real servers, or (for a group of follows) present and null


@cache
def entities() -> dict[str, Any]:
    return json.loads((REFERENCE / "mastodon_entities.json").read_text())


@cache
def observed() -> dict[str, Any]:
    return json.loads((REFERENCE / "observed_mastodon.json").read_text())


def check(kind: str, value: Any, *, signed_in: bool = True) -> None:
    """Fail with the path of the first fault. `kind` as in the endpoint table: `Account`, `[Status]`, `{}`…"""
    _check(kind, value, kind, signed_in)


def _fail(path: str, problem: str) -> None:
    raise AssertionError(f"{path}: {problem}")


def _check(kind: str, value: Any, path: str, signed_in: bool) -> None:
    if kind == "{}":
        assert value == {}, f"{path}: not empty: {value}"
    elif kind.startswith("["):
        assert isinstance(value, list), f"{path}: not a list: {value!r}"
        for number, one in enumerate(value):
            _check(kind[1:-1], one, f"{path}[{number}]", signed_in)
    elif "|" in kind:
        problems = []
        for option in kind.split("|"):
            try:
                _check(option, value, path, signed_in)
                return
            except AssertionError as error:
                problems.append(str(error))
        _fail(path, " / ".join(problems))
    elif kind in entities():
        _entity(kind, value, path, signed_in)
    else:
        _simple(kind, value, path)


def _simple(kind: str, value: Any, path: str) -> None:
    patterns = {"datetime": _DATETIME, "date": _DATE, "url": _URL, "id": re.compile(r"-?\d+")}
    if kind in {"string", "html", "lang", "email", "blurhash", "unix-timestamp-string", *patterns}:
        assert isinstance(value, str), f"{path}: not text: {value!r}"
        if kind in patterns and not patterns[kind].fullmatch(value):
            _fail(path, f"not a {kind}: {value!r}")
    elif kind == "boolean":
        assert isinstance(value, bool), f"{path}: not a boolean: {value!r}"
    elif kind == "integer":
        assert type(value) is int, f"{path}: not an integer: {value!r}"
    elif kind == "float":
        assert type(value) in {int, float}, f"{path}: not a number: {value!r}"
    elif kind == "object":
        assert isinstance(value, dict), f"{path}: not an object: {value!r}"
    elif kind != "any":
        _fail(path, f"the table has a type that this checker does not know: {kind}")


def _fields(kind: str) -> list[dict[str, Any]]:
    entity = entities()[kind]
    base = _fields(entity["extends"]) if "extends" in entity else []
    return base + entity["fields"]


def _entity(kind: str, value: Any, path: str, signed_in: bool) -> None:
    assert isinstance(value, dict), f"{path}: not a {kind}: {value!r}"
    for field in _fields(kind):
        parts = re.findall(r"[^\[\]]+", field["name"])
        if "[]" in field["name"] or "." in parts[0]:
            continue  # parts of lists of hashes: checked by _parts with their own entity
        _field(kind, field, parts, value, path, signed_in)
    recorded = observed().get(_OBSERVED.get(kind, kind), {"_n": 0, "keys": {}})
    for key, seen in recorded["keys"].items():
        if value.get(key) is not None and not _has_type(value[key], seen["types"]):
            _fail(f"{path}.{key}", f"{value[key]!r}, but real servers send {seen['types']}")
        if seen["n"] < _ALWAYS * recorded["_n"] or key in _LOCAL_ONLY:
            continue
        if key not in value and (signed_in or key not in _VIEWER_ONLY):
            _fail(path, f"real servers always send {key}")


def _has_type(value: Any, recorded: list[str]) -> bool:
    """Return whether a value has a recorded JSON type; if only null was recorded, any type is accepted."""
    kind = type(value).__name__
    return recorded == ["null"] or kind in recorded or (kind == "int" and "float" in recorded)


def _field(
    kind: str, field: dict[str, Any], parts: list[str], value: Any, path: str, signed_in: bool
) -> None:
    for part in parts[:-1]:
        value = value.get(part) if isinstance(value, dict) else None
        path = f"{path}.{part}"
        if value is None:
            return  # the parent is absent or null; its own row says whether it may be
    name = parts[-1]
    here = f"{path}.{name}"
    if name not in value:
        optional = field.get("optional") or field.get("optional_mpy") or name in _SOMETIMES
        assert optional, f"{here}: missing"
        return
    if value[name] is None:
        nullable = field.get("nullable") or field.get("nullable_mpy") or name in _NULL
        assert nullable, f"{here}: null"
        return
    if _traps(kind, field, value[name], here):
        return
    _check(field["type"], value[name], here, signed_in)
    if "enum" in field:
        given = value[name] if isinstance(value[name], list) else [value[name]]
        for one in given:
            assert one in field["enum"], f"{here}: {one!r} is not one of {field['enum']}"


def _traps(kind: str, field: dict[str, Any], value: Any, path: str) -> bool:
    """Check values where real servers differ from the documented type; return True if the value was checked here."""
    name = field["name"]
    if path.endswith(".week") or (
        name in {"logins", "registrations", "statuses"} and "InstanceActivity" in path
    ):
        assert isinstance(value, str), f"{path}: real servers send text"
        assert value.isdigit(), f"{path}: {value!r}"
        return True
    if value == "" and (name in {"author_url", "provider_url", "embed_url"} or path.endswith("].url")):
        return True  # preview cards: real servers send an empty string
    if name == "redirect_uris":
        assert all(isinstance(one, str) for one in value), path
        return True
    if (
        kind != "Admin::Account"
        and name == "created_at"
        and re.search(r"(Account|account|accounts\[\d+\])\.created_at$", path)
    ):
        assert value.endswith("T00:00:00.000Z"), f"{path}: not at midnight: {value}"
    return False
