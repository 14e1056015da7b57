"""The servers that run on this machine, for commands that were given another environment than theirs. Nothing is known without /proc."""

import os
from itertools import pairwise
from pathlib import Path

_PROCESSES = Path("/proc")
_MOST = 3


def running_servers() -> str:
    """Return sentences about the servers that run here, or nothing."""
    found: dict[str, str] = {}
    for folder in sorted(_PROCESSES.glob("[0-9]*"), key=lambda folder: -int(folder.name)):
        if told := _server_of(folder):
            place, directions = told
            # the first process of a server knows best whether it was given a database
            found[place] = f" A server runs on this machine as process {folder.name}: {directions}"
    return "".join(list(found.values())[:_MOST])


def _server_of(folder: Path) -> tuple[str, str] | None:
    """Return the folder of the server of a process, if it is one, and how to speak to it. What belongs to another user is known by its command line alone."""
    try:
        words = (folder / "cmdline").read_bytes().decode(errors="replace").split("\0")[:-1]
        if not _is_server(words):
            return None
        owner = folder.stat().st_uid
    except OSError:  # it ended, or isn't ours to see
        return None
    try:
        lines = (folder / "environ").read_bytes().decode(errors="replace").split("\0")
        settings = dict(line.partition("=")[::2] for line in lines)
        base = Path(os.readlink(folder / "cwd"))
    except OSError:
        return f"of {owner}", f"run this as its user, {owner}, with its settings."
    data = base / (_option(words, "--data-dir") or settings.get("TAKAHE_DATA_DIR") or "data")
    has_url = bool(_option(words, "--database-url") or settings.get("DATABASE_URL"))
    return str(data), f"use {'its DATABASE_URL and ' if has_url else ''}--data-dir {data}."


def _is_server(words: list[str]) -> bool:
    """Return whether a command line is that of `takahe serve` or `takahe web`, by its script or by `python -m takahe`."""
    for before, word in pairwise(words):
        if word in {"serve", "web"}:
            return before == "takahe" or before.endswith("/takahe")
    return False


def _option(words: list[str], name: str) -> str:
    for word, following in zip(words, [*words[1:], ""], strict=True):
        if word == name:
            return following
        if word.startswith(f"{name}="):
            return word.partition("=")[2]
    return ""
