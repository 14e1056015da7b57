"""Reading from older posts towards the newest by links, as browsers without scripts do."""

import re

import pytest

from activities.timelines.models import HomeEntry
from tests.activities import people as rows
from tests.pages.conftest import Site, Visitor

pytestmark = [pytest.mark.anyio, pytest.mark.slow]

_LINK = re.compile(r'rel="(prev|next)"\s+href="(\?[^"]+)"')
_POST = re.compile(r'id="post-(\d+)"')


async def _ways(reader: Visitor, path: str) -> tuple[list[int], dict[str, str]]:
    answer = await reader.get(path)
    assert answer.status_code == 200
    return [int(one) for one in _POST.findall(answer.text)], dict(_LINK.findall(answer.text))


@pytest.mark.parametrize("path", ["/home", "/local", "/federated"])
async def test_newer_posts_are_a_link_away(site: Site, path: str) -> None:
    mia = site.member.me
    posts = [(await rows.make_post(mia)).pk for _ in range(45)][::-1]
    for post in posts:
        await HomeEntry.objects.acreate(identity=mia, post_id=post)
    first, ways = await _ways(site.member, path)
    assert first == posts[:20]
    second, ways = await _ways(site.member, path + ways["next"])
    third, ways = await _ways(site.member, path + ways["next"])
    assert (second, third) == (posts[20:40], posts[40:])
    back, ways = await _ways(site.member, path + ways["prev"])
    assert back == second, "those right after the ones that were read, not the newest"
    again, ways = await _ways(site.member, path + ways["prev"])
    assert again == first
    answer = await site.member.get(path + ways["prev"])
    assert (answer.status_code, answer.headers["location"]) == (303, path), "nothing is newer"


async def test_a_few_newer_posts_are_seen_on_the_newest_page(site: Site) -> None:
    mia = site.member.me
    posts = [(await rows.make_post(mia)).pk for _ in range(25)][::-1]
    _, ways = await _ways(site.nobody, f"/local?max_id={posts[4]}")
    answer = await site.nobody.get(f"/local{ways['prev']}")
    assert (answer.status_code, answer.headers["location"]) == (303, "/local")


async def test_the_newest_page_offers_newer_posts_without_scripts_only(site: Site) -> None:
    await rows.make_post(site.member.me)
    page = (await site.member.get("/local")).text
    assert re.search(r"<noscript>\s*<p[^>]*>\s*<a[^>]* rel=\"prev\"", page)
    assert (await site.member.get("/local?min_id=x")).status_code == 400
