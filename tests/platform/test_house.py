"""The style of the code, and files, targets and settings that the README and the docs mention."""

import ast
import builtins
import keyword
import os
import re
import shutil
import subprocess
import tomllib
from collections import Counter
from collections.abc import Iterator
from functools import cache
from graphlib import CycleError, TopologicalSorter
from pathlib import Path

import pytest

from core.config import SETTINGS, Config, ConfigError
from takahe.__main__ import WITHOUT_DJANGO

ROOT = Path(__file__).resolve().parents[2]
TARGETS = {"install", "run", "test", "lint", "types", "bench", "docs", "format"}


ROOMS = ("takahe", "api", "web", "activities", "users", "federation", "stator", "core")


VERBS = """
    Abandon Accept Acknowledge Acquire Add Advance Allow Announce Answer Appeal Append Apply Approve Ask
    Assign Attach Authenticate Await Batch Begin Believe Block Bookmark Boost Bound Bring Build Cache Call
    Cancel Change Check Claim Clear Close Collect Compare Compile Compute Configure Confirm Connect
    Convert Copy Correct Count Cover Create Cut Decide Declare Decode Delete Deliver Detach Disable Disconnect
    Dismiss Drain Drop Edit Encode Encrypt End Ensure Erase Escape Estimate Execute Exempt Exit Expand
    Expire Explain Extend Fail Feature Fetch Fill Filter Find Finish Flush Follow Forget Format Free
    Freeze Generate Give Group Gzip Hand Handle Hash Have Hide Hold Ignore Import Increment Index
    Insert Install Invalidate Invite Join Keep Kill Lead Leave Let Like Limit List Load Lock Log
    Look Loosen Make Map Mark Match Measure Merge Migrate Move Mute Name Normalise Note Notify Offer
    Open Order Parse Pause Pin Point Post Prefix Prepare Print Probe Prune Publish Push Put Query
    Queue Raise Rank Read Receive Reconnect Record Redirect Refresh Refuse Register Reject Release
    Remove Rename Render Repair Replace Reply Report Request Require Reserve Reset Resolve Restore
    Restrict Resume Retry Return Revoke Rewrite Rotate Round Run Sanitise Say Schedule Search Select
    Save Send Serialise Serve Set Show Sign Skip Sort Speak Split Start Stop Store Stream Strip Subscribe
    Suspend Sweep Switch Take Teach Tell Tidy Transfer Translate Trim Truncate Turn Unblock Unboost
    Uncount Undo Unfollow Unlike Unlock Unmute Unpin Unregister Unsubscribe Update Upload Use
    Validate Verify Vote Wait Wake Warn Watch Wipe Withdraw Work Wrap Write Yield
"""
"""With these a docstring of a function may begin. A new one is welcome if it is an imperative."""
QUESTIONS = {"How", "What", "When", "Where", "Whether", "Which", "Who", "Whom", "Whose", "Why"}


def modules(*folders: str) -> dict[str, Path]:
    """Return our modules by dotted name, or those of other folders, without migrations."""
    found = {}
    for room in folders or ROOMS:
        for path in (ROOT / room).rglob("*.py"):
            parts = path.relative_to(ROOT).with_suffix("").parts
            if "migrations" not in parts:
                found[".".join(parts[:-1] if parts[-1] == "__init__" else parts)] = path
    return found


def make_targets() -> set[str]:
    return set(re.findall(r"^([a-z]+):", (ROOT / "Makefile").read_text(), re.MULTILINE))


def test_make_has_a_word_for_every_chore() -> None:
    assert make_targets() >= TARGETS


@pytest.mark.parametrize(
    "name", ["README.md", "CONTRIBUTING.md", "docs/run/install.md", "docs/run/upgrade.md"]
)
def test_documented_make_targets_exist(name: str) -> None:
    shown = set(re.findall(r"(?:^    |`)make ([a-z]+)", (ROOT / name).read_text(), re.MULTILINE))
    assert shown
    assert shown <= make_targets()


def test_documented_settings_are_those_of_the_code() -> None:
    text = (ROOT / "docs/run/settings.md").read_text()
    rows = re.findall(r"^\| `([A-Z_]+)` \| (.*?) \| (.*) \|$", text, re.MULTILINE)
    default = {setting.name: f"`{setting.default}`" if setting.default else "(empty)" for setting in SETTINGS}
    assert rows == [(setting.name, default[setting.name], setting.description) for setting in SETTINGS]


def test_mutants_take_lines_away_that_are_there() -> None:
    """`make mutants` tests nothing where the line of a guard has changed."""
    rows = [
        line.split("\t") for line in (ROOT / "tools/mutants.tsv").read_text().splitlines() if line[:1] != "#"
    ]
    stale = [guard for guard, file, line, _, _ in rows if (ROOT / file).read_text().count(line) != 1]
    assert stale == []
    unfound = {
        test for *_, tests in rows for test in tests.split() if not (ROOT / test.split("::")[0]).exists()
    }
    assert not unfound


def test_mutants_are_code_that_runs() -> None:
    """A name that isn't there would fail any test, whether it looks at the guard or not."""
    rows = [
        line.split("\t") for line in (ROOT / "tools/mutants.tsv").read_text().splitlines() if line[:1] != "#"
    ]
    known = {*keyword.kwlist, *dir(builtins), "false"}  # false: SQL's
    unknown = {
        name: guard
        for guard, file, _, without, _ in rows
        for name in re.findall(r"\b[A-Za-z_]\w*", without)
        if name not in known and name not in set(re.findall(r"\b[A-Za-z_]\w*", (ROOT / file).read_text()))
    }
    assert unknown == {"Never": "inbox: an Undo may be repeated"}  # no activity's type


@cache
def parsed(path: Path) -> ast.Module:
    return ast.parse(path.read_text())


def imported(path: Path, names: set[str]) -> set[str]:
    """Return which modules of `names` a file imports: at the top, in a function or for the type checker alone."""
    found = set()
    for node in ast.walk(parsed(path)):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module:
            within = {f"{node.module}.{alias.name}" for alias in node.names}
            found |= within if within <= names else within | {node.module}
    return found & names


@pytest.mark.slow
def test_no_modules_import_each_other_in_a_circle() -> None:
    """Imports inside functions and those under TYPE_CHECKING count, too, and so do those of tests."""
    files = modules() | modules("tests")
    names = set(files)
    try:
        TopologicalSorter({name: imported(path, names) - {name} for name, path in files.items()}).prepare()
    except CycleError as error:
        pytest.fail(" imports ".join(reversed(error.args[1])))


def lines_of_inner_imports(path: Path) -> set[int]:
    return {
        node.lineno
        for function in ast.walk(parsed(path))
        if isinstance(function, ast.FunctionDef | ast.AsyncFunctionDef)
        for node in ast.walk(function)
        if isinstance(node, ast.Import | ast.ImportFrom)
    }


@pytest.mark.slow
def test_imports_inside_functions_say_why() -> None:
    """Those of what runs before Django is set up have one reason, which `takahe/commands/__init__.py` says."""
    before = (
        "takahe.cli.environment",
        "takahe.cli.schema",
        "takahe.cli.snapshot",
        *(f"takahe.commands.{name}" for name in WITHOUT_DJANGO),
    )
    silent = [
        f"{name}:{number}"
        for name, path in modules().items()
        for lines in [path.read_text().splitlines()]
        for number in lines_of_inner_imports(path)
        if "#" not in lines[number - 1]
    ]
    assert [one for one in silent if not one.startswith(before)] == []


def swallowing(path: Path) -> Iterator[int]:
    """Yield the lines on which errors are caught and nothing is done with them, in code and reason.

    A return of a value is an answer, which the docstring of its function explains. Waits that time out and cancelled tasks are no errors.
    """
    lines = path.read_text().splitlines()
    for node in ast.walk(parsed(path)):
        if isinstance(node, ast.ExceptHandler) and len(node.body) == 1:
            [only] = node.body
            is_silent = isinstance(only, ast.Pass | ast.Continue | ast.Break) or (
                isinstance(only, ast.Return) and only.value is None
            )
        elif isinstance(node, ast.With):
            caught = re.findall(r"\bsuppress\((.*)\)", ast.unparse(node.items[0]))
            is_silent = bool(caught) and caught[0] not in {"TimeoutError", "asyncio.CancelledError"}
        else:
            continue
        if is_silent and not any("#" in line for line in lines[node.lineno - 1 : node.body[0].end_lineno]):
            yield node.lineno


@pytest.mark.slow
def test_errors_that_are_swallowed_say_why() -> None:
    assert [f"{name}:{number}" for name, path in modules().items() for number in swallowing(path)] == []


def test_migrations_of_a_room_are_one_line() -> None:
    """Two that follow the same one were made side by side: the later one has to follow the other."""
    for folder in sorted(ROOT.glob("*/migrations")):
        made = {path.stem: path.read_text() for path in folder.glob("0*.py")}
        followed = {
            name
            for text in made.values()
            for name in re.findall(rf"""["']{folder.parent.name}["'], ["'](\w+)["']""", text)
        }
        assert len(set(made) - followed) == 1, f"{folder.parent.name}: {sorted(set(made) - followed)}"


def test_no_file_and_no_folder_is_a_drawer() -> None:
    """A file of ours has at most 400 lines, a folder at most 16 files.

    Entities are one for each answer of the API, and decisions one for each that was taken.
    """
    others = [
        path
        for name in ("tests", "templates", "benchmarks", "static", "docs", "tools")
        for path in (ROOT / name).rglob("*")
        if path.is_file()
    ]
    files = [*modules().values(), *(path for path in others if path.suffix != ".pyc")]
    ours = [path for path in files if path.suffix == ".py"]
    assert [str(path) for path in ours if len(path.read_text().splitlines()) > 400] == []
    in_folder = Counter(
        path.parent.relative_to(ROOT) for path in files if path.parent.name not in ("entities", "decisions")
    )
    assert [str(folder) for folder, number in in_folder.items() if number > 16] == []


def test_enums_are_pythons_own() -> None:
    """Members of Django's `TextChoices` and `IntegerChoices` have no types: `core.db.enums.choices` makes choices of an Enum."""
    found = [
        name
        for name, path in modules().items()
        if re.search(r"\((?:models\.)?(?:Text|Integer)Choices\)", path.read_text())
    ]
    assert found == []


def test_templates_clip_texts_to_a_few_lengths() -> None:
    """They have names in web/templatetags/reading.py; each template had a length of its own before."""
    found = [
        str(path.relative_to(ROOT))
        for path in (ROOT / "templates").rglob("*.html")
        if "truncatechars" in path.read_text()
    ]
    assert found == []


def test_templates_have_no_length_of_a_field_in_numbers() -> None:
    """Services and forms have it: `{% longest %}` of web/templatetags/lengths.py, or a variable."""
    found = [
        str(path.relative_to(ROOT))
        for path in (ROOT / "templates").rglob("*.html")
        if re.search(r'(?:max|min)length="\d', path.read_text())
    ]
    assert found == []


def opening_words() -> Iterator[tuple[str, ast.AST, str]]:
    """Yield the place, the definition and the first word of every docstring but those of modules."""
    for path in modules().values():
        for node in ast.walk(parsed(path)):
            if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
                words = (ast.get_docstring(node) or "").split()
                if words:
                    yield f"{path.relative_to(ROOT)}:{node.lineno}", node, words[0].rstrip(".,:;")


def is_property(node: ast.AST) -> bool:
    return any("property" in ast.unparse(one) for one in getattr(node, "decorator_list", ()))


@pytest.mark.slow
def test_docstrings_of_functions_begin_with_a_verb() -> None:
    """PEP 257: "Return whether ...", not "Whether ..." or "Nothing when ..."."""
    verbs = set(VERBS.split())
    odd = [
        f"{place} {word}"
        for place, node, word in opening_words()
        if not isinstance(node, ast.ClassDef) and not is_property(node) and word not in verbs
    ]
    assert odd == []


def test_docstrings_of_modules_are_no_riddles() -> None:
    """They say what is in the module ("Rate limits of the API."): never "What ..." or "Who ..."."""
    paths = [
        path for room in (*ROOMS, "tests", "benchmarks", "tools") for path in (ROOT / room).rglob("*.py")
    ]
    begins = re.compile(
        rf"""["'][\s\\]*(?:{"|".join(QUESTIONS)})\b"""
    )  # to parse every file takes six seconds
    odd = [
        str(path.relative_to(ROOT))
        for path in paths
        if begins.search(path.read_text())
        and (ast.get_docstring(parsed(path)) or "").split(maxsplit=1)[:1] in [[word] for word in QUESTIONS]
    ]
    assert odd == []


@pytest.mark.slow
def test_docstrings_of_classes_and_properties_are_no_riddles() -> None:
    """They are nouns ("The host of ...") or, for a boolean, "True when ...": never "What ..." or "Whether ..."."""
    odd = [
        f"{place} {word}"
        for place, node, word in opening_words()
        if (isinstance(node, ast.ClassDef) or is_property(node)) and word in QUESTIONS
    ]
    assert odd == []


def test_a_setting_that_does_not_exist_stops_the_start() -> None:
    with pytest.raises(ConfigError, match="TAKAHE_NO_SUCH is set"):
        Config({"TAKAHE_NO_SUCH": "1"})


@pytest.mark.parametrize("path", sorted(ROOT.glob("docs/run/*.md")), ids=lambda path: path.name)
def test_links_in_the_docs_lead_somewhere(path: Path) -> None:
    for target in re.findall(r"\]\(((?!https?:)[^)#]+)", path.read_text()):
        assert (path.parent / target).exists(), target


def test_requirements_are_exact_and_say_what_they_are_for() -> None:
    for name in ("requirements.txt", "requirements-dev.txt"):
        for line in (ROOT / name).read_text().splitlines():
            if line and not line.startswith(("#", "-r")):
                assert re.fullmatch(r"[A-Za-z0-9_.\[\],-]+==[^ ]+ +# .+", line), line


def test_the_package_requires_what_the_server_is_tried_with() -> None:
    """Three were missing from it: whoever installed the package got an error at its first start."""
    pinned = re.findall(r"^[A-Za-z0-9_-]+", (ROOT / "requirements.txt").read_text(), re.MULTILINE)
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    required = [*project["dependencies"], *project["optional-dependencies"]["embedded"]]
    assert sorted(pinned) == sorted(re.match(r"[A-Za-z0-9_-]+", one)[0] for one in required)  # type: ignore[index]


def compose() -> list[str] | None:
    """The command that reads compose files here: Docker's plugin, or the older program."""
    if (
        shutil.which("docker")
        and not subprocess.run(["docker", "compose", "version"], capture_output=True).returncode
    ):
        return ["docker", "compose"]
    return ["docker-compose"] if shutil.which("docker-compose") else None


def test_docker_compose_accepts_our_file() -> None:
    command = compose()
    if command is None:
        pytest.skip("docker compose is not installed: `make test` installs it")
    environment = {"PATH": os.environ["PATH"], "HOME": os.environ.get("HOME", "/")}

    def ask(**env: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [*command, "config", "--quiet"],
            cwd=ROOT, capture_output=True, text=True, check=False, env=environment | env,
        )  # fmt: skip

    done = ask(POSTGRES_PASSWORD="sesame")
    assert done.returncode == 0, done.stderr
    refused = ask()
    assert (refused.returncode != 0, "write POSTGRES_PASSWORD into .env" in refused.stderr) == (True, True)


def test_docker_compose_passes_every_setting_on() -> None:
    """Six of 26 were passed; the others in .env had no effect, in silence."""
    text = (ROOT / "docker-compose.yml").read_text()
    passed = set(re.findall(r"^    ([A-Z_]+): ", text, re.MULTILINE))
    own = {"PORT", "TAKAHE_BIND", "TAKAHE_DATA_DIR"}  # of the container, in the Dockerfile
    assert {setting.name for setting in SETTINGS} - own <= passed
    for name in own:
        assert f"{name}=" in (ROOT / "Dockerfile").read_text()


def test_the_documented_proxy_takes_uploads_of_our_size() -> None:
    text = (ROOT / "docs/run/install.md").read_text()
    default = next(setting.default for setting in SETTINGS if setting.name == "TAKAHE_MAX_BODY_MB")
    assert f"client_max_body_size {default}m;" in text


def test_the_documented_unit_lets_processes_open_many_files() -> None:
    assert "LimitNOFILE=65536" in (ROOT / "docs/run/install.md").read_text()


def test_the_image_does_not_run_as_root() -> None:
    lines = (ROOT / "Dockerfile").read_text().splitlines()
    users = [line.split()[1] for line in lines if line.startswith("USER ")]
    assert users == ["takahe"]
