"""toot's own integration suite, out of its source distribution, as a child pytest against a live server.

The suite has http://localhost:3000 written into some of its tests. So the server's domain is that; its port is any free one, and toot
finds it there because HTTP proxies are asked for every address, and a web server answers what a proxy is asked.
"""

import asyncio
import os
import re
import sys
import tarfile
import xml.etree.ElementTree as ET
from pathlib import Path

import pytest

from tests.clients.support.fetched import fetched
from tests.clients.support.live import Live, running_town
from tests.support.servers import ROOT

pytestmark = [pytest.mark.anyio, pytest.mark.servers]

_DOMAIN = "localhost:3000"
# each of its tests signs one or two people up, with 0.2 s of keys and hashes each
_QUICK = Path(__file__).parent / "support/quick"
_WANTED = {"TAKAHE_CONFIRM_EMAIL": "false", "PYTHONPATH": str(_QUICK)}
_MAX_S = 300
_OURS = re.compile("PYTEST|TAKAHE|DJANGO|.*_proxy$", re.IGNORECASE)
_ROW = re.compile(r"^\| `(test_\w+\.py::test_\w+)` \| \S.* \|$", re.MULTILINE)


def documented() -> set[str]:
    """The tests of toot that docs/use/apps.md says do not pass, each with a reason there."""
    return set(_ROW.findall((ROOT / "docs/use/apps.md").read_text()))


async def _run(suite: Path, live: Live, *only: str) -> dict[str, str]:
    """`{test: "" when it passed, else why not}`"""
    report = suite / "report.xml"
    proxy = f"http://{live.server.address}:{live.server.port}"
    kept = {name: value for name, value in os.environ.items() if not _OURS.match(name)}
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "pytest", *(only or ["tests/integration"]), "-q", "--tb=short", "-p", "no:cacheprovider",
        "-p", "no:schemathesis", "-p", "no:anyio", f"--junitxml={report}",
        cwd=suite,
        env={**kept, "TOOT_TEST_BASE_URL": live.base_url, "http_proxy": proxy, "HOME": str(suite)},
        stdin=asyncio.subprocess.DEVNULL,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.STDOUT,
    )  # fmt: skip
    async with asyncio.timeout(_MAX_S):
        said, _ = await process.communicate()
    print(said.decode())
    cases = ET.parse(report).getroot().iter("testcase")
    return {
        f"{case.attrib['classname'].rpartition('.')[2]}.py::{case.attrib['name']}": " ".join(
            part.attrib.get("message", part.tag)
            for part in case
            if part.tag in {"failure", "error", "skipped"}
        )
        for case in cases
    }


async def test_the_suite_of_toot_passes(anyio_backend: object, tmp_path: Path) -> None:
    """What fails gets a second try on its own: the suite's deadlines are for a machine that does nothing else."""
    with tarfile.open(fetched("toot-*.tar.gz")) as archive:
        archive.extractall(tmp_path, filter="data")
    (suite,) = tmp_path.iterdir()
    async with running_town("ada", domain=_DOMAIN, env=_WANTED) as live:
        outcomes = await _run(suite, live)
        assert len(outcomes) > 100, "the suite is there"
        if again := [f"tests/integration/{name}" for name, why in outcomes.items() if why]:
            outcomes |= await _run(suite, live, *again)
    missed = {name: why for name, why in outcomes.items() if why}
    assert missed.keys() == documented(), "\n".join(f"{name}: {why}" for name, why in missed.items())
