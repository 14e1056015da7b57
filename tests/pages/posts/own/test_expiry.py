"""Posts that delete themselves: chosen in the composer, on the post and in the API, done by the worker; and warnings offered again."""

import datetime as dt
import re

import pytest

from activities.posts.models import Post, PostExpiry, PostExpiryGraph, PostGraph
from activities.publishing.handlers.expiry import delete_expired
from activities.scheduled_posts.models import ScheduledPost
from activities.scheduled_posts.services import publish_scheduled
from core import clock
from core.ids import new_id
from tests.activities import people as rows
from tests.pages.conftest import Site

pytestmark = pytest.mark.anyio

PAGE = {"Accept": "text/html"}
DAY = dt.timedelta(days=1)


async def written(site: Site, **more: str) -> Post:
    form = {"text": "Only for today", "visibility": "0", "expires_after": "86400", **more}
    answer = await site.member.post("/compose", form)
    assert answer.status_code == 303, answer.text
    post = await Post.objects.filter(author=site.member.me.pk).order_by("id").afirst()
    assert post is not None
    return post


def is_a_day_from_now(expiry: PostExpiry) -> bool:
    return abs(expiry.expires_at - clock.now() - DAY) < dt.timedelta(minutes=5)


async def test_a_post_deletes_itself_at_its_time(site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    post = await written(site)
    row = await PostExpiry.objects.aget(post=post.pk)
    assert is_a_day_from_now(row)
    assert row.state_due_at == row.expires_at
    outcome = await delete_expired(row)
    assert (outcome.state, outcome.is_attempt) == (None, False), "its time is still to come"
    later = clock.now() + DAY
    monkeypatch.setattr(clock, "now", lambda: later)
    for _ in range(2):  # a worker may die in between
        assert (await delete_expired(row)).state is PostExpiryGraph.expired
        gone = await Post.objects.aget(pk=post.pk)
        assert gone.deleted_at is not None
        assert (gone.source, gone.state) == ("", PostGraph.deleted.name)


async def test_its_author_sees_and_changes_it_and_nobody_else(site: Site) -> None:
    post = await written(site)
    path = f"/@mia/{post.pk}"
    assert "Deletes itself" in (await site.member.get(path, headers=PAGE)).text
    for visitor in (site.nobody, site.admin):
        assert "Deletes itself" not in (await visitor.get(path, headers=PAGE)).text
    assert "/expiry" in (await site.member.get(f"/posts/{post.pk}/menu", headers=PAGE)).text
    await site.member.post(f"/posts/{post.pk}/expiry", {"expires_after": "3600"})
    assert (await PostExpiry.objects.aget()).expires_at < clock.now() + dt.timedelta(hours=2)
    for visitor, status in ((site.admin, 404), (site.nobody, 303)):
        answer = await visitor.post(f"/posts/{post.pk}/expiry", {"expires_after": ""}, headers=PAGE)
        assert answer.status_code == status
    answer = await site.member.post(f"/posts/{post.pk}/expiry", {"expires_after": "60"}, headers=PAGE)
    assert answer.status_code == 422
    assert await PostExpiry.objects.acount() == 1
    await site.member.post(f"/posts/{post.pk}/expiry", {"expires_after": "0"})
    assert not await PostExpiry.objects.aexists()
    assert "Deletes itself" not in (await site.member.get(path, headers=PAGE)).text


async def test_saving_without_a_choice_keeps_the_date(site: Site) -> None:
    post = await written(site)
    before = (await PostExpiry.objects.aget()).expires_at
    page = (await site.member.get(f"/posts/{post.pk}/expiry", headers=PAGE)).text
    assert re.search(r'<option value="" selected>As it is now</option>', page)
    answer = await site.member.post(f"/posts/{post.pk}/expiry", {"expires_after": ""}, headers=PAGE)
    assert "will delete itself" in (await site.member.get(answer.headers["location"], headers=PAGE)).text
    assert (await PostExpiry.objects.aget()).expires_at == before
    await site.member.post(f"/posts/{post.pk}/expiry", {"expires_after": "0"})
    page = (await site.member.get(f"/posts/{post.pk}/expiry", headers=PAGE)).text
    assert re.search(r'<option value="" selected>Never</option>', page)
    assert "As it is now" not in page


async def test_every_post_of_a_thread_expires(site: Site) -> None:
    await written(site, chain_1="And this", chain_2="And that")
    assert await PostExpiry.objects.acount() == 3


async def test_scheduled_posts_and_drafts_keep_it(site: Site) -> None:
    tomorrow = f"{clock.now() + DAY:%Y-%m-%dT%H:%M}"
    form = {"text": "Later", "visibility": "0", "expires_after": "86400"}
    assert (await site.member.post("/compose", {**form, "scheduled_at": tomorrow})).status_code == 303
    row = await ScheduledPost.objects.aget()
    page = (await site.member.get(f"/compose?scheduled={row.pk}", headers=PAGE)).text
    assert re.search(r'<option value="86400" selected>', page.partition('name="expires_after"')[2])
    await publish_scheduled(author=site.member.me, row=row, post_id=new_id())
    assert is_a_day_from_now(await PostExpiry.objects.aget())
    answer = await site.member.post("/compose", {**form, "save_draft": "1"})
    assert answer.headers["location"] == "/drafts"
    found = re.search(r"/compose\?draft=\d+", (await site.member.get("/drafts", headers=PAGE)).text)
    assert found
    page = (await site.member.get(found[0], headers=PAGE)).text
    assert re.search(r'<option value="86400" selected>', page.partition('name="expires_after"')[2])


async def test_times_out_of_bounds_are_refused(site: Site) -> None:
    answer = await site.member.post("/compose", {"text": "x", "visibility": "0", "expires_after": "5"})
    assert answer.status_code == 422
    assert not await Post.objects.aexists()


async def test_own_warnings_are_offered_again(site: Site) -> None:
    for words in ("Spiders", "Food", "Spiders", '"><script>'):
        await rows.make_post(site.member.me, content_warning=words)
    await rows.make_post(site.admin.me, content_warning="Somebody else's")
    page = (await site.member.get("/compose", headers=PAGE)).text
    offered = re.search(r'<datalist id="warnings">(.*?)</datalist>', page, re.DOTALL)
    assert offered
    assert re.findall(r'value="([^"]*)"', offered[1]) == ["&quot;&gt;&lt;script&gt;", "Spiders", "Food"]
    assert 'list="warnings"' in page
