"""The cover of a sound on pages, or a drawing of its loudness."""

import re

import pytest

from activities.media.models import Attachment
from activities.publishing.activitypub import parse_post
from activities.publishing.services.receiving import receive_post
from tests.activities import people as rows
from tests.pages.conftest import Site

pytestmark = pytest.mark.anyio

PAGE = {"Accept": "text/html"}
PEAKS = "0z" * 60


async def page_with(site: Site, **more: str) -> str:
    post = await rows.make_post(site.member.me)
    url = "https://testserver/media/a.mp3"
    await Attachment.objects.acreate(author=site.member.me, post=post, kind="audio", url=url, **more)
    return (await site.nobody.get(f"/@mia/{post.pk}", headers=PAGE)).text


async def test_a_sound_shows_its_cover_or_is_drawn(site: Site) -> None:
    page = await page_with(site, peaks=PEAKS)
    drawn = re.search(r'<svg class="wave" viewBox="0 0 240 36"[^>]*><path d="([^"]+)"', page)
    assert drawn
    assert drawn[1].startswith("M1 17v2M3 0.5v35")
    assert drawn[1].count("M") == 120
    page = await page_with(site, peaks=PEAKS, preview_url="https://testserver/media/cover.jpg")
    assert re.search(r'<img class="cover" src="[^"]*/media/cover.jpg" alt=""', page)
    assert 'class="wave"' not in page
    page = await page_with(site)
    assert 'class="wave"' not in page
    assert 'class="cover"' not in page


async def test_a_sound_from_elsewhere_shows_the_cover_that_its_server_names(site: Site) -> None:
    ana = await rows.make_remote("ana")
    document = {
        "id": "https://far.test/songs/1", "type": "Audio", "name": "A song", "content": "<p>Words</p>",
        "attributedTo": "https://far.test/users/ana", "to": ["https://www.w3.org/ns/activitystreams#Public"],
        "published": "2026-01-01T00:00:00Z", "url": [{"type": "Link", "mimeType": "audio/mpeg", "href": "https://far.test/1.mp3"}],
        "icon": {"type": "Image", "url": "https://far.test/cover.jpg"},
    }  # fmt: skip
    post = await receive_post(author=ana, document=parse_post(document))
    assert post is not None
    page = (await site.member.get(f"/@ana@far.test/{post.pk}", headers=PAGE)).text
    assert re.search(r'<img class="cover" src="/media/r/[^"]+" alt=""', page)
