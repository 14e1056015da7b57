"""Markdown in the composer: a switch, a preview with and without scripts, and the same when the post is edited."""

import pytest

from activities.posts.models import Post, Visibility
from tests.pages.conftest import Site

pytestmark = pytest.mark.anyio

FORM = {"text": "**Gulls** & <b>terns</b>", "visibility": "0", "is_markdown": "on"}
SHOWN = "<p><strong>Gulls</strong> &amp; &lt;b&gt;terns&lt;/b&gt;</p>"


async def test_it_is_previewed_posted_and_edited(site: Site) -> None:
    page = await site.member.post("/compose", {**FORM, "preview": "1"}, headers={"Accept": "text/html"})
    assert SHOWN in page.text
    assert "<!DOCTYPE" in page.text
    assert "**Gulls**" in page.text, "what was typed is kept"
    piece = await site.member.post("/compose", {**FORM, "preview": "1"}, headers={"HX-Request": "true"})
    assert piece.text.strip().endswith(f"{SHOWN}</div>")
    assert "<!DOCTYPE" not in piece.text
    assert not await Post.objects.aexists()
    await site.member.post("/compose", FORM)
    post = await Post.objects.aget()
    assert (post.content, post.is_markdown) == (SHOWN, True)
    path = f"/posts/{post.pk}/edit"
    assert 'name="is_markdown" id="id_is_markdown" checked' in (await site.member.get(path)).text
    page = await site.member.post(
        path, {**FORM, "text": "*a*", "preview": "1"}, headers={"Accept": "text/html"}
    )
    assert "<p><em>a</em></p>" in page.text
    await site.member.post(path, {"text": "*a*"})  # the switch is off
    post = await Post.objects.aget()
    assert (post.content, post.is_markdown) == ("<p>*a*</p>", False)


async def test_names_in_code_and_links_mention_nobody(site: Site) -> None:
    form = {
        **FORM,
        "text": "`@ann` and [@ann](https://a.test)",
        "visibility": str(Visibility.mentioned.value),
    }
    answer = await site.member.post("/compose", form)
    assert (answer.status_code, "mentions nobody" in answer.text) == (422, True)
    assert not await Post.objects.aexists()
