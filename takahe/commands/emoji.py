"""`takahe emoji`: custom emoji of this server."""

import argparse
import os
from pathlib import Path
from typing import BinaryIO

from core.errors import BadInput
from core.media.locations import storage
from core.media.messages import PackEntry
from takahe.cli.exits import Exit
from takahe.cli.lookups import domain_named
from takahe.cli.tables import print_table
from users.domains.models import Domain
from users.emojis.queries import own_listed
from users.emojis.services import packs
from users.emojis.services.own import MAX_EMOJIS, add_emoji
from users.emojis.services.packs import export_pack


async def _domain(name: str | None) -> Domain | None:
    return await domain_named(name) if name else None


def _content(name: str) -> bytes:
    try:
        return Path(name).read_bytes()
    except OSError as error:
        raise BadInput(f"{name} can't be read: {error.strerror}.") from error


def _opened(name: str) -> BinaryIO:
    try:
        return Path(name).open("rb")
    except OSError as error:
        raise BadInput(f"{name} can't be read: {error.strerror}.") from error


def _copy(stored: Path, name: str) -> None:
    """Write the stored archive to the file that was asked for, and delete the stored one."""
    try:
        Path(name).write_bytes(stored.read_bytes())
    except OSError as error:
        raise BadInput(f"{name} can't be written: {error.strerror}.") from error
    finally:
        stored.unlink(missing_ok=True)


async def show_list(options: argparse.Namespace) -> int:
    found = await own_listed("", category=options.category, limit=MAX_EMOJIS)
    print_table(
        ("shortcode", "category", "domain", "state"),
        [
            (
                one.shortcode,
                one.category or "-",
                one.domain or "all domains",
                "disabled"
                if not one.is_enabled
                else "enabled"
                if one.is_visible_in_picker
                else "not in the picker",
            )
            for one in found
        ],
    )
    return Exit.OK


async def add(options: argparse.Namespace) -> int:
    made = await add_emoji(
        shortcode=options.shortcode or Path(options.file).stem,
        picture=_content(options.file),
        category=options.category or "",
        domain=await _domain(options.domain),
        is_visible_in_picker=not options.hidden,
    )
    print(made.shortcode)
    return Exit.OK


async def import_pack(options: argparse.Namespace) -> int:
    domain = await _domain(options.domain)
    with _opened(options.file) as file:
        size = os.fstat(file.fileno()).st_size
        pack, entries = await packs.read_now(
            name=Path(options.file).stem, descriptor=file.fileno(), size=size
        )
    for one in entries:
        if options.dry_run or one.problem:
            print(f"{one.shortcode}\t{one.problem or 'good'}")
    if options.dry_run:
        await packs.remove_pack(pack_id=pack.pk)
        return Exit.OK
    added, replaced, skipped = await packs.import_pack(
        pack_id=pack.pk,
        packed_ids={one.pk for one in entries},
        category=options.category or "",
        domain=domain,
        replaces=options.replace,
    )
    print(f"{added} added, {replaced} replaced")
    if skipped:
        print(f"{len(skipped)} skipped, because they exist: {', '.join(skipped)}")
    return Exit.OK


async def export(options: argparse.Namespace) -> int:
    found = await own_listed("", category=options.category, limit=MAX_EMOJIS)
    entries = {
        one.shortcode: PackEntry(shortcode=one.shortcode, category=one.category, file=one.file)
        for one in found
    }
    stored = storage().path(await export_pack(name=Path(options.file).stem, emojis=list(entries.values())))
    _copy(stored, options.file)
    print(f"{len(entries)} emoji in {options.file}")
    return Exit.OK
