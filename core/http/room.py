"""Room in memory for the bodies that are being read: a bound in bytes for all requests of a client together.

Small bodies need none: the number of requests bounds them. A larger one reserves all that it may become before it is read on, so that none
waits while it holds some.
"""

import asyncio
import contextlib
import time
from collections import deque
from collections.abc import AsyncIterator

from core.http.errors import NoRoom

FREE_BYTES = 64 * 1024  # of each body: nearly all documents
MOST_BYTES = 32 * 1024 * 1024  # of all larger ones together
PATIENCE_S = 2.0  # whoever has held room for so long loses it when others wait
LONGEST_WAIT_S = 4.0  # for room: part of the request's own time


class Place:
    """The room of one body."""

    __slots__ = ("_room", "ends", "has_lost", "held", "since")

    def __init__(self, room: "Room", ends: asyncio.Timeout) -> None:
        self._room = room
        self.ends = ends
        self.held = 0
        self.since = 0.0
        self.has_lost = False

    async def reserve(self, size: int) -> None:
        """Wait until the body may become as large as `size`. Does nothing the second time. Raises NoRoom."""
        if not self.held:
            await self._room.reserve(self, size)

    def lose(self) -> None:
        """End the reading."""
        if not self.has_lost:
            self.has_lost = True
            self.ends.reschedule(asyncio.get_running_loop().time())


class Room:
    """The places of all bodies of a client; those that wait get theirs in the order in which they came."""

    def __init__(self, most_bytes: int = MOST_BYTES) -> None:
        self._most = most_bytes
        self._places: dict[Place, None] = {}  # the longest held first
        self._waiting: deque[asyncio.Event] = deque()
        self.held = 0
        self.highest = 0

    @contextlib.asynccontextmanager
    async def place(self) -> AsyncIterator[Place]:
        """Give a body a place for as long as the block reads it. Raises NoRoom when others needed it."""
        ends = asyncio.timeout(None)
        place = Place(self, ends)
        try:
            async with ends:
                try:
                    yield place
                finally:
                    self._leave(place)
        except TimeoutError as error:
            if not place.has_lost:
                raise
            raise NoRoom(code="no_room_for_answer", detail="it was slow, and others waited") from error

    async def reserve(self, place: Place, size: int) -> None:
        """Wait until there is room for `size` bytes, and keep it for this place. Raises NoRoom."""
        size = min(size, self._most)
        if self._waiting or self.held + size > self._most:
            await self._wait(size)
        place.held, place.since = size, time.monotonic()
        self.held += size
        self.highest = max(self.highest, self.held)
        self._places[place] = None

    async def _wait(self, size: int) -> None:
        turn = asyncio.Event()
        self._waiting.append(turn)
        until = time.monotonic() + LONGEST_WAIT_S
        try:
            while self._waiting[0] is not turn or self.held + size > self._most:
                wait_s = until - time.monotonic()
                if wait_s <= 0:
                    raise NoRoom(code="no_room_for_answer", detail=f"{self.held} bytes are held")
                if self._waiting[0] is turn:
                    wait_s = min(wait_s, self._hurry())
                turn.clear()
                with contextlib.suppress(TimeoutError):
                    async with asyncio.timeout(wait_s):
                        await turn.wait()
        finally:
            self._waiting.remove(turn)
            self._call_next()

    def _hurry(self) -> float:
        """Take the place from who had it too long; return when to look again."""
        slow = next((place for place in self._places if not place.has_lost), None)
        if slow is None:
            return PATIENCE_S
        rest_s = slow.since + PATIENCE_S - time.monotonic()
        if rest_s > 0:
            return rest_s
        slow.lose()
        return 0.01

    def _leave(self, place: Place) -> None:
        if place in self._places:
            del self._places[place]
            self.held -= place.held
            self._call_next()

    def _call_next(self) -> None:
        if self._waiting:
            self._waiting[0].set()
