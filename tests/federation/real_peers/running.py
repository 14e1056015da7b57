"""Servers made by others, running beside ours and controlled over HTTPS."""

import asyncio
import os
import shutil
import ssl
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import httpx
import pytest

from tests.support import postgres
from tests.support.servers import ROOT, Server
from tests.support.waiting import PATIENCE_S, wait_until
from tests.users.emojis import pictures

_HERE = Path(__file__).parent
_PACKAGES = ROOT / ".cache/peers"


class Peer:
    """The server at `domain`, and its user that the test controls."""

    def __init__(self, domain: str, actor_path: str, http: httpx.AsyncClient) -> None:
        self.domain = domain
        self.actor = f"https://{domain}{actor_path}"
        self.handle = f"{actor_path.rpartition('/')[2]}@{domain}"
        self._http = http

    async def does(self, deed: str, /, **more: Any) -> Any:
        """Make the user perform one of the actions of the server's script; return its result."""
        answer = await self._http.post("/-/", json={"do": deed, **more})
        assert answer.status_code == 200, answer.text
        return answer.json()

    async def received(self, kind: str, /, **wanted: Any) -> Any:
        """Wait for an activity of this class whose object has these properties; return the peer's interpretation of it."""

        async def found() -> Any:
            for activity in (await self._http.get("/-/")).json():
                about = activity["object"] or {}
                if activity["type"] == kind and wanted.items() <= about.items():
                    return activity
            return None

        return await wait_until(found, 15, f"{self.domain} has a {kind} with {wanted}")


@asynccontextmanager
async def running_fedify(domain: str, beside: Server) -> AsyncIterator[Peer]:
    """Run fedify.js, whose only user is fay, with the name of a guest of `running_servers`."""
    async with _running("fedify.js", domain, "/people/fay", beside, {}) as peer:
        yield peer


@asynccontextmanager
async def running_bot(domain: str, beside: Server) -> AsyncIterator[Peer]:
    """Run bot.js, whose user is bo, with the name of a guest of `running_servers` and its own database."""
    database_url = postgres.create_database(template="template0")
    try:
        async with _running("bot.js", domain, "/user/bo", beside, {"DATABASE": database_url}) as peer:
            yield peer
    finally:
        postgres.drop_database(urlsplit(database_url).path.lstrip("/"))


@asynccontextmanager
async def _running(
    script: str, domain: str, actor_path: str, beside: Server, more: Mapping[str, str]
) -> AsyncIterator[Peer]:
    if not (_PACKAGES / ".complete").exists():
        pytest.skip("the packages of npm are not there: `make test` (or tools/peers) fetches them")
    resolve = beside.env["TAKAHE_RESOLVE"]
    address = dict(pair.split("=") for pair in resolve.split(","))[domain]
    authority = Path(beside.env["SSL_CERT_FILE"])
    folder = beside.folder / domain
    folder.mkdir()
    (folder / "node_modules").symlink_to(_PACKAGES / "node_modules")
    for name in (script, "peer.js", "activitystreams.js", "package.json"):
        shutil.copy(_HERE / name, folder)
    picture = folder / "picture.png"
    picture.write_bytes(pictures.still())
    env = {
        "PATH": os.environ["PATH"],
        "DOMAIN": domain,
        "ADDRESS": address,
        "RESOLVE": resolve,
        "CERTIFICATE": str(authority.parent / f"{domain}.crt.pem"),
        "KEY": str(authority.parent / f"{domain}.key.pem"),
        "PICTURE": str(picture),
        "NODE_EXTRA_CA_CERTS": str(authority),
        **more,
    }
    log = folder / "log"
    with log.open("wb") as output:
        process = await asyncio.create_subprocess_exec(
            _PACKAGES / "node",
            script,
            cwd=folder,
            env=env,
            stdin=asyncio.subprocess.DEVNULL,
            stdout=output,
            stderr=output,
        )
    context = ssl.create_default_context(cafile=str(authority))
    try:

        def is_ready() -> bool:
            assert process.returncode is None, log.read_text()
            return "ready\n" in log.read_text()

        await wait_until(is_ready, 60, f"{script} listens")
        async with httpx.AsyncClient(
            base_url=f"https://{address}", verify=context, headers={"host": domain}, timeout=PATIENCE_S
        ) as http:
            yield Peer(domain, actor_path, http)
    except BaseException as error:
        error.add_note(f"The log of {script}:\n{log.read_text()[-6000:]}")
        raise
    finally:
        if process.returncode is None:
            process.terminate()
        await process.wait()
