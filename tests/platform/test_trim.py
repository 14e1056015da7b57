"""tools/trim.py takes debug symbols and translations out of installed packages, and nothing that is needed."""

import importlib.util
import shutil
import subprocess
import sys
from importlib.machinery import EXTENSION_SUFFIXES
from pathlib import Path

import pytest

_TOOL = Path(__file__).resolve().parents[2] / "tools/trim.py"
pytestmark = pytest.mark.skipif(shutil.which("strip") is None, reason="binutils is not installed")


def _trim(folder: Path) -> None:
    subprocess.run([sys.executable, _TOOL, folder], check=True, timeout=60)


def _compiled(folder: Path) -> Path:
    """A real compiled module, copied."""
    found = importlib.util.find_spec("httptools.parser.url_parser")
    assert found is not None
    assert found.origin is not None
    return Path(shutil.copy(found.origin, folder))


@pytest.mark.slow
def test_modules_load_afterwards_and_translations_are_gone(tmp_path: Path) -> None:
    compiled = _compiled(tmp_path)
    translation = tmp_path / "django/conf/locale/de/LC_MESSAGES/django.mo"
    translation.parent.mkdir(parents=True)
    translation.touch()
    formats = tmp_path / "django/conf/locale/de/formats.py"
    formats.touch()
    _trim(tmp_path)
    _trim(tmp_path)
    assert b".debug_info" not in compiled.read_bytes()
    subprocess.run(
        [sys.executable, "-c", "import ctypes, sys; ctypes.CDLL(sys.argv[1])", compiled], check=True
    )
    assert not translation.parent.exists()
    assert formats.exists()
    assert sorted(path.name for path in tmp_path.iterdir()) == sorted((compiled.name, "django"))


@pytest.mark.slow
def test_libraries_that_would_not_load_stay_unstripped(tmp_path: Path) -> None:
    broken = tmp_path / f"broken{EXTENSION_SUFFIXES[0]}"
    broken.write_bytes(b"\x7fELF .debug_info")
    _trim(tmp_path)
    assert broken.read_bytes() == b"\x7fELF .debug_info"
    assert list(tmp_path.iterdir()) == [broken]
