"""Request parameters as typed structs, in every encoding that clients use: query, form, multipart, JSON.

Names nest as in Rails: `id[]=1&id[]=2`, `poll[options][]=a`, `fields_attributes[0][name]=x`. Values arrive as text or as JSON values;
both are converted to the type of the struct's annotation. Anything else is a 4xx with the parameter's name, never a 500.
"""

import datetime as dt
import re
import types
from collections.abc import Callable, Iterable, Mapping
from functools import cache
from typing import Annotated, Any, Literal, Union, get_args, get_origin, get_type_hints

import msgspec
from django.core.files.uploadedfile import UploadedFile

from core.asgi import split_pairs
from core.errors import BadInput

MAX_ID = 2**63 - 1
MAX_VALUES = 1000
MAX_DEPTH = 4

_FALSE = frozenset({"0", "f", "false", "off", "no"})  # Rails' list; every other text is true
_TRUE = frozenset({"1", "t", "true", "on", "yes"})
_BRACKETS = re.compile(r"\[([^\[\]]*)\]")
_DIGITS = re.compile(r"[0-9]{1,40}")

Parser = Callable[[str, Any], Any]
_DROPPED: Any = object()  # a parser's result for a value that is treated as absent


class Id(int):
    """An id in digits. Values above any real id become the maximum."""


class Limit(msgspec.Struct, frozen=True):
    """Bounds of a `limit` parameter: `Annotated[int, Limit(20, 40)]` defaults to 20, at most 40."""

    default: int
    most: int


class Length(msgspec.Struct, frozen=True):
    """The maximum length of a text parameter in characters: `Annotated[str, Length(100)]`."""

    most: int


class NullAsEmpty(msgspec.Struct, frozen=True):
    """`Annotated[str | None, NULL_AS_EMPTY]`: null clears the value. Otherwise null is treated as absent."""


NULL_AS_EMPTY = NullAsEmpty()


class WidensAudience(msgspec.Struct, frozen=True):
    """`Annotated[bool, WIDENS_AUDIENCE]`: true widens an audience, so an invalid value is false.

    For other booleans an invalid value is true, as in Rails: the safe default for `local_only`, `sensitive` or `locked`.
    """


WIDENS_AUDIENCE = WidensAudience()

# --- reading the request ------------------------------------------------------------------------------------------


def collect_parameters(request: Any) -> dict[str, Any]:
    """Collect all parameters of the request, nested; the body takes precedence over the query.

    JSON is read with every method, because Mastodon.py sends it with GET.
    """
    values: dict[str, Any] = {}
    if request.META.get("QUERY_STRING"):
        _nest(values, split_pairs(request.META["QUERY_STRING"]))
    if request.content_type.endswith("json"):
        body = request.json()
        if not isinstance(body, dict):
            raise BadInput(code="body_not_an_object", status=400)
        values.update(body)
    elif request.content_type and request.method not in {"GET", "HEAD", "OPTIONS"}:
        body_values: dict[str, Any] = {}
        _nest(body_values, request.pairs())
        values.update(body_values)
    return values


def _nest(into: dict[str, Any], pairs: Iterable[tuple[str, Any]]) -> None:
    for count, (name, value) in enumerate(pairs):
        if count >= MAX_VALUES:
            raise BadInput(code="too_many_parameters", status=400)
        head, bracket, _ = name.partition("[")
        if not bracket:
            into[name] = value
            continue
        keys = _BRACKETS.findall(name[len(head) :])
        while keys[-2:] == ["", ""]:
            keys.pop()  # id[][]=1, as Mastodon.py sends ids of notification requests, is id[]=1
        if not head or len(keys) > MAX_DEPTH:
            continue
        _place(into, [head, *keys], value)


def _place(into: dict[str, Any], keys: list[str], value: Any) -> None:
    """Put a value at the position of its name. Lists of hashes are filled as in Rack: a repeated key starts the next one."""
    here: Any = into
    for position, key in enumerate(keys[:-1]):
        rest = keys[position + 1 :]
        if key == "":
            if not isinstance(here, list):
                return
            if not here or not isinstance(here[-1], dict) or _has(here[-1], rest):
                here.append({})
            here = here[-1]
            continue
        wanted: type = list if rest[0] == "" else dict
        child = here.get(key)
        if not isinstance(child, wanted):
            child = here[key] = wanted()
        here = child
    last = keys[-1]
    if last == "":
        if isinstance(here, list):
            here.append(value)
    elif isinstance(here, dict):
        here[last] = value


def _has(element: dict[str, Any], keys: list[str]) -> bool:
    """Return whether the last hash of a list has this key already, at any depth; a list in it only grows."""
    here: Any = element
    for key in keys:
        if key == "" or not isinstance(here, dict) or key not in here:
            return False
        here = here[key]
    return True


# --- values to types -----------------------------------------------------------------------------------------------


def _label(name: str) -> str:
    """Return the name of a parameter as Mastodon's messages spell it: `Max id`."""
    return name.replace("_", " ").capitalize()


def _text(name: str, value: Any) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int | float):
        return str(value)
    if not isinstance(value, str):
        raise BadInput(code="parameter_invalid", parameter=_label(name))
    if "\x00" in value:
        raise BadInput(code="parameter_not_storable", parameter=_label(name))
    try:
        value.encode()
    except UnicodeEncodeError as error:
        raise BadInput(code="parameter_not_storable", parameter=_label(name)) from error
    return value


def _boolean(name: str, value: Any) -> bool:
    if isinstance(value, bool):
        return value
    if isinstance(value, int):
        return value != 0
    text = _text(name, value).strip().lower()
    return text not in _FALSE


def _opening(name: str, value: Any) -> bool:
    return _boolean(name, value) and _text(name, value).strip().lower() in _TRUE


def _integer(name: str, value: Any) -> int:
    text = _text(name, value).strip()
    if not re.fullmatch(r"-?[0-9]{1,18}", text):
        raise BadInput(code="parameter_not_a_number", parameter=_label(name))
    return int(text)


def _id(name: str, value: Any) -> int:
    text = _text(name, value).strip()
    if not _DIGITS.fullmatch(text):
        raise BadInput(code="parameter_invalid", parameter=_label(name))
    return min(int(text), MAX_ID)


def _limit(bounds: Limit) -> Parser:
    def parse(name: str, value: Any) -> int:
        try:
            asked = abs(_integer(name, value))
        except BadInput:
            asked = bounds.default
        return min(asked, bounds.most)

    return parse


def _moment(name: str, value: Any) -> dt.datetime:
    try:
        moment = dt.datetime.fromisoformat(_text(name, value))
        # in UTC, where the first and last hours of the calendar may be out of range
        return (moment if moment.tzinfo else moment.replace(tzinfo=dt.UTC)).astimezone(dt.UTC)
    except (ValueError, OverflowError) as error:
        raise BadInput(code="record_invalid", detail=f"{name} is no time") from error


def _file(name: str, value: Any) -> UploadedFile:
    if not isinstance(value, UploadedFile):
        raise BadInput(code="parameter_invalid", parameter=_label(name))
    return value


def _list_of(parse_one: Parser) -> Parser:
    def parse(name: str, value: Any) -> Any:
        if isinstance(value, dict):  # a[0]=x&a[1]=y
            value = [value[key] for key in sorted(value, key=lambda key: (len(key), key))]
        elif not isinstance(value, list):
            value = [value]
        if len(value) > MAX_VALUES:
            raise BadInput(code="parameter_of_too_many_values", parameter=_label(name))
        given = [parse_one(name, one) for one in value if one is not None]
        made = [one for one in given if one is not _DROPPED]
        # a list with only dropped values is absent, rather than empty, which would clear the stored one
        return made if made or not given else _DROPPED

    return parse


def _one_of(choices: tuple[Any, ...]) -> Parser:
    def parse(name: str, value: Any) -> str:
        text = _text(name, value)
        if text not in choices:
            raise BadInput(code="parameter_not_in_list", parameter=_label(name))
        return text

    return parse


def _short(most: int) -> Parser:
    def parse(name: str, value: Any) -> str:
        text = _text(name, value)
        if len(text) > most:
            raise BadInput(code="parameter_too_long", parameter=_label(name), most=most)
        return text

    return parse


def _parser_for(annotation: Any) -> tuple[Parser, bool]:
    """Return the parser for this type, and whether an empty text means absent (for everything but text)."""
    if get_origin(annotation) is Annotated:
        kind, *extras = get_args(annotation)
        for extra in extras:
            if isinstance(extra, Limit):
                return _limit(extra), True
            if isinstance(extra, Length):
                return _short(extra.most), False
            if isinstance(extra, WidensAudience):
                return _opening, True
        return _parser_for(kind)
    if get_origin(annotation) in {Union, types.UnionType}:
        kinds = [kind for kind in get_args(annotation) if kind not in {type(None), msgspec.UnsetType}]
        if len(kinds) == 2 and list[str] in kinds:  # one text or several (redirect_uris)
            return _list_of(_text), True
        return _parser_for(kinds[0])
    if get_origin(annotation) is Literal:
        return _one_of(get_args(annotation)), True
    if get_origin(annotation) is list:
        return _list_of(_parser_for(get_args(annotation)[0])[0]), True
    simple: dict[Any, tuple[Parser, bool]] = {
        str: (_text, False),
        bool: (_boolean, True),
        int: (_integer, True),
        Id: (_id, True),
        dt.datetime: (_moment, True),
        UploadedFile: (_file, True),
    }
    if annotation in simple:
        return simple[annotation]
    if isinstance(annotation, type) and issubclass(annotation, msgspec.Struct):
        return _struct_of(annotation), True
    raise TypeError(f"{annotation} can't be a parameter")


def _clears(annotation: Any) -> bool:
    origin, parts = get_origin(annotation), get_args(annotation)
    if origin is Annotated:
        return NULL_AS_EMPTY in parts[1:] or _clears(parts[0])
    return origin in {Union, types.UnionType} and any(_clears(part) for part in parts)


def _struct_of(kind: type[msgspec.Struct]) -> Parser:
    """Read a hash. Anything else is dropped, as with Rails' permitted parameters: clients send `poll=` or `source=null` in forms."""

    def parse(name: str, value: Any) -> Any:
        return parse_parameters(kind, value) if isinstance(value, dict) else _DROPPED

    return parse


@cache
def _fields(kind: type[msgspec.Struct]) -> tuple[tuple[str, str, Parser, bool, bool, bool], ...]:
    described = msgspec.structs.fields(kind)
    hints = get_type_hints(kind, include_extras=True)
    return tuple(
        (
            field.name,
            field.encode_name,
            *_parser_for(hints[field.name]),
            field.required,
            _clears(hints[field.name]),
        )
        for field in described
    )


def parse_parameters[S: msgspec.Struct](kind: type[S], given: Mapping[str, Any]) -> S:
    """Return a `kind` from nested parameters. Absent ones have the struct's default; a missing required one is a 400."""
    values: dict[str, Any] = {}
    for name, sent_as, parse, empty_is_absent, required, null_clears in _fields(kind):
        value = given.get(sent_as)
        if value is None and null_clears and sent_as in given:
            value = ""
        if value is None or (value == "" and empty_is_absent):
            if required:
                raise BadInput(code="parameter_missing", status=400, name=sent_as)
            continue
        made = parse(sent_as, value)
        if required and (made is _DROPPED or made == ""):
            raise BadInput(code="parameter_missing", status=400, name=sent_as)
        if made is not _DROPPED:
            values[name] = made
    return kind(**values)


def path_id(text: str) -> int | None:
    """Return the id in a path, or None if it is invalid (which is then not found)."""
    if not re.fullmatch(r"[0-9]{1,19}", text):
        return None
    number = int(text)
    return number if number <= MAX_ID else None
