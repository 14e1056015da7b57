"""Scheduled posts on pages: changed in the composer, tried again, and turned back into drafts."""

import datetime as dt
import re
from typing import Any

import pytest

from activities.media.models import Attachment
from activities.posts.models import Post
from activities.saved_drafts.models import SavedDraft
from activities.scheduled_posts import services as scheduled_posts
from activities.scheduled_posts.handlers import publish
from activities.scheduled_posts.models import ScheduledPost
from core import clock
from stator.outcomes import Kind
from tests.pages.conftest import Site

pytestmark = pytest.mark.anyio


def at(**ahead: float) -> str:
    return f"{clock.now() + dt.timedelta(**ahead):%Y-%m-%dT%H:%M}"


async def file_of(site: Site, name: str) -> Attachment:
    return await Attachment.objects.acreate(
        author=site.member.me, kind="image", url=f"/media/{name}.png", preview_url=f"/media/{name}.png"
    )


async def schedule(site: Site, **more: Any) -> ScheduledPost:
    form = {"text": "Later", "visibility": "2", "scheduled_at": at(hours=5), **more}
    assert (await site.member.post("/compose", form)).headers["location"] == "/scheduled"
    return await ScheduledPost.objects.aget()


async def test_text_files_and_time_are_changed(site: Site) -> None:
    old, new = await file_of(site, "old"), await file_of(site, "new")
    row = await schedule(site, media=str(old.pk))
    assert f"/compose?scheduled={row.pk}" in (await site.member.get("/scheduled")).text
    page = (await site.member.get(f"/compose?scheduled={row.pk}")).text
    assert "Edit a scheduled post" in page
    assert "Later</textarea>" in page
    assert f'name="media" value="{old.pk}"' in page
    assert f'value="{row.scheduled_at:%Y-%m-%dT%H:%M}"' in page
    assert '<option value="2" selected>' in page
    assert "data-drafts-at" not in page, "it is no draft beside the scheduled post"
    when = at(days=2)
    form = {
        "scheduled": str(row.pk),
        "text": "Later still",
        "visibility": "1",
        "scheduled_at": when,
        "media": [str(old.pk), str(new.pk)],
        f"remove_{old.pk}": "on",
        f"description_{new.pk}": "A new one",
    }
    assert (await site.member.post("/compose", form)).headers["location"] == "/scheduled"
    row = await ScheduledPost.objects.aget()
    draft = scheduled_posts.draft_of(row)
    assert (draft.text, draft.visibility, list(draft.files)) == ("Later still", 1, [new.pk])
    assert f"{row.scheduled_at:%Y-%m-%dT%H:%M}" == when
    assert not await Post.objects.aexists()
    page = (await site.member.get("/scheduled")).text
    assert 'alt="A new one"' in page


async def test_post_now_publishes_it_once_and_an_emptied_date_does_not(site: Site) -> None:
    row = await schedule(site)
    form = {"scheduled": str(row.pk), "text": "Now", "visibility": "0", "scheduled_at": ""}
    page = (await site.member.get(f"/compose?scheduled={row.pk}")).text
    assert 'name="post_now"' in page
    emptied = await site.member.post("/compose", form)
    assert emptied.status_code == 422
    assert "Choose a date, or press “Post now”." in emptied.text
    assert (await ScheduledPost.objects.aget()).scheduled_at == row.scheduled_at, (
        "nothing is published by accident"
    )
    form |= {"post_now": "1", "scheduled_at": at(days=1)}
    for _ in range(2):
        assert (await site.member.post("/compose", form)).status_code == 303
    assert (await publish(await ScheduledPost.objects.aget())).kind is Kind.TO
    await ScheduledPost.objects.all().aupdate(state="published")
    late = await site.member.post("/compose", form)
    assert late.status_code == 422
    assert "published or deleted" in late.text
    assert "Now</textarea>" in late.text
    assert (await Post.objects.aget()).source == "Now"


async def test_one_that_failed_is_changed_or_becomes_a_draft(site: Site) -> None:
    file = await file_of(site, "kept")
    row = await schedule(site, media=str(file.pk))
    failed = {"state": "failed", "state_due_at": None, "reason": "Too long."}
    await ScheduledPost.objects.all().aupdate(**failed)
    assert "Too long." in (await site.member.get("/scheduled")).text
    form = {"scheduled": str(row.pk), "text": "Shorter", "visibility": "0", "scheduled_at": at(days=1)}
    assert (await site.member.post("/compose", form | {"media": str(file.pk)})).status_code == 303
    row = await ScheduledPost.objects.aget()
    assert (row.state, row.reason, row.draft["text"]) == ("waiting", "", "Shorter")
    await ScheduledPost.objects.all().aupdate(**failed)
    answer = await site.member.post(f"/scheduled/{row.pk}/draft")
    draft = await SavedDraft.objects.aget()
    assert answer.headers["location"] == f"/compose?draft={draft.pk}"
    assert (draft.fields["text"], draft.fields["visibility"], draft.files) == ("Shorter", "0", [file.pk])
    assert not await ScheduledPost.objects.aexists()
    page = (await site.member.get(answer.headers["location"])).text
    assert "Shorter</textarea>" in page
    assert re.search(rf'name="media" value="{file.pk}"', page)


async def test_settings_made_by_an_app_are_kept(site: Site) -> None:
    row = await schedule(site, option_1="a", option_2="b", poll_seconds="300")
    row.draft["poll"]["expires_in"] = 777
    await row.asave(update_fields=["draft"])
    page = (await site.member.get(f"/compose?scheduled={row.pk}")).text
    assert '<option value="777" selected>777 seconds</option>' in page
    form = {
        "scheduled": str(row.pk),
        "text": "Ask",
        "visibility": "0",
        "scheduled_at": at(days=1),
        "option_1": "a",
        "option_2": "c",
        "poll_seconds": "777",
    }
    assert (await site.member.post("/compose", form)).status_code == 303
    assert (await ScheduledPost.objects.aget()).draft["poll"]["expires_in"] == 777
    refused = await site.member.post("/compose", form | {"poll_seconds": "778"})
    assert refused.status_code == 422


async def test_a_time_too_far_away_says_the_limit(site: Site) -> None:
    form = {"text": "Later", "visibility": "2", "scheduled_at": at(days=366 * 6)}
    assert "within the next five years" in (await site.member.post("/compose", form)).text
    assert not await ScheduledPost.objects.aexists()


async def test_deleting_one_asks_first(site: Site) -> None:
    row = await schedule(site)
    page = (await site.member.get("/scheduled")).text
    assert "Don't publish" not in page
    assert f'href="/scheduled/{row.pk}/cancel"' in page
    question = await site.member.get(f"/scheduled/{row.pk}/cancel")
    assert "Delete this scheduled post?" in question.text
    assert "Later" in question.text
    assert f'formaction="/scheduled/{row.pk}/draft"' in question.text
    assert (await site.moderator.get(f"/scheduled/{row.pk}/cancel")).status_code == 404
    assert await ScheduledPost.objects.aexists()
    assert (await site.member.post(f"/scheduled/{row.pk}/cancel")).headers["location"] == "/scheduled"
    assert not await ScheduledPost.objects.aexists()


async def test_scheduled_posts_are_private_to_their_author(site: Site) -> None:
    row = await schedule(site)
    for named in (str(row.pk), "x", "9" * 30):
        assert (await site.moderator.get(f"/compose?scheduled={named}")).status_code == 404, named
    assert (await site.moderator.post(f"/scheduled/{row.pk}/draft")).status_code == 404
    form = {"scheduled": str(row.pk), "text": "Mine", "visibility": "0", "scheduled_at": at(days=1)}
    assert (await site.moderator.post("/compose", form)).status_code == 422
    assert (await ScheduledPost.objects.aget()).draft["text"] == "Later"
    await ScheduledPost.objects.all().aupdate(post_id=17)  # the worker is at it
    assert (await site.member.post(f"/scheduled/{row.pk}/draft")).status_code == 404
    assert not await SavedDraft.objects.aexists()


async def test_markdown_stays_markdown(site: Site) -> None:
    row = await schedule(site, is_markdown="on")
    checked = re.compile(r'name="is_markdown"[^>]* checked')
    assert checked.search((await site.member.get(f"/compose?scheduled={row.pk}")).text)
    moved = await site.member.post(f"/scheduled/{row.pk}/draft")
    assert checked.search((await site.member.get(moved.headers["location"])).text)
