"""Long-lived child processes for one kind of work: a Python without our environment, and so without our secrets."""

import asyncio
import os
import sys
from asyncio.subprocess import PIPE, Process
from pathlib import Path
from typing import Any

_SOURCE = str(Path(__file__).resolve().parents[2])


def boot(module: str) -> str:
    """Return the program that runs `main` of one of our modules; `start_child` passes the source folder as the first argument."""
    return f"import sys; sys.path.insert(0, sys.argv[1]); from {module} import main; main()"


async def start_child(program: str, *arguments: str, **more: Any) -> Process:
    """Start a program in a session of its own, with pipes to its input and from its output; `more` is for asyncio."""
    return await asyncio.create_subprocess_exec(
        sys.executable,
        "-I",
        "-c",
        program,
        _SOURCE,
        *arguments,
        stdin=PIPE,
        stdout=PIPE,
        start_new_session=True,
        env={"PATH": os.environ.get("PATH", os.defpath), "LANG": "C.UTF-8"},
        cwd="/",
        **more,
    )
