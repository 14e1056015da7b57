"""Emoji reactions under a post: read by anybody, added and removed by a press."""

import pytest

from activities.posts.models import Visibility
from activities.reactions.models import Reaction
from tests.activities import people as rows
from tests.pages.conftest import Site
from users.emojis.models import Emoji

pytestmark = pytest.mark.anyio


async def test_a_press_adds_and_removes_one(site: Site) -> None:
    post = await rows.make_post(site.admin.me)
    path = f"/@{site.admin.me.username}/{post.pk}"
    before = (await site.member.get(path)).text
    assert 'aria-label="React with 👍"' in before
    answer = await site.member.post(f"/posts/{post.pk}/react", {"emoji": "👍", "next": path})
    assert (answer.status_code, answer.headers["location"]) == (303, path)
    shown = (await site.member.get(path)).text
    assert 'aria-label="Remove reaction 👍, 1 so far"' in shown
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
    assert "Remove reaction 🔥, 1 so far" in answer.text


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
