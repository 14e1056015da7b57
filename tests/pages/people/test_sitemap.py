"""robots.txt and the sitemap: nobody is in it who did not ask to be found."""

from xml.etree import ElementTree

import pytest

from core import clock
from tests.activities import people as rows
from tests.pages.conftest import Site
from users.domains import services as domains
from users.identities.models import Identity

pytestmark = pytest.mark.anyio


def _addresses(xml: str) -> list[str]:
    return [str(one.text) for one in ElementTree.fromstring(xml).iter() if one.tag.endswith("}loc")]


async def test_the_sitemap_lists_who_wants_to_be_found_and_nobody_else(site: Site) -> None:
    robots = (await site.nobody.get("/robots.txt")).text
    assert "Sitemap: https://testserver/sitemap.xml" in robots
    await rows.make_remote("rob")
    index = _addresses((await site.nobody.get("/sitemap.xml")).text)
    now = clock.now()
    assert index[-1] == f"https://testserver/sitemap/{now.year}/{now.month}.xml"
    path = index[-1].removeprefix("https://testserver")
    assert _addresses((await site.nobody.get(path)).text) == ["https://testserver/about"]
    await Identity.objects.aupdate(is_indexable=True, is_discoverable=True)
    everybody = _addresses((await site.nobody.get(path)).text)
    assert len(everybody) == 4, "about, and the three who are here"
    for change in ({"is_discoverable": False}, {"restriction": 1}, {"moved_to_uri": "https://x.test/1"}):
        await Identity.objects.filter(pk=site.member.me.pk).aupdate(**change)
        assert len(_addresses((await site.nobody.get(path)).text)) == 3, change
        await Identity.objects.filter(pk=site.member.me.pk).aupdate(
            is_discoverable=True, restriction=0, moved_to_uri=""
        )
    for wrong in (
        "/sitemap/2026/13.xml",
        "/sitemap/0/1.xml",
        "/sitemap/99999999/1.xml",
        "/sitemap/2026/x.xml",
    ):
        assert (await site.nobody.get(wrong)).status_code == 404, wrong
    await domains.edit_domain(domain=site.domain, is_public=False)
    for hidden in ("/sitemap.xml", path):
        assert (await site.nobody.get(hidden)).status_code == 404
    assert "Sitemap" not in (await site.nobody.get("/robots.txt")).text
