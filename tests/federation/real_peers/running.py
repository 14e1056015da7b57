"""A process of fedify.js beside servers of ours, told by HTTPS what to do."""

import asyncio
import os
import shutil
import ssl
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import httpx
import pytest

from tests.support.servers import ROOT, Server
from tests.support.waiting import wait_until
from tests.users.emojis import pictures

_HERE = Path(__file__).parent
_PACKAGES = ROOT / ".cache/peers"


class Fedify:
    """The server at `domain`, whose only person is fay."""

    def __init__(self, domain: str, http: httpx.AsyncClient) -> None:
        self.domain = domain
        self.actor = f"https://{domain}/people/fay"
        self.handle = f"fay@{domain}"
        self._http = http

    async def does(self, deed: str, /, **more: Any) -> Any:
        """Let fay do one of the deeds of fedify.js; returns the ids of the activity that was sent and of its object."""
        answer = await self._http.post("/-/", json={"do": deed, **more})
        assert answer.status_code == 200, answer.text
        return answer.json()

    async def received(self, kind: str, /, **wanted: Any) -> Any:
        """Wait for an activity of this class, with these properties of its object, and return what Fedify made of it."""

        async def found() -> Any:
            for activity in (await self._http.get("/-/")).json():
                about = activity["object"] or {}
                if activity["type"] == kind and wanted.items() <= about.items():
                    return activity
            return None

        return await wait_until(found, 15, f"Fedify has a {kind} with {wanted}", every_s=0.03)


@asynccontextmanager
async def running_fedify(domain: str, beside: Server) -> AsyncIterator[Fedify]:
    """Run the server at a guest's name of `running_servers`; skips the test where tools/peers has not run."""
    if not (_PACKAGES / ".complete").exists():
        pytest.skip("Fedify is not there: `make test` (or tools/peers) fetches it")
    resolve = beside.env["TAKAHE_RESOLVE"]
    address = dict(pair.split("=") for pair in resolve.split(","))[domain]
    authority = Path(beside.env["SSL_CERT_FILE"])
    folder = beside.folder / domain
    folder.mkdir()
    (folder / "node_modules").symlink_to(_PACKAGES / "node_modules")
    for name in ("fedify.js", "package.json"):
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
    }
    log = folder / "log"
    with log.open("wb") as output:
        process = await asyncio.create_subprocess_exec(
            _PACKAGES / "node",
            "fedify.js",
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
            return log.read_text().startswith("ready")

        await wait_until(is_ready, 60, "Fedify listens")
        async with httpx.AsyncClient(
            base_url=f"https://{address}", verify=context, headers={"host": domain}, timeout=20
        ) as http:
            yield Fedify(domain, http)
    except BaseException as error:
        error.add_note(f"The log of Fedify:\n{log.read_text()[-6000:]}")
        raise
    finally:
        if process.returncode is None:
            process.terminate()
        await process.wait()
