"""Emoji packs: an archive is uploaded, read by the worker, previewed, then imported. Callers check that staff do it, `domain_ids` are
the domains on which they manage emoji, None for all.
"""

import datetime as dt
from collections.abc import Collection, Sequence
from typing import NamedTuple

from core import clock
from core.db import async_atomic, release_connection, sql
from core.errors import BadInput, Invalid, NotFound
from core.logs import get_logger
from core.media import children, limits
from core.media.locations import media_root
from core.media.messages import ConvertedFile, Pack, PackEntry, ReadPack, StoredRaw, StoreRaw, WritePack
from core.media.references import register_references
from users.audit.models import Act
from users.audit.services import Target, audited, record
from users.domains.models import Domain
from users.emojis.models import Emoji, EmojiPack, EmojiPackGraph, PackedEmoji
from users.emojis.services import own, pictures

log = get_logger(__name__)

_KEPT = dt.timedelta(days=1)
_REMOVED_AT_ONCE = 20
MOST_PACKS = 5  # of one login, until they are imported or discarded

# small tables: a pack lives for a day at most
register_references(
    "SELECT w.name FROM w JOIN users_emojipack p ON p.raw_file = w.name AND p.state = 'waiting'"
)
register_references("SELECT w.name FROM w JOIN users_packedemoji p ON w.name IN (p.file, p.static_file)")


class Imported(NamedTuple):
    """The result of an import. `skipped` are the shortcodes of chosen emoji that exist already."""

    added: int
    replaced: int
    skipped: tuple[str, ...] = ()


async def upload_pack(*, uploader: int | None, name: str, descriptor: int, size: int) -> EmojiPack:
    """Store an open archive for the worker to read. `uploader` is a login. Raises BadInput, among others for too many packs at once. Not in a transaction."""
    raw = await _kept(descriptor, size)
    try:
        async with async_atomic():
            if uploader is not None:
                # one upload after the other, so that the count is right
                await sql.run(
                    "SELECT pg_advisory_xact_lock(hashtextextended('packs of emoji', %s))", [uploader]
                )
                if await EmojiPack.objects.filter(uploaded_by=uploader).acount() >= MOST_PACKS:
                    raise Invalid("file", "too_many_packs", most=MOST_PACKS)
            return await EmojiPack.objects.acreate(name=name[:100], raw_file=raw, uploaded_by=uploader)
    except BadInput:
        await pictures.discard([raw])
        raise


async def _kept(descriptor: int, size: int) -> str:
    """Store an archive and return its name."""
    if not size:
        raise Invalid("file", "blank")
    if size > limits.PACK_BYTES:
        raise Invalid("file", "pack_too_large", most=limits.PACK_BYTES // limits.MEGABYTE)
    await release_connection()
    kept = await children.run(StoreRaw(root=str(media_root())), descriptor)
    assert isinstance(kept, StoredRaw)
    return kept.raw


async def read_now(*, name: str, descriptor: int, size: int) -> tuple[EmojiPack, list[PackedEmoji]]:
    """Read an open archive without the worker, for the command line; return the pack and its emoji. Raises BadInput.

    Nothing is added until `import_pack`.
    """
    raw = await _kept(descriptor, size)
    try:
        found = await children.run_long(ReadPack(root=str(media_root()), raw=raw))
    finally:
        await pictures.discard([raw])
    assert isinstance(found, Pack)
    async with async_atomic():
        pack = await EmojiPack.objects.acreate(
            name=name[:100], raw_file=raw, state=EmojiPackGraph.ready.name, state_due_at=None
        )
        await _insert_found(pack, found.entries)
    return pack, [one async for one in PackedEmoji.objects.filter(pack=pack.pk).order_by("pk")]


async def complete(pack: EmojiPack, entries: Sequence[PackEntry]) -> None:
    """Store the emoji that the worker read from a pack. Runs in the transaction that makes it ready."""
    await _insert_found(pack, entries)
    await pictures.discard([pack.raw_file])


async def _insert_found(pack: EmojiPack, entries: Sequence[PackEntry]) -> None:
    rows = [
        PackedEmoji(pack=pack, **{name: getattr(one, name) for name in one.__struct_fields__})
        for one in entries
    ]
    await PackedEmoji.objects.abulk_create(rows)


async def refuse(pack: EmojiPack, refusal: str) -> None:
    """Record why a pack can't be read. Runs in the transaction that refuses it."""
    await EmojiPack.objects.filter(pk=pack.pk).aupdate(refusal=refusal)
    await pictures.discard([pack.raw_file])


@audited(Act.import_emoji)
async def import_pack(
    *,
    pack_id: int,
    packed_ids: Collection[int],
    category: str = "",
    domain: Domain | None = None,
    replaces: bool = False,
    uploader: int | None = None,
    domain_ids: Collection[int] | None = None,
) -> Imported:
    """Import the selected emoji of a pack, delete the pack, and return how many were added and replaced, and which were skipped.

    `category` overrides those of the pack. With `replaces`, emoji with the same shortcode get the new picture; otherwise they don't
    change. With `uploader`, only a pack of that login. Raises NotFound, NotAllowed for another domain, and BadInput if the pack is not read yet or there would be too many emoji.
    """
    own.check_place(domain, domain_ids)
    category = own.checked_category(category)
    async with async_atomic():
        pack = await _locked(pack_id, uploader)
        if pack.state != EmojiPackGraph.ready.name:
            raise BadInput(code="pack_not_ready")
        packed = [one async for one in PackedEmoji.objects.filter(pack=pack.pk).order_by("pk")]
        chosen = {one.shortcode: one for one in packed if one.pk in packed_ids and one.file}
        known = {
            emoji.shortcode: emoji
            async for emoji in Emoji.objects.select_for_update().filter(
                host="", domain=domain, shortcode__in=list(chosen)
            )
        }
        new = [one for name, one in chosen.items() if name not in known]
        await own.check_capacity(len(new))
        if new:
            await own.insert(
                [
                    own.new_emoji(one.shortcode, _made(one), domain=domain, category=category or one.category)
                    for one in new
                ]
            )
        replaced = [chosen[name] for name in known] if replaces else []
        if replaced:
            await own.replace_pictures([(known[one.shortcode], _made(one)) for one in replaced])
        taken = {one.pk for one in (*new, *replaced)}
        await _delete(pack, [one for one in packed if one.pk not in taken])
        await record(
            Act.import_emoji,
            Target("pack", None, pack.name),
            domain_id=domain.pk if domain else None,
            details={"added": len(new), "replaced": len(replaced)},
        )
    log.info("emojis.pack_taken", pack=pack.name, added=len(new), replaced=len(replaced))
    return Imported(len(new), len(replaced), () if replaces else tuple(sorted(known)))


async def remove_pack(*, pack_id: int, uploader: int | None = None) -> None:
    """Delete a pack, with `uploader` only one of that login, without importing anything. Raises NotFound."""
    async with async_atomic():
        pack = await _locked(pack_id, uploader)
        await _delete(pack, [one async for one in PackedEmoji.objects.filter(pack=pack.pk)])


async def remove_old_packs() -> int:
    """Delete packs older than a day, some at a time."""
    old = EmojiPack.objects.filter(created_at__lt=clock.now() - _KEPT).order_by("pk")
    ids = [one.pk async for one in old[:_REMOVED_AT_ONCE]]
    for pack_id in ids:
        await remove_pack(pack_id=pack_id)
    return len(ids)


async def _locked(pack_id: int, uploader: int | None = None) -> EmojiPack:
    pack = await EmojiPack.objects.select_for_update().filter(pk=pack_id).afirst()
    if pack is None or uploader not in {None, pack.uploaded_by}:
        raise NotFound(code="no_such_pack")
    return pack


async def _delete(pack: EmojiPack, unused: Sequence[PackedEmoji]) -> None:
    raw = [pack.raw_file] if pack.state != EmojiPackGraph.ready.name else []
    await pictures.discard([*raw, *(name for one in unused for name in (one.file, one.static_file))])
    await pack.adelete()


def _made(packed: PackedEmoji) -> ConvertedFile:
    return ConvertedFile(kind="image", file=packed.file, preview_file=packed.static_file)


async def export_pack(*, name: str, emojis: Sequence[PackEntry]) -> str:
    """Return the name of a stored archive of these emoji, to be deleted after sending. Raises BadInput if it is too large."""
    if not emojis:
        raise Invalid("file", "pack_empty")
    await release_connection()
    kept = await children.run(WritePack(root=str(media_root()), name=name, entries=list(emojis)))
    assert isinstance(kept, StoredRaw)
    return kept.raw
