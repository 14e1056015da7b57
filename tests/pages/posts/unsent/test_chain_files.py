"""Files and content warnings of the further posts of a thread, without scripts."""

import re

import pytest

from activities.media.models import Attachment
from activities.posts.models import Post
from activities.saved_drafts.models import SavedDraft
from activities.scheduled_posts.handlers import publish
from activities.scheduled_posts.models import ScheduledPost
from tests.pages.conftest import Site
from tests.pages.posts.test_writing import picture
from tests.pages.posts.unsent.test_scheduled_posts import at

pytestmark = [pytest.mark.anyio, pytest.mark.slow]

THREAD = {"text": "One", "visibility": "0", "chain_1": "Two", "chain_2": "Three"}
TWO_FILES = [(f"files_{place}", (f"{place}.png", picture(), "image/png")) for place in (2, 2)]


def media(page: str) -> dict[str, list[str]]:
    """Return the files of each post of the form."""
    found: dict[str, list[str]] = {}
    for name, number in re.findall(r'name="((?:removed_)?media(?:_\d+)?)" value="([\d ]+)"', page):
        found.setdefault(name, []).append(number)
    return found


async def upload(site: Site, form: dict[str, str]) -> tuple[str, str]:
    """Upload two files for the third post, and return their ids."""
    page = await site.member.post("/compose", form | {"only_upload": "1"}, files=TWO_FILES)
    assert page.status_code == 200
    assert not await Post.objects.aexists()
    one, two = media(page.text)["media_2"]
    return one, two


async def sent_files(site: Site) -> list[list[str]]:
    """Return the descriptions of the files of each post, as apps read them."""
    posts = [post async for post in Post.objects.order_by("id")]
    answers = [await site.nobody.get(f"/api/v1/statuses/{post.pk}") for post in posts]
    return [[file["description"] for file in answer.json()["media_attachments"]] for answer in answers]


async def test_a_further_post_has_its_own_files_and_warning(site: Site) -> None:
    form = THREAD | {"content_warning": "Long", "warning_2": "Birds"}
    one, two = await upload(site, form)
    form |= {"media_2": [two, one], f"description_{one}": "First", f"description_{two}": "Second"}  # type: ignore[dict-item]
    # a post of files alone
    more = [("files_3", ("3.png", picture(), "image/png"))]
    assert (await site.member.post("/compose", form, files=more)).status_code == 303
    posts = [post async for post in Post.objects.order_by("id")]
    assert [post.source for post in posts] == ["One", "Two", "Three", ""]
    assert [post.content_warning for post in posts] == ["Long", "Long", "Birds", "Long"]
    assert await sent_files(site) == [[], [], ["Second", "First"], [None]]
    document = (await site.nobody.get(posts[2].uri, headers={"accept": "application/activity+json"})).json()
    assert [file["name"] for file in document["attachment"]] == ["Second", "First"]
    assert document["inReplyTo"] == posts[1].uri


async def test_files_go_with_their_post(site: Site) -> None:
    one, two = await upload(site, THREAD)
    form: dict[str, object] = {**THREAD, "media_2": [one, two], "warning_2": "Birds"}
    page = (await site.member.post("/compose", form | {"post_up": "2"})).text
    assert media(page) == {"media_1": [one, two]}
    assert re.search(r'name="warning_1" value="Birds"', page)
    page = (await site.member.post("/compose", form | {"remove_post": "2"})).text
    assert media(page) == {"removed_media": [f"{one} {two}"]}
    gone = {"removed_chain": "Three", "removed_warning": "Birds", "removed_media": f"{one} {two}"}
    form = {"text": "One", "visibility": "0", "chain_1": "Two", "restore_post": "2"}
    page = (await site.member.post("/compose", form | gone)).text
    assert media(page) == {"media_2": [one, two]}
    page = (await site.moderator.post("/compose", form | gone)).text
    assert media(page) == {}, "not theirs"


async def test_a_further_post_can_have_no_warning(site: Site) -> None:
    form = THREAD | {"content_warning": "Long", "bare_1": "on"}
    later = form | {"scheduled_at": at(hours=3)}
    assert (await site.member.post("/compose", later)).status_code == 303
    row = await ScheduledPost.objects.aget()
    page = (await site.member.get(f"/compose?scheduled={row.pk}")).text
    assert re.search(r'name="bare_1"[^>]*checked', page)
    assert not re.search(r'name="bare_2"[^>]*checked', page)
    assert (await site.member.post("/compose", form)).status_code == 303
    posts = [post async for post in Post.objects.order_by("id")]
    assert [post.content_warning for post in posts] == ["Long", "", "Long"]


async def test_the_second_post_can_become_the_first(site: Site) -> None:
    one, two = await upload(site, THREAD)
    form: dict[str, object] = {**THREAD, "media_1": [one, two], "content_warning": "Birds"}
    for more, first, rest in (
        ({}, "Birds", [("", False), ("", False)]),
        ({"warning_1": "Cats"}, "Cats", [("Birds", False), ("Birds", False)]),
        ({"bare_1": "on"}, "", [("Birds", False), ("Birds", False)]),
        ({"warning_1": "Cats", "content_warning": ""}, "Cats", [("", True), ("", True)]),
    ):
        page = (await site.member.post("/compose", {**form, **more, "post_up": "1"})).text
        assert media(page) == {"media": [one, two]}
        assert re.search(r'<textarea name="text"[^>]*autofocus', page)
        texts = re.findall(r'<textarea name="(?:text|chain_[12])"[^>]*>\s*([^<]*)</textarea>', page)
        assert texts == ["Two", "One", "Three"]
        said = re.search(r'name="content_warning"(?: value="(\w+)")?', page)
        assert said
        assert (said[1] or "") == first, more
        found = [
            (
                re.search(rf'name="warning_{place}"(?: value="(\w+)")?', page),
                re.search(rf'name="bare_{place}"[^>]*checked', page),
            )
            for place in (1, 2)
        ]
        assert [(bool(warning) and (warning[1] or ""), bool(bare)) for warning, bare in found] == rest, more


async def test_a_refused_file_of_a_further_post_costs_nothing_else(site: Site) -> None:
    one, two = await upload(site, THREAD)
    form = THREAD | {"media_2": [one, two], f"description_{one}": "Kept"}  # type: ignore[dict-item]
    bad = [("files_1", ("x.png", b"not a picture", "image/png"))]
    bad += [("files_2", (f"{number}.png", picture(), "image/png")) for number in range(3)]
    page = await site.member.post("/compose", form, files=bad)
    assert page.status_code == 422
    assert "x.png: This kind of file" in page.text
    assert "2.png: a post can have 4 files." in page.text
    assert [len(ids) for ids in media(page.text).values()] == [4]
    assert "Kept</textarea>" in page.text
    both = THREAD | {"media": one, "media_2": one}
    assert (await site.member.post("/compose", both)).status_code == 303, "it stays where it is named first"
    assert [len(files) for files in await sent_files(site)] == [1, 0, 0]


async def test_drafts_and_scheduled_threads_keep_files(site: Site) -> None:
    one, two = await upload(site, THREAD)
    form = THREAD | {"media_2": [one, two], "warning_2": "Birds"}  # type: ignore[dict-item]
    assert (await site.member.post("/compose", form | {"save_draft": "1"})).status_code == 303
    draft = await SavedDraft.objects.aget()
    assert draft.files == [int(one), int(two)]
    page = (await site.member.get(f"/compose?draft={draft.pk}")).text
    assert media(page) == {"media_2": [one, two]}
    assert re.search(r'name="warning_2" value="Birds"', page)
    saved = await site.member.post("/drafts/save", form | {"saved_draft": str(draft.pk), "media_1": one})
    assert saved.json() == {"id": str(draft.pk)}

    later = form | {"scheduled_at": at(hours=3)}
    assert (await site.member.post("/compose", later)).status_code == 303
    row = await ScheduledPost.objects.aget()
    assert (await site.member.get("/scheduled")).text.count("<img") >= 2
    page = (await site.member.get(f"/compose?scheduled={row.pk}")).text
    assert media(page) == {"media_2": [one, two]}
    taken = await site.member.post("/compose", {"text": "Mine", "visibility": "0", "media": one})
    assert taken.status_code == 422, "reserved for the scheduled post"
    changed = form | {"scheduled": str(row.pk), "media_2": two, "scheduled_at": at(hours=4)}
    assert (await site.member.post("/compose", changed)).status_code == 303
    await ScheduledPost.objects.all().aupdate(scheduled_at=row.created_at)
    await publish(await ScheduledPost.objects.aget())
    posts = [post async for post in Post.objects.order_by("id")]
    assert [post.content_warning for post in posts] == ["", "", "Birds"]
    assert [file.post_id async for file in Attachment.objects.order_by("id")] == [None, posts[2].pk]


async def test_a_scheduled_thread_becomes_a_draft_with_its_files(site: Site) -> None:
    one, two = await upload(site, THREAD)
    form = THREAD | {"media_2": [one, two], "scheduled_at": at(hours=3)}  # type: ignore[dict-item]
    assert (await site.member.post("/compose", form)).status_code == 303
    row = await ScheduledPost.objects.aget()
    answer = await site.member.post(f"/scheduled/{row.pk}/draft")
    page = (await site.member.get(answer.headers["location"])).text
    assert media(page) == {"media_2": [one, two]}
