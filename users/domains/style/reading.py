"""Reads a style sheet that staff wrote, keeps what words.py allows and tells why the rest was removed. Pure, in linear time.

The sheet is written anew from the tokens that were understood, so that nothing passes which a browser could read differently.
"""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any

import tinycss2

from users.domains.style import words

MAX_REMOVALS = 50  # shown to staff
_SEE_THROUGH = re.compile(r"transparent|\b(?:rgba|hsla)\(|#(?:[0-9a-f]{4}|[0-9a-f]{8})\b", re.IGNORECASE)
_MAX_DEPTH = 4  # of functions in values and selectors
_MAX_TOKENS = 200  # of a value or a selector

type Token = Any
"""A token of tinycss2, which has no types."""


@dataclass(frozen=True)
class Removal:
    """A part that was removed, its line and the reason: `at_rule`, `selector`, `property`, `value`, `nested`, `important` or `unreadable`."""

    line: int
    what: str
    reason: str


@dataclass
class Sheet:
    css: str = ""
    removed: list[Removal] = field(default_factory=list)

    def remove(self, token: Token, what: str, reason: str) -> None:
        if len(self.removed) < MAX_REMOVALS:
            self.removed.append(Removal(token.source_line, what[:60], reason))


class _Refused(Exception):
    """A value or selector that is not allowed."""


def read_sheet(source: str) -> Sheet:
    """Return the allowed part of a style sheet. The caller has checked its length."""
    sheet = Sheet()
    rules = tinycss2.parse_stylesheet(source, skip_comments=True, skip_whitespace=True)
    sheet.css = "".join(_rules(rules, sheet))
    return sheet


def _rules(rules: Iterable[Token], sheet: Sheet, *, is_inside: bool = False) -> Iterable[str]:
    for rule in rules:
        if rule.type == "qualified-rule":
            yield _rule(rule, sheet)
        elif rule.type == "at-rule" and rule.lower_at_keyword == "media" and rule.content and not is_inside:
            yield from _media(rule, sheet)
        elif rule.type == "at-rule":
            sheet.remove(rule, f"@{rule.at_keyword}", "at_rule")
        else:
            sheet.remove(rule, rule.type, "unreadable")


def _media(rule: Token, sheet: Sheet) -> Iterable[str]:
    try:
        condition = _condition(rule.prelude, 0)
    except _Refused as refused:
        sheet.remove(rule, f"@media {refused}", "at_rule")
        return
    inside = tinycss2.parse_rule_list(rule.content, skip_comments=True, skip_whitespace=True)
    if body := "".join(_rules(inside, sheet, is_inside=True)):
        yield f"@media {condition} {{\n{body}}}\n"


def _condition(tokens: Sequence[Token], depth: int) -> str:
    parts = []
    for token in tokens:
        if token.type == "whitespace":
            parts.append(" ")
        elif token.type == "ident" and token.lower_value in words.MEDIA:
            parts.append(token.lower_value)
        elif token.type == "literal" and token.value in ":,":
            parts.append(token.value)
        elif token.type == "dimension" and 0 <= token.value <= words.MOST_OF_WIDTH.get(token.lower_unit, -1):
            parts.append(f"{token.value:g}{token.lower_unit}")
        elif token.type == "() block" and depth < _MAX_DEPTH:
            parts.append(f"({_condition(token.content, depth + 1)})")
        else:
            raise _Refused(_shown(token))
    return "".join(parts).strip()


def _rule(rule: Token, sheet: Sheet) -> str:
    try:
        selector = _modest("".join(_selector(_few(rule.prelude), 0)).strip())
    except _Refused as refused:
        sheet.remove(rule, str(refused), "selector")
        return ""
    lines = []
    for part in tinycss2.parse_blocks_contents(rule.content, skip_comments=True, skip_whitespace=True):
        if part.type == "declaration":
            if line := _declaration(part, sheet):
                lines.append(f"  {line};\n")
        elif part.type == "error":
            sheet.remove(part, part.kind, "unreadable")
        else:
            sheet.remove(part, selector, "nested")
    return f"{selector} {{\n{''.join(lines)}}}\n" if lines and selector else ""


def _few(tokens: Sequence[Token]) -> Sequence[Token]:
    if len(tokens) > _MAX_TOKENS:
        raise _Refused("…")
    return tokens


def _modest(selector: str) -> str:
    """Return the selector. Raises _Refused for one that would win over every rule of ours by its many ids and classes."""
    alternatives = selector.count(",") + 1
    many = selector.count("#") > words.MOST_IDS * alternatives
    if many or selector.count(".") + selector.count(":") > words.MOST_CLASSES * alternatives:
        raise _Refused(selector[:40])
    return selector


def _selector(tokens: Sequence[Token], depth: int) -> Iterable[str]:
    """Write a selector anew. Attributes are refused, because sheets of others could spell out what a page keeps in them."""
    before = ""
    for token in tokens:
        after, before = before, ""
        if token.type == "whitespace":
            yield " "
        elif token.type == "comment":
            continue
        elif token.type == "literal" and token.value == ":":
            yield ":"
            before = f"{after}:"
        elif token.type == "ident" and words.NAME.fullmatch(token.value):
            known = {":": words.PSEUDO_CLASSES, "::": words.PSEUDO_ELEMENTS}.get(after)
            if known is not None and token.lower_value not in known:
                raise _Refused(f"{after}{token.value}")
            yield token.value
        elif token.type == "literal" and token.value in {".", ">", "+", "~", ",", "*"}:
            yield token.value
        elif token.type == "hash" and not depth and token.is_identifier and words.NAME.fullmatch(token.value):
            yield f"#{token.value}"
        elif (
            token.type == "function"
            and after == ":"
            and token.lower_name in words.PSEUDO_FUNCTIONS
            and depth < _MAX_DEPTH
        ):
            inner = "".join(_selector(_few(token.arguments), depth + 1))
            yield f"{token.lower_name}({inner})"
        else:
            raise _Refused(_shown(token))


def _declaration(declaration: Token, sheet: Sheet) -> str:
    name = declaration.lower_name
    if name.startswith("--"):
        name, is_known = declaration.name, declaration.name in words.VARIABLES
    else:
        is_known = name in words.PROPERTIES
    if not is_known:
        sheet.remove(declaration, name, "property")
        return ""
    try:
        value = _opaque("".join(_value(_few(declaration.value), name, 0)).strip(), name)
    except _Refused as refused:
        sheet.remove(declaration, f"{name}: {refused}", "value")
        return ""
    if declaration.important:
        sheet.remove(declaration, f"{name} !important", "important")
    return f"{name}: {value}" if value else ""


def _value(tokens: Sequence[Token], name: str, depth: int) -> Iterable[str]:
    for token in tokens:
        if token.type == "whitespace" or token.type == "comment":
            yield " "
        elif token.type == "ident" and words.NAME.fullmatch(token.value):
            if token.value.startswith("--") and token.value not in words.VARIABLES:
                raise _Refused(token.value)
            yield token.value
        elif token.type == "literal" and token.value in {",", "/"}:
            yield token.value
        elif token.type == "hash" and words.COLOR.fullmatch(token.value):
            yield f"#{token.value}"
        elif token.type in {"number", "percentage", "dimension"}:
            yield _number(token, name)
        elif token.type == "string" and name == "font-family" and words.FONT.fullmatch(token.value):
            yield f'"{token.value}"'
        elif token.type == "function" and token.lower_name in words.FUNCTIONS and depth < _MAX_DEPTH:
            inner = "".join(_value(_few(token.arguments), name, depth + 1))
            yield f"{token.lower_name}({inner})"
        else:
            raise _Refused(_shown(token))


def _number(token: Token, name: str) -> str:
    unit: str = token.lower_unit if token.type == "dimension" else "%" if token.type == "percentage" else ""
    if name in words.SIZES:
        least, most = words.OF_SIZES.get(unit, (1.0, -1.0))
    elif name in words.LINE_HEIGHTS:
        least, most = words.LEAST_LINE_HEIGHT, -1.0 if unit else words.MOST_OF_LINE_HEIGHT
    else:
        most = words.NEAR.get(name, words.MOST_OF_UNIT).get(unit, 0.0 if name in words.NEAR else -1.0)
        least = -most if name in words.MAY_BE_NEGATIVE else 0.0
    if not least <= token.value <= most:
        raise _Refused(_shown(token))
    return f"{token.value:g}{unit}"


def _opaque(value: str, name: str) -> str:
    """Return the value. Raises _Refused for a colour of words that lets something through."""
    of_words = name == "color" or (name.startswith("--") and name not in words.SIZES)
    if of_words and ("/" in value or _SEE_THROUGH.search(value)):
        raise _Refused(value[:40])
    return value


def _shown(token: Token) -> str:
    """Return the start of a token for people. Never the whole of one, which may be nested thousands deep."""
    if token.type in {"function", "url"}:
        return f"{getattr(token, 'name', 'url')}()"
    if token.type in {"number", "percentage", "dimension"}:
        return f"{token.representation}{getattr(token, 'unit', '')}"
    return str(getattr(token, "value", "") or token.type)
