"""A federation worker as a separate process, for tests that kill it. Prints "ready" once it runs."""

import asyncio
import os

import django

django.setup()

import uvloop  # noqa: E402

import stator  # noqa: E402
from federation.models import InboxMessage, Peer  # noqa: E402
from stator.workers.worker import Worker  # noqa: E402

stator.load_handlers()


async def _main() -> None:
    models = None if os.environ.get("ALL_QUEUES") else [Peer, InboxMessage]
    worker = Worker(models, with_jobs=False, poll_s=0.2)
    task = asyncio.create_task(worker.run(asyncio.Event()))
    await worker.is_listening.wait()
    print("ready", flush=True)
    await task


if __name__ == "__main__":
    uvloop.run(_main())
