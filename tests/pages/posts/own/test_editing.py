"""Editing a post on its page changes its files and its poll, too, with the checks of the API."""

import re
from typing import Any

import pytest

from activities.media.models import Attachment
from activities.polls.models import PollVote
from activities.posts.models import Post
from activities.posts.services.revising import keep_revision
from tests.activities import people as rows
from tests.pages.conftest import Site
from tests.pages.posts.unsent.test_scheduled_posts import file_of
from users.identities.models import Identity, MediaDescriptions

pytestmark = pytest.mark.anyio


async def with_files(site: Site, *names: str) -> tuple[Post, list[Attachment], dict[str, Any]]:
    """Post files; return them, and the form that edits the post."""
    files = [await file_of(site, name) for name in names]
    form = {"text": "Look", "visibility": "0", "media": [str(file.pk) for file in files]}
    assert (await site.member.post("/compose", form)).status_code == 303
    post = await Post.objects.aget()
    page = (await site.member.get(f"/posts/{post.pk}/edit")).text
    assert re.findall(r'name="media" value="(\d+)"', page) == form["media"]
    return post, files, {"text": "Look", "with_files": "yes", "media": form["media"]}


async def files_of(post: Post) -> list[int]:
    return [one.pk async for one in Attachment.objects.filter(post=post).order_by("position")]


async def test_files_are_ordered_removed_and_added(site: Site) -> None:
    post, (one, two), form = await with_files(site, "a", "b")
    edit = f"/posts/{post.pk}/edit"
    assert (await site.member.post(edit, form | {"media": [str(two.pk), str(one.pk)]})).status_code == 303
    assert await files_of(post) == [two.pk, one.pk]
    new = await file_of(site, "c")
    more = {"media": [str(two.pk), str(one.pk), str(new.pk)], f"remove_{two.pk}": "on"}
    more |= {f"description_{one.pk}": "A bird", f"description_{new.pk}": "A cat"}
    assert (await site.member.post(edit, form | more)).status_code == 303
    assert await files_of(post) == [one.pk, new.pk]
    assert {file.description async for file in Attachment.objects.filter(post=post)} == {"A bird", "A cat"}
    assert (await site.member.post(edit, form | {"media": []})).status_code == 303
    assert await files_of(post) == [], "with scripts, a removed file is not named"


async def test_nothing_changes_before_it_is_saved(site: Site) -> None:
    post, (one, two), form = await with_files(site, "a", "b")
    edit = f"/posts/{post.pk}/edit"
    more = {f"remove_{one.pk}": "on", f"description_{two.pk}": "A bird", "only_upload": "1"}
    page = await site.member.post(edit, form | more)
    assert page.status_code == 200
    assert re.findall(r'name="media" value="(\d+)"', page.text) == [str(two.pk)]
    assert "A bird</textarea>" in page.text
    assert await files_of(post) == [one.pk, two.pk]
    await post.arefresh_from_db()
    assert post.edited_at is None
    assert (await site.member.post(edit, form)).status_code == 303
    await post.arefresh_from_db()
    assert post.edited_at is None, "saving what is there is no edit"


async def test_a_form_without_files_leaves_them(site: Site) -> None:
    post, files, _ = await with_files(site, "a")
    assert (await site.member.post(f"/posts/{post.pk}/edit", {"text": "Look again"})).status_code == 303
    assert await files_of(post) == [files[0].pk]


async def test_another_ones_file_is_refused(site: Site) -> None:
    post, (mine,), form = await with_files(site, "a")
    theirs = await Attachment.objects.acreate(
        author=site.admin.me, kind="image", url="https://x.example/a.png"
    )
    page = await site.member.post(f"/posts/{post.pk}/edit", form | {"media": [str(mine.pk), str(theirs.pk)]})
    assert page.status_code == 422
    assert "no longer available" in page.text
    assert await files_of(post) == [mine.pk]
    other = await rows.make_post(site.admin.me)
    assert (await site.member.get(f"/posts/{other.pk}/edit")).status_code == 404


async def test_new_files_need_descriptions_where_these_are_required(site: Site) -> None:
    post, (one,), form = await with_files(site, "a")
    await Identity.objects.filter(pk=site.member.me.pk).aupdate(
        media_descriptions=MediaDescriptions.required.value
    )
    new = await file_of(site, "b")
    form |= {"media": [str(one.pk), str(new.pk)]}
    page = await site.member.post(f"/posts/{post.pk}/edit", form)
    assert page.status_code == 422
    assert "Describe each file" in page.text
    assert (
        await site.member.post(f"/posts/{post.pk}/edit", form | {f"description_{new.pk}": "A cat"})
    ).status_code == 303, "the old one may stay as it was"


async def asked(site: Site) -> tuple[Post, dict[str, str]]:
    """Ask a question that has a vote; return it with the form that edits it."""
    form = {"text": "Which?", "option_1": "Tea", "option_2": "Coffee", "poll_seconds": "3600"}
    assert (await site.member.post("/compose", form | {"visibility": "0"})).status_code == 303
    post = await Post.objects.aget()
    assert (await site.admin.post(f"/posts/{post.pk}/vote", {"choice": "0"})).status_code == 303
    await post.arefresh_from_db()
    assert post.question["options"][0]["votes"] == 1
    page = (await site.member.get(f"/posts/{post.pk}/edit")).text
    assert 'value="Tea"' in page
    assert '<option value="" selected>As it is now' in page
    assert 'name="with_files"' not in page, "a poll or files, not both"
    return post, form | {"poll_seconds": ""}


async def test_a_poll_stays_when_the_text_changes(site: Site) -> None:
    post, form = await asked(site)
    before = post.question
    assert (
        await site.member.post(f"/posts/{post.pk}/edit", form | {"text": "Which one?"})
    ).status_code == 303
    await post.arefresh_from_db()
    assert post.source == "Which one?"
    assert post.question == before


async def test_other_options_start_a_poll_again(site: Site) -> None:
    post, form = await asked(site)
    ends_at = post.question["ends_at"]
    more = {"option_2": "Cocoa", "option_3": "Water"}
    assert (await site.member.post(f"/posts/{post.pk}/edit", form | more)).status_code == 303
    await post.arefresh_from_db()
    assert [one["title"] for one in post.question["options"]] == ["Tea", "Cocoa", "Water"]
    assert [one["votes"] for one in post.question["options"]] == [0, 0, 0]
    assert not await PollVote.objects.filter(post=post).aexists()
    assert post.question["ends_at"][:15] == ends_at[:15], "the time that was left"


async def test_the_length_alone_keeps_the_votes(site: Site) -> None:
    post, form = await asked(site)
    ends_at = post.question["ends_at"]
    assert (
        await site.member.post(f"/posts/{post.pk}/edit", form | {"poll_seconds": "86400"})
    ).status_code == 303
    await post.arefresh_from_db()
    assert post.question["options"][0]["votes"] == 1
    assert post.question["ends_at"] > ends_at


async def test_a_poll_is_checked_as_a_new_one(site: Site) -> None:
    post, form = await asked(site)
    for more, words in (
        ({"option_1": "", "option_2": ""}, "at least two options"),
        ({"option_2": "Tea"}, "are the same"),
    ):
        page = await site.member.post(f"/posts/{post.pk}/edit", form | more)
        assert page.status_code == 422, more
        assert words in page.text, more
    plain = await rows.make_post(site.member.me, source="Which?")
    new = {"text": "Which?", "option_1": "Tea", "option_2": "Coffee", "poll_seconds": "3600"}
    assert (await site.member.post(f"/posts/{plain.pk}/edit", new)).status_code == 303
    await plain.arefresh_from_db()
    assert [one["title"] for one in plain.question["options"]] == ["Tea", "Coffee"]


async def test_the_history_shows_the_pictures_of_each_version(site: Site) -> None:
    post = await rows.make_post(site.member.me, content="<p>Owls</p>")
    file = await Attachment.objects.acreate(
        author=site.member.me,
        post=post,
        kind="image",
        url="https://media.far.test/1.png",
        description="An owl",
    )
    await keep_revision(post)
    await Attachment.objects.filter(pk=file.pk).aupdate(description="A tawny owl")
    page = (await site.nobody.get(f"/posts/{post.pk}/versions")).text.partition("<main")[2]
    assert re.findall(r'<img src="[^"]+" alt="([^"]*)"', page) == ["A tawny owl", "An owl"]
    assert page.count('class="face"') == 2, "no empty place for the author"
    await Post.objects.filter(pk=post.pk).aupdate(is_sensitive=True)
    page = (await site.nobody.get(f"/posts/{post.pk}/versions")).text
    assert page.count("Sensitive media") == 1, "of the version that says so"
