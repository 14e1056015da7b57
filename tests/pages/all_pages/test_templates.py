"""The style of templates: short lines, names instead of numbers and of paths, and folders as in web/."""

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[3]
TEMPLATES = sorted(path for path in (ROOT / "templates").rglob("*") if path.is_file())
PAGES = [path for path in TEMPLATES if path.suffix == ".html"]
MAX_LINE_LENGTH = 160
TAG = re.compile(r"{%.*?%}")
STRING = re.compile(r'"[^"]*"')
SHARED = {"mail"}  # mails are of users.logins


def name_of(path: Path) -> str:
    return str(path.relative_to(ROOT))


@pytest.mark.parametrize("path", TEMPLATES, ids=name_of)
def test_no_line_is_longer_than_a_screen(path: Path) -> None:
    long = [line for line in path.read_text().splitlines() if len(line) > MAX_LINE_LENGTH]
    assert long == []


@pytest.mark.parametrize("path", PAGES, ids=name_of)
def test_links_and_forms_name_pages_by_their_names(path: Path) -> None:
    """`{% url %}` fails when a page moves; a path that is written out becomes a 404 that nobody sees."""
    assert re.findall(r'(?:href|action|formaction|hx-[a-z]+|src|value)="/[^"]*"', path.read_text()) == []


@pytest.mark.parametrize("path", PAGES, ids=name_of)
def test_conditions_compare_with_names_not_numbers(path: Path) -> None:
    """`visibility != 3` says nothing to a reader, and is wrong the day the numbers change. How many there are may be asked."""
    conditions = [
        STRING.sub('""', tag) for tag in TAG.findall(path.read_text()) if re.match(r"{% (el)?if ", tag)
    ]
    compared = [tag for tag in conditions if re.search(r"[=<>] \d", tag)]
    assert [tag for tag in compared if not re.search(r"\|length [=<>]+ 1 |missing > 0 ", tag)] == []


def test_folders_are_those_of_web() -> None:
    folders = {
        path.relative_to(ROOT / "templates").parts[0] for path in TEMPLATES if path.parent.name != "templates"
    }
    assert folders - SHARED <= {path.parent.name for path in (ROOT / "web").glob("*/__init__.py")}


_TABLE = re.compile(r'{% table _\("[^"]*"\) ([^%]*)%}(.*?){% endtable %}', re.DOTALL)


@pytest.mark.parametrize("path", [one for one in PAGES if "{% table" in one.read_text()], ids=name_of)
def test_cells_know_the_name_of_their_column(path: Path) -> None:
    """On a phone a row is a paragraph and the head of the table is out of sight."""
    tables = _TABLE.findall(path.read_text())
    assert len(tables) == path.read_text().count("{% table")
    for heads, rows in tables:
        names = re.findall(r'(?:"(-|#)" )?_\("([^"]*)"\)', heads)
        said = [name for mark, name in names[1:] if mark != "-"]
        assert re.findall(r'<td data-label="(?:{% translate ")?([^"]+)"', rows) == said


def test_tables_and_rows_of_people_are_written_once() -> None:
    """Their markup stands in web/templatetags/tables.py and templates/people/_who.html, and nowhere else."""
    written_out = re.compile(
        r'<table|class="scroll"|class="tiles">\s*<div|tabindex="-1" aria-hidden="true">{% avatar person %}'
    )
    found = {name_of(path) for path in PAGES if written_out.search(path.read_text())}
    assert found == {"templates/people/_who.html"}
