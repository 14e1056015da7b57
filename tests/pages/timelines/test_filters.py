"""Editing filters on their page: words one by one, single posts, how long they last."""

import re
from datetime import timedelta
from typing import Any

import pytest

from activities.filters import services
from activities.filters.models import Filter, FilterKeyword, FilterStatus
from activities.posts.models import Visibility
from core import clock
from tests.activities import people as rows
from tests.pages.conftest import Site

pytestmark = pytest.mark.anyio

FORM: dict[str, Any] = {
    "title": "Sport",
    "words": "",
    "contexts": ["public"],
    "action": "warn",
    "expires_in": "0",
}


async def make(site: Site, *words: str, **more: Any) -> Filter:
    keywords = [services.KeywordDraft(keyword=word) for word in words]
    return await services.create_filter(
        identity=site.member.me, title="Sports", contexts=["home"], keywords=keywords, **more
    )


async def words_of(row: Filter) -> dict[str, bool]:
    return {one.keyword: one.whole_word async for one in FilterKeyword.objects.filter(filter=row)}


async def test_a_filter_is_edited_whole(site: Site) -> None:
    row = await make(site, "football", "cup", "golf")
    page = (await site.member.get("/filters")).text
    assert f'href="/filters/{row.pk}/edit"' in page
    page = (await site.member.get(f"/filters/{row.pk}/edit")).text
    football, cup, golf = re.findall(r'name="keyword-(\d+)"', page)
    assert page.count('type="checkbox" name="whole-') == 3
    form = {
        **FORM,
        f"keyword-{football}": "foot",
        f"keyword-{cup}": " ",
        f"keyword-{golf}": "golf",
        f"whole-{golf}": "on",
        "words": "tennis\nchess",
        "whole_word": "on",
    }
    answer = await site.member.post(f"/filters/{row.pk}/edit", form)
    assert (answer.status_code, answer.headers["location"]) == (303, "/filters")
    assert await words_of(row) == {"foot": False, "golf": True, "tennis": True, "chess": True}
    await row.arefresh_from_db()
    assert (row.title, row.contexts, row.action) == ("Sport", ["public"], "warn")
    await rows.make_post(site.admin.me, content="<p>A football</p>")
    assert "Sport" in (await site.member.get("/local")).text, "what was changed is heard at once"


async def test_a_full_filter_takes_as_many_words_as_it_loses(
    site: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(services, "MAX_KEYWORDS", 2)
    row = await make(site, "football", "cup")
    first = await FilterKeyword.objects.filter(keyword="football").aget()
    for words, status in (("tennis\nchess", 422), ("tennis", 303)):
        form = {**FORM, f"keyword-{first.pk}": "", "words": words}
        answer = await site.member.post(f"/filters/{row.pk}/edit", form)
        assert answer.status_code == status
    assert set(await words_of(row)) == {"cup", "tennis"}


async def test_a_word_that_is_too_long_is_said_at_its_row_and_nothing_is_lost(site: Site) -> None:
    row = await make(site, "football", "cup")
    first = await FilterKeyword.objects.filter(keyword="football").aget()
    form = {**FORM, f"keyword-{first.pk}": "x" * 513, "title": "Typed"}
    answer = await site.member.post(f"/filters/{row.pk}/edit", form)
    assert answer.status_code == 422
    assert f'aria-describedby="keyword-{first.pk}-error"' in answer.text
    assert "x" * 513 in answer.text
    assert 'value="Typed"' in answer.text
    assert set(await words_of(row)) == {"football", "cup"}


async def test_single_posts_leave_a_filter(site: Site) -> None:
    row = await make(site)
    first, second, later = [await rows.make_post(site.admin.me, content=f"<p>Post {n}</p>") for n in "123"]
    stays, goes = [
        await services.add_status(identity=site.member.me, filter_id=row.pk, post_id=one.pk)
        for one in (first, second)
    ]
    page = (await site.member.get(f"/filters/{row.pk}/edit")).text
    assert "Post 1" in page
    await services.add_status(identity=site.member.me, filter_id=row.pk, post_id=later.pk)
    form = {**FORM, "shown": [str(stays.pk), str(goes.pk)], "post": [str(stays.pk)]}
    assert (await site.member.post(f"/filters/{row.pk}/edit", form)).status_code == 303
    left = {one.post_id async for one in FilterStatus.objects.filter(filter=row)}
    assert left == {first.pk, later.pk}, "what was added meanwhile stays"


async def test_how_long_a_filter_lasts_is_kept_changed_and_ended(site: Site) -> None:
    row = await make(site, "football", expires_in=3600)
    ends = row.expires_at
    path = f"/filters/{row.pk}/edit"
    assert "It ends" in (await site.member.get(path)).text
    await site.member.post(path, {**FORM, "expires_in": "-1"})
    await row.arefresh_from_db()
    assert row.expires_at == ends
    await site.member.post(path, {**FORM, "expires_in": "0"})
    await row.arefresh_from_db()
    assert row.expires_at is None
    assert (await site.member.post(path, {**FORM, "expires_in": "-1"})).status_code == 422
    await Filter.objects.aupdate(expires_at=clock.now() - timedelta(days=1))
    assert "It ended" in (await site.member.get(path)).text
    assert ", ended" in (await site.member.get("/filters")).text


async def test_filters_of_others_are_not_there(site: Site) -> None:
    row = await make(site, "football")
    mine = await services.create_filter(identity=site.moderator.me, title="Mine", contexts=["home"])
    path = f"/filters/{row.pk}/edit"
    assert (await site.moderator.get(path)).status_code == 404
    assert (await site.moderator.post(path, FORM)).status_code == 404
    word = await FilterKeyword.objects.aget()
    await site.moderator.post(f"/filters/{mine.pk}/edit", {**FORM, f"keyword-{word.pk}": "stolen"})
    assert await words_of(row) == {"football": True}


async def test_one_post_is_added_to_a_filter_from_its_menu(site: Site) -> None:
    row = await make(site, "golf")
    post = await rows.make_post(site.admin.me, content="<p>High water</p>")
    path = f"/posts/{post.pk}/filter"
    assert path in (await site.member.get(f"/posts/{post.pk}/menu")).text
    assert "Sports" in (await site.member.get(path)).text
    for _ in range(2):
        answer = await site.member.post(path, {"filter": str(row.pk), "next": "/local"})
        assert (answer.status_code, answer.headers["location"].partition("?")[0]) == (303, "/local")
    assert await FilterStatus.objects.filter(filter=row, post=post.pk).acount() == 1
    home = (await site.member.get("/home")).text
    assert "was added to the filter" in home
    assert (await site.member.post(path, {"filter": "", "title": ""})).status_code == 422
    theirs = await services.create_filter(identity=site.admin.me, title="Theirs", contexts=["home"])
    assert (await site.member.post(path, {"filter": str(theirs.pk)})).status_code == 422
    assert (await site.nobody.post(path, {"filter": str(row.pk)})).status_code == 303
    hidden = await rows.make_post(site.admin.me, visibility=Visibility.mentioned)
    answer = await site.member.post(f"/posts/{hidden.pk}/filter", {"filter": str(row.pk)})
    assert answer.status_code == 404
    assert await FilterStatus.objects.acount() == 1


async def test_the_first_filter_is_made_on_the_way(site: Site) -> None:
    """A post can't be hidden otherwise without inventing a word."""
    post = await rows.make_post(site.admin.me, content="<p>High water</p>")
    path = f"/posts/{post.pk}/filter"
    page = (await site.member.get(path)).text
    assert "Or a new filter" not in page, "there is no other"
    nothing = await site.member.post(path, {"title": ""})
    assert nothing.status_code == 422
    assert re.search(r'<input[^>]*name="title"[^>]*aria-invalid="true"', nothing.text)
    once = re.search(r'name="once" value="([^"]+)"', page)
    assert once
    for _ in range(2):
        await site.member.post(path, {"title": "Not now", "once": once[1]})
    row = await Filter.objects.aget(identity=site.member.me.pk)
    assert (row.title, row.action, len(row.contexts)) == ("Not now", "warn", 5)
    assert await FilterStatus.objects.filter(filter=row, post=post.pk).acount() == 1
    assert "Filtered: Not now" in re.sub(r"\s+", " ", (await site.member.get("/local")).text)
