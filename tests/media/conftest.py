"""A small world, an empty media folder, and no rate limits."""

from pathlib import Path

import httpx
import pytest

from core.config import config
from tests.api.support.world import World, make_world
from tests.media.files import ffmpeg


@pytest.fixture
async def world(client: httpx.AsyncClient, folder: Path) -> World:
    return await make_world(client)


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Return the folder of the stored files."""
    monkeypatch.setattr(config(), "media_dir", str(tmp_path / "media"))
    monkeypatch.setattr(config(), "rate_limit_percent", 0)
    return tmp_path / "media"


@pytest.fixture
def with_ffmpeg(monkeypatch: pytest.MonkeyPatch) -> str:
    program = ffmpeg()
    if program is None:
        pytest.skip("no ffmpeg here: install it, or pip install imageio-ffmpeg")
    monkeypatch.setattr(config(), "ffmpeg", program)
    return program


@pytest.fixture
def without_ffmpeg(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(config(), "ffmpeg", "no-such-program")
