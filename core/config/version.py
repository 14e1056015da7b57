"""The version of this software, its migrations, and where its source is."""

from pathlib import Path

VERSION = "1.0.0.dev0"
SOURCE_URL = "https://github.com/takahe/takahe"
_ROOT = Path(__file__).resolve().parents[2]


def migration_files() -> set[tuple[str, str]]:
    """Return the app and the name of each migration. The apps with migrations are rooms, so their labels are names of folders."""
    return {(file.parts[-3], file.stem) for file in _ROOT.glob("*/migrations/[!_~]*.py")}
