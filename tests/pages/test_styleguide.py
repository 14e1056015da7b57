"""The style guide is a page of development."""

import pytest

from core.config import config
from tests.pages.conftest import Site
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
