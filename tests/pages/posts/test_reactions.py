"""Emoji reactions under a post: read by anybody, added and removed by a press."""

import pytest

from activities.posts.models import Visibility
from activities.reactions.models import Reaction
from activities.reactions.services import reacting
from core import clock
from tests.activities import people as rows
from tests.pages.conftest import Site
from users.emojis.models import Emoji
from users.emojis.queries import clear_emoji_cache

pytestmark = pytest.mark.anyio


async def test_a_press_adds_and_removes_one(site: Site) -> None:
    post = await rows.make_post(site.admin.me)
    path = f"/@{site.admin.me.username}/{post.pk}"
    before = (await site.member.get(path)).text
    assert 'aria-label="React with 👍"' in before
    assert before.index('class="stamp"') < before.index('class="reactions"') < before.index("<footer>")
    answer = await site.member.post(f"/posts/{post.pk}/react", {"emoji": "👍", "next": path})
    assert (answer.status_code, answer.headers["location"]) == (303, f"{path}#post-{post.pk}")
    shown = (await site.member.get(path)).text
    assert 'aria-label="React with 👍, 1 so far"' in shown
    assert f'formaction="/posts/{post.pk}/unreact"' in shown
    assert 'aria-label="React with 👍"' not in shown, "it stands there once, with its number"
    assert 'aria-label="React with 😂"' in shown
    assert 'aria-label="React with 👍, 1 so far"' in (await site.admin.get(path)).text
    answer = await site.member.post(f"/posts/{post.pk}/unreact", {"emoji": "👍", "next": path})
    assert answer.status_code == 303
    assert await Reaction.objects.acount() == 0


async def test_with_scripts_only_the_reactions_are_rendered(site: Site) -> None:
    post = await rows.make_post(site.admin.me)
    answer = await site.member.post(
        f"/posts/{post.pk}/react", {"emoji": "🔥"}, headers={"HX-Request": "true"}
    )
    assert answer.status_code == 200
    assert answer.text.strip().startswith('<span class="chips">')
    assert "React with 🔥, 1 so far" in answer.text


async def test_visitors_read_them_with_custom_ones_as_pictures(site: Site) -> None:
    post = await rows.make_post(site.admin.me)
    rob = await rows.make_remote("rob", "far.example")
    await Emoji.objects.acreate(shortcode="blob", host="far.example", url="https://far.example/b.png")
    await Reaction.objects.acreate(post=post, identity=rob, name="blob", host="far.example")
    await Reaction.objects.acreate(post=post, identity=rob, name="gone", host="far.example")
    shown = (await site.nobody.get(f"/@{site.admin.me.username}/{post.pk}")).text
    assert 'alt=":blob@far.example:"' in shown
    assert "https://far.example/b.png" not in shown
    assert ":gone:" in shown
    assert "1 reaction<" in shown


async def test_neither_hidden_posts_nor_what_is_no_emoji(site: Site) -> None:
    hidden = await rows.make_post(site.admin.me, Visibility.mentioned)
    post = await rows.make_post(site.admin.me)
    assert (await site.member.post(f"/posts/{hidden.pk}/react", {"emoji": "👍"})).status_code == 404
    answer = await site.member.post(f"/posts/{post.pk}/react", {"emoji": "<b>x"})
    assert answer.status_code == 422
    assert "There is no such emoji to react with." in answer.text
    assert (await site.nobody.post(f"/posts/{post.pk}/react", {"emoji": "👍"})).status_code in {302, 303}
    assert await Reaction.objects.acount() == 0


async def test_who_reacted_often_is_told_to_wait(site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(reacting, "MAX_AN_HOUR", 1)
    post = await rows.make_post(site.admin.me)
    for emoji, status in (("👍", {302, 303}), ("🔥", {429})):
        answer = await site.member.post(f"/posts/{post.pk}/react", {"emoji": emoji})
        assert answer.status_code in status
    assert "You can add at most 1 reactions an hour." in answer.text
    assert [one.name async for one in Reaction.objects.all()] == ["👍"]
    await site.member.post(f"/posts/{post.pk}/unreact", {"emoji": "👍"})
    assert await Reaction.objects.acount() == 0


async def test_any_emoji_is_picked_on_a_page_of_its_own(site: Site) -> None:
    """Without scripts: a form, whose buttons are the emoji; groups and search are links and a form."""
    post = await rows.make_post(site.admin.me)
    path = f"/@{site.admin.me.username}/{post.pk}"
    await Emoji.objects.acreate(shortcode="partyblob", file="emoji/p.png", updated_at=clock.now())
    await Emoji.objects.acreate(
        shortcode="secretblob", file="emoji/s.png", updated_at=clock.now(), is_visible_in_picker=False
    )
    clear_emoji_cache()
    picker = f"/posts/{post.pk}/reactions"
    assert f'href="{picker}"' in (await site.member.get(path)).text
    first = (await site.member.get(picker)).text
    assert 'value="😀"' in first
    assert 'value="partyblob"' in first
    assert "secretblob" not in first
    food = (await site.member.get(f"{picker}?group=food")).text
    assert 'value="🍍" title="pineapple"' in food
    assert 'value="😀"' not in food
    found = (await site.member.get(f"{picker}?q=cat+smil")).text
    assert 'value="😸"' in found
    assert "partyblob" not in found
    assert 'value="secretblob"' in (await site.member.get(f"{picker}?q=:secretb")).text
    for strange in ("%3Cscript%3E", "%25_", "x" * 500):
        assert "<script>" not in (await site.member.get(f"{picker}?q={strange}&group={strange}")).text
    answer = await site.member.post(f"/posts/{post.pk}/react", {"emoji": "partyblob", "next": path})
    assert answer.headers["location"] == f"{path}#post-{post.pk}"
    assert (await Reaction.objects.aget()).name == "partyblob"
    hidden = await rows.make_post(site.admin.me, Visibility.mentioned)
    assert (await site.member.get(f"/posts/{hidden.pk}/reactions")).status_code == 404
    assert (await site.nobody.get(picker)).status_code in {302, 303}
