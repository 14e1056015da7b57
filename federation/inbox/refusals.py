"""Counts of refused messages: kept in memory, written in one statement every few seconds.

Unknown clients can cause any number of refusals, so each costs a dictionary entry and no query, and at most some 200 rows are written at
a time. docs/federate/limits.md says why they are counted instead of stored individually.
"""

import asyncio
import re
from collections import Counter

import msgspec

from core import clock
from core.asgi import Failure, Request
from core.db import CONNECTION_ERRORS, own_connection, sql
from core.errors import Problem
from core.hosts.networks import networks_of
from core.http.json import MalformedJson, decode
from core.ids import new_id
from core.logs import get_logger
from core.server_state import PerServer
from federation import metrics
from federation.documents import id_of
from federation.inbox.incoming import type_of
from federation.peers import host_of
from federation.queries import Refused

log = get_logger(__name__)

MAX_PAIRS = 100  # of host and reason, between two writes
MAX_PAIRS_PER_NETWORK = 10
MAX_ROWS = 1000
WRITE_INTERVAL_S = 5.0
_READ_UP_TO = 16_384  # bytes of a refused body that are parsed for its id and type
_KEY_ID = re.compile(r'key[iI]d="([^"]{1,2048})"')
_NO_ONE = ""


class _Notes:
    """Refusals since the last write, and the task that writes them."""

    def __init__(self) -> None:
        self.noted: dict[tuple[str, str], Refused] = {}
        self.pairs_of: Counter[str] = Counter()  # network → pairs of host and reason
        self.writing: asyncio.Task[None] | None = None


_notes = PerServer(_Notes)


def record_refusal(request: Request, failure: Failure) -> None:
    """Count a refused message. Costs no query; the row is written a few seconds later."""
    if failure.status >= 500 or failure.status == 405:  # our own error; and a wrong method is not a message
        return
    detail = failure.error.detail if isinstance(failure.error, Problem) else str(failure.error)
    metrics.count("inbox", "refused")
    log.info(
        "inbox.refused",
        status=int(failure.status),
        sentence=failure.sentence,
        detail=detail,
        address=request.client_address,
    )
    key_id = _claimed_key(request)
    host, reason = printable(host_of(key_id), 255), printable(failure.sentence, 200)
    known = _notes().noted.get((host, reason))
    if known is None and not _has_room(request.client_address):
        # too many hosts: count by reason only, and if there are too many reasons, by status
        host = _NO_ONE
        if (host, reason) not in _notes().noted and len(_notes().noted) >= 2 * MAX_PAIRS:
            reason = f"Refused with {int(failure.status)}."
        known = _notes().noted.get((host, reason))
    now = clock.now()
    if known is not None:
        known.count, known.last_at = known.count + 1, now
        return
    _notes().pairs_of.update(network for network, _ in networks_of(request.client_address, 0))
    activity_id, activity_type = _claimed_activity(request)
    _notes().noted[host, reason] = Refused(
        host=host,
        reason=reason,
        status=int(failure.status),
        first_at=now,
        last_at=now,
        key_id=printable(key_id, 500),
        activity_id=printable(activity_id, 500),
        activity_type=printable(activity_type, 100),
        path=printable(request.path, 200),
        address=printable(request.client_address, 64),
        size=_size(request),
        detail=printable(detail, 500),
    )
    _write_soon()


def printable(text: str, longest: int) -> str:
    """Return `text` as one line: other characters are replaced by spaces, and it is truncated at `longest`."""
    text = text[:longest]
    return text if text.isprintable() else "".join(c if c.isprintable() else " " for c in text)


async def write_refusals() -> int:
    """Write the collected refusals and trim the table; returns how many rows were written. Also runs when a process stops."""
    batch = [
        _notes().noted[pair] for pair in sorted(_notes().noted)
    ]  # in a fixed order, so that two processes can't deadlock
    _notes().noted.clear()
    _notes().pairs_of.clear()
    if not batch:
        return 0
    async with own_connection():
        await sql.run(
            """
            INSERT INTO federation_refusal (id, host, reason, status, first_at, last_at, key_id, activity_id, activity_type, path, address,
                                            size, detail, count)
            SELECT * FROM jsonb_to_recordset(%s::jsonb) AS noted (
                id int8, host text, reason text, status int2, first_at timestamptz, last_at timestamptz, key_id text, activity_id text,
                activity_type text, path text, address text, size int8, detail text, count int8)
            ON CONFLICT (host, reason) DO UPDATE SET
                count = federation_refusal.count + excluded.count, last_at = excluded.last_at, status = excluded.status,
                key_id = excluded.key_id, activity_id = excluded.activity_id, activity_type = excluded.activity_type,
                path = excluded.path, address = excluded.address, size = excluded.size, detail = excluded.detail
            """,
            [
                msgspec.json.encode(
                    [{"id": new_id(), **msgspec.structs.asdict(row)} for row in batch]
                ).decode()
            ],
        )
        await sql.run(
            "DELETE FROM federation_refusal WHERE id IN (SELECT id FROM federation_refusal ORDER BY last_at DESC OFFSET %s)",
            [MAX_ROWS],
        )
    return len(batch)


def _has_room(address: str) -> bool:
    return len(_notes().noted) < MAX_PAIRS and all(
        _notes().pairs_of[network] < limit for network, limit in networks_of(address, MAX_PAIRS_PER_NETWORK)
    )


def _claimed_key(request: Request) -> str:
    """Return the key id in the request, even if the rest of its signature can't be read."""
    meta = request.META
    for name in ("HTTP_SIGNATURE_INPUT", "HTTP_SIGNATURE", "HTTP_AUTHORIZATION"):
        if found := _KEY_ID.search(meta.get(name, "")[:8192]):
            return found[1]
    return ""


def _claimed_activity(request: Request) -> tuple[str, str]:
    """Return (id, type) when the body arrived, is small and can be parsed."""
    if _size(request) > _READ_UP_TO or (request.content_type or "").startswith("multipart/"):
        return "", ""
    try:
        document = decode(request.body)
    except MalformedJson:
        return "", ""
    return (id_of(document), type_of(document)) if isinstance(document, dict) else ("", "")


def _size(request: Request) -> int:
    declared = request.META.get("CONTENT_LENGTH", "")
    if declared.isascii() and declared.isdigit():
        return int(declared[:18])
    return 0 if (request.content_type or "").startswith("multipart/") else len(request.body)


def _write_soon() -> None:
    task = _notes().writing
    if task is None or task.done() or task.get_loop() is not asyncio.get_running_loop():
        _notes().writing = asyncio.create_task(_write(), name="federation:refusals")


async def _write() -> None:
    await asyncio.sleep(WRITE_INTERVAL_S)
    _notes().writing = None  # refusals from here on need another write
    try:
        await write_refusals()
    except CONNECTION_ERRORS as error:
        log.warning("inbox.refusals_lost", error=error)  # each has its own line in the log
