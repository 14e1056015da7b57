"""Bringing what waits for a host to its inboxes, in order, over pooled connections, until it is all there or the host does not answer.

At least once: what was sent and not yet noted down when the worker died is sent again, and peers tell by its id.
"""

import asyncio
import datetime as dt
import random
from collections.abc import Sequence
from itertools import groupby
from typing import Any

import msgspec

from core import clock
from core.db import release_connection, sql
from core.db.pieces import PIECE
from core.http import AddressProblem, FetchError, Response, client
from core.logs import get_logger
from federation import figures
from federation.models import DeliveryStatus, Peer, PeerGraph
from federation.models.peer import CIRCUIT_OPENS_AFTER
from federation.negotiation import ACTIVITY_JSON
from federation.peers import is_blocked
from federation.signatures import Scheme
from federation.signing import CAVAGE, RFC9421, Signer, other_scheme, signer_of
from stator import Outcome, later, to

log = get_logger(__name__)

_BATCH = 100
_INBOXES_AT_ONCE = 8  # of one host
_IN_THE_AIR = 100  # of all hosts
_TURN_S = 40.0  # then other hosts have theirs
_MOST_TRIES = 12  # of one delivery that its host refuses with 5xx while it takes others
_SHORTEST_WAIT = dt.timedelta(seconds=20)
_LONGEST_WAIT = dt.timedelta(hours=4)
_LONGEST_RETRY_AFTER = dt.timedelta(hours=6)
_TRY_AGAIN = frozenset((401, 408, 425, 429))  # of the 4xx; the others are final
_OTHER_SCHEME_ON = frozenset((400, 401))
_limit: tuple[asyncio.AbstractEventLoop, asyncio.Semaphore] | None = None


class Waiting(msgspec.Struct):
    """A delivery that is due, with what to send; `scheme` is how to sign it."""

    id: int
    inbox: str
    attempts: int
    signer: int
    body: bytes


class Result(msgspec.Struct):
    """What became of one delivery. `status` None: it waits on; `host_fault`: the host as a whole did not answer."""

    id: int
    status: int | None  # a DeliveryStatus
    http_status: int | None = None
    reason: str = ""
    host_fault: bool = False
    retry_after: dt.timedelta | None = None
    scheme: str = ""
    is_attempt: bool = True
    own_fault: bool = False


@PeerGraph.sending.each(lease=dt.timedelta(seconds=90), concurrency=40)
async def deliver(peer: Peer) -> Outcome:
    """Everything due for the host was sent, or the host waits for its next try."""
    if await is_blocked(peer.host):
        await _drop(peer.host, "the host is blocked")
        return _rest(peer)
    loop = asyncio.get_running_loop()
    started, sent_any = loop.time(), False
    while loop.time() - started < _TURN_S:
        # a host that failed is asked with one delivery first: a dead server costs one probe
        is_probe = peer.failing_since is not None and not sent_any
        size = 1 if is_probe else _BATCH
        waiting = await _due(peer.host, size)
        if not waiting:
            return await _rest_or_wait(peer)
        signers = {delivery.signer: await signer_of(delivery.signer) for delivery in waiting}
        await release_connection()  # nothing is held while the network is waited for
        results = await _send_all(peer, waiting, signers)
        await _note(results)
        if own_fault := next((result for result in results if result.own_fault), None):
            return later(own_fault.reason, after=_SHORTEST_WAIT * random.uniform(0.5, 1))  # noqa: S311 - spreads load
        faults = [result for result in results if result.host_fault]
        answered = len(faults) < len([result for result in results if result.is_attempt])
        await _note_host(peer, answered, faults, {result.scheme for result in results if result.scheme})
        if faults and not answered:
            return await _back_off(peer, faults)
        if any(_is_host_busy(result) for result in faults):
            return later(faults[-1].reason, after=_longest_wait(faults, _SHORTEST_WAIT))
        sent_any = True
        if len(waiting) < size and all(result.status is not None for result in results):
            return _rest(peer)
    return later("other hosts have their turn", after=dt.timedelta())


async def _due(host: str, size: int) -> list[Waiting]:
    """The next deliveries of a host, in order. Index federation_delivery_queue."""
    return await sql.structs(
        Waiting,
        """
        SELECT delivery.id, delivery.inbox, delivery.attempts, activity.signer, activity.body
        FROM federation_delivery delivery JOIN federation_outgoingactivity activity ON activity.id = delivery.activity_id
        WHERE delivery.host = %s AND delivery.status = 0 AND (delivery.retry_at IS NULL OR delivery.retry_at <= now())
        ORDER BY delivery.id LIMIT %s
        """,
        [host, size],
    )


async def _send_all(
    peer: Peer, waiting: Sequence[Waiting], signers: dict[int, Signer | None]
) -> list[Result]:
    """One identity's activities for one inbox go one after the other; different ones side by side."""
    by_line = sorted(waiting, key=lambda delivery: (delivery.inbox, delivery.signer, delivery.id))
    lines = [
        list(line) for _, line in groupby(by_line, key=lambda delivery: (delivery.inbox, delivery.signer))
    ]
    lines.sort(key=lambda line: line[0].id)
    todo = iter(lines)
    results: list[Result] = []
    stop = False

    async def work() -> None:
        nonlocal stop
        for line in todo:
            for position, delivery in enumerate(line):
                if stop:
                    return
                result = await _send(peer, delivery, signers[delivery.signer])
                results.append(result)
                stop = stop or result.own_fault or _is_host_busy(result)
                if result.status is None:
                    # what follows in this line must not overtake it
                    results.extend(
                        Result(after.id, None, is_attempt=False, retry_after=result.retry_after)
                        for after in line[position + 1 :]
                    )
                    break

    async with asyncio.TaskGroup() as group:
        for _ in range(min(_INBOXES_AT_ONCE, len(lines))):
            group.create_task(work())
    return results


async def _send(peer: Peer, delivery: Waiting, signer: Signer | None) -> Result:
    """Post one delivery, with the other signature scheme too if the first is refused."""
    if signer is None:
        return Result(delivery.id, DeliveryStatus.dropped, reason="its sender is gone")
    scheme = RFC9421 if peer.signature_scheme == RFC9421 else CAVAGE
    try:
        async with _in_the_air():
            response = await _post(delivery, signer, scheme)
            if response.status in _OTHER_SCHEME_ON:
                scheme = other_scheme(scheme)
                second = await _post(delivery, signer, scheme)
                if second.is_success:
                    response = second
    except AddressProblem as error:
        return Result(delivery.id, DeliveryStatus.failed, reason=f"not sent: {error.sentence}")
    except FetchError as error:
        if error.is_ours:  # says nothing about the host
            reason = f"{error.kind}: {error.sentence}"
            return Result(delivery.id, None, reason=reason, is_attempt=False, own_fault=True)
        return Result(delivery.id, None, reason=f"{error.kind}: {error.sentence}", host_fault=True)
    if response.is_success:
        figures.count("delivery", "delivered")
        return Result(delivery.id, DeliveryStatus.delivered, response.status, scheme=scheme)
    return _refusal(delivery, response)


def _is_host_busy(result: Result) -> bool:
    """The host as a whole can't take more now: it did not answer, or says so. (Another 5xx may be one inbox only.)"""
    return result.host_fault and result.http_status in (None, 429, 503)


def _longest_wait(faults: Sequence[Result], at_least: dt.timedelta) -> dt.timedelta:
    return max([at_least, *(result.retry_after for result in faults if result.retry_after)])


async def _post(delivery: Waiting, signer: Signer, scheme: Scheme) -> Response:
    headers = {"Content-Type": ACTIVITY_JSON, "User-Agent": signer.user_agent}
    return await client().post(delivery.inbox, delivery.body, headers, sign=signer.sign(scheme))


def _refusal(delivery: Waiting, response: Response) -> Result:
    status = response.status
    reason = f"answered {status}"
    if words := response.body[:200].decode("utf-8", "replace").strip():
        reason += f": {words}"
    is_final = 300 <= status < 500 and status not in _TRY_AGAIN
    if is_final or delivery.attempts + 1 >= _MOST_TRIES:
        figures.count("delivery", "failed")
        return Result(delivery.id, DeliveryStatus.failed, status, reason)
    wait = _retry_after(response.header("retry-after"))
    return Result(
        delivery.id,
        None,
        status,
        reason,
        host_fault=status >= 500 or status == 429,
        retry_after=wait or _SHORTEST_WAIT * 2**delivery.attempts,
    )


async def _note(results: Sequence[Result]) -> None:
    """Write down what became of the deliveries, in one statement."""
    await sql.run(
        """
        UPDATE federation_delivery delivery SET
            status = coalesce(new.status, 0), http_status = new.http_status, reason = new.reason,
            attempts = least(delivery.attempts + new.tries, 32000),
            ended_at = CASE WHEN new.status IS NULL THEN NULL ELSE now() END,
            retry_at = now() + new.wait_s * interval '1 second'
        FROM unnest(%s::bigint[], %s::smallint[], %s::smallint[], %s::text[], %s::int[], %s::float8[])
            AS new (id, status, http_status, reason, tries, wait_s)
        WHERE delivery.id = new.id AND delivery.status = 0
        """,
        [
            [result.id for result in results],
            [None if result.status is None else int(result.status) for result in results],
            [result.http_status for result in results],
            [result.reason[:500].replace("\0", " ") for result in results],
            # a silent host says nothing about this delivery: that is not one of its tries
            [int(result.is_attempt and result.http_status is not None) for result in results],
            [result.retry_after.total_seconds() if result.retry_after else None for result in results],
        ],
    )


async def _note_host(peer: Peer, answered: bool, faults: Sequence[Result], schemes: set[str]) -> None:
    """The peer's row says when it last answered, since when it does not, and which scheme it understands."""
    now = clock.now()
    changes: dict[str, Any] = {}
    if schemes and peer.signature_scheme not in schemes:
        changes["signature_scheme"] = schemes.pop()
    if answered:
        if peer.failing_since is not None:
            changes["failing_since"] = None
        if peer.last_success_at is None or now - peer.last_success_at > dt.timedelta(minutes=1):
            changes["last_success_at"] = now
    else:
        changes["last_failure_at"] = now
        changes["last_error"] = faults[-1].reason[:500].replace("\0", " ") if faults else ""
        if peer.failing_since is None:
            changes["failing_since"] = now
    if changes:
        await Peer.objects.filter(pk=peer.pk).aupdate(**changes)
        for name, value in changes.items():
            setattr(peer, name, value)


async def _back_off(peer: Peer, faults: Sequence[Result]) -> Outcome:
    """The host waits as long again as it has been failing, between 20 seconds and four hours; after a week its circuit opens."""
    assert peer.failing_since is not None
    failing_for = clock.now() - peer.failing_since
    reason = faults[-1].reason
    if failing_for >= CIRCUIT_OPENS_AFTER:
        log.warning("peer.unreachable", host=peer.host, since=peer.failing_since, reason=reason)
        await _drop(peer.host, "the host has not answered for a week")
        return to(PeerGraph.unreachable)
    wait = max(_SHORTEST_WAIT, min(failing_for, _LONGEST_WAIT)) * random.uniform(0.75, 1.25)  # noqa: S311 - spreads load
    figures.count("delivery", "host_failed")
    log.info("delivery.host_failed", host=peer.host, since=peer.failing_since, reason=reason)
    return later(reason, after=_longest_wait(faults, wait))


async def _rest_or_wait(peer: Peer) -> Outcome:
    """Nothing is due: the host rests, unless something of it waits for a later try."""
    wait_s = await sql.value(
        "SELECT extract(epoch FROM min(retry_at) - now())::float8 FROM federation_delivery WHERE host = %s AND status = 0",
        [peer.host],
    )
    if wait_s is None:
        return _rest(peer)
    return later("a delivery waits for its next try", after=dt.timedelta(seconds=max(1.0, wait_s)))


def _rest(peer: Peer) -> Outcome:
    async def look_once_more() -> None:
        # A sender commits its deliveries first and then locks this row (sending.wake_hosts): either it comes before us and is
        # seen here, or it waits for us and finds the peer idle.
        await sql.run(
            """
            UPDATE federation_peer SET state = 'sending', state_due_at = now()
            WHERE id = %s AND EXISTS (SELECT 1 FROM federation_delivery WHERE host = %s AND status = 0)
            """,
            [peer.pk, peer.host],
        )

    return to(PeerGraph.idle, effect=look_once_more)


async def _drop(host: str, reason: str) -> None:
    """End what waits for this host, a piece at a time. Served by federation_delivery_queue."""
    dropped = PIECE
    while dropped == PIECE:
        dropped = await sql.run(
            """UPDATE federation_delivery SET status = 3, reason = %(reason)s, ended_at = now() WHERE id = ANY(ARRAY(
                   SELECT id FROM federation_delivery WHERE host = %(host)s AND status = 0 ORDER BY id LIMIT %(piece)s))""",
            {"reason": reason, "host": host, "piece": PIECE},
        )
        figures.count("delivery", "dropped", dropped)


def _retry_after(text: str) -> dt.timedelta | None:
    """The wait a peer asks for, in seconds or as a date; at most six hours."""
    text = text.strip()
    if text.isascii() and text.isdigit() and len(text) < 9:
        return min(dt.timedelta(seconds=int(text)), _LONGEST_RETRY_AFTER)
    try:
        at = dt.datetime.strptime(text, "%a, %d %b %Y %H:%M:%S GMT").replace(tzinfo=dt.UTC)
    except ValueError:
        return None
    return max(dt.timedelta(), min(at - clock.now(), _LONGEST_RETRY_AFTER))


def _in_the_air() -> asyncio.Semaphore:
    global _limit
    loop = asyncio.get_running_loop()
    if _limit is None or _limit[0] is not loop:
        _limit = (loop, asyncio.Semaphore(_IN_THE_AIR))
    return _limit[1]
