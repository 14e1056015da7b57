"""Reactions to announcements: on Home, in the right column, and from the page of all emoji."""

import pytest

from activities.announcements.models import AnnouncementReaction
from activities.announcements.services import announce
from tests.pages.conftest import Site
from tests.users.support import make_domain

pytestmark = pytest.mark.anyio

HTMX = {"HX-Request": "true"}


async def reactions(site: Site) -> list[tuple[int, str]]:
    return [(one.identity_id, one.name) async for one in AnnouncementReaction.objects.order_by("pk")]


async def test_people_react_to_an_announcement_and_take_it_back(site: Site) -> None:
    made = await announce(content="<p>We move house on Sunday</p>")
    react, unreact = [f"/announcements/{made.pk}/{name}" for name in ("react", "unreact")]
    for path in ("/home", "/aside?next=/local"):
        page = (await site.member.get(path)).text
        assert f'formaction="{react}"' in page
        assert "React with 👍" in page
    for _ in range(2):
        answer = await site.member.post(react, {"emoji": "👍", "next": "/local"})
        assert (answer.status_code, answer.headers["location"]) == (303, "/local")
    assert await reactions(site) == [(site.member.me.pk, "👍")]
    piece = await site.admin.post(react, {"emoji": "👍"}, headers=HTMX)
    assert "<html" not in piece.text
    assert "React with 👍, 2 so far" in piece.text
    piece = await site.admin.post(unreact, {"emoji": "👍"}, headers=HTMX)
    assert "React with 👍, 1 so far" in piece.text
    assert f'formaction="{react}"' in piece.text
    assert (await site.member.post(unreact, {"emoji": "👍"})).status_code == 303
    assert await reactions(site) == []


async def test_all_emoji_are_on_a_page(site: Site) -> None:
    made = await announce(content="<p>We move house on Sunday</p>")
    page = (await site.member.get(f"/announcements/{made.pk}/reactions?next=/local&q=heart")).text
    assert f'action="/announcements/{made.pk}/react"' in page
    assert 'name="next" value="/local"' in page
    assert 'value="💔"' in page
    assert (await site.member.get("/announcements/1/reactions")).status_code == 404


async def test_a_word_and_a_foreign_announcement_are_refused(site: Site) -> None:
    made = await announce(content="<p>Here</p>")
    there = await announce(content="<p>There</p>", domain=await make_domain("other.test"))
    for path, emoji, status in (
        (f"/announcements/{made.pk}/react", "words", 422),
        (f"/announcements/{there.pk}/react", "👍", 404),
    ):
        assert (await site.member.post(path, {"emoji": emoji})).status_code == status
    assert (await site.nobody.post(f"/announcements/{made.pk}/react", {"emoji": "👍"})).status_code == 303
    assert await reactions(site) == []
