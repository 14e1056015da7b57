"""`takahe stator`: the queues of the background work, what failed in them, and another try."""

import argparse

import msgspec

import stator
from core.db import async_atomic
from core.errors import NotFound
from core.messages.worker import worker_message
from takahe.cli.exits import Exit
from takahe.cli.tables import print_table
from users.audit.models import Act
from users.audit.services import Target, record


async def show_list(options: argparse.Namespace) -> int:
    overview = await stator.overview()
    reason = worker_message(overview.health.code, overview.health.age_s)
    if options.json:
        fields = {"is_healthy": overview.health.is_well, "reason": reason}
        fields |= {name: getattr(overview, name) for name in ("queues", "workers", "jobs")}
        print(msgspec.json.encode(fields).decode())
        return Exit.OK
    print(f"worker: {reason or 'well'}")
    busy = [queue for queue in overview.queues if queue.kind in {"active", "failure"}]
    rows = [
        (
            f"{queue.model} {queue.state}",
            queue.due,
            queue.waiting,
            f"{queue.oldest_s:.0f}s",
            f"{queue.rate:.1f}",
            queue.retried,
        )
        for queue in busy
    ]
    print_table(("queue", "#due", "#waiting", "#oldest", "#per s", "#retried"), rows)
    return Exit.OK


async def show(options: argparse.Namespace) -> int:
    _check_model(options.model)
    rows = [
        (row.pk, row.changed_at.isoformat(timespec="seconds"), row.failed_in or "-", row.attempts, row.reason)
        for row in await stator.failed_rows(options.model, limit=options.limit)
    ]
    print_table(("id", "failed at", "in state", "#attempts", "reason"), rows)
    return Exit.OK


async def retry(options: argparse.Namespace) -> int:
    _check_model(options.model)
    async with async_atomic():
        if not options.ids:
            moved = await stator.retry(options.model)
        else:
            moved = sum([await stator.retry(options.model, pk) for pk in options.ids])
        await record(Act.retry_failed, Target("queue", None, options.model), details={"rows": moved})
    print(f"{moved} back to work")
    return Exit.OK if moved or not options.ids else Exit.FAILED


def _check_model(label: str) -> None:
    known = sorted(model._meta.label for model in stator.stateful_models())
    if label.lower() not in {name.lower() for name in known}:
        raise NotFound(f"There is no queue {label}. The queues are: {', '.join(known) or 'none'}.")
