"""Settings of reading: warnings, media and long posts."""

import re

import pytest

from activities.media.models import Attachment
from tests.activities import people as rows
from tests.pages.conftest import Site

pytestmark = pytest.mark.anyio

PAGE = {"Accept": "text/html"}


async def picture(site: Site, **more: object) -> str:
    """Write a post with a picture; return its path."""
    post = await rows.make_post(site.admin.me, **more)  # type: ignore[arg-type]
    await Attachment.objects.acreate(
        post=post, author=site.admin.me, kind="image", url="https://far.test/a.png"
    )
    return f"/@{site.admin.me.username}/{post.pk}"


async def read(site: Site, **wish: str) -> None:
    answer = await site.member.post("/settings/reading", data={"expands_media": "default", **wish})
    assert answer.status_code == 303


async def test_warnings_open_for_those_who_want_it(site: Site) -> None:
    path = await picture(site, content_warning="Spiders", is_sensitive=True)
    closed = r'<details class="warning" *>'
    assert re.search(closed, (await site.member.get(path, headers=PAGE)).text)
    await read(site, opens_warnings="on")
    page = (await site.member.get(path, headers=PAGE)).text
    assert re.search(r'<details class="warning" +open *>', page)
    assert not re.search(closed, page)
    assert "Spiders" in page
    for visitor in (site.nobody, site.moderator):
        assert re.search(closed, (await visitor.get(path, headers=PAGE)).text)
    await read(site)
    assert re.search(closed, (await site.member.get(path, headers=PAGE)).text)


@pytest.mark.parametrize(
    ("wish", "covers"),
    [
        ("default", ["", "Sensitive media"]),
        ("show_all", ["", ""]),
        ("hide_all", ["Hidden media", "Sensitive media"]),
    ],
)
async def test_media_is_covered_as_somebody_wants(site: Site, wish: str, covers: list[str]) -> None:
    await read(site, expands_media=wish)
    for is_sensitive, cover in enumerate(covers):
        path = await picture(site, is_sensitive=bool(is_sensitive))
        page = (await site.member.get(path, headers=PAGE)).text
        found = re.findall(r'<details class="warning media-warning">\s*<summary[^>]*>\s*<span>([^<]*)', page)
        assert found == ([cover] if cover else [])


async def test_a_warning_that_opens_by_itself_uncovers_no_media(site: Site) -> None:
    path = await picture(site, content_warning="Spiders", is_sensitive=True)
    for wishes, covers in (
        ({}, []),
        ({"opens_warnings": "on"}, ["Sensitive media"]),
        ({"opens_warnings": "on", "expands_media": "hide_all"}, ["Sensitive media"]),
        ({"opens_warnings": "on", "expands_media": "show_all"}, []),
    ):
        await read(site, **wishes)
        page = (await site.member.get(path, headers=PAGE)).text
        assert (
            re.findall(r'<details class="warning media-warning">\s*<summary[^>]*>\s*<span>([^<]*)', page)
            == covers
        )


async def test_unknown_reading_settings_are_refused(site: Site) -> None:
    answer = await site.member.post("/settings/reading", data={"expands_media": "<b>"}, headers=PAGE)
    assert answer.status_code == 422


@pytest.mark.parametrize(
    ("content", "folds"),
    [
        (f"<p>{'word ' * 100}</p>", False),
        (f"<p>{'word ' * 250}</p>", True),
        ("<p>line</p>" * 20, True),
        ("<p>" + "<br>".join("poem" for _ in range(10)) + "</p>", False),
        (f'<p><a href="https://far.test/{"x" * 3000}">short</a></p>', False),
    ],
)
async def test_long_posts_fold_on_timelines_only(site: Site, content: str, folds: bool) -> None:
    post = await rows.make_post(site.member.me, content=content)
    profile = (await site.member.get("/@mia", headers=PAGE)).text
    assert ("Read more" in profile) == folds
    assert "Read more" not in (await site.member.get(f"/@mia/{post.pk}", headers=PAGE)).text


@pytest.mark.parametrize(("wish", "covers"), [("default", 1), ("show_all", 0), ("hide_all", 2)])
async def test_the_media_of_a_profile_is_covered_as_on_timelines(site: Site, wish: str, covers: int) -> None:
    await read(site, expands_media=wish)
    for is_sensitive in (False, True):
        await picture(site, is_sensitive=is_sensitive)
    page = (await site.member.get(f"/@{site.admin.me.username}/media", headers=PAGE)).text
    assert page.count('class="media-tile"') == 2
    assert page.count('class="covered"') == covers
