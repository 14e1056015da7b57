"""Documents for developers name files, folders and modules that exist."""

import importlib
import re
import shutil
import subprocess
import tomllib
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest
from django.apps import apps

import stator
from federation.models import InboxGraph

ROOT = Path(__file__).resolve().parents[2]
ROOMS = tomllib.loads((ROOT / "pyproject.toml").read_text())["tool"]["importlinter"]["root_packages"]
TOPS = (*ROOMS, "tests", "benchmarks", "docs", "tools", "templates", "static")
PAGES = sorted(
    [
        *(ROOT / "docs").rglob("*.md"),
        *(ROOT / name for name in ("README.md", "CONTRIBUTING.md", "FEDERATION.md")),
    ]
)

# Neither after a slash, a dot or a scheme (`/users/ada`, `https://…`), nor the beginning of something longer.
_PATH = re.compile(
    rf"(?<![\w/.:@-])((?:{'|'.join(TOPS)})(?:/[\w.*-]+)+|(?:[\w-]+/)*\w+\.(?:py|html|sh|tsv))(?!\w|/\w|-)"
)
_DOTTED = re.compile(rf"(?<![\w/.:@-])((?:{'|'.join(ROOMS)})(?:\.[A-Za-z_]\w*)+)(?!\w|/)")
_ENDINGS = (".py", ".dump", ".service", ".toml")  # of files, not the last part of a module


def code(text: str) -> Iterator[str]:
    """What stands between backticks, in a line."""
    for block in re.split(r"^```.*?^```", text, flags=re.MULTILINE | re.DOTALL):
        yield from re.findall(r"`([^`\n]+)`", block)


@cache
def files() -> set[str]:
    """Files, and folders by what they hold: git leaves those of moved modules behind, with their caches."""
    found = {
        path.relative_to(ROOT)
        for top in TOPS
        for path in (ROOT / top).rglob("*")
        if path.is_file() and "__pycache__" not in path.parts
    }
    return {path.as_posix() for file in found for path in (file, *file.parents)}


def is_path(name: str) -> bool:
    """Whether a file or folder is called so, from the root, or by the end of its path; a module also without its ending."""
    name = name.rstrip("/.")
    if "*" in name:
        return any(ROOT.glob(name))
    wanted = {name, f"{name}.py"}
    return bool(files() & wanted) or any(
        file.endswith(f"/{one}")
        for file in files()
        for one in wanted
        if one.endswith((".py", ".html", ".sh", ".tsv"))
    )


def is_module(name: str) -> bool:
    """Whether this is a module, what is in one, or a model as `users.identity`."""
    first, *rest = name.split(".")
    found = importlib.import_module(first)
    for number, part in enumerate(rest):
        if hasattr(found, part):
            found = getattr(found, part)
            continue
        try:
            found = importlib.import_module(".".join([first, *rest[: number + 1]]))
        except ImportError:
            return name.lower() in {model._meta.label_lower for model in apps.get_models()}
    return True


def stale(text: str) -> list[str]:
    words = list(code(text))
    paths = [name for word in words for name in _PATH.findall(word) if not is_path(name)]
    dotted = [
        name
        for word in words
        for name in _DOTTED.findall(word)
        if not name.endswith(_ENDINGS) and not is_module(name)
    ]
    return paths + dotted


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_names_in_the_docs_exist(page: Path) -> None:
    assert stale(page.read_text()) == []


_FILE = re.compile(rf"(?<![\w/.@-])((?:{'|'.join(TOPS)})/[\w./-]*\.(?:py|md|html|js|css|tsv|json|svg))(?!\w)")
_ELSEWHERE = {"api/openapi.json", "static/django_htmx/htmx-2.min.js"}  # an address, and a file of django-htmx


@pytest.mark.parametrize("top", [name for name in TOPS if name not in ("docs", "tests")])
def test_files_that_comments_name_exist(top: str) -> None:
    """Docstrings and comments name files by their paths from the root, whatever the language."""
    lost = [
        f"{path.relative_to(ROOT)}: {name}"
        for path in (ROOT / top).rglob("*")
        if path.is_file()
        and path.suffix in {"", ".py", ".html", ".js", ".css"}
        and "migrations" not in path.parts
        for name in _FILE.findall(path.read_text())
        if name not in _ELSEWHERE and not (ROOT / name).exists()
    ]
    assert lost == []


@pytest.mark.parametrize("words", [
    "in `activities/inbox` it is", "`users/inbox/`", "`core/never.py`", "`nowhere.py`", "`core.never`", "`users.identities.never()`", "`tests/x/test_*.py`",
])  # fmt: skip
def test_a_name_of_nothing_is_found(words: str) -> None:
    assert len(stale(words)) == 1


@pytest.mark.parametrize("words", [
    "`users/identities/`", "`core/mail`", "`handlers/fan_out.py`", "`federation.sending.send(signer=…)`", "`users.identity`", "`https://x.test/users/ada`",
    "`/users/ada`", "`tests/platform/test_*.py`",
])  # fmt: skip
def test_names_of_something_are_left_alone(words: str) -> None:
    assert stale(words) == []


def test_every_subject_has_its_row() -> None:
    text = (ROOT / "docs/develop/architecture.md").read_text()
    rows = set(re.findall(r"^\| `(\w+)/` \| ", text.partition("Inside a subject")[0], re.MULTILINE))
    subjects = {path.parent.name for path in (ROOT / "users").glob("*/__init__.py")} - {"migrations"}
    assert rows == subjects
    pages = re.search(r"`web` has one folder per subject \(([^)]+)\)", text)
    folders = {path.parent.name for path in (ROOT / "web").glob("*/__init__.py")} - {"templatetags"}
    assert pages
    assert set(pages[1].split(", ")) == folders


def test_the_first_change_still_applies() -> None:
    text = (ROOT / "docs/develop/first-change.md").read_text()
    [diff] = re.findall(r"```diff\n(.*?)```", text, re.DOTALL)
    name, *lines = [line.removeprefix("   ") for line in diff.splitlines()]
    before = committed(name.removeprefix("--- "))
    assert all(f"{line[1:]}\n" in before for line in lines if line.startswith("-"))
    assert "has posted no media" not in before, (
        "the example of first-change.md is committed: it stays in the clone of whoever tries it"
    )


def committed(name: str) -> str:
    """Return the file as the last commit has it: whoever follows the page has changed it, and runs the tests then.

    Outside a clone, as it is.
    """
    git = shutil.which("git")
    if git is not None:
        shown = subprocess.run(
            [git, "-C", str(ROOT), "show", f"HEAD:{name}"], capture_output=True, text=True, check=False
        )
        if shown.returncode == 0:
            return shown.stdout
    return (ROOT / name).read_text()


def test_queues_in_the_docs_exist() -> None:
    known = {model._meta.label.lower() for model in stator.stateful_models()}
    named = [
        (page.name, queue)
        for page in PAGES
        for queue in re.findall(r"takahe stator (?:show|retry) (\w+\.\w+)", page.read_text())
    ]
    assert named
    assert [(page, queue) for page, queue in named if queue.lower() not in known] == []


def test_the_states_of_messages_are_those_that_are_drawn() -> None:
    text = (
        (ROOT / "docs/develop/architecture.md")
        .read_text()
        .partition("## The life of an incoming activity")[2]
    )
    drawing = text.partition("```mermaid")[2].partition("```")[0]
    assert {
        word for word in re.findall(r"\w+", re.sub(r":.*", "", drawing)) if word in InboxGraph.states
    } == set(InboxGraph.states)
