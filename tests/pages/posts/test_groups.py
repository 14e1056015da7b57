"""Posts of groups on pages: named by their group, and closed for replies when moderators locked the thread."""

import pytest

from activities.posts.models import GroupModeration
from activities.timelines.models import HomeEntry
from tests.activities.people import make_post, make_remote
from tests.pages.conftest import Site

pytestmark = pytest.mark.anyio


async def test_a_post_shows_the_name_of_its_group(site: Site) -> None:
    group = await make_remote("cats", "lemmy.test", actor_type="Group", name="Cats")
    author = await make_remote("bea", "lemmy.test")
    post = await make_post(author, silent=(group,), title="Cats in boxes", type="Page")
    boost = await make_post(group, boost_of=post)
    await HomeEntry.objects.acreate(identity=site.member.me, post=boost)
    page = (await site.member.get("/home")).text
    assert 'In <a href="/@cats@lemmy.test"><bdi>Cats</bdi></a>' in page
    assert "boosted" not in page
    assert '<h3 dir="auto">Cats in boxes</h3>' in page


async def test_the_profile_of_a_group_has_its_posts_and_a_thread_its_title(site: Site) -> None:
    group = await make_remote("cats", "lemmy.test", actor_type="Group", name="Cats")
    author = await make_remote("bea", "lemmy.test", name="Bea")
    post = await make_post(
        author, silent=(group,), title="Cats in <boxes>", type="Page", content="<p>Look.</p>"
    )
    await make_post(group, boost_of=post)
    page = (await site.member.get("/@cats@lemmy.test")).text
    assert '<h3 dir="auto">Cats in &lt;boxes&gt;</h3>' in page
    page = (await site.member.get(f"/@bea@lemmy.test/{post.pk}")).text
    assert "<title>Bea: Cats in &lt;boxes&gt;" in page
    assert 'In <a href="/@cats@lemmy.test"><bdi>Cats</bdi></a>' in page


@pytest.mark.slow
async def test_a_locked_thread_offers_no_reply(site: Site) -> None:
    group = await make_remote("cats", "lemmy.test", actor_type="Group")
    author = await make_remote("bea", "lemmy.test")
    post = await make_post(author, silent=(group,))
    answer = await make_post(author, in_reply_to=post)
    for where in (post, answer):
        path = f"/@bea@lemmy.test/{where.pk}"
        assert f'href="/compose?reply_to={where.pk}"' in (await site.member.get(path)).text
    await GroupModeration.objects.acreate(post=post, group=group, is_locked=True)
    for where in (post, answer):
        page = (await site.member.get(f"/@bea@lemmy.test/{where.pk}")).text
        assert "have locked this thread" in page
        assert "/compose?reply_to=" not in page
        said = await site.member.post("/compose", {"text": "But", "visibility": "0", "reply_to": where.pk})
        assert "have locked this thread" in said.text
    # timelines and the API know it, too
    await HomeEntry.objects.acreate(identity=site.member.me, post=answer)
    home = (await site.member.get("/home")).text
    assert "/compose?reply_to=" not in home
    assert "Locked" in home
