"""tools/install makes .venv where it used to fail: odd folders, an interrupted start, a Python without ensurepip. No package is fetched."""

import os
import shutil
import signal
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

from tests.support.waiting import wait_until

pytestmark = [pytest.mark.anyio, pytest.mark.slow]

ROOT = Path(__file__).resolve().parents[3]
PYTHON = Path(sys.base_prefix) / "bin" / "python3"


class Clone:
    """A folder with our tools and a `takahe` package that only says hello; the machine around it has one Python."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder / "a clone's folder"
        shutil.copytree(ROOT / "tools", self.folder / "tools")
        (self.folder / "requirements.txt").touch()
        (self.folder / "takahe").mkdir()
        (self.folder / "takahe/__init__.py").touch()
        (self.folder / "takahe/__main__.py").write_text("import sys\nprint('hello', sys.argv[1:])\n")
        self.programs = folder / "bin"
        self.programs.mkdir()
        self.program("python3", f'exec "{PYTHON}" "$@"')
        self.env = {"PATH": f"{self.programs}:/usr/bin:/bin", "HOME": str(folder), "TMPDIR": str(folder)}
        # whatever Python the machine has besides is hidden by programs that fail
        for name in ("python3.12", "python3.13", "python3.14"):
            self.program(name, "exit 1")

    def program(self, name: str, script: str) -> None:
        path = self.programs / name
        path.write_text(f"#!/bin/sh\n{script}\n")
        path.chmod(0o755)

    def install(self) -> subprocess.Popen[str]:
        return subprocess.Popen(
            [self.folder / "tools/install"],
            env=self.env,
            stderr=subprocess.PIPE,
            text=True,
            start_new_session=True,
            # a suite that was started in the background ignores Ctrl-C, and hands that on
            preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL),
        )

    def installed(self) -> str:
        """What tools/install said; it ended well and the command runs from anywhere."""
        process = self.install()
        _, words = process.communicate()
        assert process.returncode == 0, words
        link = self.programs / "takahe"
        link.unlink(missing_ok=True)
        link.symlink_to(self.folder / ".venv/bin/takahe")
        for command in (link, self.folder / ".venv/bin/takahe"):
            said = subprocess.run([command, "a b"], cwd="/", capture_output=True, text=True, check=True)
            assert said.stdout == "hello ['a b']\n"
        return words


@pytest.fixture
def clone(tmp_path: Path) -> Clone:
    return Clone(tmp_path)


@pytest.fixture(scope="module")
def installed(tmp_path_factory: pytest.TempPathFactory) -> tuple[Clone, str]:
    """A clone with an environment, and what was said when that was made."""
    clone = Clone(tmp_path_factory.mktemp("installed"))
    return clone, clone.installed()


@pytest.fixture
def ready(clone: Clone, installed: tuple[Clone, str]) -> Clone:
    """A clone of its own, with a copy of the environment: making one takes five seconds."""
    shutil.copytree(installed[0].folder / ".venv", clone.folder / ".venv", symlinks=True)
    return clone


def without_ensurepip(clone: Clone) -> None:
    """As Debian's python3 is when python3-venv is not installed."""
    hidden = clone.folder.parent / "hidden"
    hidden.mkdir()
    (hidden / "ensurepip.py").write_text("raise ImportError('no ensurepip')\n")
    clone.program("python3", f'PYTHONPATH="{hidden}" exec "{PYTHON}" "$@"')


def test_the_command_runs_in_a_path_with_spaces_and_from_a_link(installed: tuple[Clone, str]) -> None:
    clone, said = installed
    assert "making .venv" in said
    assert "making .venv" not in clone.installed()


async def test_an_interrupted_start_is_begun_again(clone: Clone) -> None:
    """Ctrl-C after Python is linked and before pip is there left an environment that never worked again."""
    first = clone.install()
    await wait_until(lambda: (clone.folder / ".venv/bin/python3").exists(), 20, every_s=0.001)
    os.killpg(first.pid, signal.SIGINT)
    first.communicate()
    assert first.returncode != 0
    assert "making .venv" in clone.installed()


def test_an_environment_that_was_interrupted_by_an_older_version_is_made_anew(clone: Clone) -> None:
    subprocess.run([PYTHON, "-m", "venv", "--without-pip", clone.folder / ".venv"], check=True)
    assert "making .venv" in clone.installed()


def test_packages_that_cannot_be_had_leave_a_working_environment_as_it_is(ready: Clone) -> None:
    (ready.folder / "requirements.txt").write_text("./no-such-package\n")
    process = ready.install()
    assert "can't be installed" in process.communicate()[1]
    assert process.returncode == 1
    (ready.folder / "requirements.txt").write_text("")
    assert "making .venv" not in ready.installed()


def test_each_package_is_told_while_it_is_installed(ready: Clone) -> None:
    """A first start installs for a minute: silence looks like a fault."""
    wheels = ready.folder / "wheels"
    wheels.mkdir()
    with zipfile.ZipFile(wheels / "greeting-1.0-py3-none-any.whl", "w") as wheel:
        wheel.writestr("greeting.py", "")
        folder = "greeting-1.0.dist-info"
        wheel.writestr(f"{folder}/METADATA", "Metadata-Version: 2.1\nName: greeting\nVersion: 1.0\n")
        wheel.writestr(f"{folder}/WHEEL", "Wheel-Version: 1.0\nRoot-Is-Purelib: true\nTag: py3-none-any\n")
        wheel.writestr(f"{folder}/RECORD", "")
    (ready.folder / "requirements.txt").write_text("--no-index\n--find-links ./wheels\ngreeting==1.0\n")
    told = ready.installed()
    assert "fetching greeting" in told
    assert "unpacking" in told
    assert "fetching" not in ready.installed(), "what is there is not fetched again"


def test_a_python_without_ensurepip_is_used_through_uv(clone: Clone) -> None:
    without_ensurepip(clone)
    asked = clone.folder.parent / "asked"
    clone.program("uv", f'echo "$@" >"{asked}"\nfor last; do :; done\nexec "{PYTHON}" -m venv "$last"')
    assert "its package python3-venv is missing" in clone.installed()
    words = asked.read_text().split()
    assert words[:1] == ["venv"]
    assert os.path.realpath(words[words.index("--python") + 1]) == os.path.realpath(PYTHON)


@pytest.mark.skipif(shutil.which("apt-get") is None, reason="the advice is Debian's")
def test_without_ensurepip_and_uv_it_says_what_to_install(clone: Clone) -> None:
    without_ensurepip(clone)
    clone.program("uv", "echo no network here >&2; exit 2")
    process = clone.install()
    words = process.communicate()[1]
    assert process.returncode == 1
    assert "no network here" in words
    assert "apt install python3-venv" in words


def test_system_packages_are_announced_before_they_are_installed(clone: Clone) -> None:
    """241 of them were installed without a word; what is skipped without the collected documents is said, too."""
    for name in ("dirname", "mktemp", "id", "grep", "rm", "tail"):
        (clone.programs / name).symlink_to(shutil.which(name) or name)
    said = clone.folder.parent / "said"
    clone.program(
        "apt-get",
        f'[ "$1" != install ] || cp "{said}" "{said}.before"\n[ "$1" != --simulate ] || printf "Inst a\\nInst b\\nConf a\\n"',
    )
    (clone.programs / "cp").symlink_to(shutil.which("cp") or "cp")
    with said.open("w") as output:
        done = subprocess.run(
            ["/bin/sh", clone.folder / "tools/programs"],
            env={**clone.env, "PATH": str(clone.programs)},
            stdin=subprocess.DEVNULL,
            stderr=output,
            check=False,
        )
    assert done.returncode == 0, said.read_text()
    assert "shared/fixtures" in said.read_text()
    if os.geteuid() == 0:
        before = said.with_name("said.before").read_text()
        assert "chromium" in before
        assert "installs 2 system packages" in before
