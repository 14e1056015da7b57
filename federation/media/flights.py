"""Single flight: however many clients request a file, one fetches it; within a process by memory, between processes by the lease."""

import asyncio
from contextlib import AsyncExitStack, suppress
from uuid import UUID
from weakref import WeakValueDictionary

from core.db import own_connection, release_connection
from core.logs import get_logger
from core.server_state import PerServer
from federation.media import files, limits
from federation.media.addresses import RequestedFile, original_of
from federation.media.errors import BUSY, FileUnavailable, over_budget, stored_failure
from federation.media.fetching import Flight
from federation.models import RemoteFileKind
from federation.peers import registrable_domain

log = get_logger(__name__)

_LOOK_AGAIN_S = 0.1


class _Flights:
    """The fetches of this process, and the tasks that own them."""

    def __init__(self) -> None:
        self.by_key: dict[UUID, Flight] = {}
        self.tasks: set[asyncio.Task[None]] = set()
        self.turns = asyncio.Semaphore(limits.CONCURRENCY)
        self.shares: WeakValueDictionary[str, asyncio.Semaphore] = WeakValueDictionary()  # by site

    def share_of(self, host: str) -> asyncio.Semaphore:
        """Return the semaphore for fetches of media of one site's users, which may be slow on purpose. Exists as long as it is held."""
        return self.shares.setdefault(registrable_domain(host), asyncio.Semaphore(limits.MAX_PER_SITE))


_flights = PerServer(_Flights)


async def copy_or_flight(asked: RequestedFile) -> files.CachedCopy | Flight:
    """Return the copy, or the fetch that makes it. Raises FileUnavailable."""
    until = asyncio.get_running_loop().time() + limits.OTHER_PROCESS_TIMEOUT_S
    while True:
        flight = _flights().by_key.get(asked.key)
        if flight is not None and not flight.has_ended:
            await release_connection()
            return flight
        kept = await files.find(asked.key)
        if kept is not None and kept.file:
            return kept
        if kept is not None and kept.wait_s > 0:
            raise stored_failure(kept.reason, kept.wait_s)
        if kept is None or not kept.is_leased:
            if await files.total_bytes() > limits.overfull_bytes():
                raise over_budget()
            if await files.lease(asked):
                return await _start(asked)
        await release_connection()
        if asyncio.get_running_loop().time() > until:
            raise FileUnavailable(BUSY, status=503, is_ours=True, wait_s=5)
        await asyncio.sleep(_LOOK_AGAIN_S)


async def _start(asked: RequestedFile) -> Flight:
    flights, flight = _flights(), Flight(asked)
    flights.by_key[asked.key] = flight
    task = asyncio.create_task(_run(flight), name=f"remote media {asked.key}")
    flights.tasks.add(task)
    task.add_done_callback(flights.tasks.discard)
    await release_connection()
    return flight


async def _run(flight: Flight) -> None:
    flights = _flights()
    try:
        if flight.asked.kind == RemoteFileKind.still:
            try:
                await _copy_original(original_of(flight.asked))
            except FileUnavailable as problem:
                await flight.refuse(problem)
                return
            except Exception as error:  # nobody awaits this task, and its readers would wait forever
                log.failure("media.fetch_failed", error)
                await flight.refuse(FileUnavailable(BUSY, status=503, is_ours=True, wait_s=5))
                return
        async with AsyncExitStack() as held:
            try:
                async with asyncio.timeout(limits.QUEUE_TIMEOUT_S):
                    await held.enter_async_context(flights.share_of(flight.asked.host))
                    await held.enter_async_context(flights.turns)
            except TimeoutError:
                await flight.refuse(FileUnavailable(BUSY, status=503, is_ours=True, wait_s=5))
                return
            await flight.run()
    finally:
        if flights.by_key.get(flight.asked.key) is flight:
            del flights.by_key[flight.asked.key]


async def _copy_original(emoji: RequestedFile) -> None:
    """Fetch a copy of the emoji whose still version is made, so that its server is asked once for both. Raises FileUnavailable."""
    async with own_connection():
        found = await copy_or_flight(emoji)
    if isinstance(found, Flight):
        await found.ended()
        if found.problem is not None:
            raise found.problem


async def stop_flights() -> None:
    """Cancel the fetches of this process; their readers' connections break, and others may fetch the files at once."""
    tasks = list(_flights().tasks)
    for task in tasks:
        task.cancel()
    for task in tasks:
        with suppress(asyncio.CancelledError):
            await task
