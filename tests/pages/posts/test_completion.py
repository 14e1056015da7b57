"""Completion in the composer and the emoji picker: what is offered to whom."""

import html
import re

import pytest

from activities.publishing.services.drafts import PostDraft
from activities.publishing.services.posting import write_post
from tests.pages.conftest import Site
from tests.users.support import make_domain, make_person
from users.relations.services.blocking import block

pytestmark = pytest.mark.anyio

_PUTS = re.compile(r'data-put="([^"]*)"')


async def _offered(site: Site, typed: str) -> list[str]:
    answer = await site.member.get("/compose/suggestions", params={"q": typed})
    assert answer.status_code == 200
    return [html.unescape(one) for one in _PUTS.findall(answer.text)]


async def test_people_are_offered_as_a_post_mentions_them(site: Site) -> None:
    """A neighbour needs no host; somebody of another domain does."""
    other = await make_domain("birds.example")
    await make_person(other, "mona", name="Mona <script>alert(1)</script>")
    assert set(await _offered(site, "@mo")) == {"@mo", "@mona@birds.example"}
    assert await _offered(site, "@mona@bir") == ["@mona@birds.example"]
    shown = (await site.member.get("/compose/suggestions", params={"q": "@mona"})).text
    assert "<script>" not in shown
    assert "Mona &lt;script&gt;" in shown


async def test_people_who_block_me_are_not_completed(site: Site) -> None:
    await block(source=site.moderator.me, target_id=site.member.me.pk)
    assert await _offered(site, "@mo") == []


async def test_hashtags_are_offered_as_they_are_written(site: Site) -> None:
    await write_post(author=site.admin.me, draft=PostDraft(text="#BirdSong at dawn"))
    assert await _offered(site, "#bird") == ["#BirdSong"]
    assert await _offered(site, "#song") == []


async def test_emoji_are_offered_by_a_word_of_their_name(site: Site) -> None:
    assert "🐦" in await _offered(site, ":bird")
    assert "❤️" in await _offered(site, ":heavy_black")
    assert len(await _offered(site, ":fa")) == 8


@pytest.mark.parametrize("typed", ["", "@", "mo", "@mo ana", "@%", ":<b>", "@" + "a" * 200, "!mo"])
async def test_only_matches_are_completed(site: Site, typed: str) -> None:
    assert await _offered(site, typed) == []


async def test_only_people_who_write_are_offered_anything(site: Site) -> None:
    for path in ("/compose/suggestions?q=@mo", "/compose/emojis"):
        answer = await site.nobody.get(path)
        assert answer.status_code == 303
        assert answer.headers["location"].startswith("/sign-in")


async def test_the_picker_finds_emoji_by_group_and_by_word(site: Site) -> None:
    first = (await site.member.get("/compose/emojis")).text
    assert 'data-put="😀"' in first
    assert 'data-group="food"' in first
    food = (await site.member.get("/compose/emojis?group=food")).text
    assert 'data-put="🍕"' in food
    assert 'data-put="😀"' not in food
    found = (await site.member.get("/compose/emojis?q=grinning+cat")).text
    assert 'data-put="😺"' not in found
    assert 'aria-label="grinning cat face' in found
    assert "No emoji found" in (await site.member.get("/compose/emojis?q=%3Cscript%3E")).text
    assert 'data-put="😀"' in (await site.member.get("/compose/emojis?group=no-such")).text


async def test_a_skin_tone_is_chosen_once(site: Site) -> None:
    """By the picker, or without scripts on the page of reactions; completion offers it as well. It is one person's, not the browser's."""
    people = (await site.member.get("/compose/emojis?group=people")).text
    assert 'data-put="👋"' in people
    assert 'data-plain="👋"' in people
    assert 'data-tone="3"' in people
    food = (await site.member.get("/compose/emojis?group=food&tone=3")).text
    assert "data-tone" not in food, "nothing there has one"
    people = (await site.member.get("/compose/emojis?group=people")).text
    assert 'data-put="👋🏽"' in people
    assert 'data-plain="👋"' in people
    assert 'data-put="👀"' in people
    assert "👋🏽" in await _offered(site, ":waving")
    post = await write_post(author=site.member.me, draft=PostDraft(text="Hello"))
    path = f"/posts/{post.pk}/reactions?group=signs"
    assert 'value="✌🏽"' in (await site.member.get(path)).text
    assert 'value="✌🏿"' in (await site.member.get(f"{path}&tone=5")).text, (
        "without the selector of the plain one"
    )
    assert 'value="✌🏿"' in (await site.member.get(path)).text
    assert 'value="✌️"' in (await site.member.get(f"{path}&tone=0")).text
    for nonsense in ("6", "-1", "x", "٣", ""):
        assert 'value="✌️"' in (await site.member.get(f"{path}&tone={nonsense}")).text
    site.moderator.http.cookies.update(site.member.http.cookies)
    assert 'data-put="👋"' in (await site.moderator.get("/compose/emojis?group=people")).text
