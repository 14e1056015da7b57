"""The sections of the settings: listed with what each is for, which its page says, too."""

import html

import pytest

from core.pages.addresses import path_to
from tests.pages.conftest import Site
from web.frame.settings_sections import OF_IDENTITY, OF_LOGIN

pytestmark = pytest.mark.anyio


async def test_each_section_says_what_it_is_for(site: Site) -> None:
    listed = html.unescape((await site.member.get("/settings/list")).text)
    for one in (*OF_IDENTITY, *OF_LOGIN):
        page = html.unescape((await site.member.get(path_to(one.page))).text)
        assert page.count(f'<p class="soft">{one.purpose}</p>') == 1, one.page
        assert f'aria-current="page">{one.label}</a>' in page, one.page
        assert listed.count(str(one.purpose)) == 1
    assert f"@{site.member.me.handle}" in listed
