"""The menu of a post: fetched when it opens, a page of its own without scripts."""

import pytest

from activities.conversations.models import ThreadMute
from activities.posts.models import Post, Visibility
from tests.activities import people as rows
from tests.pages.conftest import Site
from users.relations.models import Mute

pytestmark = pytest.mark.anyio


async def test_the_menu_comes_as_a_piece_for_htmx_and_as_a_page_for_everyone_else(site: Site) -> None:
    post = await rows.make_post(site.admin.me, content="<p>High water</p>")
    piece = await site.member.get(f"/posts/{post.pk}/menu", headers={"HX-Request": "true"})
    assert "<html" not in piece.text
    page = (await site.member.get(f"/posts/{post.pk}/menu")).text
    assert "High water" in page
    for text in (piece.text, page):
        assert f'form="act" formaction="/people/{site.admin.me.pk}/mute"' in text
        assert "/delete" not in text
    assert f'<input type="hidden" name="next" value="/@{site.admin.me.username}/{post.pk}">' in page


async def test_the_menu_of_an_own_post_edits_and_deletes(site: Site) -> None:
    post = await rows.make_post(site.member.me)
    page = (await site.member.get(f"/posts/{post.pk}/menu")).text
    for words in ("Edit", ">Delete<", "Pin to profile", "Delivery status"):
        assert words in page
    assert "Mute <bdi>" not in page


async def test_the_menu_of_an_own_post_says_who_may_do_what(site: Site) -> None:
    post = await rows.make_post(site.member.me)
    for policies, visibility, words in (
        ((1, 1, 1, 1), Visibility.public, ("Replies: Everyone", "Quotes: Everyone", "Likes: Everyone", "Boosts: Everyone")),
        ((0, 2, 4, 16), Visibility.public, ("Replies: Only people I mention", "Quotes: My followers", "Likes: People I follow", "Boosts: Everyone, after I agree")),
        ((6, 1, 8, 1), Visibility.followers, ("Replies: My followers and people I follow", "Quotes: Only me", "Likes: A choice of an app", "Boosts: Only me")),
    ):  # fmt: skip
        reply, quote, like, boost = policies
        await Post.objects.filter(pk=post.pk).aupdate(
            reply_policy=reply,
            quote_policy=quote,
            like_policy=like,
            boost_policy=boost,
            visibility=visibility,
        )
        page = (await site.member.get(f"/posts/{post.pk}/menu")).text
        assert [one for one in words if one not in page] == []
    assert (
        "Boosts: "
        not in (await site.member.get(f"/posts/{(await rows.make_post(site.admin.me)).pk}/menu")).text
    )


async def test_the_menu_mutes_the_conversation_of_own_and_of_others_posts(site: Site) -> None:
    for author in (site.member.me, site.admin.me):
        post = await rows.make_post(author)
        menu, back = f"/posts/{post.pk}/menu", f"/@{author.username}/{post.pk}"
        assert f'formaction="/posts/{post.pk}/mute"' in (await site.member.get(menu)).text
        answer = await site.member.post(f"/posts/{post.pk}/mute", {"next": back})
        assert answer.headers["location"] == f"{back}#post-{post.pk}"
        assert await ThreadMute.objects.filter(identity=site.member.me, thread_id=post.pk).aexists()
        muted = (await site.member.get(menu)).text
        assert f'formaction="/posts/{post.pk}/mute"' not in muted
        assert f'formaction="/posts/{post.pk}/unmute"' in muted
        await site.member.post(f"/posts/{post.pk}/unmute", {"next": back})
        assert not await ThreadMute.objects.aexists()


async def test_invisible_posts_have_no_menu(site: Site) -> None:
    post = await rows.make_post(site.admin.me, visibility=Visibility.mentioned)
    assert (await site.member.get(f"/posts/{post.pk}/menu")).status_code == 404
    assert (await site.nobody.get(f"/posts/{post.pk}/menu")).status_code == 303


async def test_buttons_of_rows_belong_to_the_form_of_the_page(site: Site) -> None:
    """One form and one token a page: each row had its own, 300 bytes of it."""
    for _ in range(3):
        await rows.make_post(site.admin.me)
    page = (await site.member.get("/local")).text
    assert page.count("<article") == 3
    assert page.count('id="act"') == 1
    assert page.count('name="csrfmiddlewaretoken"') < 4
    post = await Post.objects.alatest("pk")
    assert (await site.member.post(f"/people/{post.author_id}/mute", {"next": "/local"})).status_code == 303
    assert await Mute.objects.acount() == 1
