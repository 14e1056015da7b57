"""JSON Canonicalization Scheme (RFC 8785): one text for equal JSON values."""

import json
from decimal import Decimal
from typing import Any

_LARGEST = 2**53  # larger integers are not exact as doubles: other readers get other numbers
_BEYOND_DOUBLES = 2**1023


class NotCanonical(ValueError):
    """A value without a canonical form: a number that is not a double, a lone surrogate, or not JSON."""


def canonical(value: Any) -> bytes:
    """Return the canonical JSON text, in UTF-8. Raises NotCanonical. Recursive: limit the depth first."""
    parts: list[str] = []
    _write(value, parts)
    try:
        return "".join(parts).encode()
    except UnicodeEncodeError as error:
        raise NotCanonical("a lone surrogate") from error


def _write(value: Any, parts: list[str]) -> None:
    match value:
        case None | bool():
            parts.append("null" if value is None else "true" if value else "false")
        case str():
            parts.append(json.dumps(value, ensure_ascii=False))
        case int() if abs(value) <= _LARGEST:
            parts.append(str(value))
        case int() if abs(value) < _BEYOND_DOUBLES and _number(float(value)) == str(value):
            parts.append(str(value))
        case float():
            parts.append(_number(value))
        case list() | tuple():
            parts.append("[")
            for position, item in enumerate(value):
                if position:
                    parts.append(",")
                _write(item, parts)
            parts.append("]")
        case dict():
            parts.append("{")
            for position, key in enumerate(sorted(value, key=_code_units)):
                if position:
                    parts.append(",")
                parts.append(json.dumps(key, ensure_ascii=False) + ":")
                _write(value[key], parts)
            parts.append("}")
        case _:
            raise NotCanonical(type(value).__name__)


def _code_units(key: object) -> bytes:
    """Return the sort key of a key: its UTF-16 code units, as in JavaScript."""
    if not isinstance(key, str):
        raise NotCanonical("a key that is no text")
    try:
        return key.encode("utf-16-be")
    except UnicodeEncodeError as error:
        raise NotCanonical("a lone surrogate") from error


def _number(value: float) -> str:
    """Return a number as ECMAScript's Number::toString writes it (ECMA-262, 6.1.6.1.20)."""
    if value != value or value in (float("inf"), float("-inf")):
        raise NotCanonical("not a finite number")
    if value == 0:
        return "0"
    if value < 0:
        return "-" + _number(-value)
    _, digit_list, exponent = Decimal(repr(value)).as_tuple()
    assert isinstance(exponent, int)
    digits = "".join(map(str, digit_list))
    exponent += len(digits) - len(digits.rstrip("0"))
    digits = digits.rstrip("0")
    point = len(digits) + exponent  # position of the decimal point, from the first digit
    if len(digits) <= point <= 21:
        return digits + "0" * (point - len(digits))
    if 0 < point <= 21:
        return f"{digits[:point]}.{digits[point:]}"
    if -6 < point <= 0:
        return f"0.{'0' * -point}{digits}"
    mantissa = digits if len(digits) == 1 else f"{digits[0]}.{digits[1:]}"
    return f"{mantissa}e{'+' if point > 0 else '-'}{abs(point - 1)}"
