"""The page of what media takes up, and the commands that say and change the same."""

import argparse
from pathlib import Path

import msgspec
import pytest

from core.db import sql
from federation.media.queries import remote_use
from federation.models import RemoteFileKind
from takahe.commands.disk import media
from tests.federation.media.conftest import folder
from tests.federation.media.test_budget import copy
from tests.pages.conftest import Site

pytestmark = pytest.mark.anyio

__all__ = ["folder"]


async def test_servers_and_kinds_are_shown_as_bars_with_words(site: Site, folder: Path) -> None:
    assert "Nothing yet." in (await site.moderator.get("/admin/media")).text
    await copy("far.test", "a.png", 3_000_000)
    await copy("far.test", "b.png", 1_000_000, kind=RemoteFileKind.avatar)
    await copy("near.test", "a.png", 1_000_000)
    page = (await site.moderator.get("/admin/media")).text
    assert 'aria-label="Files of posts: 3.0 MB, Profile pictures: 1.0 MB"' in page
    assert 'x="75.00%" width="25.00%"' in page
    assert (
        '<rect data-kind="avatar"' in page
    )  # no class: those of avatars and emoji have a width of their own
    assert page.index(">far.test<") < page.index(">near.test<")
    assert "style=" not in page
    assert (await site.member.get("/admin/media")).status_code == 404


@pytest.mark.slow
async def test_the_commands_print_and_evict(
    db: None, folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    status, evict = media.status, media.evict
    for n in range(3):
        await copy("far.test", f"{n}.png", 1_000_000)
    await copy("near.test", "a.png", 500_000)
    own = folder / "aa" / f"{'a' * 26}-{'0' * 16}.jpg"
    own.parent.mkdir(exist_ok=True)
    own.write_bytes(bytes(1234))
    assert await status(argparse.Namespace(json=True)) == 0
    shown = msgspec.json.decode(capsys.readouterr().out)
    assert (shown["local_bytes"], shown["remote_bytes"], shown["files"]) == (1234, 3_500_000, 4)
    assert shown["budget_bytes"] == 5_000_000_000
    assert shown["hosts"][0] == {"host": "far.test", "files": 3, "bytes": 3_000_000}
    assert (await remote_use()).local_bytes == 1234
    assert await evict(argparse.Namespace(host=None, to="2 MB")) == 0
    assert await evict(argparse.Namespace(host="NEAR.test", to=None)) == 0
    assert capsys.readouterr().out == "Removed: 2.\nRemoved: 1.\n"
    assert await status(argparse.Namespace(json=False)) == 0
    said = capsys.readouterr().out
    assert "Uploads of this server: 2 kB." in said
    assert "far.test      1  1.0 MB" in said
    assert await sql.value("SELECT count(*) FROM federation_remotefile") == 1
    assert own.exists()
