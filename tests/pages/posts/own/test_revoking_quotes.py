"""Quotes that the author of the quoted post revokes: from the list of quotes and from the menu of the quoting post."""

import pytest

from activities.posts.models import Post
from tests.activities import people as rows
from tests.pages.conftest import Site

pytestmark = pytest.mark.anyio


async def quoted(site: Site) -> tuple[Post, Post]:
    post = await rows.make_post(site.member.me, content="<p>High water</p>", quotes_count=1)
    quoting = await rows.make_post(
        site.admin.me,
        content="<p>Look at this</p>",
        quote_of=post,
        quote_uri=post.uri,
        quote_state="accepted",
    )
    return post, quoting


async def test_the_author_removes_their_post_from_a_quote(site: Site) -> None:
    post, quoting = await quoted(site)
    path, listed = f"/posts/{post.pk}/quotes/{quoting.pk}/revoke", f"/@mia/{post.pk}/quotes"
    assert path in (await site.member.get(listed)).text
    assert path in (await site.member.get(f"/posts/{quoting.pk}/menu")).text
    asked = (await site.member.get(path)).text
    assert "Look at this" in asked
    assert (await Post.objects.aget(pk=quoting.pk)).quote_state == "accepted", "asking revokes nothing"
    answer = await site.member.post(path)
    assert answer.headers["location"].startswith(listed)
    assert (await Post.objects.aget(pk=quoting.pk)).quote_state == "revoked"
    shown = (await site.member.get(listed)).text
    assert "was removed from the quote" in shown
    assert "Look at this" not in shown
    alone = (await site.nobody.get(f"/@ann/{quoting.pk}")).text
    assert "Look at this" in alone
    assert "High water" not in alone
    assert (await site.member.post(path)).status_code == 404


async def test_nobody_else_is_offered_it_or_may(site: Site) -> None:
    post, quoting = await quoted(site)
    path = f"/posts/{post.pk}/quotes/{quoting.pk}/revoke"
    for visitor, status in ((site.admin, 404), (site.moderator, 404), (site.nobody, 303)):
        assert path not in (await visitor.get(f"/@mia/{post.pk}/quotes")).text
        assert path not in (await visitor.get(f"/posts/{quoting.pk}/menu")).text
        assert (await visitor.post(path)).status_code == status
    other = await rows.make_post(site.member.me)
    wrong = f"/posts/{other.pk}/quotes/{quoting.pk}/revoke"
    assert (await site.member.post(wrong)).status_code == 404
    assert (await Post.objects.aget(pk=quoting.pk)).quote_state == "accepted"
