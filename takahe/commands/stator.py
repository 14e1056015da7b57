"""`takahe stator`: the queues of the background work, what failed in them, and another try."""

import argparse

import msgspec

from core.errors import NotFound
from takahe.cli.environment import command
from takahe.cli.exits import Exit


@command
async def show_list(options: argparse.Namespace) -> int:
    import stator

    overview = await stator.overview()
    if options.json:
        print(msgspec.json.encode(overview).decode())
        return Exit.OK
    print(f"worker: {'well' if overview.is_healthy else overview.reason}")
    busy = [queue for queue in overview.queues if queue.kind in {"active", "failure"}]
    width = max((len(f"{queue.model} {queue.state}") for queue in busy), default=10)
    print(f"{'queue':<{width}}  {'due':>8}  {'waiting':>8}  {'oldest':>8}  {'per s':>8}  {'retried':>8}")
    for queue in busy:
        name = f"{queue.model} {queue.state}"
        print(
            f"{name:<{width}}  {queue.due:>8}  {queue.waiting:>8}  {queue.oldest_s:>7.0f}s  {queue.rate:>8.1f}  {queue.retried:>8}"
        )
    return Exit.OK


@command
async def show(options: argparse.Namespace) -> int:
    import stator

    _check_model(options.model)
    for row in await stator.failed_rows(options.model, limit=options.limit):
        when = row.changed_at.isoformat(timespec="seconds")
        print(f"{row.pk}\t{when}\t{row.failed_in or '-'}\t{row.attempts} attempts\t{row.reason}")
    return Exit.OK


@command
async def retry(options: argparse.Namespace) -> int:
    import stator

    _check_model(options.model)
    if not options.ids:
        moved = await stator.retry(options.model)
    else:
        moved = sum([await stator.retry(options.model, pk) for pk in options.ids])
    print(f"{moved} back to work")
    return Exit.OK if moved or not options.ids else Exit.FAILED


def _check_model(label: str) -> None:
    import stator

    known = sorted(model._meta.label for model in stator.stateful_models())
    if label.lower() not in {name.lower() for name in known}:
        raise NotFound(f"There is no queue {label}. The queues are: {', '.join(known) or 'none'}.")
