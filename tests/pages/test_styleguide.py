"""The style guide is a page of development."""

import re

import pytest

from core.config import config
from tests.pages.conftest import Site
from tests.support.servers import ROOT
from web.styleguide.guide import SECTIONS

pytestmark = pytest.mark.anyio


async def test_the_guide_is_there_in_development_only(site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    assert (await site.admin.get("/styleguide")).status_code == 404
    monkeypatch.setattr(config(), "debug", True)
    page = await site.member.get("/styleguide")
    assert page.status_code == 200
    for section in SECTIONS:
        for scheme in ("light", "dark"):
            assert f'id="{section}-{scheme}"' in page.text
    for step in ("t1", "t9", "s8", "r5", "e2", "m4", "c-accent"):
        assert re.search(rf'<span class="[^"]*{step}">', page.text), step


def test_the_bird_looks_around_wherever_nothing_is() -> None:
    """Places without contents look alike. What blocking somebody means is no empty place."""
    bare = [
        file.name
        for file in sorted((ROOT / "templates").rglob("*.html"))
        for after in file.read_text().split('class="card empty">')[1:]
        if not after.lstrip().startswith("{% bird")
    ]
    assert bare == ["_blocked.html"]
