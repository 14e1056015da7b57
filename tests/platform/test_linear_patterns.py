"""No text from outside makes us slow: each regular expression, and what reads texts, meets hostile input of 1 MB.

Judged against a plain walk over a benign text of the same size, never by a clock of its own.
"""

import ast
import importlib
import pkgutil
import re
import time
from collections import defaultdict
from collections.abc import Callable, Iterator
from functools import cache
from pathlib import Path
from re import _constants as constants  # type: ignore[attr-defined]
from re import _parser as parser  # type: ignore[attr-defined]
from typing import Any

import pytest

from activities.posts.text import length
from activities.previews.pages import decode_page, oembed_fields, read_head
from activities.previews.services import first_link
from core.texts import clean_tag, field_to_html, to_html, tokens
from core.texts.html import sanitise, to_text
from core.texts.html_tags import read_tags
from federation.documents import host_of

ROOT = Path(__file__).parents[2]
PACKAGES = ("core", "stator", "federation", "users", "activities", "api", "web", "takahe")
SIZES = (24, 1_000, 16_000, 125_000, 1_000_000)
TIMES_BENIGN = 30
SHARES = 8  # of the patterns, a test each
_FUNCTIONS = {"compile", "match", "search", "sub", "fullmatch", "findall", "split", "finditer"}
# made at run time, of words that are escaped before
MADE_LATER = {
    "activities/filters/queries.py": "a person's own keywords, escaped, at most 255 characters",
    "core/asgi/websocket.py": "our own routes",
    "core/asgi/routing.py": "our own routes",
}
OURS = {
    "core.pages.static_files": "reads our own style sheets",
    "core.pages.compact": "reads our own templates",
}


def _modules() -> Iterator[str]:
    for package in PACKAGES:
        yield package
        for module in pkgutil.walk_packages([str(ROOT / package)], f"{package}."):
            if ".migrations" not in module.name and not module.name.endswith("__main__"):
                yield module.name


@cache
def _trees() -> dict[Path, ast.Module]:
    """The modules that call a function of `re` or of a pattern, or something that is named like one."""
    named = re.compile(rf"\.(?:{'|'.join(sorted(_FUNCTIONS))})\b")
    paths = (path for package in PACKAGES for path in (ROOT / package).rglob("*.py"))
    texts = {path: path.read_text(encoding="utf-8") for path in paths if "migrations" not in path.parts}
    return {path: ast.parse(text) for path, text in texts.items() if named.search(text)}


@cache
def _nodes() -> dict[Path, list[ast.AST]]:
    return {path: list(ast.walk(tree)) for path, tree in _trees().items()}


def _name_of(node: ast.expr) -> str:
    return node.id if isinstance(node, ast.Name) else node.attr if isinstance(node, ast.Attribute) else ""


@cache
def _uses() -> dict[str, dict[str, set[str]]]:
    """Module → name → the methods that are called on it there or where it is imported."""
    found: dict[str, dict[str, set[str]]] = defaultdict(lambda: defaultdict(set))
    for path, nodes in _nodes().items():
        module = ".".join(path.relative_to(ROOT).with_suffix("").parts).removesuffix(".__init__")
        homes = {
            alias.asname or alias.name: node.module
            for node in nodes
            if isinstance(node, ast.ImportFrom) and node.module
            for alias in node.names
        }
        for node in nodes:
            if isinstance(node, ast.Attribute) and (name := _name_of(node.value)):
                found[homes.get(name, module)][name].add(node.attr)
    return found


def _patterns_in(value: Any, depth: int = 0) -> Iterator[re.Pattern[Any]]:
    if isinstance(value, re.Pattern):
        yield value
    elif depth < 3 and isinstance(value, dict):
        for item in value.values():
            yield from _patterns_in(item, depth + 1)
    elif depth < 3 and isinstance(value, tuple | list | set | frozenset):
        for item in value:
            yield from _patterns_in(item, depth + 1)


@cache
def collected() -> dict[tuple[Any, int], tuple[str, frozenset[str]]]:
    """Each pattern and its flags: where it is, and how it is used."""
    found: dict[tuple[Any, int], tuple[str, frozenset[str]]] = {}
    for name in _modules():
        module = importlib.import_module(name)
        if name in OURS:
            continue
        holders = [
            module,
            *(v for v in vars(module).values() if isinstance(v, type) and v.__module__ == name),
        ]
        for holder in holders:
            for attribute, value in list(vars(holder).items()):
                methods = frozenset(_uses()[name][attribute] & _FUNCTIONS)
                if not methods:
                    methods = frozenset({"finditer"})
                for pattern in _patterns_in(value):
                    where, before = found.get(
                        (pattern.pattern, pattern.flags), (f"{name}.{attribute}", frozenset())
                    )
                    imported = getattr(holder, "__name__", name) == name and f"{name}." not in where
                    found[pattern.pattern, pattern.flags] = (where, before if imported else before | methods)
    compiled = {text for text, _ in found}
    for path, nodes in _nodes().items():
        for node in nodes:
            if (
                isinstance(node, ast.Call)
                and isinstance(node.func, ast.Attribute)
                and isinstance(node.func.value, ast.Name)
                and node.func.value.id == "re"
                and node.func.attr in _FUNCTIONS
                and isinstance(node.args[0], ast.Constant)
            ):
                flags = re.MULTILINE if "re.MULTILINE" in ast.unparse(node) else 0
                flags |= re.IGNORECASE if "re.IGNORECASE" in ast.unparse(node) else 0
                pattern = re.compile(node.args[0].value, flags)
                if (
                    pattern.pattern not in compiled
                    and ".".join(path.relative_to(ROOT).with_suffix("").parts) not in OURS
                ):
                    method = "finditer" if node.func.attr == "compile" else node.func.attr
                    where = f"{path.relative_to(ROOT)}:{node.lineno}"
                    found[pattern.pattern, pattern.flags] = (where, frozenset({method}))
    return found


@pytest.mark.slow
def test_every_pattern_is_collected() -> None:
    """What is made of pieces at run time can't be read here: say in MADE_LATER why it is harmless."""
    for path, tree in _trees().items():
        for function in ast.walk(tree):
            if not isinstance(function, ast.FunctionDef | ast.AsyncFunctionDef):
                continue
            for node in ast.walk(function):
                if (
                    isinstance(node, ast.Call)
                    and ast.unparse(node.func) in {f"re.{name}" for name in _FUNCTIONS}
                    and not isinstance(node.args[0], ast.Constant)
                ):
                    assert str(path.relative_to(ROOT)) in MADE_LATER, f"{path}:{node.lineno}"
    assert len(collected()) > 80


def _sample(items: Any) -> list[str]:
    """One short text for each piece of a parsed pattern, in order; joined they nearly match."""
    texts = []
    for kind, value in items:
        if kind is constants.LITERAL:
            texts.append(chr(value))
        elif kind is constants.NOT_LITERAL:
            texts.append("a" if value != ord("a") else "b")
        elif kind is constants.ANY:
            texts.append("a")
        elif kind is constants.IN:
            texts.append(_member(value))
        elif kind is constants.BRANCH:
            texts.append("".join(_sample(value[1][0])))
        elif kind is constants.SUBPATTERN:
            texts.extend(_sample(value[3]))
        elif kind in (constants.MAX_REPEAT, constants.MIN_REPEAT, constants.POSSESSIVE_REPEAT):
            texts.append("".join(_sample(value[2])) * max(1, min(value[0], 8)))
        elif kind is constants.ATOMIC_GROUP:
            texts.extend(_sample(value))
    return texts


def _member(choices: Any) -> str:
    """A character of a class."""
    if choices[0][0] is constants.NEGATE:
        kept = re.compile("[" + "".join(map(_written, choices)) + "]")
        return next((char for char in "a< 0\"'é/" if kept.match(char)), "a")
    kind, value = choices[0]
    if kind is constants.LITERAL:
        return chr(value)
    if kind is constants.RANGE:
        return chr(value[0])
    return {constants.CATEGORY_SPACE: " ", constants.CATEGORY_DIGIT: "0"}.get(value, "a")


def _written(choice: Any) -> str:
    kind, value = choice
    categories = {
        constants.CATEGORY_SPACE: r"\s", constants.CATEGORY_NOT_SPACE: r"\S", constants.CATEGORY_DIGIT: r"\d",
        constants.CATEGORY_NOT_DIGIT: r"\D", constants.CATEGORY_WORD: r"\w", constants.CATEGORY_NOT_WORD: r"\W",
    }  # fmt: skip
    if kind is constants.NEGATE:
        return "^"
    if kind is constants.LITERAL:
        return re.escape(chr(value))
    if kind is constants.RANGE:
        return f"{re.escape(chr(value[0]))}-{re.escape(chr(value[1]))}"
    return categories.get(value, r"\s")


def _branches(items: Any) -> Iterator[list[str]]:
    """The samples of a pattern, once for each way it can begin."""
    yield _sample(items)
    for kind, value in items:
        if kind is constants.BRANCH:
            for way in value[1]:
                yield _sample(way)
        elif kind is constants.SUBPATTERN:
            yield from _branches(value[3])
        elif kind in (constants.MAX_REPEAT, constants.MIN_REPEAT):
            yield from _branches(value[2])


def hostile(pattern: re.Pattern[Any]) -> list[tuple[str, str]]:
    """(beginning, what is repeated) for texts that make a pattern of this kind try long and fail."""
    text = pattern.pattern if isinstance(pattern.pattern, str) else pattern.pattern.decode("latin-1")
    parsed = parser.parse(text, pattern.flags & ~re.UNICODE if isinstance(pattern.pattern, bytes) else 0)
    prefixes: dict[str, None] = {}
    for pieces in _branches(parsed):
        for end in range(1, len(pieces) + 1):
            prefixes["".join(pieces[:end])] = None
    chosen = [prefix for prefix in prefixes if prefix][:30]
    alphabet = dict.fromkeys([*"a0 <\n", *(char for prefix in chosen for char in prefix)])
    attacks = [("", prefix) for prefix in chosen] + [("", prefix + "\x01") for prefix in chosen]
    attacks += [(prefix, char) for prefix in ["", *chosen[:10]] for char in list(alphabet)[:10]]
    return attacks


def _ran(pattern: re.Pattern[Any], methods: frozenset[str], text: Any) -> float:
    started = time.process_time()
    for method in methods:
        if method in {"match", "fullmatch", "search"}:
            getattr(pattern, method)(text)
        else:
            for _ in pattern.finditer(text):
                pass
    return time.process_time() - started


@cache
def benign(size: int) -> float:
    """What a walk over a harmless text of this size takes."""
    text = ("lorem ipsum dolor sit amet " * (size // 27 + 1))[:size]
    walk = re.compile(r"[a-z]|[^a-z]")
    return min(_ran(walk, frozenset({"finditer"}), text) for _ in range(3))


def _text(attack: tuple[str, str], size: int, kind: type) -> Any:
    start, repeated = attack
    text = (start + repeated * (size // len(repeated)))[:size] + "\x01"
    return text if kind is str else text.encode("latin-1", "replace")


def check(pattern: re.Pattern[Any], methods: frozenset[str]) -> None:
    attacks = hostile(pattern)
    for size in SIZES:
        bound = TIMES_BENIGN * max(benign(size), 0.0005)
        took = {}
        for attack in attacks:
            text = _text(attack, size, type(pattern.pattern))
            took[attack] = _ran(pattern, methods, text)
            if took[attack] > bound:  # once more, for the machine may have been busy
                took[attack] = min(took[attack], _ran(pattern, methods, text))
            assert took[attack] <= bound, (
                f"{attack!r} × {size}: {took[attack] / benign(size):.0f} times benign"
            )
        worst = {24: 200, 1_000: 30, 16_000: 4, 125_000: 1}
        attacks = sorted(attacks, key=took.__getitem__, reverse=True)[: worst.get(size, 1)]


@pytest.mark.slow
@pytest.mark.parametrize(
    "share", range(SHARES)
)  # one test for each would have each process of a run find them all
def test_patterns_take_hostile_text_in_linear_time(share: int, subtests: pytest.Subtests) -> None:
    for (text, flags), (where, methods) in list(collected().items())[share::SHARES]:
        with subtests.test(where):
            check(re.compile(text, flags), methods)


@pytest.mark.slow
@pytest.mark.parametrize(
    ("slow", "method"),
    [
        (r"<iframe\s[^>]*?src=[\"'](https://[^\"'<>\s]{4,2000})[\"']", "search"),
        (r"<Link\b[^>]*\brel=[\"']lrdd[\"'][^>]*>", "finditer"),
        (r"(a+)+\Z", "match"),
        (r"\s+\Z", "search"),
    ],
)
def test_slow_patterns_are_found(slow: str, method: str) -> None:
    with pytest.raises(AssertionError, match="times benign"):
        check(re.compile(slow), frozenset({method}))


ATTACKS = (
    "<iframe ", "<a ", "<a href=", "<a href='", '<meta content="', "<!--", "<!", "</", "<title", "<title>", "<script>", "<b x=1>", "<<",
    "&#", "&#9", "&#x9", "&amp", "<p>", "<br", "<math>", "<math", "<annotation ", "<h1 ", "<Link rel=", "\t=", "a=", "/", ">",
    "https://", "https://a.", "https://a/(", "https://a/)", "https://a/.", "https://日本", "https://a:1@", "xmpp:", "xmpp:a@", "magnet:?",
    "@a", "@a@", "@a@b.", "@a.", "#", "#a", "＃日", "日", "\u0301", "\u200d", "((", "[", ".", "\n", "\r\n", " ", "_", "é", "İ",
)  # fmt: skip
READERS: dict[str, Callable[[str], object]] = {
    "tokens": lambda text: list(tokens(text)),
    "to_html": lambda text: to_html(text, own_host="a.test", base_url="https://a.test"),
    "field_to_html": field_to_html,
    "length": length,
    "read_tags": lambda text: list(read_tags(text)),
    "read_head": lambda text: read_head(text, "https://a.test/"),
    "oembed": lambda text: oembed_fields({"type": "video", "html": text, "title": text}, "https://a.test/"),
    "sanitise": sanitise,
    "to_text": to_text,
    "first_link": first_link,
    "clean_tag": clean_tag,
    "host_of": lambda text: host_of(f"https://{text}/"),
}


@pytest.mark.slow
@pytest.mark.parametrize("reader", READERS)
def test_readers_of_texts_take_linear_time(reader: str) -> None:
    """Growth is judged: ten times the text may take at most thirty times as long (a square would be a hundred)."""
    read = READERS[reader]
    read("warm <p>up</p>")
    slowest = []
    for attack in ATTACKS:
        small, large = (attack * (size // len(attack)) for size in (4_000, 40_000))
        first = min(_seconds(read, small) for _ in range(2)) + 0.005
        took = _seconds(read, large)
        if took > 30 * first:
            took = min(took, _seconds(read, large))
        assert took <= 30 * first, f"{attack!r}: {first} s, then {took} s"
        slowest.append((took, attack))
    bound = 600 * benign(1_000_000)
    for _, attack in sorted(slowest, reverse=True)[:1]:
        assert _seconds(read, attack * (1_000_000 // len(attack))) < bound, attack


def _seconds(read: Callable[[str], object], text: str) -> float:
    started = time.process_time()
    read(text)
    return time.process_time() - started


@pytest.mark.slow
@pytest.mark.parametrize(
    "charset",
    [
        "punycode", "idna", "undefined", "unicode_escape", "raw_unicode_escape", "utf-7", "utf_7", "rot13", "base64", "hex", "zlib",
        "mbcs", "iso2022_jp_ext", "replacement", "iso-2022-kr", "hz-gb-2312", "x-user-defined", "utf-16", "utf-16be", "gb18030", "big5",
        "euc-jp", "shift_jis", "iso-2022-jp", "nonsense",
    ],
)  # fmt: skip
def test_a_page_in_any_charset_is_read_in_linear_time(charset: str) -> None:
    bound = TIMES_BENIGN * benign(1_000_000)
    for body in (
        b"a" * 1_000_000,
        b"\xff" * 1_000_000,
        b"+-" * 500_000,
        b"\x1b$B" * 300_000,
        b"a-" * 500_000,
    ):
        started = time.process_time()
        decode_page(body, f"text/html; charset={charset}")
        decode_page(b'<meta charset="' + charset.encode() + b'">' + body, "text/html")
        assert time.process_time() - started < bound
