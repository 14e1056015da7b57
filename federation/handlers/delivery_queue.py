"""The delivery queue of one host in SQL: due deliveries, their results, and lines that wait for a retry.

A line is the sequence of deliveries from one identity to one inbox, sent in order. If an inbox temporarily refuses one, that delivery
becomes the line's head: its `retry_at` says when the line is retried. Deliveries behind it are parked. The other lines of the host
continue.
"""

import datetime as dt
from collections.abc import Collection, Sequence

import msgspec

from core.db import sql
from core.db.batches import BATCH_SIZE
from core.db.statements import Statement
from federation import metrics
from federation.models import DeliveryStatus
from federation.models.delivery import PARKED, RETRY_AFTER_REASON

_MAX_ROUNDS = 20  # rounds of parking deliveries behind a head, one batch each; the next turn continues
_BEHIND_FOR = dt.timedelta(days=2)  # how long a delivery waits behind a head that is refused repeatedly


_DUE = Statement(
    "deliveries.due",
    "The next deliveries to each of some hosts.",
    "federation_delivery_host",
    "federation_outgoingactivity_pkey",
)
_NOTE = Statement("deliveries.note", "Stores the outcomes of deliveries.", "federation_delivery_pkey")
_NEXT_RETRY = Statement(
    "deliveries.next_retry",
    "When the next deferred deliveries of a host are retried.",
    "federation_delivery_host",
)


class DueDelivery(msgspec.Struct):
    """A delivery that is due, with its payload. `is_head`: an earlier attempt was refused or got no response."""

    id: int
    inbox: str
    signer: int
    attempts: int
    body: bytes
    is_head: bool

    @property
    def line(self) -> tuple[str, int]:
        return self.inbox, self.signer


class DeliveryResult(msgspec.Struct):
    """The result to store for one delivery. `status` None: it is the head of its line and retried in `wait_s`."""

    id: int
    status: int | None  # a DeliveryStatus
    http_status: int | None
    reason: str
    tries: int
    wait_s: float | None = None


class Turn(msgspec.Struct, frozen=True):
    """The limits of a host's turn: at most `size` deliveries.

    With `any_head`, heads that are not due yet are included, unless the peer requested the wait.
    """

    host: str
    size: int
    any_head: bool = False


class TurnResults(msgspec.Struct, frozen=True):
    """The result of a host's turn: the deliveries' results, and the ids of those now parked behind a head."""

    entries: Sequence[DeliveryResult]
    behind: Collection[int] = ()


async def due_deliveries(turns: Sequence[Turn]) -> list[list[DueDelivery]]:
    """Return the next deliveries of each of these hosts: of lines without failures, then heads that are due."""
    found: list[list[DueDelivery]] = [[] for _ in turns]
    places = list(range(len(turns)))
    for _ in range(_MAX_ROUNDS):
        candidates = await _candidates([turns[place] for place in places])
        behind = [delivery.id for deliveries in candidates for delivery, is_behind in deliveries if is_behind]
        if behind:
            await store_results([TurnResults((), behind)])
        again = []
        for place, deliveries in zip(places, candidates, strict=True):
            free = [delivery for delivery, is_behind in deliveries if not is_behind]
            found[place] = free[: turns[place].size]
            if deliveries and not free:
                again.append(place)
        if not again:
            break
        places = again
    return found


async def _candidates(turns: Sequence[Turn]) -> list[list[tuple[DueDelivery, bool]]]:
    """Read three short ranges of federation_delivery_host for each host; never refused deliveries come first."""
    query = _DUE(
        """
        SELECT turn.place, found.* FROM unnest(%(hosts)s::text[], %(sizes)s::int[], %(any_heads)s::bool[])
            WITH ORDINALITY AS turn (host, size, any_head, place)
        CROSS JOIN LATERAL (
            WITH head AS MATERIALIZED (
                SELECT delivery.id, delivery.inbox, activity.signer
                FROM federation_delivery delivery JOIN federation_outgoingactivity activity ON activity.id = delivery.activity_id
                WHERE delivery.host = turn.host AND delivery.status = 0 AND delivery.retry_at < %(parked)s
            ), next AS (
                (SELECT id, inbox, attempts, activity_id, false AS is_head FROM federation_delivery
                 WHERE host = turn.host AND status = 0 AND retry_at IS NULL ORDER BY retry_at, id LIMIT turn.size)
                UNION ALL
                (SELECT id, inbox, attempts, activity_id, true FROM federation_delivery
                 WHERE host = turn.host AND status = 0 AND retry_at < %(parked)s AND (retry_at <= now() OR turn.any_head AND reason NOT LIKE %(asked)s)
                 ORDER BY retry_at, id LIMIT turn.size)
            )
            SELECT next.id, next.inbox, activity.signer, next.attempts, activity.body, next.is_head,
                   EXISTS (SELECT FROM head WHERE head.inbox = next.inbox AND head.signer = activity.signer AND head.id <> next.id)
            FROM next JOIN federation_outgoingactivity activity ON activity.id = next.activity_id
        ) found
        ORDER BY turn.place, found.is_head, found.id
        """,
        hosts=[turn.host for turn in turns],
        sizes=[turn.size for turn in turns],
        any_heads=[turn.any_head for turn in turns],
        parked=PARKED,
        asked=f"{RETRY_AFTER_REASON}%",
    )
    rows = await sql.rows(query)
    found: list[list[tuple[DueDelivery, bool]]] = [[] for _ in turns]
    for row in rows:
        # two heads of one line, because a worker died between two statements; the one with the lower id is first
        found[row[0] - 1].append((DueDelivery(*row[1:7]), row[7] and not row[6]))
    return found


async def store_results(turns: Sequence[TurnResults]) -> list[None]:
    """Store the results of the deliveries of one or many turns, in one statement."""
    entries = [entry for turn in turns for entry in turn.entries]
    query = _NOTE(
        """
        WITH behind AS (
            UPDATE federation_delivery SET retry_at = %(parked)s WHERE id = ANY(%(behind)s) AND status = 0 AND retry_at IS NULL
        )
        UPDATE federation_delivery delivery SET
            status = coalesce(new.status, 0), http_status = new.http_status, reason = new.reason,
            attempts = least(delivery.attempts + new.tries, 32000),
            ended_at = CASE WHEN new.status IS NULL THEN NULL ELSE now() END,
            retry_at = CASE WHEN new.status IS NULL THEN now() + new.wait_s * interval '1 second' END
        FROM unnest(%(ids)s::bigint[], %(statuses)s::smallint[], %(http)s::smallint[], %(reasons)s::text[], %(tries)s::int[],
                    %(waits)s::float8[]) AS new (id, status, http_status, reason, tries, wait_s)
        WHERE delivery.id = new.id AND delivery.status = 0
        """,
        parked=PARKED,
        behind=[delivery_id for turn in turns for delivery_id in turn.behind],
        ids=[entry.id for entry in entries],
        statuses=[None if entry.status is None else int(entry.status) for entry in entries],
        http=[entry.http_status for entry in entries],
        reasons=[entry.reason[:500].replace("\0", " ") for entry in entries],
        tries=[entry.tries for entry in entries],
        waits=[entry.wait_s for entry in entries],
    )
    await sql.run(query)
    return [None] * len(turns)


# The parked deliveries of one line. Index federation_delivery_host.
_BEHIND = """
    SELECT delivery.id, delivery.created_at
    FROM federation_delivery delivery JOIN federation_outgoingactivity activity ON activity.id = delivery.activity_id
    WHERE delivery.host = %(host)s AND delivery.status = 0 AND delivery.retry_at = %(parked)s
      AND delivery.inbox = %(inbox)s AND activity.signer = %(signer)s
"""


async def release_line(host: str, line: tuple[str, int]) -> None:
    """Make the rest of a line due, after its head was delivered or permanently refused."""
    await sql.run(
        f"UPDATE federation_delivery SET retry_at = NULL WHERE id IN (SELECT id FROM ({_BEHIND}) behind)",
        {"host": host, "inbox": line[0], "signer": line[1], "parked": PARKED},
    )


async def replace_line_head(
    host: str, line: tuple[str, int], *, attempts: int, wait_s: float, reason: str
) -> None:
    """Drop the head of a line. The next delivery inherits its retry schedule, and expired ones are dropped."""
    values = {
        "host": host,
        "inbox": line[0],
        "signer": line[1],
        "parked": PARKED,
        "behind_for": _BEHIND_FOR,
        "reason": reason[:500].replace("\0", " "),
        "attempts": attempts,
        "wait_s": wait_s,
    }
    old = await sql.run(
        f"""
        UPDATE federation_delivery SET status = {DeliveryStatus.failed}, reason = %(reason)s, ended_at = now(), retry_at = NULL
        WHERE id IN (SELECT id FROM ({_BEHIND}) behind WHERE created_at < now() - %(behind_for)s::interval)
        """,
        values,
    )
    metrics.count("delivery", "failed", old)
    await sql.run(
        f"""
        UPDATE federation_delivery SET attempts = %(attempts)s, reason = %(reason)s, retry_at = now() + %(wait_s)s * interval '1 second'
        WHERE id = (SELECT min(id) FROM ({_BEHIND}) behind)
        """,
        values,
    )


async def next_retry_s(host: str) -> float | None:
    """Return the seconds until the next line is retried; None if there is none."""
    query = _NEXT_RETRY(
        """
        SELECT extract(epoch FROM min(retry_at) - now())::float8 FROM federation_delivery
        WHERE host = %(host)s AND status = 0 AND retry_at < %(parked)s
        """,
        host=host,
        parked=PARKED,
    )
    wait_s: float | None = await sql.value(query)
    if wait_s is not None:
        return wait_s
    # parked behind a deleted head, because a worker died between two statements
    left = await sql.run(
        "UPDATE federation_delivery SET retry_at = NULL WHERE host = %s AND status = 0 AND retry_at = %s",
        [host, PARKED],
    )
    return 0.0 if left else None


async def drop_deliveries(host: str, reason: str) -> None:
    """Drop the pending deliveries of this host, in batches. Index federation_delivery_host."""
    dropped = BATCH_SIZE
    while dropped == BATCH_SIZE:
        dropped = await sql.run(
            f"""UPDATE federation_delivery SET status = {DeliveryStatus.dropped}, reason = %(reason)s, ended_at = now() WHERE id = ANY(ARRAY(
                   SELECT id FROM federation_delivery WHERE host = %(host)s AND status = 0 ORDER BY retry_at, id LIMIT %(piece)s))""",
            {"reason": reason, "host": host, "piece": BATCH_SIZE},
        )
        metrics.count("delivery", "dropped", dropped)
