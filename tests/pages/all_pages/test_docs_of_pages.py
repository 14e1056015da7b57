"""Names that the docs for users and moderators mention are on the pages."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from core.pages.compact import compact

ROOT = Path(__file__).resolve().parents[3]
PAGES = [ROOT / "docs/moderate/README.md", *sorted(ROOT.glob("docs/use/*.md"))]
_EMPHASISED = re.compile(r"(?<![*`\w])(\*{1,2})(?=[^\s*])([^*`]+)(?<=[^\s*])\1(?![*`\w])")
NO_BUTTONS = {"WebSocket", "Server-sent events"}  # of docs/use/streaming.md, for people who write apps


def _names(text: str) -> Iterator[str]:
    """What a text emphasises, as a path leads there step by step: "Settings → Security" names two."""
    for _, words in _EMPHASISED.findall(text):
        for step in words.split("→"):
            yield " ".join(step.split()).removesuffix("…").strip()


def _words_of_pages() -> set[str]:
    """Every piece of text between tags in the templates, and every string in the code of the pages and in what scripts say."""
    found: set[str] = set()
    for path in ROOT.glob("templates/**/*.html"):
        source = compact(path.read_text())
        text = re.sub(r"<[^<>{}]*>|\{%.*?%\}|\{\{.*?\}\}", "\n", source)
        text = re.sub(r"<[^<>]*>", "\n", text)
        found |= {" ".join(line.split()) for line in text.split("\n")}
        found |= set(re.findall(r'"([^"<>{}%]+)"', source))
    for path in ROOT.glob("web/**/*.py"):
        found |= {
            node.value
            for node in ast.walk(ast.parse(path.read_text()))
            if isinstance(node, ast.Constant) and isinstance(node.value, str)
        }
    for path in ROOT.glob("static/js/**/*.js"):
        found |= set(re.findall(r'\bt\("([^"]+)"', path.read_text()))
    return {words.removesuffix("…").strip() for words in found}


@pytest.mark.parametrize("path", PAGES, ids=lambda path: f"{path.parent.name}/{path.name}")
def test_emphasised_names_in_the_docs_are_on_the_pages(path: Path) -> None:
    missing = set(_names(path.read_text())) - _words_of_pages() - NO_BUTTONS
    assert not missing


def test_the_names_are_found_at_all() -> None:
    names = list(
        _names(
            "Press *Let login\nact again*, **Lists …** or *Administration → People*, not `a*b*c` or 2*3*4."
        )
    )
    assert names == ["Let login act again", "Lists", "Administration", "People"]
    assert {
        "View person",
        "Delete identity",
        "Sign out",
        "Publish later, delete after",
    } <= _words_of_pages()
