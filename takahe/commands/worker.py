"""`takahe worker`: the background process. One event loop, one thread."""

import argparse
import asyncio
import signal
from typing import TYPE_CHECKING

from takahe.cli import environment
from takahe.cli.exits import Exit

if TYPE_CHECKING:
    from core.metrics.exposition import Family


def worker(options: argparse.Namespace) -> int:
    """Work until SIGTERM or SIGINT, then drain."""
    environment.require_database()
    environment.raise_file_limit()
    environment.set_up_django()
    import uvloop

    import stator
    from core import logs
    from core.config import config
    from core.processes.garbage import freeze_startup_objects

    logs.configure(config().log_format, config().log_level)
    stator.load_handlers()
    freeze_startup_objects()
    uvloop.run(_work())
    return Exit.OK


async def _work() -> None:
    from core.asgi.database import start_database, stop_database
    from core.config import config
    from core.crypto.signing_process import close_signing_process
    from core.db import own_connection
    from core.diagnostics import metrics
    from core.diagnostics.loop_watch import LoopWatch
    from core.http import close_client
    from core.server_state import begin_state
    from federation import metrics as federation_metrics
    from stator.workers.worker import Worker
    from takahe.backups.schedule import keep_backing_up

    def measure() -> "list[Family]":
        return [*metrics.process_families(), *federation_metrics.families()]

    begin_state()
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stop.set)
    watch = LoopWatch(config().slow_callback_ms) if config().slow_callback_ms else None
    if watch:
        watch.start()
    try:
        await start_database()
        async with own_connection():
            await load_client()
            backups = asyncio.create_task(keep_backing_up(stop))
            await Worker(measure=measure).run(stop)
            await backups
    finally:
        await close_client()
        await close_signing_process()
        await stop_database()
        if watch:
            watch.stop()


async def load_client() -> None:
    """Load the HTTP client in advance if there are servers to send to; otherwise its 10 MB are saved."""
    from core.db import own_connection, sql
    from core.http import client

    async with own_connection():
        has_peers = await sql.value("SELECT EXISTS (SELECT FROM federation_peer)")
    if has_peers:
        client().warm_up()
