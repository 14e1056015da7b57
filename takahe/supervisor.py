"""The parent process of a server: embedded database (unless one is configured), migrations, web process and worker.

It restarts children that die, forwards signals to stop, and does no other work. Neither Django nor a database driver is loaded here.
"""

import asyncio
import os
import signal
import sys
import time
from contextlib import suppress

from core import embedded
from core.config import config
from core.setup_token import setup_token, stored_secret_key
from takahe import probe
from takahe.cli import environment
from takahe.cli.exits import Exit
from takahe.only_server import OnlyServer
from takahe.sources import Sources
from takahe.spawning import ROOT, ending, spawn

GRACE_S = 8.0  # web and worker drain in less; then they are killed
READY_TIMEOUT_S = 60.0
MISDIRECTED = 421  # status for requests to a domain that this server does not serve
_FIRST_PAUSE_S = 0.2  # before the first restart of a child; it doubles while the child keeps dying
# A client that finds a request that kills the web process must not cause longer outages by repeating it.
_MAX_WEB_PAUSE_S, _MAX_WORKER_PAUSE_S = 1.0, 5.0
_LOOK_EVERY_S = 0.5  # checking all source files takes about 10 ms
_DEV_LOGIN = ("--email", "dev@example.com", "--password", "not a secret")
_STEADY_S = 30.0  # a child that lived this long is restarted without a longer pause


class Child:
    """One process that is kept running until told to stop."""

    def __init__(self, name: str, *arguments: str, longest_pause_s: float) -> None:
        self.name = name
        self.arguments = arguments
        self.longest_pause_s = longest_pause_s
        self.process: asyncio.subprocess.Process | None = None
        self._again = asyncio.Event()  # a restart was requested

    async def keep(self, stop: asyncio.Event) -> int:
        """Start the process again whenever it ends, with growing pauses; returns an exit code when `stop` is set and it has ended.

        If it fails at its first start because of a setting (a port in use), a retry is pointless: then everything stops.
        """
        pause_s, is_first = _FIRST_PAUSE_S, True
        while not stop.is_set():
            started = time.monotonic()
            self.process = await spawn(*self.arguments)
            code = await self.process.wait()
            if stop.is_set():
                return Exit.OK
            if is_first and code == Exit.CONFIGURATION:
                stop.set()
                return code
            is_first = False
            if self._again.is_set():
                self._again.clear()
                pause_s = _FIRST_PAUSE_S
                continue
            pause_s = (
                _FIRST_PAUSE_S
                if time.monotonic() - started > _STEADY_S
                else min(pause_s * 2, self.longest_pause_s)
            )
            _say(f"The {self.name} process stopped ({ending(code)}). Restarting it in {pause_s:.1f} s.")
            await self._pause(stop, pause_s)
        return Exit.OK

    async def _pause(self, stop: asyncio.Event, pause_s: float) -> None:
        """Wait, unless a restart or a stop is requested."""
        waits = [asyncio.create_task(event.wait()) for event in (stop, self._again)]
        await asyncio.wait(waits, timeout=pause_s, return_when=asyncio.FIRST_COMPLETED)
        for wait in waits:
            wait.cancel()
        self._again.clear()

    async def start_again(self) -> None:
        """End the process, if it runs, and let keep() restart it at once."""
        self._again.set()
        self.signal(signal.SIGTERM)
        if self.process is not None:
            try:
                await asyncio.wait_for(self.process.wait(), GRACE_S)
            except TimeoutError:
                self.signal(signal.SIGKILL)

    def is_running(self) -> bool:
        return self.process is not None and self.process.returncode is None

    def signal(self, number: int) -> None:
        if self.process is not None and self.process.returncode is None:
            with suppress(ProcessLookupError):  # it just ended
                self.process.send_signal(number)


class Supervisor:
    """`await Supervisor().run()` is a server's whole life; it returns an exit code."""

    def __init__(
        self,
        *,
        tls_cert: str | None = None,
        tls_key: str | None = None,
        only: OnlyServer | None = None,
        is_dev: bool = False,
    ) -> None:
        self._only = only
        self._is_dev = is_dev
        tls = ("--tls-cert", tls_cert, "--tls-key", tls_key) if tls_cert and tls_key else ()
        self._scheme = "https" if tls else "http"
        self._web = Child("web", "web", *tls, longest_pause_s=_MAX_WEB_PAUSE_S)
        self._children = [self._web, Child("worker", "worker", longest_pause_s=_MAX_WORKER_PAUSE_S)]
        self._stop = asyncio.Event()
        self._database: embedded.Embedded | None = None

    async def run(self) -> int:
        """Start everything, wait for a signal, stop everything."""
        loop = asyncio.get_running_loop()
        for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
            loop.add_signal_handler(number, self._ask_to_stop)
        try:
            if not os.environ.get("DATABASE_URL"):
                if not embedded.exists(config().data_dir):
                    _say(f"Creating a database in {config().data_dir.absolute()} …")
                self._database = embedded.start(config().data_dir)
                environment.use_database(self._database.url)
            code = await self._migrate()
            if self._is_dev and not code:
                await self._seed()
            return code if code or self._stop.is_set() else await self._serve()
        finally:
            if self._database is not None:
                self._database.stop()

    async def _migrate(self) -> int:
        migrating = await spawn("migrate", "--quiet")
        code = await migrating.wait()
        if code:
            _say("The database could not be updated, so nothing was started.")
        return code if code >= 0 else Exit.FAILED

    async def _seed(self) -> None:
        """Fill an unused server with sample users and posts."""
        seeding = await spawn("seed", "--if-empty", "--domain", f"localhost:{config().port}", *_DEV_LOGIN)
        waits = [asyncio.create_task(wait) for wait in (seeding.wait(), self._stop.wait())]
        await asyncio.wait(waits, return_when=asyncio.FIRST_COMPLETED)
        if seeding.returncode is None:
            seeding.terminate()
        for wait in waits:
            wait.cancel()

    async def _serve(self) -> int:
        _say("Starting the web process and the worker …")
        keepers = [asyncio.create_task(child.keep(self._stop)) for child in self._children]
        helpers = [asyncio.create_task(self._announce())]
        if self._database is not None:
            helpers.append(asyncio.create_task(self._keep_database()))
        if self._is_dev:
            helpers.append(asyncio.create_task(self._reload()))
        await self._stop.wait()
        for helper in helpers:
            helper.cancel()
        for child in self._children:
            child.signal(signal.SIGTERM)
        ended, late = await asyncio.wait(keepers, timeout=GRACE_S)
        if late:
            for child in self._children:
                child.signal(signal.SIGKILL)
            await asyncio.wait(late, timeout=1)
        await asyncio.gather(*helpers, return_exceptions=True)
        return max((keeper.result() for keeper in ended), default=Exit.OK)

    def _ask_to_stop(self) -> None:
        if self._stop.is_set():  # requested twice: don't wait
            for child in self._children:
                child.signal(signal.SIGKILL)
        if self._only is not None:
            self._only.is_stopping()
        self._stop.set()

    async def _keep_database(self) -> None:
        """Start the embedded server again within a second if it is killed or stopped."""
        while True:
            await asyncio.sleep(0.2)
            if self._database is not None and not self._database.is_running():
                _say("The embedded database stopped. Restarting it.")
                try:
                    self._database = embedded.start(config().data_dir)
                except embedded.EmbeddedError as error:
                    _say(str(error))
                    await asyncio.sleep(1)

    async def _reload(self) -> None:
        """Start both processes again whenever a source file changes; apply new migrations first."""
        sources = Sources(ROOT)
        while True:
            await asyncio.sleep(_LOOK_EVERY_S)
            if not (changed := sources.changed()):
                continue
            more = f" and {len(changed) - 1} more" if changed[1:] else ""
            _say(f"{changed[0]}{more} changed. Starting again …")
            if any("/migrations/" in path for path in changed):
                await self._migrate()
            await asyncio.gather(*(child.start_again() for child in self._children))

    async def _announce(self) -> None:
        """Print the server's URL once it responds, and what to do next."""
        address = probe.Address(self._scheme, config().bind, config().port)
        deadline = time.monotonic() + READY_TIMEOUT_S
        pause_s = 0.05
        # if the port is in use the web process has ended by now, and the response is another server's
        while (status := await probe.get(address, "/health")).code != 200 or not self._web.is_running():
            pause_s = min(pause_s * 1.2, 1)
            if time.monotonic() > deadline:
                _say(
                    f"Not ready after {READY_TIMEOUT_S:.0f} s: {status.text or 'no answer'}. See the log above."
                )
                return
            await asyncio.sleep(pause_s)
        if (await probe.get(address, "/")).code == MISDIRECTED:
            _say(
                f"Ready on {address.bind} port {address.port}, for requests to this server's domains (`takahe domain list` shows them). "
                f"{address.url} is none of them."
            )
        else:
            _say(f"Ready at {address.url}")
        if self._is_dev:
            _say(f"The login of the sample people: {_DEV_LOGIN[1]}, password: {_DEV_LOGIN[3]}")
        setup = (await probe.get(address, "/setup")).code  # 404 once the server is set up
        if setup in {200, 403}:
            token = setup_token(stored_secret_key(config().secret_key, config().data_dir))
            _say(
                f"This server isn't set up yet. Open {address.url}setup?token={token} to set it up. "
                f"From elsewhere: https://your.domain/setup?token={token}"
            )
        if self._scheme == "http":
            _say(
                "A domain with a port, such as localhost:8000, uses plain HTTP: fine for trying it out, not for the internet."
            )


def _say(sentence: str) -> None:
    print(sentence, file=sys.stderr, flush=True)  # noqa: T201 - these lines are for the person who started us
