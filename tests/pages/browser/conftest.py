"""A server full of all kinds of posts."""

import os
import subprocess
import sys
from collections.abc import AsyncIterator

import pytest

from tests.support.servers import ROOT, Server, running_server


@pytest.fixture(scope="module")
async def town(anyio_backend: object) -> AsyncIterator[Server]:
    """One server for this module: ana runs it, bob is there too, and ana's home is full of all kinds of posts."""
    async with running_server() as server:
        environment = {**os.environ, **server.env, "DJANGO_SETTINGS_MODULE": "takahe.settings"}
        command = [sys.executable, "-m", "tests.pages.seed", server.domain]
        subprocess.run(command, check=True, cwd=ROOT, env=environment)
        yield server
