"""`takahe peer blocklist`: lists of servers with policies, as servers export and share them."""

import argparse
import sys
from collections import Counter
from itertools import batched
from pathlib import Path

from core.errors import BadInput, NotFound, restored
from takahe.cli.exits import Exit
from users.blocklists.queries import all_subscriptions, exported
from users.blocklists.reading import MAX_BYTES, Effect
from users.blocklists.services import BATCH_SIZE, apply_servers, effects, read_servers, subscriptions


async def export(options: argparse.Namespace) -> int:
    """Write the policies of this server as CSV."""
    content = b"".join(
        [piece async for piece in exported(allows=options.allowed, with_notes=options.with_notes)]
    )
    if options.file == "-":
        sys.stdout.write(content.decode())
        return Exit.OK
    _write(options.file, content)
    return Exit.OK


def _write(name: str, content: bytes) -> None:
    try:
        Path(name).write_bytes(content)
    except OSError as error:
        raise BadInput(f"{name} can't be written: {error.strerror}.") from error


async def import_list(options: argparse.Namespace) -> int:
    """Set the policies of the servers that a list names."""
    servers, skipped = await read_servers(_content(options.file), allows=options.allowed)
    found = await effects(servers, overrides=options.override)
    for row in skipped:
        print(f"line {row.line}\t{row.given}\tskipped: {row.reason.replace('_', ' ')}")
    if options.dry_run:
        for listed, effect, after in found:
            if effect not in (Effect.same, Effect.kept):
                print(f"line {listed.line}\t{listed.host}\t{after.policy}")
    else:
        changed = [listed for listed, effect, _ in found if effect not in (Effect.same, Effect.kept)]
        for batch in batched(changed, BATCH_SIZE, strict=False):
            await apply_servers(servers=batch, name=Path(options.file).name[:200], overrides=options.override)
    counts = Counter(effect for _, effect, _ in found)
    print(
        f"{counts[Effect.new]} new, {counts[Effect.changed]} changed, {counts[Effect.kept]} kept as this server decided, "
        f"{counts[Effect.same]} already so, {len(skipped)} skipped"
    )
    return Exit.OK


def _content(name: str) -> bytes:
    if name == "-":
        return sys.stdin.buffer.read(MAX_BYTES + 1)
    try:
        with Path(name).open("rb") as file:
            return file.read(MAX_BYTES + 1)
    except OSError as error:
        raise BadInput(f"{name} can't be read: {error.strerror}.") from error


async def subscribe(options: argparse.Namespace) -> int:
    """Subscribe to a list, which the worker fetches."""
    made = await subscriptions.subscribe(moderator=None, address=options.address, name=options.name or "")
    print(f"{made.pk}\t{made.name}\t{made.state}")
    print(
        "The worker fetches it. Look at it under Administration → Servers, or run takahe peer blocklist apply."
    )
    return Exit.OK


async def subscribed(_options: argparse.Namespace) -> int:
    """Print the subscribed lists."""
    for one in await all_subscriptions():
        fetched = one.fetched_at.isoformat(timespec="seconds") if one.fetched_at else "never"
        problem = restored(one.problem).sentence if one.problem else ""
        print(
            f"{one.pk}\t{one.name}\t{one.state}\t{one.counts.get('listed', 0)}\t{fetched}\t{one.address}\t{problem}"
        )
    return Exit.OK


async def apply_subscribed(options: argparse.Namespace) -> int:
    """Have the worker apply a list that waits for staff."""
    await subscriptions.accept(moderator=None, subscription_id=await _found(options.list))
    return Exit.OK


async def refresh(options: argparse.Namespace) -> int:
    """Have the worker fetch a list now."""
    await subscriptions.refresh(moderator=None, subscription_id=await _found(options.list))
    return Exit.OK


async def unsubscribe(options: argparse.Namespace) -> int:
    """Have the worker remove a list."""
    await subscriptions.unsubscribe(
        moderator=None, subscription_id=await _found(options.list), keeps=options.keep
    )
    return Exit.OK


async def _found(given: str) -> int:
    """Return the subscription with this id or address. Raises NotFound."""
    for one in await all_subscriptions():
        if given in (str(one.pk), one.address):
            return one.pk
    raise NotFound("There is no such list. takahe peer blocklist list prints those that there are.")
