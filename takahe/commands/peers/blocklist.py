"""`takahe peer blocklist`: lists of servers with policies, as servers export and share them."""

import argparse
import sys
from collections import Counter
from itertools import batched
from pathlib import Path

from core.errors import BadInput
from takahe.cli.exits import Exit
from users.blocklists.queries import exported
from users.blocklists.reading import MAX_BYTES, Effect
from users.blocklists.services import BATCH_SIZE, apply_servers, effects, read_servers


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
