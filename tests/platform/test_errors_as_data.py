"""Services, queries and models raise errors as data. So does the API, whose words are a table. Pages raise sentences, too."""

import ast
import re
from collections.abc import Iterator
from functools import cache

import pytest

from api.error_messages import MASTODON_MESSAGES, OF_FIELDS, VALIDATION_PREFIX
from core.error_messages import MESSAGES, find_message
from tests.support.servers import ROOT

_DATA = {"Invalid", "Refusal"}
_WORDLESS = ("core/", "federation/", "users/", "activities/", "api/")
# what a child process answered, and what a column kept
_UNPACK = {"core/media/messages.py", "core/errors.py"}
_NOT_FACTS = {"code", "field", "detail", "status", "retry_after_s", "reason", "is_final"}
_CLASS = re.compile(r"^class (\w+)\((\w+)\)", re.MULTILINE)


@cache
def _files() -> dict[str, str]:
    return {
        str(path.relative_to(ROOT)): path.read_text()
        for room in ("core", "federation", "users", "activities", "api", "web")
        for path in sorted((ROOT / room).rglob("*.py"))
    }


@cache
def _errors() -> set[str]:
    """Return the names of `Problem` and of all its kinds."""
    parents = {name: parent for text in _files().values() for name, parent in _CLASS.findall(text)}
    kinds = {"Problem"}
    while more := {name for name, parent in parents.items() if parent in kinds} - kinds:
        kinds |= more
    return kinds - _DATA


@cache
def _made() -> list[tuple[str, str, ast.Call]]:
    """Every error that is made anywhere: file, class (`__init__` where a class calls its parent's), call."""
    found = []
    makes_one = re.compile(rf"\b(?:{'|'.join(_errors() | _DATA)})\(|__init__\(code=|\bcls\(code=")
    for path, text in _files().items():
        for node in ast.walk(ast.parse(text)) if makes_one.search(text) else ():
            if isinstance(node, ast.Call) and isinstance(node.func, (ast.Name, ast.Attribute)):
                name = node.func.id if isinstance(node.func, ast.Name) else node.func.attr
                if name in _errors() | _DATA or (
                    name in {"__init__", "cls"} and any(k.arg == "code" for k in node.keywords)
                ):
                    found.append((path, name, node))
    return found


def _used() -> Iterator[tuple[str, str, str, dict[str, int | str]]]:
    """File, field, code and facts of every error that is raised as data; a field that is a variable is `?`."""
    for path, name, call in _made():
        given = {one.arg: one.value for one in call.keywords if one.arg}
        if path in _UNPACK or (name == "Refusal" and not path.startswith("core/media/")):
            continue
        if name == "Refusal":
            field, code = ast.Constant("file"), call.args[0] if call.args else ast.Constant("invalid")
        else:
            field, code = call.args if name == "Invalid" else (given.get("field"), given.get("code"))
        if isinstance(code, ast.Attribute) or (name == "__init__" and isinstance(code, ast.Name)):
            continue  # it passes on what it was given
        facts: dict[str, int | str] = dict.fromkeys(given.keys() - _NOT_FACTS, 7)
        for code_value in _strings(code):
            for field_value in _strings(field) if field else [""]:
                yield path, field_value, code_value, facts


def _strings(node: ast.expr | None) -> list[str]:
    if isinstance(node, ast.IfExp):
        return [*_strings(node.body), *_strings(node.orelse)]
    if node is None:
        return []
    return [node.value if isinstance(node, ast.Constant) and isinstance(node.value, str) else "?"]


@cache
def _with_sentence() -> set[str]:
    """Return the errors whose first argument is a sentence; that of others are ids, a host, the cause."""
    parents = {name: parent for text in _files().values() for name, parent in _CLASS.findall(text)}
    first: dict[str, list[str]] = {}
    for text in _files().values():
        for node in ast.walk(ast.parse(text)) if _CLASS.search(text) else ():
            if isinstance(node, ast.ClassDef) and node.name in _errors():
                for one in node.body:
                    if isinstance(one, ast.FunctionDef) and one.name == "__init__":
                        first[node.name] = [argument.arg for argument in one.args.args][1:2]

    def first_of(name: str) -> list[str]:
        return first[name] if name in first else first_of(parents[name])

    return {name for name in _errors() if first_of(name) == ["sentence"]}


@pytest.mark.slow
def test_only_pages_raise_sentences() -> None:
    """Not even as a constant, or from a function that passes one on."""
    speaking = {
        f"{path}:{call.lineno}"
        for path, name, call in _made()
        if path.startswith(_WORDLESS) and path not in _UNPACK and name in _with_sentence()
        if call.args or any(one.arg == "sentence" for one in call.keywords)
    }
    assert {"BadInput", "Gone", "NotFound"} <= _with_sentence()
    assert sorted(speaking) == [], (
        "raise Invalid(field, code), and put the words into core/ or api/error_messages.py"
    )


def test_mastodons_words_are_in_the_api_alone() -> None:
    speaking = [path for path, text in _files().items() if f'"{VALIDATION_PREFIX}' in text]
    assert [path for path in speaking if not path.startswith("api/")] == []


@pytest.mark.slow
def test_every_error_that_is_raised_as_data_has_words() -> None:
    used = list(_used())
    assert used
    for path, field, code, facts in used:
        fields = _fields_of(code) if field == "?" else [field]
        assert fields, f"{path}: core/error_messages.py has no words for {code}"
        for one in fields:
            ours = find_message(MESSAGES, one, code, facts)
            mastodons = find_message(MASTODON_MESSAGES, one, code, facts)  # every fact that it names is there
            if path.startswith("api/") and mastodons and not ours:
                continue  # no page shows it
            assert ours, f"{path}: core/error_messages.py has no words for {one}.{code}"
            assert ours.endswith((".", "!", "?")), ours


def _fields_of(code: str) -> list[str]:
    return [key.removesuffix(f".{code}") for key in MESSAGES if key.endswith(f".{code}")]


def test_no_words_are_unused() -> None:
    used = {(field, code) for _, field, code, _ in _used()} | {("", "not_found"), ("", "too_many_requests")}
    of_api = {(field, code) for path, field, code, _ in _used() if path.startswith("api/")}
    codes, anywhere = {code for _, code in used}, {code for field, code in used if field == "?"}
    known = {f"{field}.{code}" for field, code in used}
    for key in {*MESSAGES, *MASTODON_MESSAGES}:
        code = key.rpartition(".")[2]
        assert key in known or key in codes or code in anywhere, f"no service raises {key}"
    for key in set(MASTODON_MESSAGES) - set(MESSAGES):
        field, _, code = key.rpartition(".")
        assert (field, code) in of_api, f"core/error_messages.py has no words for {key}"


def test_every_error_of_a_sign_up_has_words() -> None:
    """And no words are unused."""
    used = set(re.findall(r'field_problem\("(\w+)"', "".join(_files().values())))
    assert used == set(OF_FIELDS)
