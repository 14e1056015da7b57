"""`takahe health`: for container health checks and scripts. Exit 0 if healthy, otherwise 1 with the reason."""

import argparse
import asyncio
import sys

from core.config import config
from core.messages.worker import worker_message
from takahe import probe
from takahe.cli import environment
from takahe.cli.exits import Exit


def health(options: argparse.Namespace) -> int:
    """Print whether the server is healthy.

    Without --worker it uses neither the database nor Django: it asks over HTTP, as a monitor does.
    """
    if options.worker:
        environment.require_database()
        return environment.run_async(lambda: _worker, options)
    answer = asyncio.run(probe.get(probe.Address("http", config().bind, config().port), "/health"))
    if answer.code == 200:
        return Exit.OK
    if answer.code == 0:
        print(f"takahe: The web process does not answer: {answer.text}.", file=sys.stderr)
    else:
        print(f"takahe: {answer.text or answer.code}", file=sys.stderr)
    return Exit.FAILED


async def _worker(options: argparse.Namespace) -> int:
    import stator

    worker = await stator.health()
    if not worker.is_well:
        print(f"takahe: {worker_message(worker.code, worker.age_s)}", file=sys.stderr)
    return Exit.OK if worker.is_well else Exit.FAILED
