"""Remove unused files of installed packages: debug symbols of compiled modules, and Django's translations (USE_I18N is off).

Usage: trim.py FOLDER, run with the Python that the packages are for. This saves a third of the whole installation. Bundled libraries of wheels
(*.libs) are left alone, because other tools have already rewritten them.
"""

import os
import shutil
import subprocess
import sys
from importlib.machinery import EXTENSION_SUFFIXES
from pathlib import Path

_LOADS = "import ctypes, sys; ctypes.CDLL(sys.argv[1])"


def main(folder: Path) -> int:
    """Trim the packages in `folder`; can be run repeatedly. Returns an exit code."""
    for translations in (folder / "django").rglob("LC_MESSAGES"):
        shutil.rmtree(translations)
    if shutil.which("strip") is None:
        print("takahe: strip (binutils) is missing, so 26 MB of debug symbols are kept", file=sys.stderr)  # noqa: T201
        return 0
    for file in sorted(folder.rglob("*.so")):
        if file.name.endswith(tuple(EXTENSION_SUFFIXES)) and not file.is_symlink():
            _strip(file)
    return 0


def _strip(file: Path) -> None:
    """Remove the debug symbols of a compiled module, unless it would not load without them."""
    if b".debug_info" not in file.read_bytes():
        return
    smaller = file.with_name(f".{file.name}.trimmed")
    shutil.copy2(file, smaller)  # with its permissions
    try:
        for command in (["strip", "--strip-debug", smaller], [sys.executable, "-c", _LOADS, smaller]):
            if subprocess.run(command, check=False, capture_output=True).returncode:  # noqa: S603
                return
        os.replace(smaller, file)
    finally:
        smaller.unlink(missing_ok=True)


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1])))
