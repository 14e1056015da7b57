"""Packs of emoji: of all software, looked at before they are taken, exported, and bounded."""

import io
import itertools
import json
import os
import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest

from activities.media.handlers import remove_discarded_files
from core import clock
from core.errors import BadInput, NotFound, restored
from core.media import limits
from core.media.child import emoji_packs
from core.media.child.errors import Refusal
from core.media.locations import storage
from core.media.messages import PackEntry, ReadPack
from stator.outcomes import Outcome
from tests.media.conftest import folder as folder
from tests.support.queries import counted
from tests.users.emojis import pictures
from tests.users.emojis.archives import of_misskey, of_pleroma, tarred, zipped
from users.emojis.handlers import read_pack, remove_old_packs
from users.emojis.models import Emoji, EmojiPack, EmojiRemoval, PackedEmoji
from users.emojis.services import own, packs

pytestmark = [pytest.mark.anyio, pytest.mark.slow]
RED, BLUE, PARTY = pictures.still(), pictures.still("WEBP", colour="blue"), pictures.moving()


async def upload(content: bytes) -> EmojiPack:
    descriptor = os.memfd_create("pack")
    try:
        os.write(descriptor, content)
        pack = await packs.upload_pack(uploader=None, name="pack", descriptor=descriptor, size=len(content))
    finally:
        os.close(descriptor)
    await finish(pack)
    return await EmojiPack.objects.aget(pk=pack.pk)


async def finish(pack: EmojiPack) -> None:
    """Read a pack as the worker does."""
    outcome: Outcome = await read_pack(pack)
    assert outcome.state is not None
    assert outcome.effect is not None
    await outcome.effect()
    await EmojiPack.objects.filter(pk=pack.pk).aupdate(state=outcome.state.name, state_due_at=None)


async def found_in(pack: EmojiPack) -> dict[str, tuple[str, str]]:
    return {one.shortcode: (one.category, one.problem) async for one in PackedEmoji.objects.filter(pack=pack)}


@pytest.mark.parametrize(
    ("archive", "expected"),
    [
        (of_pleroma({"red.png": RED, "party.gif": PARTY}), {"red": "", "party": ""}),
        (of_misskey({"a.png": RED, "b.webp": BLUE}), {"mk_0": "Mi", "mk_1": "Mi"}),
        (zipped({"Blobs/red.png": RED, "blue.webp": BLUE, "readme.txt": b"x"}), {"red": "Blobs", "blue": ""}),
        (tarred({"red.png": RED, "Blobs/party.gif": PARTY}), {"red": "", "party": "Blobs"}),
        (tarred({"red.png": RED}, "w:"), {"red": ""}),
    ],
)
async def test_packs_of_all_kinds(archive: bytes, expected: dict[str, str], db: None, folder: Path) -> None:
    pack = await upload(archive)
    assert pack.state == "ready"
    assert await found_in(pack) == {name: (category, "") for name, category in expected.items()}


async def test_a_pack_is_taken_in_part_and_the_rest_goes(db: None, folder: Path) -> None:
    before = await own.add_emoji(shortcode="red", picture=BLUE)
    pack = await upload(zipped({"red.png": RED, "party.gif": PARTY, "other.png": RED}))
    assert await Emoji.objects.acount() == 1
    ids = {one.shortcode: one.pk async for one in PackedEmoji.objects.filter(pack=pack)}
    chosen = [ids["red"], ids["party"], 5]
    assert await packs.import_pack(pack_id=pack.pk, packed_ids=chosen, category="New") == (1, 0, ("red",))
    party = await Emoji.objects.aget(shortcode="party")
    assert (party.category, bool(party.static_file)) == ("New", True)
    await remove_discarded_files()
    kept = {path.name for path in folder.rglob("*.*") if ".work" not in path.parts}
    assert kept == {before.file, party.file, party.static_file}
    with pytest.raises(NotFound):
        await packs.import_pack(pack_id=pack.pk, packed_ids=chosen)


async def test_a_pack_replaces_pictures_when_asked(db: None, folder: Path) -> None:
    before = await own.add_emoji(shortcode="red", picture=BLUE)
    pack = await upload(zipped({"red.png": RED}))
    ids = [one.pk async for one in PackedEmoji.objects.filter(pack=pack)]
    assert await packs.import_pack(pack_id=pack.pk, packed_ids=ids, replaces=True) == (0, 1, ())
    after = await Emoji.objects.aget(shortcode="red")
    assert (after.pk, after.file != before.file) == (before.pk, True)


async def test_invalid_emoji_of_a_pack_state_their_error(db: None, folder: Path) -> None:
    pack = await upload(
        zipped(
            {
                "../../etc/passwd.png": RED,
                "/tmp/evil.png": RED,
                "..png": RED,
                "x.png": RED,
                "svg.png": b"<svg/>",
                "broken.png": RED[:40],
                "large.png": RED + b"\0" * limits.EMOJI_BYTES,
                "bomb.png": b"\0" * 50_000_000,
            }
        )
    )
    assert await found_in(pack) == {
        "passwd": ("etc", ""),
        "evil": ("tmp", ""),
        "x": ("", "shortcode_invalid"),
        "svg": ("", "not_for_emoji"),
        "broken": ("", "invalid"),
        "large": ("", "emoji_too_large"),
        "bomb": ("", "emoji_too_large"),
    }
    assert not Path("/tmp/evil.png").exists()


def _many() -> bytes:
    return zipped({f"e{number}.png": b"x" for number in range(limits.PACK_EMOJIS + 1)})


@pytest.mark.parametrize(
    ("packed", "code"),  # not when the tests are collected, which each process of a run does
    [
        (lambda: b"no archive at all" * 100, "pack_invalid"),
        (lambda: b"PK\x03\x04" + b"\0" * 500, "pack_invalid"),
        (lambda: zipped({"readme.txt": b"x"}), "pack_empty"),
        (lambda: zipped({"red.png": RED}, zipfile.ZIP_LZMA), "pack_invalid"),
        (lambda: zipped({"red.png": RED}, zipfile.ZIP_BZIP2), "pack_invalid"),
        (lambda: zipped({"pack.json": b'{"files": [1]}', "red.png": RED}), "pack_invalid"),
        (lambda: zipped({"meta.json": b"[" * 100_000}), "pack_invalid"),
        (_many, "pack_too_many"),
        (lambda: tarred({"zeros.bin": b"\0" * (limits.PACK_UNPACKED_BYTES + 1)}), "pack_too_large"),
    ],
)
async def test_other_archives_are_refused(
    packed: Callable[[], bytes], code: str, db: None, folder: Path
) -> None:
    pack = await upload(packed())
    assert pack.state == "refused"
    assert restored(pack.refusal).code == code


async def test_a_pack_stores_a_shortcode_once_however_often_it_is_in_it(db: None, folder: Path) -> None:
    """Or a small archive would fill the disk: all of these spellings are one shortcode."""
    names = {"a" + "".join(signs) + "b": "red.png" for signs in itertools.product("-. +", repeat=4)}
    pack = await upload(zipped({"red.png": RED, "pack.json": json.dumps({"files": names}).encode()}))
    assert await found_in(pack) == {"a_b": ("", "")}
    assert len(list(folder.rglob("*.png"))) == 1


async def test_a_pack_that_lists_without_end_is_refused(
    db: None, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(emoji_packs, "_MAX_MEMBERS", 9)
    named = {"metaVersion": 2, "emojis": [{"fileName": "red.png", "emoji": {"name": "red"}}] * 10}
    packed = zipped({"red.png": RED, "meta.json": json.dumps(named).encode()})
    raw = storage().put(packed, "png")
    with pytest.raises(Refusal) as refused:  # here, not in a child: its bound is a small one
        emoji_packs.read_pack(ReadPack(root=str(folder), raw=raw), storage())
    assert refused.value.code == "pack_too_many"


async def test_a_pack_of_any_size_costs_the_same_statements(
    db: None, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def taken(*names: str) -> int:
        pack = await EmojiPack.objects.acreate(name="x", raw_file="", state="ready")
        packed = [PackedEmoji(pack=pack, shortcode=name, file=f"{name}.png") for name in names]
        await PackedEmoji.objects.abulk_create(packed)
        async with counted(monkeypatch) as seen:
            await packs.import_pack(pack_id=pack.pk, packed_ids={one.pk for one in packed}, replaces=True)
        return len(seen)

    few, many = ["e0", "e1"], [f"e{number}" for number in range(40)]
    await own.add_emoji(shortcode="e0", picture=RED)
    first = await taken(*few)
    for number in range(2, 20):
        await Emoji.objects.acreate(shortcode=f"e{number}", file=f"old{number}.png", updated_at=clock.now())
    assert await taken(*many) == first
    assert await EmojiRemoval.objects.acount() == 1 + 20
    ids = [one.pk async for one in Emoji.objects.all()]
    async with counted(monkeypatch) as one:
        await own.remove_emojis(emoji_ids=ids[:1])
    async with counted(monkeypatch) as others:
        await own.remove_emojis(emoji_ids=ids[1:])
    assert (len(others), await Emoji.objects.acount()) == (len(one), 0)


async def test_an_unused_pack_is_deleted_after_a_day(db: None, folder: Path) -> None:
    pack = await upload(zipped({"red.png": RED}))
    await EmojiPack.objects.aupdate(created_at=clock.now() - packs._KEPT * 2)
    assert await remove_old_packs() == 1
    assert not await PackedEmoji.objects.aexists()
    with pytest.raises(NotFound):
        await packs.remove_pack(pack_id=pack.pk)
    await remove_discarded_files()
    assert not [path for path in folder.rglob("*.*") if ".work" not in path.parts]


async def test_exported_packs_can_be_imported(db: None, folder: Path) -> None:
    for name, picture in (("red", RED), ("party", PARTY)):
        await own.add_emoji(shortcode=name, picture=picture, category="Mine")
    rows = [one async for one in Emoji.objects.order_by("shortcode")]
    name = await packs.export_pack(
        name="mine",
        emojis=[PackEntry(shortcode=one.shortcode, category=one.category, file=one.file) for one in rows],
    )
    content = storage().path(name).read_bytes()
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        assert set(archive.namelist()) == {"red.png", "party.webp", "pack.json", "meta.json"}
        assert json.loads(archive.read("pack.json"))["files"] == {"red": "red.png", "party": "party.webp"}
        assert {one["emoji"]["category"] for one in json.loads(archive.read("meta.json"))["emojis"]} == {
            "Mine"
        }
    await Emoji.objects.all().adelete()
    assert await found_in(await upload(content)) == {"red": ("Mine", ""), "party": ("Mine", "")}
    with pytest.raises(BadInput):
        await packs.export_pack(name="none", emojis=[])
