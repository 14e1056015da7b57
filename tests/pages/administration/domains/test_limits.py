"""The limits of a domain are set on its page, within the ceilings, and the composer and the profile form have them."""

import pytest

from activities.posts.models import Post
from core.config import config
from tests.pages.conftest import Site
from users.domains.models import Domain, SignUpMode

pytestmark = pytest.mark.anyio

FORM = {
    "title": "Other",
    "sign_up_mode": "closed",
    "is_public": "on",
    "shows_profiles": "on",
    "accent_color": "#123456",
}


async def _save(site: Site, **limits: str) -> int:
    form = FORM | {f"limit_{name}": value for name, value in limits.items()}
    return (await site.admin.post(f"/admin/domains/{site.domain.pk}", form)).status_code


async def test_the_composer_and_the_profile_form_have_them(site: Site) -> None:
    before = (await site.member.get("/compose")).text
    assert 'data-limit="500"' in before
    assert 'name="file_5"' not in before
    assert 'name="option_5"' not in before
    assert await _save(site, characters="1234", files="6", poll_options="5", bio="3000", fields="9") == 303
    after = (await site.member.get("/compose")).text
    assert 'data-limit="1234"' in after
    assert 'data-limit="500"' not in after
    assert 'name="file_6"' in after
    assert 'name="option_5"' in after
    shown = (await site.admin.get(f"/admin/domains/{site.domain.pk}")).text
    assert 'value="1234"' in shown
    assert "At most 5,000; 500 if empty." in shown
    form = {"text": "x" * 1200, "visibility": "0", "quote_policy": "1"}
    assert (await site.member.post("/compose", form)).status_code == 303


async def test_nothing_beyond_the_ceilings_is_stored(site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in (
        ("characters", "5001"),
        ("characters", "99"),
        ("files", "17"),
        ("files", "0"),
        ("poll_options", "1"),
    ):
        assert await _save(site, **{name: value}) == 422, name
    domain = await Domain.objects.aget(pk=site.domain.pk)
    assert (domain.limits, domain.sign_up_mode) == ({}, SignUpMode.closed)
    assert await _save(site, characters="5000") == 303
    monkeypatch.setattr(config(), "max_characters", 700)
    assert 'data-limit="700"' in (await site.member.get("/compose")).text, "the ceiling was lowered since"
    assert await _save(site) == 303
    assert 'data-limit="500"' in (await site.member.get("/compose")).text


async def test_an_edit_keeps_options_that_would_be_too_many_now(site: Site) -> None:
    options = {f"option_{number}": f"answer {number}" for number in range(1, 5)}
    form = {"text": "Which?", "visibility": "0", "quote_policy": "1", "poll_seconds": "3600"} | options
    assert (await site.member.post("/compose", form)).status_code == 303
    post = await Post.objects.aget()
    assert await _save(site, poll_options="2") == 303
    page = (await site.member.get(f"/posts/{post.pk}/edit")).text
    assert 'value="answer 4"' in page
    kept = options | {"text": "Which one?", "poll_seconds": ""}
    assert (await site.member.post(f"/posts/{post.pk}/edit", kept)).status_code == 303
    post = await Post.objects.aget()
    assert (post.source, len((post.question or {})["options"])) == ("Which one?", 4)


async def test_a_post_is_edited_so_often_only(site: Site) -> None:
    form = {"text": "First", "visibility": "0", "quote_policy": "1"}
    assert (await site.member.post("/compose", form)).status_code == 303
    edit = f"/posts/{(await Post.objects.aget()).pk}/edit"
    assert await _save(site, edits="2") == 303
    for text in ("Second", "Third"):
        assert (await site.member.post(edit, {"text": text})).status_code == 303
    refused = await site.member.post(edit, {"text": "Fourth"})
    assert refused.status_code == 422
    assert "A post can be edited at most 2 times." in refused.text
    assert "Fourth" in refused.text, "what was typed is still there"
    assert (await Post.objects.aget()).source == "Third"
    assert (await site.member.post(edit, {"text": "Third"})).status_code == 303, "nothing changed"
    assert await _save(site, edits="3") == 303
    assert (await site.member.post(edit, {"text": "Fourth"})).status_code == 303
    assert await _save(site, edits="0") == 303
    assert (await site.member.post(edit, {"text": "Fifth"})).status_code == 422
