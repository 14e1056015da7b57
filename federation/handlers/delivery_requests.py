"""HTTP requests of deliveries to one host's inboxes, and their results. No decisions about the host, and no database."""

import asyncio
import datetime as dt
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from itertools import groupby

import msgspec

from core import clock
from core.crypto.keys import BadKey
from core.errors import Problem, Unavailable
from core.http import AddressProblem, FetchError, Response, TimedOut, client
from core.server_state import PerServer
from federation.followers_sync import HEADER
from federation.handlers.batched_queue import FoundSigner
from federation.handlers.delivery_queue import DueDelivery
from federation.models.delivery import RETRY_AFTER_REASON
from federation.negotiation import ACTIVITY_JSON
from federation.signatures import Scheme
from federation.signing import Signer, other_scheme
from stator.workers.bulk_scheduler import bulk_scheduler

_INBOXES_AT_ONCE = 8  # concurrently, per host
_IN_THE_AIR = 100  # concurrently, for all hosts, not counting the first of each
_BAD_LINES = 3  # consecutive failures after which the host is left alone
_BUSY = frozenset((429, 502, 503, 504))
_OTHER_SCHEME_ON = frozenset((400, 401))
_MAX_RETRY_AFTER = dt.timedelta(hours=6)
_in_the_air = PerServer(lambda: asyncio.Semaphore(_IN_THE_AIR))


class Attempt(msgspec.Struct):
    """The result of one delivery request. Without a `status`, `reason` says why."""

    delivery: DueDelivery
    status: int | None = None
    reason: str = ""
    asked_to_wait: str = ""  # the Retry-After header
    scheme: str = ""
    took_s: float = 0.0
    is_unsendable: bool = False  # no signer, or a URL that is never requested
    is_timeout: bool = False
    is_local_error: bool = False
    is_unsigned: bool = False  # the sender's key is currently unusable, which says nothing about the host

    @property
    def is_success(self) -> bool:
        return self.status is not None and 200 <= self.status < 300

    @property
    def is_silent(self) -> bool:
        """True if the host did not respond."""
        return self.status is None and not (self.is_unsendable or self.is_local_error or self.is_unsigned)

    @property
    def is_busy(self) -> bool:
        """True if the host, or a proxy in front of it, reports overload (429 or 5xx)."""
        return self.status in _BUSY

    @property
    def is_good(self) -> bool:
        """True if the host is reachable: it accepted or rejected the delivery itself."""
        return self.status is not None and not self.is_busy


async def post_lines(
    waiting: Sequence[DueDelivery],
    signers: Mapping[int, FoundSigner],
    *,
    followers: Mapping[int, str],
    scheme: Scheme,
    limit_s: float,
    until: float,
    first_alone: bool,
    rank: float,
) -> list[Attempt]:
    """Post deliveries; a line stops at the first that is neither accepted nor permanently refused, to keep the order.

    Lines run concurrently, after the first one if that is to run alone. No request is started after `until` (the loop's time), nor if the
    host seems to be down: deliveries missing in the result were not attempted. `limit_s` is for one request, `rank` the priority among
    the requests of all hosts (`BulkScheduler.bulk`).
    """
    by_line = sorted(waiting, key=lambda delivery: (delivery.line, delivery.id))
    lines = [list(line) for _, line in groupby(by_line, key=lambda delivery: delivery.line)]
    lines.sort(key=lambda line: (line[0].is_head, line[0].id))  # lines that were refused before come last
    run = _Run(signers, followers, scheme, limit_s, until, rank)
    if first_alone:
        first, *rest = lines[0]
        await run.post([first], waits_for_room=False)
        lines = [*([rest] if rest and run.sent and _is_over(run.sent[0]) else []), *lines[1:]]
    todo = iter(lines)

    async def work() -> None:
        for line in todo:
            await run.post(line)

    async with asyncio.TaskGroup() as group:
        for _ in range(min(_INBOXES_AT_ONCE, len(lines))):
            group.create_task(work())
    return run.sent


class _Run:
    """The results of one host's turn so far."""

    def __init__(
        self,
        signers: Mapping[int, FoundSigner],
        followers: Mapping[int, str],
        scheme: Scheme,
        limit_s: float,
        until: float,
        rank: float,
    ) -> None:
        self.signers, self.scheme, self.limit_s, self.until, self.rank = signers, scheme, limit_s, until, rank
        self.followers = followers
        self.sent: list[Attempt] = []
        self.must_stop = False
        self._bad_in_a_row = 0
        self._any_good = False

    async def post(self, line: Sequence[DueDelivery], *, waits_for_room: bool = True) -> None:
        for delivery in line:
            if self.must_stop or asyncio.get_running_loop().time() > self.until:
                return
            async with _room(waits_for_room):
                if self.must_stop:
                    return
                sent = await _post(
                    delivery,
                    self.signers[delivery.signer],
                    self.scheme,
                    self.limit_s,
                    self.rank,
                    self.followers.get(delivery.id, ""),
                )
            self._count(sent)
            if not _is_over(sent):
                return

    def _count(self, sent: Attempt) -> None:
        self.sent.append(sent)
        self._any_good = self._any_good or sent.is_good
        self._bad_in_a_row = self._bad_in_a_row + 1 if sent.is_silent or sent.is_busy else 0
        self.must_stop = (
            self.must_stop
            or sent.is_local_error
            or (sent.is_silent and not self._any_good)
            or self._bad_in_a_row >= _BAD_LINES
        )


def _is_over(sent: Attempt) -> bool:
    """Return whether the next delivery of the line may be sent."""
    return sent.is_success or sent.is_unsendable or is_refused_for_good(sent.status)


def is_refused_for_good(status: int | None) -> bool:
    """Return whether a retry is pointless: redirects are not followed, and most 4xx are permanent."""
    return status is not None and 300 <= status < 500 and status not in (401, 408, 425, 429)


def retry_after(text: str) -> dt.timedelta | None:
    """Return the wait requested by a peer, in seconds or as a date; at most six hours."""
    text = text.strip()
    if text.isascii() and text.isdigit() and len(text) < 9:
        return min(dt.timedelta(seconds=int(text)), _MAX_RETRY_AFTER)
    try:
        at = dt.datetime.strptime(text, "%a, %d %b %Y %H:%M:%S GMT").replace(tzinfo=dt.UTC)
    except ValueError:
        return None
    return max(dt.timedelta(), min(at - clock.now(), _MAX_RETRY_AFTER))


async def _post(
    delivery: DueDelivery, signer: FoundSigner, scheme: Scheme, limit_s: float, rank: float, followers: str
) -> Attempt:
    """Post one delivery, with the other signature scheme too if the first is refused."""
    if signer is None:
        return Attempt(delivery, reason="its sender is gone", is_unsendable=True)
    if isinstance(signer, Problem):
        return _unsigned(delivery, signer)
    loop = asyncio.get_running_loop()
    started = loop.time()
    try:
        response = await _request(delivery, signer, scheme, limit_s, rank, followers)
        if response.status in _OTHER_SCHEME_ON:
            second = await _request(delivery, signer, other_scheme(scheme), limit_s, rank, followers)
            if second.is_success:
                response, scheme = second, other_scheme(scheme)
    except AddressProblem as error:
        return Attempt(delivery, reason=f"not sent: {error.sentence}", is_unsendable=True)
    except BadKey as error:
        return _unsigned(delivery, error)
    except FetchError as error:
        return Attempt(
            delivery,
            reason=f"{error.kind}: {error.sentence}",
            is_timeout=isinstance(error, TimedOut),
            is_local_error=error.is_ours,
            took_s=loop.time() - started,
        )
    asked = response.header("retry-after")
    reason = f"answered {response.status}"
    if response.status == 429 and (wait := retry_after(asked)):
        reason = f"{RETRY_AFTER_REASON} {wait.total_seconds():.0f} s"
    if response.is_success:
        reason = ""
    elif words := response.body[:200].decode("utf-8", "replace").strip():
        reason += f": {words}"
    return Attempt(
        delivery,
        response.status,
        reason,
        asked_to_wait=asked,
        scheme=scheme if response.is_success else "",
        took_s=loop.time() - started,
    )


def _unsigned(delivery: DueDelivery, problem: Problem) -> Attempt:
    wait = str(problem.retry_after_s) if isinstance(problem, Unavailable) else ""
    return Attempt(delivery, reason=f"not signed: {problem.sentence}", asked_to_wait=wait, is_unsigned=True)


async def _request(
    delivery: DueDelivery, signer: Signer, scheme: Scheme, limit_s: float, rank: float, followers: str
) -> Response:
    await bulk_scheduler().bulk(rank)
    headers = {"Content-Type": ACTIVITY_JSON, "User-Agent": signer.user_agent}
    if followers:
        headers[HEADER] = followers
    return await client().post(
        delivery.inbox, delivery.body, headers, timeout_s=limit_s, sign=signer.sign(scheme)
    )


@asynccontextmanager
async def _room(waits: bool) -> AsyncIterator[None]:
    """Hold one of the places for requests.

    The first delivery of a host does not wait for one, so that no host depends on the speed of others.
    """
    if not waits:
        yield
        return
    async with _in_the_air():
        yield
