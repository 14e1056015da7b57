"""Services, queries and models raise errors as data. Words for people are in `api` and `web`."""

import ast
from collections.abc import Iterator

from api.words import MASTODONS
from core.words import OURS, lookup
from tests.support.servers import ROOT

_DATA = {"Invalid", "Refusal"}
_WORDLESS = ("users/", "activities/", "federation/")
_UNPACKS = "core/media/wire.py"  # what a child process answered
_NOT_FACTS = {"code", "field", "detail", "status", "retry_after_s"}
_ERRORS = {
    "BadInput", "Gone", "NotAllowed", "NotFound", "Problem", "TooLarge", "TooMany", "Unauthenticated", "Unavailable",
}  # fmt: skip

# Not converted yet. This may only shrink: a file that is done is taken out.
_STILL = {
    "activities/publishing/services/drafts.py",
    "activities/publishing/services/posting.py",
    "activities/scheduled_posts/services.py",
}


def _made() -> list[tuple[str, str, ast.Call]]:
    """Every error that is made anywhere: file, class, call."""
    return [
        (str(path.relative_to(ROOT)), node.func.id, node)
        for room in ("core", "federation", "users", "activities", "api", "web")
        for path in sorted((ROOT / room).rglob("*.py"))
        for node in ast.walk(ast.parse(path.read_text()))
        if isinstance(node, ast.Call)
        and isinstance(node.func, ast.Name)
        and node.func.id in {*_ERRORS, *_DATA}
    ]


def _used() -> Iterator[tuple[str, str, str, dict[str, int | str]]]:
    """File, field, code and facts of every error that is raised as data; a field that is a variable is `?`."""
    for path, name, call in _made():
        given = {one.arg: one.value for one in call.keywords if one.arg}
        if path == _UNPACKS or (name == "Refusal" and not path.startswith("core/media/")):
            continue
        if name == "Refusal":
            field, code = ast.Constant("file"), call.args[0] if call.args else ast.Constant("invalid")
        else:
            field, code = call.args if name == "Invalid" else (given.get("field"), given.get("code"))
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


def test_no_sentence_for_people_is_raised_below_api_and_web() -> None:
    speaking = {
        path for path, name, call in _made() if path.startswith(_WORDLESS) and name in _ERRORS and call.args
    }
    assert sorted(speaking - _STILL) == [], "raise Invalid(field, code), and put the words into core/words.py"
    assert sorted(_STILL - speaking) == [], "these are converted: take them out of _STILL"


def test_every_error_that_is_raised_as_data_has_words() -> None:
    used = list(_used())
    assert used
    for path, field, code, facts in used:
        fields = _fields_of(code) if field == "?" else [field]
        assert fields, f"{path}: core/words.py has no words for {code}"
        for one in fields:
            ours = lookup(OURS, one, code, facts)
            assert ours, f"{path}: core/words.py has no words for {one}.{code}"
            assert ours.endswith((".", "!", "?")), ours
            lookup(MASTODONS, one, code, facts)  # every fact that it names is there


def _fields_of(code: str) -> list[str]:
    return [key.removesuffix(f".{code}") for key in OURS if key.endswith(f".{code}")]


def test_no_words_are_unused() -> None:
    used = {(field, code) for _, field, code, _ in _used()}
    codes, anywhere = {code for _, code in used}, {code for field, code in used if field == "?"}
    known = {f"{field}.{code}" for field, code in used}
    for key in {*OURS, *MASTODONS}:
        code = key.rpartition(".")[2]
        assert key in known or key in codes or code in anywhere, f"no service raises {key}"
    assert set(MASTODONS) <= set(OURS)
