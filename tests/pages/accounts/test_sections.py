"""The sections of the settings: listed with what each is for, which its page says, too."""

import html
import re

import pytest

from core.pages.addresses import path_to
from tests.pages.conftest import Site
from web.frame.settings_sections import OF_IDENTITY, OF_LOGIN

pytestmark = pytest.mark.anyio


def _title_of(page: str) -> str:
    found = re.search(r"<title>(.*?)</title>", page, re.DOTALL)
    assert found
    return found[1]


async def test_each_section_says_what_it_is_for(site: Site) -> None:
    titles = []
    listed = html.unescape((await site.member.get("/settings/list")).text)
    for one in (*OF_IDENTITY, *OF_LOGIN):
        page = html.unescape((await site.member.get(path_to(one.page))).text)
        assert page.count(f'<p class="soft">{one.purpose}</p>') == 1, one.page
        assert f'aria-current="page">{one.label}</a>' in page, one.page
        assert listed.count(str(one.purpose)) == 1
        titles.append(_title_of(page))
    assert _title_of(listed).startswith("Settings · ")
    assert all(re.match(r"(?!Settings)\S.* · Settings · ", title) for title in titles), titles
    assert len(set(titles)) == len(titles), titles
    assert f"@{site.member.me.handle}" in listed
