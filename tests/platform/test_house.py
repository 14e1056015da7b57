"""What the README and the docs promise about files, targets and settings is so."""

import ast
import os
import re
import shutil
import subprocess
from graphlib import CycleError, TopologicalSorter
from pathlib import Path

import pytest

from core.config import SETTINGS, Config, ConfigError

ROOT = Path(__file__).resolve().parents[2]
TARGETS = {"install", "run", "test", "lint", "types", "bench", "docs", "format"}


ROOMS = ("takahe", "api", "web", "activities", "users", "federation", "stator", "core")


def modules() -> dict[str, Path]:
    """Return our modules by dotted name, without migrations."""
    found = {}
    for room in ROOMS:
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
    assert rows == [(setting.name, default[setting.name], setting.meaning) for setting in SETTINGS]


def test_mutants_take_lines_away_that_are_there() -> None:
    """`make mutants` tests nothing where the line of a guard has changed."""
    rows = [
        line.split("\t") for line in (ROOT / "tools/mutants.tsv").read_text().splitlines() if line[:1] != "#"
    ]
    stale = [guard for guard, file, line, _, _ in rows if (ROOT / file).read_text().count(line) != 1]
    assert stale == []


def imported(path: Path, names: set[str]) -> set[str]:
    """Return which modules of `names` a file imports: at the top, in a function or for the type checker alone."""
    found = set()
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module:
            within = {f"{node.module}.{alias.name}" for alias in node.names}
            found |= within if within <= names else within | {node.module}
    return found & names


def test_no_modules_import_each_other_in_a_circle() -> None:
    """Imports inside functions and those under TYPE_CHECKING count, too."""
    files = modules()
    names = set(files)
    try:
        TopologicalSorter({name: imported(path, names) - {name} for name, path in files.items()}).prepare()
    except CycleError as error:
        pytest.fail(" imports ".join(reversed(error.args[1])))


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
        pytest.skip("docker compose is not installed")
    environment = {"PATH": os.environ["PATH"], "HOME": os.environ.get("HOME", "/")}
    done = subprocess.run(
        [*command, "config", "--quiet"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
        env=environment,
    )
    assert done.returncode == 0, done.stderr


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
