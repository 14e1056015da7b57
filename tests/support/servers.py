"""Complete servers for tests: `takahe serve` with its own database and address, a real web process and a real worker.

async with running_server() as server: …              plain HTTP, domain localhost:PORT
async with running_servers("a.test", "b.test") as (a, b): …   HTTPS on port 443, each with its own address 127.x.y.z,
    certificates from a test authority, names resolved by TAKAHE_RESOLVE. Requires permission to bind port 443 (root).
"""

import asyncio
import os
import re
import secrets
import socket
import ssl
import sys
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import httpx
import psutil
import pytest

from takahe.supervisor import MISDIRECTED
from tests.support import postgres
from tests.support.authority import Authority
from tests.support.forks import Forked, fork, run_module
from tests.support.waiting import PATIENCE_S, wait_until

ROOT = Path(__file__).resolve().parents[2]
START_TIMEOUT_S = 120  # four test processes on two cores, each starting servers, have taken 40
_LOG_LINES_SHOWN = 80


class CommandFailed(AssertionError):
    """A `takahe` command returned an unexpected exit code."""


class Server:
    """A running server: its address, processes and command line."""

    def __init__(
        self,
        domain: str,
        address: str,
        port: int,
        folder: Path,
        env: Mapping[str, str],
        *,
        is_tls: bool,
        is_forked: bool,
    ) -> None:
        self.domain = domain
        self.address = address
        self.port = port
        self.folder = folder
        self.env = dict(env)
        self.is_tls = is_tls
        self.base_url = f"{'https' if self.is_tls else 'http'}://{domain}"
        self.is_forked = is_forked
        self.process: asyncio.subprocess.Process | Forked | None = None

    @property
    def database_url(self) -> str:
        return self.env["DATABASE_URL"]

    @property
    def log(self) -> str:
        """Everything that the server's processes have logged so far."""
        return (self.folder / "server.log").read_text(errors="replace")

    @property
    def web_pid(self) -> int:
        return self._pid("web")

    @property
    def worker_pid(self) -> int:
        return self._pid("worker")

    def _pid(self, command: str) -> int:
        assert self.process is not None
        for child in psutil.Process(self.process.pid).children():
            try:
                name, words = child.name(), child.cmdline()
            except psutil.Error:
                continue
            if name == f"takahe {command}":  # the name of a fork
                return child.pid
            if "takahe" in words and command in words[words.index("takahe") + 1 :][:1]:
                return child.pid
        raise AssertionError(f"The server at {self.base_url} has no {command} process.")

    async def takahe(self, *arguments: str, code: int = 0, env: Mapping[str, str] | None = None) -> str:
        """Run `takahe …` against this server, with more settings; return its stdout. Raises CommandFailed if it ends with another code."""
        return await self.run("takahe", *arguments, code=code, env=env)

    async def several(self, *commands: Sequence[str]) -> list[str]:
        """Run these `takahe` commands one after another; return the stdout of each."""
        return [await self.takahe(*command) for command in commands]

    async def run(
        self, module: str, *arguments: str, code: int = 0, env: Mapping[str, str] | None = None
    ) -> str:
        """Run `python -m MODULE …` with this server's environment and return its stdout."""
        done = await run_module(module, *arguments, env={**self.env, **(env or {})})
        if done.code != code:
            words = f"{module} {' '.join(arguments)}"
            raise CommandFailed(f"{words} ended with {done.code}:\n{done.out}\n{done.err}")
        return done.out

    async def set_up(
        self, handle: str = "admin", email: str = "admin@example.com", password: str = "correct horse battery"
    ) -> str:
        """Create domain, admin and identity; return an API token for the identity."""
        setup = (
            "setup", "--domain", self.domain, "--email", email, "--handle", handle, "--password", password,
        )  # fmt: skip
        told = await self.several(setup, _token_of(f"{handle}@{self.domain}"))
        await self.wait_known()
        return told[-1].strip()

    async def person(self, username: str, email: str = "") -> str:
        """Create another login with an identity on this server's domain; return an API token for the identity."""
        email = email or f"{username}@example.com"
        handle = f"{username}@{self.domain}"
        told = await self.several(
            ("user", "create", "--email", email, "--password", "correct horse battery"),
            ("identity", "create", "--user", email, "--handle", handle),
            _token_of(handle),
        )
        return told[-1].strip()

    def client(self, token: str = "", **options: Any) -> httpx.AsyncClient:
        """Return an HTTP client whose base URL is this server, even if its name isn't in DNS, with `token` as bearer if given."""
        headers = dict(options.pop("headers", {}))
        if token:
            headers["authorization"] = f"Bearer {token}"
        context = ssl.create_default_context(cafile=self.env["SSL_CERT_FILE"]) if self.is_tls else False
        transport = _Pinned(self.address, self.port, verify=context)
        return httpx.AsyncClient(
            base_url=self.base_url, headers=headers, transport=transport, timeout=PATIENCE_S, **options
        )

    async def start(self) -> None:
        """Start `takahe serve`, without waiting until it is ready (`wait_ready`)."""
        arguments = ["serve", "--port", str(self.port), "--bind", self.address]
        if self.is_tls:
            stem = Path(self.env["SSL_CERT_FILE"]).parent / self.domain
            arguments += ["--tls-cert", f"{stem}.crt.pem", "--tls-key", f"{stem}.key.pem"]
        log = self.folder / "server.log"
        log.touch()
        if self.is_forked:
            self.process = await fork(*arguments, env=self.env, out=log)
            return
        with log.open("ab") as output:
            self.process = await asyncio.create_subprocess_exec(
                sys.executable,
                "-m",
                "takahe",
                *arguments,
                cwd=ROOT,
                env=self.env,
                stdin=asyncio.subprocess.DEVNULL,
                stdout=output,
                stderr=output,
            )

    async def wait_ready(self) -> None:
        """Wait until /health answers 200 (web, database and worker are ready) and the log says so.

        The supervisor requests a page before it logs that, so from then on only the test sends requests.
        """
        async with self.client() as client:

            async def is_well() -> bool:
                assert self.process is not None
                if self.process.returncode is not None:
                    raise AssertionError(
                        f"The server at {self.base_url} ended with {self.process.returncode}."
                    )
                try:
                    is_told = "This server isn't set up yet" in self.log
                    return is_told and (await client.get("/health")).status_code == 200
                except httpx.TransportError:
                    return False

            await wait_until(is_well, START_TIMEOUT_S, f"{self.base_url}/health is 200")

    async def wait_known(self) -> None:
        """Wait until the web process knows a domain that another process created."""
        async with self.client() as client:

            async def is_known() -> bool:
                answer = await client.get("/")  # redirects to /setup while no domain is known
                return answer.status_code != MISDIRECTED and answer.headers.get("Location") != "/setup"

            await wait_until(is_known, message=f"{self.base_url} is served")

    async def stop(self) -> int:
        """Send SIGTERM; return the exit code."""
        assert self.process is not None
        if self.process.returncode is None:
            self.process.terminate()
        async with asyncio.timeout(15):
            return await self.process.wait()


def _token_of(handle: str) -> tuple[str, ...]:
    return ("token", "create", "--identity", handle, "--scopes", "read write follow push")


class _Pinned(httpx.AsyncHTTPTransport):
    """A transport that connects to one address, and uses the URL's name for Host and the certificate."""

    def __init__(self, address: str, port: int, **options: Any) -> None:
        super().__init__(**options)
        self._address, self._port = address, port

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        extensions = dict(request.extensions)
        if request.url.scheme == "https":
            extensions["sni_hostname"] = request.url.host
        # a copy, because cookies and redirects use the name in the original
        pinned = httpx.Request(
            request.method,
            request.url.copy_with(host=self._address, port=self._port),
            headers=request.headers,
            stream=request.stream,
            extensions=extensions,
        )
        return await super().handle_async_request(pinned)


def free_port(address: str = "127.0.0.1") -> int:
    with socket.socket() as probe:
        probe.bind((address, 0))
        return int(probe.getsockname()[1])


def loopback_address() -> str:
    """Return a random address in 127.0.0.0/8; the odds of a clash are one in four million."""
    return f"127.{1 + secrets.randbelow(250)}.{secrets.randbelow(250)}.{2 + secrets.randbelow(250)}"


def can_bind_443() -> bool:
    try:
        with socket.socket() as probe:
            probe.bind((loopback_address(), 443))
    except PermissionError:
        return False
    return True


@asynccontextmanager
async def running_server(
    domain: str = "", *, env: Mapping[str, str] | None = None, is_forked: bool = True
) -> AsyncIterator[Server]:
    """Run a server that speaks plain HTTP on a free port; its domain is localhost:PORT by default.

    Its processes are forks (tests/support/forks), unless the test is about start-up.
    """
    port = free_port()
    domain = domain or f"localhost:{port}"
    async with _running(domain, "127.0.0.1", port, env or {}, is_forked=is_forked) as server:
        await server.wait_ready()
        yield server


@asynccontextmanager
async def running_servers(
    *domains: str, guests: Sequence[str] = (), env: Mapping[str, str] | None = None
) -> AsyncIterator[tuple[Server, ...]]:
    """Run servers with these names that speak HTTPS and can reach each other; all start at the same time.

    `guests` are names with certificates and addresses for servers that the test starts itself.
    """
    if not can_bind_443():
        pytest.skip("only root may listen on port 443 here")
    authority = Authority(postgres.session_folder() / f"authority-{secrets.token_hex(4)}")
    addresses = {domain: loopback_address() for domain in (*domains, *guests)}
    shared = {
        "SSL_CERT_FILE": str(authority.file),
        "TAKAHE_ALLOWED_NETWORKS": "127.0.0.0/8",
        "TAKAHE_RESOLVE": ",".join(f"{name}={address}" for name, address in addresses.items()),
        **(env or {}),
    }
    async with AsyncExitStack() as stack:
        servers = []
        for domain, address in addresses.items():
            authority.issue(domain, address)
        for domain in domains:
            running = _running(domain, addresses[domain], 443, shared, is_tls=True)
            servers.append(await stack.enter_async_context(running))
        for server in servers:
            await server.wait_ready()
        yield tuple(servers)


@asynccontextmanager
async def _running(
    domain: str,
    address: str,
    port: int,
    env: Mapping[str, str],
    *,
    is_tls: bool = False,
    is_forked: bool = True,
) -> AsyncIterator[Server]:
    folder = postgres.session_folder() / f"server-{secrets.token_hex(6)}"
    folder.mkdir(parents=True)
    kept = {
        name: value
        for name, value in os.environ.items()
        if not name.startswith(("TAKAHE_", "PYTEST_")) and name not in {"SECRET_KEY", "SSL_CERT_FILE"}
    }
    database_url = postgres.create_database()
    server = Server(
        domain,
        address,
        port,
        folder,
        {
            **kept,
            "DATABASE_URL": database_url,
            "TAKAHE_DATA_DIR": str(folder / "data"),
            "TAKAHE_DISK_FULL_PERCENT": "0",  # the disk of this machine is no business of tests
            "PYTHONUNBUFFERED": "1",
            **env,
        },
        is_tls=is_tls,
        is_forked=is_forked,
    )
    await server.start()
    try:
        yield server
    except BaseException as error:
        error.add_note(f"The end of the log of {server.base_url}:\n{_tail(server.log)}")
        raise
    finally:
        await server.stop()
        postgres.drop_database(urlsplit(database_url).path.lstrip("/"))
    assert "ConnectionHeld" not in server.log, "a process waited while it held a database connection"


def _tail(log: str) -> str:
    noise = re.compile(r"\brequest method=\w+ path=/health ")
    lines = [line for line in log.splitlines() if not noise.search(line)]
    return "\n".join(lines[-_LOG_LINES_SHOWN:])


@pytest.fixture
async def server() -> AsyncIterator[Server]:
    """Run a server for this test only, started as an operator would; mark the test with `servers`."""
    async with running_server(is_forked=False) as running:
        yield running


@pytest.fixture
def threads_of() -> Callable[[int], int]:
    """Return a function that counts the OS threads of a process."""
    return lambda pid: psutil.Process(pid).num_threads()


def threads(pid: int) -> list[str]:
    """Return the names of a process's OS threads."""
    names = []
    for task in Path(f"/proc/{pid}/task").iterdir():
        try:
            names.append((task / "comm").read_text().strip())
        except (FileNotFoundError, ProcessLookupError):
            continue
    return names
