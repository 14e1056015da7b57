"""Policies on pages: chosen in the composer and as a default, shown on the post, and buttons that say why they can't be used."""

import pytest

from activities.approvals.models import Approval
from activities.approvals.services import answering
from activities.posts.models import InteractionPolicy, Post, Visibility
from tests.activities import people as rows
from tests.pages.conftest import Site
from users.identities.models import Identity

pytestmark = pytest.mark.anyio


async def test_the_choice_of_the_composer_is_kept(site: Site) -> None:
    page = await site.member.get("/compose")
    assert "Only people I mention" in page.text
    words = {"text": "Come in", "visibility": str(Visibility.public.value)}
    chosen = {"reply_policy": str(InteractionPolicy.followers.value), "like_policy": "4", "boost_policy": "0"}
    assert (await site.member.post("/compose", words | chosen)).status_code == 303
    post = await Post.objects.order_by("-id").afirst()
    assert post is not None
    assert (post.reply_policy, post.boost_policy, post.like_policy) == (2, 0, 4)
    assert "Only followers and people mentioned in it can reply." in (await site.member.get("/home")).text


async def newest() -> Post:
    post = await Post.objects.order_by("-id").afirst()
    assert post is not None
    return post


async def test_the_default_stands_in_the_composer(site: Site) -> None:
    """It is that of the day when the post is published, unless something else is chosen."""
    form = {"default_visibility": "0", "default_reply_policy": "4", "default_boost_policy": "2"}
    form["default_like_policy"] = "0"
    assert (await site.member.post("/settings/posting", form)).status_code == 303
    page = (await site.member.get("/compose")).text
    for words in ("People I follow", "My followers", "Only me"):
        assert f'<option value="" selected>{words} (my default)</option>' in page
    words = {"text": "By default", "visibility": "0", "like_policy": "", "boost_policy": "1"}
    assert (await site.member.post("/compose", words)).status_code == 303
    post = await newest()
    assert (post.reply_policy, post.like_policy, post.boost_policy) == (4, 0, 1)


async def test_posts_that_are_not_public_may_have_other_defaults(site: Site) -> None:
    form = {"default_visibility": "0", "default_reply_policy": "4", "unlisted_reply_policy": "2"}
    form |= {"unlisted_boost_policy": "0", "followers_like_policy": "4", "followers_boost_policy": "4"}
    assert (await site.member.post("/settings/posting", form)).status_code == 303
    page = (await site.member.get("/settings/posting")).text
    assert page.count("As for all posts") == 5
    assert page.count('<option value="" selected>As for all posts') == 2
    assert "My default for who can see it" in (await site.member.get("/compose")).text
    for visibility, expected in ((0, (4, 1, 1)), (1, (2, 1, 0)), (2, (4, 4, 1)), (3, (4, 1, 1))):
        words = {"text": f"For {visibility}", "visibility": str(visibility), "alone": "yes"}
        assert (await site.member.post("/compose", words)).status_code == 303
        post = await newest()
        assert (post.reply_policy, post.like_policy, post.boost_policy) == expected
    form |= {"unlisted_reply_policy": "", "unlisted_boost_policy": "", "followers_like_policy": ""}
    assert (await site.member.post("/settings/posting", form)).status_code == 303
    assert (await Identity.objects.aget(pk=site.member.me.pk)).default_policies == {}


async def test_buttons_that_cannot_be_used_say_why(site: Site) -> None:
    far = await rows.make_remote("rob")
    post = await rows.make_post(far, reply_policy=0, boost_policy=0, like_policy=0)
    page = (await site.member.get(f"/@{far.username}@{far.host}/{post.pk}")).text
    for kind in ("reply", "boost", "like"):
        assert f'title="The author doesn&#x27;t let you {kind}"' in page
    answer = await site.member.post("/compose", {"text": "x", "visibility": "0", "reply_to": str(post.pk)})
    assert (answer.status_code, "let you reply to it" in answer.text) == (422, True)


async def test_requests_are_accepted_and_rejected_on_a_page(site: Site) -> None:
    assert "Nothing is waiting for you" in (await site.member.get("/requests")).text
    words = {"text": "Ask me", "visibility": "0", "reply_policy": "16"}
    await site.member.post("/compose", words)
    post = await Post.objects.order_by("-id").afirst()
    assert post is not None
    rob = await rows.make_remote("rob")
    reply = await rows.make_post(rob, in_reply_to=post, content="<p>May I?</p>", state="held")
    approval = await Approval.objects.acreate(
        kind="reply", target=post, author_id=post.author_id, identity=rob, post=reply, uri=reply.uri
    )
    page = (await site.member.get("/requests")).text
    assert "asks to reply to your post" in page
    assert "May I?" in page
    assert "Your post: <a" in page
    assert "Ask me</a>" in page
    for press, tab in (("accept", "?show=accepted"), ("reject", "")):
        answer = await site.member.post(f"/requests/{approval.pk}/{press}", {})
        assert answer.status_code == 303
        assert ("May I?" in (await site.member.get(f"/requests{tab}")).text) == (press == "accept")
    assert (await site.member.post("/requests/1/accept", {})).status_code == 404


async def test_a_refused_reply_says_so(site: Site) -> None:
    """It says that it waits only for as long as it does."""
    far = await rows.make_remote("rob")
    post = await rows.make_post(far, reply_policy=InteractionPolicy.public_asked)
    words = {"text": "May I?", "visibility": "0", "reply_to": str(post.pk)}
    assert (await site.member.post("/compose", words)).status_code == 303
    reply = await Post.objects.select_related("author").aget(in_reply_to=post)
    page = f"/@{reply.author.username}/{reply.pk}"
    assert "Waiting for approval" in (await site.member.get(page)).text
    await answering.receive_answer(actor=far, uris=[reply.uri], approval="", accepts=False)
    text = (await site.member.get(page)).text
    assert "Waiting for approval" not in text
    assert "The author of the parent post rejected this reply" in text


async def test_an_author_changes_who_may_do_what_with_a_published_post(site: Site) -> None:
    """Nothing but the policies changes: the post keeps its text and counts as not edited, and nobody else may."""
    post = await rows.make_post(site.member.me, content="<p>Now open</p>")
    path, menu = f"/posts/{post.pk}/policies", f"/posts/{post.pk}/menu"
    assert path in (await site.member.get(menu)).text
    assert path not in (await site.admin.get(menu)).text
    page = (await site.member.get(path)).text
    assert all(f'name="{kind}"' in page for kind in ("reply", "quote", "like", "boost"))
    form = {"reply": "2", "quote": "0", "like": "16", "boost": "4"}
    for visitor, status in ((site.admin, 404), (site.nobody, 303)):
        assert (await visitor.post(path, form)).status_code == status
    assert (await Post.objects.aget(pk=post.pk)).reply_policy == 1
    answer = await site.member.post(path, form)
    assert answer.headers["location"].startswith(f"/@mia/{post.pk}")
    row = await Post.objects.aget(pk=post.pk)
    assert (row.reply_policy, row.quote_policy, row.like_policy, row.boost_policy) == (2, 0, 16, 4)
    assert (row.edited_at, row.content) == (None, "<p>Now open</p>")
    seen = (await site.admin.get(f"/@mia/{post.pk}")).text
    assert "let you reply" in seen
    assert "let you boost" in seen
    assert (await site.member.post(path, form | {"reply": "3"})).status_code == 422


async def test_policies_of_a_post_for_followers_leave_out_what_only_its_author_may(site: Site) -> None:
    post = await rows.make_post(site.member.me, visibility=Visibility.followers, reply_policy=6)
    path = f"/posts/{post.pk}/policies"
    page = (await site.member.get(path)).text
    assert 'name="quote"' not in page
    assert 'name="boost"' not in page
    assert '<option value="6" selected>As it is now</option>' in page
    assert (await site.member.post(path, {"reply": "6", "like": "2", "quote": "1"})).status_code == 303
    row = await Post.objects.aget(pk=post.pk)
    assert (row.reply_policy, row.like_policy) == (6, 2)


async def test_the_menu_says_why_a_post_cannot_be_quoted(site: Site) -> None:
    """The entry was missing, as if the server knew no quotes."""
    far = await rows.make_remote("rob")
    refused = await rows.make_post(far, quote_policy=0)
    private = await rows.make_post(site.admin.me, visibility=Visibility.local_only)
    for post, reason in (
        (refused, "doesn&#x27;t let you quote"),
        (private, "Only public posts can be quoted"),
    ):
        menu = (await site.member.get(f"/posts/{post.pk}/menu")).text
        assert f"?quote={post.pk}" not in menu
        assert reason in menu
    free = await rows.make_post(far, quote_policy=1)
    menu = (await site.member.get(f"/posts/{free.pk}/menu")).text
    assert f"?quote={free.pk}" in menu
    assert "aria-disabled" not in menu


async def test_the_composer_says_that_a_quote_waits_for_approval(site: Site) -> None:
    far = await rows.make_remote("rob")
    said = "The author approves quotes"
    for policy, waits in (
        (InteractionPolicy.public_asked.value, True),
        (InteractionPolicy.public.value, False),
    ):
        post = await rows.make_post(far, quote_policy=policy)
        assert (said in (await site.member.get(f"/compose?quote={post.pk}")).text) == waits
    own = await rows.make_post(site.member.me, quote_policy=InteractionPolicy.public_asked)
    assert said not in (await site.member.get(f"/compose?quote={own.pk}")).text
