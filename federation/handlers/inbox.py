"""Handling of verified messages: in order of arrival, one savepoint each, with the reason of the result stored."""

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import msgspec

from core.db import async_atomic, sql
from core.db.statements import Statement
from core.errors import Problem, Unavailable
from core.http import FetchError
from core.logs import get_logger
from federation import metrics, registry
from federation.fetching import slots
from federation.handlers.host_contact import record_contact
from federation.handlers.order import first_earlier_messages, wait_for_earlier
from federation.inbox.incoming import read_activity, undoes_others
from federation.models import InboxGraph, InboxMessage
from federation.peers import is_blocked
from federation.registry import (
    Dependency,
    Handled,
    IncomingActivity,
    Later,
    NeedsFetch,
    Verdict,
    ignored,
    refused,
)
from stator import Outcome, failed, later, to
from stator.workers.state_worker import connection_is_lost

log = get_logger(__name__)
_KEEP_REASONS = Statement(
    "inbox.keep_reasons",
    "Stores why messages of a batch ended or are waiting.",
    "federation_inboxmessage_pkey",
)

_MAX_TRIES = 6  # of a handler that fails with an error
_MAX_NEEDS = 50


@dataclass(slots=True)
class _Result:
    outcome: Outcome
    reason: str = ""
    tries: int = 0
    wants: dict[str, Any] | None = field(default=None)


@InboxGraph.received.batch(size=25)
async def handle_messages(messages: list[InboxMessage]) -> dict[int, Outcome]:
    """Handle each message or store why it was refused.

    Documents that a handler lacks are fetched outside of this transaction, in state `fetching`.
    """
    messages.sort(key=lambda message: message.id)
    waiting = await first_earlier_messages(messages)
    results: dict[int, _Result] = {}
    for message in messages:
        if message.actor in waiting and waiting[message.actor] < message.id:
            results[message.id] = _Result(wait_for_earlier(), tries=message.tries)
            continue
        result = await _handle(message)
        results[message.id] = result
        if result.outcome.state is InboxGraph.fetching:
            waiting[message.actor] = message.id
    await _keep_reasons(results)
    await record_contact({message.host for message in messages})
    return {pk: result.outcome for pk, result in results.items()}


async def _handle(message: InboxMessage) -> _Result:
    try:
        async with async_atomic():
            handled = await _dispatch(message)
    except NeedsFetch as need:
        return _fetch_first(message, need.needs)
    except Later as answer:
        if not answer.is_attempt:
            return _Result(later(answer.reason, answer.after, is_attempt=False), tries=message.tries)
        return _again(message, answer.reason, answer.after)
    except Unavailable as problem:
        return _again(message, problem.sentence)
    except Problem as problem:
        handled = refused(problem.sentence)
    except Exception as error:
        if connection_is_lost():
            raise
        log.failure("inbox.handler_failed", error, message=message.id, activity=message.activity_id)
        return _again(message, f"{type(error).__name__}: {error}")
    match handled.verdict:
        case Verdict.DONE:
            metrics.count("message", "handled")
            return _Result(to(InboxGraph.handled))
        case Verdict.IGNORED:
            metrics.count("message", "skipped")
            return _Result(to(InboxGraph.skipped), handled.reason)
        case Verdict.REFUSED:
            metrics.count("message", "failed")
            log.info(
                "inbox.refused", activity=message.activity_id, actor=message.actor, reason=handled.reason
            )
            return _Result(failed(handled.reason), handled.reason)


async def _dispatch(message: InboxMessage) -> Handled:
    if await is_blocked(message.host):
        return ignored("the host is blocked")
    activity = read_activity(message, await _owner_of(message.inbox))
    if message.inbox and activity.target is None and registry.registered("inbox owner"):
        return ignored("nobody has this inbox")
    if undoes_others(activity):
        return ignored("it takes back what somebody else did")
    handler = registry.handler_of(activity)
    if handler is None:
        what = activity.type + (f" of {activity.object_type}" if activity.object_type else "")
        return ignored(f"{what or 'an activity without type'} is not handled here")
    needs = await _needs(activity)
    done = {tuple(pair) for pair in (message.wants or {}).get("done", [])}
    missing = [need for need in needs if (need.kind, need.uri) not in done]
    if missing:
        raise _Needs(missing)
    return await handler(activity)


class _Needs(NeedsFetch):
    """Several required documents."""

    def __init__(self, needs: Sequence[Dependency]) -> None:
        super().__init__(needs[0].uri, needs[0].kind)
        self.needs = tuple(needs)  # type: ignore[assignment]


async def _needs(activity: IncomingActivity) -> list[Dependency]:
    found: dict[Dependency, None] = {}
    for function in registry.needs_of(activity.type):
        found.update(dict.fromkeys(await function(activity)))
    return list(found)


async def _owner_of(inbox: str) -> int | None:
    find = registry.registered("inbox owner")
    if not inbox or find is None:
        return None
    host, _, username = inbox.partition("/")
    owner: int | None = await find(host, username)
    return owner


def _fetch_first(message: InboxMessage, needs: Sequence[Dependency]) -> _Result:
    wants = message.wants or {"todo": [], "done": []}
    done = [tuple(pair) for pair in wants["done"]]
    again = [need for need in needs if (need.kind, need.uri) in done]
    if again or len(done) + len(needs) > _MAX_NEEDS:
        reason = f"its handler asked for {again[0].uri} again" if again else "it refers to too much"
        metrics.count("message", "failed")
        return _Result(failed(reason), reason)
    todo = [[need.kind, need.uri] for need in needs]
    return _Result(to(InboxGraph.fetching), wants={"todo": todo, "done": [list(pair) for pair in done]})


def _again(message: InboxMessage, reason: str, after: dt.timedelta | None = None) -> _Result:
    tries = message.tries + 1
    if tries >= _MAX_TRIES:
        metrics.count("message", "failed")
        return _Result(failed(reason), reason, tries)
    return _Result(later(reason, after or dt.timedelta(seconds=2.0 * 4 ** (tries - 1))), tries=tries)


@InboxGraph.fetching.each(concurrency=slots.CONCURRENCY, fair_by="host", fair_share=20)
async def fetch_needed_documents(message: InboxMessage) -> Outcome:
    """Fetch the documents that the message needs. Fails permanently if one can't be fetched."""
    slots.is_bounded.set(True)
    wants = message.wants or {"todo": [], "done": []}
    for kind, uri in wants["todo"]:
        resolve = registry.registered(f"resolver {kind}")
        if resolve is None:
            return failed(f"nobody here can fetch {kind}s")
        try:
            await resolve(uri)
        except slots.NoSlot as error:
            return later(
                f"{uri} can't be fetched yet: {error.sentence}",
                dt.timedelta(seconds=error.after_s),
                is_attempt=False,
            )
        except FetchError as error:
            reason = f"{uri} can't be fetched ({error.kind}): {error.sentence}"
            if error.is_ours or (error.is_temporary and message.state_attempts < 4):
                return later(reason, is_attempt=not error.is_ours)
            return _end(message, reason)
        except Problem as problem:
            return _end(message, f"{uri} can't be used: {problem.sentence}")
    done = [*wants["done"], *wants["todo"]]

    async def keep() -> None:
        await InboxMessage.objects.filter(pk=message.pk).aupdate(wants={"todo": [], "done": done})

    return to(InboxGraph.received, effect=keep)


def _storable(reason: str) -> str:
    """Make a reason storable: it may quote the sender, so remove NUL and lone surrogates, and truncate it."""
    return reason[:500].replace("\0", " ").encode(errors="replace").decode()


def _json(value: object) -> str | None:
    return None if value is None else msgspec.json.encode(value).decode()


def _end(message: InboxMessage, reason: str) -> Outcome:
    async def keep() -> None:
        await InboxMessage.objects.filter(pk=message.pk).aupdate(reason=_storable(reason))

    metrics.count("message", "skipped")
    return to(InboxGraph.skipped, effect=keep)


async def _keep_reasons(results: dict[int, _Result]) -> None:
    """Store the reasons, attempts and required documents of a batch, in one statement."""
    changed = {pk: result for pk, result in results.items() if result.reason or result.tries or result.wants}
    if not changed:
        return
    query = _KEEP_REASONS(
        """
        UPDATE federation_inboxmessage message SET reason = new.reason, tries = new.tries, wants = coalesce(new.wants, message.wants)
        FROM unnest(%(ids)s::bigint[], %(reasons)s::text[], %(tries)s::smallint[], %(wants)s::jsonb[]) AS new (id, reason, tries, wants)
        WHERE message.id = new.id
        """,
        ids=list(changed),
        reasons=[_storable(result.reason) for result in changed.values()],
        tries=[result.tries for result in changed.values()],
        wants=[_json(result.wants) for result in changed.values()],
    )
    await sql.run(query)
