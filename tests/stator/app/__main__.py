"""A worker process for the tests: `python -m tests.stator.app`, stopped by SIGTERM."""

import asyncio
import logging
import os
import signal
import sys
from importlib import import_module

os.environ["DJANGO_SETTINGS_MODULE"] = "tests.stator.app.settings"

import django
import uvloop


async def main() -> None:
    """Work until SIGTERM."""
    worker = import_module("stator.workers.worker")
    import_module("tests.stator.app.handlers")  # registers the handlers
    stop = asyncio.Event()
    asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, stop.set)
    try:
        await worker.Worker(beat_s=0.5, poll_s=1).run(stop)
    finally:
        # a pool that is connecting takes the cancellation at the end for a failed attempt, and tries again for ever
        await import_module("core.asgi.database").stop_database()


logging.basicConfig(stream=sys.stderr, level=logging.INFO)
django.setup()
uvloop.run(main())
