"""Descriptions and focus points of files in the composer."""

import pytest

from activities.media.models import Attachment
from activities.posts.models import Post
from tests.pages.conftest import Site
from tests.pages.posts.unsent.test_scheduled_posts import at, file_of
from users.domains.limits import DEFAULTS
from users.identities.models import Identity, MediaDescriptions

pytestmark = pytest.mark.anyio


async def choose(site: Site, wanted: MediaDescriptions) -> None:
    page = await site.member.get("/settings/posting")
    assert 'name="media_descriptions"' in page.text
    form = {"default_visibility": "0", "media_descriptions": str(wanted.value)}
    assert (await site.member.post("/settings/posting", form)).status_code == 303
    assert (await Identity.objects.aget(pk=site.member.me.pk)).media_descriptions == wanted


async def test_a_reminder_comes_once_unless_it_is_declined(site: Site) -> None:
    assert Identity().media_descriptions == MediaDescriptions.reminded  # what accounts begin with
    file = await file_of(site, "a")
    await choose(site, MediaDescriptions.reminded)
    form = {"text": "Look", "visibility": "0", "media": str(file.pk)}
    page = await site.member.post("/compose", form)
    assert page.status_code == 422
    assert "Post anyway" in page.text
    assert "Describe this file." in page.text
    assert 'name="undescribed" value="yes"' in page.text
    assert not await Post.objects.aexists()
    described = form | {"undescribed": "yes", f"description_{file.pk}": "A bird", "only_upload": "1"}
    page = await site.member.post("/compose", described)
    assert "Post anyway" not in page.text
    assert 'name="undescribed" value="yes"' in page.text
    await site.member.post("/compose", described | {f"description_{file.pk}": ""})
    assert (await site.member.post("/compose", form | {"undescribed": "yes"})).status_code == 303
    other = await file_of(site, "b")
    said = {"text": "Look", "visibility": "0", "media": str(other.pk), f"description_{other.pk}": "A bird"}
    assert (await site.member.post("/compose", said)).status_code == 303
    await choose(site, MediaDescriptions.optional)
    third = await file_of(site, "c")
    bare = {"text": "Look", "visibility": "0", "media": str(third.pk)}
    assert (await site.member.post("/compose", bare)).status_code == 303


async def test_a_reminder_names_the_files(site: Site) -> None:
    await choose(site, MediaDescriptions.reminded)
    one, two, three = [await file_of(site, name) for name in "abc"]
    form = {"text": "Look", "visibility": "0", "media": [str(one.pk), str(two.pk)], f"description_{one.pk}": "A bird"}  # fmt: skip
    page = (await site.member.post("/compose", form)).text
    assert "Without a description: file 2." in page
    form |= {"chain_1": "More", "media_1": str(three.pk)}
    page = (await site.member.post("/compose", form)).text
    assert "Without a description: file 2, file 1 of post 2." in page


async def test_a_reminder_names_what_else_is_wrong(site: Site) -> None:
    file = await file_of(site, "a")
    await choose(site, MediaDescriptions.reminded)
    form = {
        "text": "Look",
        "visibility": "0",
        "media": str(file.pk),
        "chain_1": "x" * (DEFAULTS.characters + 1),
    }
    page = (await site.member.post("/compose", form)).text
    assert "Describe this file." in page
    assert "Post 2 of your thread is too long" in page


async def test_required_means_required(site: Site) -> None:
    file = await file_of(site, "a")
    await choose(site, MediaDescriptions.required)
    form = {"text": "Look", "visibility": "0", "media": str(file.pk), "undescribed": "yes"}
    for more in ({}, {"scheduled_at": at(hours=3)}, {"chain_1": "More"}):
        page = await site.member.post("/compose", form | more)
        assert page.status_code == 422, more
        assert "Describe each file before you post." in page.text
        assert "Look</textarea>" in page.text
    assert not await Post.objects.aexists()
    described = form | {f"description_{file.pk}": "A bird"}
    assert (await site.member.post("/compose", described)).status_code == 303
    post = await Post.objects.aget()
    edited = {"text": "Look again", f"description_{file.pk}": " "}
    page = await site.member.post(f"/posts/{post.pk}/edit", edited)
    assert page.status_code == 422
    assert "Describe each file before you post." in page.text
    await file.arefresh_from_db()
    assert file.description == "A bird"


async def test_the_focus_is_chosen_and_changed(site: Site) -> None:
    file = await file_of(site, "a")
    form = {"text": "Look", "visibility": "0", "media": str(file.pk), f"focus_{file.pk}": "-0.31,0.5"}
    page = (await site.member.post("/compose", form | {"only_upload": "1"})).text
    assert '<option value="-0.31,0.5" selected>Chosen in the picture</option>' in page
    for nonsense in ("x", "nan,0", "1", "<b>,0"):
        answer = await site.member.post("/compose", form | {"only_upload": "1", f"focus_{file.pk}": nonsense})
        assert answer.status_code == 200, nonsense
    assert (await site.member.post("/compose", form)).status_code == 303
    file = await Attachment.objects.aget()
    assert (file.focus_x, file.focus_y) == (-0.31, 0.5)
    edit = f"/posts/{file.post_id}/edit"
    assert "Chosen in the picture" in (await site.member.get(edit)).text
    changed = {"text": "Look", f"description_{file.pk}": "", f"focus_{file.pk}": "0,9"}
    assert (await site.member.post(edit, changed)).status_code == 303
    file = await Attachment.objects.aget()
    assert (file.focus_x, file.focus_y) == (0, 1)
