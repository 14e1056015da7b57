"""A deleted post is hidden at once and can be restored for a moment; no other server is told before that is over."""

import datetime as dt
import json
import re

import pytest

from activities.approvals import events
from activities.approvals.models import Approval
from activities.posts.models import Interaction, Pin, Post, PostGraph, PostWithdrawal, PostWithdrawalGraph
from activities.posts.services import counters
from activities.posts.services.withdrawing import RESTORABLE_FOR
from activities.publishing.handlers.withdrawals import delete_withdrawn
from core import clock
from core.db import async_atomic
from federation.models import OutgoingActivity
from tests.activities import people as rows
from tests.pages.conftest import Site
from users.identities.models import Identity

pytestmark = pytest.mark.anyio

PAGE = {"Accept": "text/html"}
HTMX = {"HX-Request": "true"}


async def counts(site: Site) -> tuple[int, int]:
    me = await Identity.objects.aget(pk=site.member.me.pk)
    parent = await Post.objects.aget(author=site.admin.me.pk)
    return me.posts_count, parent.replies_count


async def written(site: Site) -> Post:
    parent = await rows.make_post(site.admin.me)
    form = {"text": "A slip of the pen", "visibility": "0", "reply_to": str(parent.pk)}
    assert (await site.member.post("/compose", form)).status_code == 303
    post = await Post.objects.filter(author=site.member.me.pk).afirst()
    assert post is not None
    return post


@pytest.mark.parametrize("state", ["fanned_out", "new", "edited"])
async def test_undo_restores_it_as_it_was_and_tells_nobody(site: Site, state: str) -> None:
    post = await written(site)
    await Post.objects.filter(pk=post.pk).aupdate(state=state)
    await Pin.objects.acreate(identity=site.member.me, post=post)
    before, path = await counts(site), f"/@mia/{post.pk}"
    told = await OutgoingActivity.objects.acount()
    answer = await site.member.post(f"/posts/{post.pk}/delete")
    assert answer.headers["location"] == "/home"
    for visitor in (site.member, site.nobody, site.admin):
        assert (await visitor.get(path, headers=PAGE)).status_code == 404
    document = await site.nobody.get(
        f"/users/mia/statuses/{post.pk}", headers={"Accept": "application/activity+json"}
    )
    assert document.status_code == 404, "a Tombstone would be believed for ever"
    assert await counts(site) == (before[0] - 1, before[1] - 1)
    page = (await site.member.get("/home")).text
    undo = re.search(r'action="(/posts/\d+/restore)">.*?>Undo</button>', page, re.DOTALL)
    assert undo is not None
    for _ in range(2):
        answer = await site.member.post(undo[1], {"next": path})
        assert answer.headers["location"] == path
    restored = await Post.objects.aget(pk=post.pk)
    assert (restored.state, restored.deleted_at, restored.source) == (state, None, "A slip of the pen")
    assert (restored.state_due_at is None) == (state == "fanned_out")
    assert await counts(site) == before
    assert await Pin.objects.filter(post=post.pk).aexists()
    assert not await PostWithdrawal.objects.aexists()
    assert "A slip of the pen" in (await site.nobody.get(path, headers=PAGE)).text
    assert await OutgoingActivity.objects.acount() == told


async def test_a_moment_later_it_is_deleted_for_good(site: Site) -> None:
    post = await written(site)
    before = await counts(site)
    await site.member.post(f"/posts/{post.pk}/delete", headers=HTMX)
    row = await PostWithdrawal.objects.aget()
    assert row.state_due_at is not None
    assert abs(row.state_due_at - clock.now() - RESTORABLE_FOR) < dt.timedelta(seconds=10)
    assert (await delete_withdrawn([row])).state is PostWithdrawalGraph.deleted
    await PostWithdrawal.objects.filter(pk=row.pk).aupdate(state=PostWithdrawalGraph.deleted.name)
    gone = await Post.objects.aget(pk=post.pk)
    assert (gone.state, gone.source, gone.content) == (PostGraph.deleted.name, "", "")
    assert await counts(site) == (before[0] - 1, before[1] - 1), "counted out once"
    await delete_withdrawn([row])  # a worker died in between
    answer = await site.member.post(f"/posts/{post.pk}/restore", headers=PAGE)
    assert answer.status_code == 403
    assert "can no longer be restored" in answer.text.replace("&#x27;", "'")


async def test_only_its_author_restores_it(site: Site) -> None:
    post = await written(site)
    await site.member.post(f"/posts/{post.pk}/delete")
    for visitor, status in ((site.admin, 404), (site.nobody, 303)):
        answer = await visitor.post(f"/posts/{post.pk}/restore", headers=PAGE)
        assert answer.status_code == status
    assert (await Post.objects.aget(pk=post.pk)).state == PostGraph.withdrawn.name
    assert (await site.admin.post(f"/posts/{post.pk}/delete", headers=PAGE)).status_code == 404


async def test_scripts_get_a_toast(site: Site) -> None:
    post = await written(site)
    answer = await site.member.post(f"/posts/{post.pk}/delete", headers=HTMX)
    assert answer.status_code == 204
    toast = json.loads(answer.headers["HX-Trigger"])["toast"]
    assert (toast["undo"], toast["hides"]) == (f"/posts/{post.pk}/restore", "post")
    assert (await site.member.post(toast["undo"], headers=HTMX)).status_code == 204
    assert (await Post.objects.aget(pk=post.pk)).deleted_at is None


@pytest.mark.parametrize("is_allowed", [True, False])
async def test_what_its_parent_says_meanwhile_counts_when_it_is_restored(
    site: Site, is_allowed: bool
) -> None:
    post = await written(site)
    assert post.in_reply_to_id is not None
    approval = await Approval.objects.acreate(
        kind=Interaction.reply,
        target_id=post.in_reply_to_id,
        author=site.admin.me,
        identity=site.member.me,
        post=post,
        uri=post.uri,
        state="waiting",
    )
    if is_allowed:
        await counters.uncount_hidden(post)
        await Post.objects.filter(pk=post.pk).aupdate(state="held", state_due_at=None)
    await site.member.post(f"/posts/{post.pk}/delete")
    approval = await Approval.objects.select_related("post", "target").aget(pk=approval.pk)
    async with async_atomic():
        await (events.on_approved if is_allowed else events.on_denied).emit(approval)
    assert (await Post.objects.aget(pk=post.pk)).state == "withdrawn"
    await site.member.post(f"/posts/{post.pk}/restore")
    assert (await Post.objects.aget(pk=post.pk)).state == ("new" if is_allowed else "held")
    assert await counts(site) == (1, int(is_allowed))
