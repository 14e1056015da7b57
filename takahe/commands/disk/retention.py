"""`takahe retention`: how long posts of other servers are kept, what would be removed, and removing it now."""

import argparse
import sys
import time

from activities.retention.models import RetentionPass
from activities.retention.queries import look
from activities.retention.services import go_on, open_pass
from core.config import config
from takahe.cli.exits import Exit

_TOLD_EVERY_S = 2.0


async def retention(options: argparse.Namespace) -> int:
    """Print the settings and the last pass; with --dry-run what would be removed; with --now remove it and print what was."""
    days, followed_days = config().remote_posts_days, config().followed_posts_days
    if not days:
        print("Posts of other servers are kept for ever: TAKAHE_REMOTE_POSTS_DAYS is 0.")
        return Exit.OK
    if options.dry_run:
        return await _dry_run()
    if options.now:
        return await _now()
    followed = f"{max(days, followed_days)} days" if followed_days else "ever"
    print(f"Posts of other servers that concern nobody here are kept for {days} days,")
    print(f"those of people whom somebody here follows for {followed}.")
    last = await RetentionPass.objects.filter(pk=1).afirst()
    if last is None:
        print("The worker has not looked at them yet.")
        return Exit.OK
    ended = f"ended at {last.ended_at:%Y-%m-%d %H:%M} UTC" if last.ended_at else "is not over"
    print(f"The last pass began at {last.began_at:%Y-%m-%d %H:%M} UTC and {ended}:")
    print(
        f"{last.looked_at:,} old posts looked at, {last.removed:,} removed; {last.removed_in_all:,} removed in all passes."
    )
    return Exit.OK


async def _dry_run() -> int:
    position, count, goes, size, told_at = 0, 0, 0, 0, time.monotonic()
    while (looked := await look(position)).count:
        position = looked.last
        count += looked.count
        goes += len(looked.ids)
        size += looked.bytes
        if sys.stderr.isatty() and time.monotonic() - told_at > _TOLD_EVERY_S:
            told_at = time.monotonic()
            print(f"{count:,} looked at …", file=sys.stderr)
    print(
        f"{count:,} old posts looked at, {goes:,} would be removed: {size / 1e6:,.1f} MB of text, and as much again of what hangs on them."
    )
    return Exit.OK


async def _now() -> int:
    current = await open_pass(is_wanted=True)
    assert current is not None
    told_at = time.monotonic()
    while await go_on(current):
        if sys.stderr.isatty() and time.monotonic() - told_at > _TOLD_EVERY_S:
            told_at = time.monotonic()
            print(f"{current.looked_at:,} looked at, {current.removed:,} removed …", file=sys.stderr)
    print(f"{current.looked_at:,} old posts looked at, {current.removed:,} removed.")
    return Exit.OK
