"""`takahe backup` and `takahe restore`: a whole server as files, and a server from them."""

import argparse
import os
import signal
import sys
import time
from pathlib import Path
from typing import NamedTuple

from core.config import config
from core.errors import BadInput
from takahe.backups import restoring, retention, runs, saving
from takahe.backups.archives import Manifest, Reader
from takahe.backups.passphrases import passphrase
from takahe.cli import environment, schema
from takahe.cli.exits import Exit
from takahe.commands.disk import backup_list

_EVERY_S = 0.2


class _Progress:
    """One line that changes on a terminal; nothing elsewhere, because logs don't need it."""

    def __init__(self) -> None:
        self._is_shown = sys.stderr.isatty()
        self._told_at = 0.0

    def __call__(self, words: str) -> None:
        if self._is_shown and time.monotonic() - self._told_at > _EVERY_S:
            self._told_at = time.monotonic()
            print(f"\r\033[K{words}", end="", file=sys.stderr, flush=True)

    def end(self) -> None:
        if self._is_shown:
            print("\r\033[K", end="", file=sys.stderr)


def backup(options: argparse.Namespace) -> int:
    """Write a backup while the server runs, and remove older ones of the folder if that is wanted."""
    folder, signal_before = config().backup_dir, signal.getsignal(signal.SIGTERM)
    if not (options.target or folder):
        raise BadInput("Name a file or a folder, or set TAKAHE_BACKUP_DIR.")
    if options.list:
        return backup_list.show(Path(options.target or folder))
    if options.target and options.if_due:
        raise BadInput("--if-due is for backups into TAKAHE_BACKUP_DIR: give no other target.")
    signal.signal(signal.SIGTERM, _stop)  # so that nothing is left of it
    try:
        with environment.database():
            environment.require_secret_key()
            if options.target:
                rule = retention.read_rule(options.keep) if options.keep else None
                return Exit.FAILED if _save(Path(options.target), rule).faults else Exit.OK
            return _recorded(options)
    finally:
        signal.signal(signal.SIGTERM, signal_before)


def _stop(number: int, frame: object) -> None:
    raise SystemExit(128 + number)


def _recorded(options: argparse.Namespace) -> int:
    """Make one into TAKAHE_BACKUP_DIR, and record how it went."""
    rule = retention.read_rule(options.keep) if options.keep else retention.Rule(*config().backup_keep)
    with runs.recording(only_if_due=options.if_due) as run:
        if run is None:
            print("No backup is due, or another one is being made.")
            return Exit.OK
        made = _save(Path(config().backup_dir), rule)
        run.done(made.bytes, " ".join(made.faults))
    return Exit.FAILED if made.faults else Exit.OK


class _Made(NamedTuple):
    bytes: int
    faults: list[str]  # sentences about what it lacks


def _save(target: Path, rule: retention.Rule | None) -> _Made:
    began, progress = time.monotonic(), _Progress()
    removed: list[retention.Removed] = []
    faults: list[str] = []

    def thin(folder: Path) -> None:
        if rule is None:
            return
        try:
            removed.append(retention.thin(folder, rule))
        except (BadInput, OSError) as error:  # the new one is whole
            faults.append(f"Older backups were not removed: {error}")

    try:
        saved = saving.save(target, passphrase(), progress, thin=thin if rule else None)
    except OSError as error:
        raise BadInput(f"The backup can't be written: {error}. Nothing was kept of it.") from error
    finally:
        progress.end()
    size = saved.path.stat().st_size
    print(
        f"{saved.path}: {_words(saved.manifest)}, {size / 1e6:,.1f} MB, in {time.monotonic() - began:.1f} s."
    )
    if saved.manifest.needs:
        print(
            f"Keep these settings, too: {', '.join(saved.manifest.needs)}. They are not in the backup, and it is useless without them."
        )
    for gone in removed:
        print(f"Older backups removed: {gone.backups}; media that no backup needs: {gone.files}.")
    if saved.damaged:
        named = ", ".join(saved.damaged[:5])
        faults.append(
            f"{len(saved.damaged)} media files were left out, because their content is not what their name says: {named}. "
            "All else was saved."
        )
    for fault in faults:
        print(f"takahe: {fault}", file=sys.stderr)
    is_apart = (target / "media").is_dir()  # beside the zip
    return _Made(size + (saved.manifest.media_bytes if is_apart else 0), faults)


def restore(options: argparse.Namespace) -> int:
    """Make the server of a backup, or with --check prove that this can be done."""
    began, progress = time.monotonic(), _Progress()
    with Reader(restoring.newest(Path(options.target)), passphrase()) as reader:
        try:
            if options.check:
                manifest = restoring.check(reader, progress, is_trusted=options.trusted)
                done = "The backup is good"
            else:
                with environment.database(may_create="TAKAHE_DATA_DIR" in os.environ):
                    manifest = restoring.restore(reader, progress, is_trusted=options.trusted)
                    is_complete = schema.is_complete()
                done = "Restored"
        finally:
            progress.end()
    print(f"{done}: {_words(manifest)}, in {time.monotonic() - began:.1f} s.")
    if not options.check and not is_complete:
        print(
            f"It was made by version {restoring.printable(manifest.version)}. `takahe serve` updates the tables when it starts, and so does `takahe migrate`."
        )
    return Exit.OK


def _words(manifest: Manifest) -> str:
    count = sum(table.rows for table in manifest.tables)
    return (
        f"{restoring.printable(', '.join(manifest.domains[:5])) or 'no domain'} as of {restoring.printable(manifest.made_at[:16])} UTC, {count:,} rows in {len(manifest.tables)} tables, "
        f"{manifest.media_files:,} media files ({manifest.media_bytes / 1e6:,.1f} MB)"
    )
