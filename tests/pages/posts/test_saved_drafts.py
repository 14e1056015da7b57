"""Drafts on the server: saved by a button and by themselves, continued elsewhere, gone when they are posted."""

import datetime as dt
import re

import pytest

from activities.media.handlers import remove_unattached_media
from activities.media.models import Attachment
from activities.posts.models import Post
from activities.saved_drafts import services
from activities.saved_drafts.handlers import remove_old_drafts
from activities.saved_drafts.models import SavedDraft
from core import clock
from tests.activities import people as rows
from tests.pages.conftest import Site
from tests.pages.posts.test_writing import picture

pytestmark = pytest.mark.anyio


def form_of(page: str) -> dict[str, str]:
    """Return the hidden fields of the composer."""
    names = ("once", "saved_draft", "reply_to", "quote", "quote_policy_was")
    found = {name: re.search(rf'name="{name}"(?: value="([^"]*)")?', page) for name in names}
    return {name: (match[1] or "") for name, match in found.items() if match} | {"visibility": "0"}


async def test_a_draft_is_saved_continued_and_posted(site: Site) -> None:
    start = form_of((await site.member.get("/compose")).text)
    typed = start | {
        "text": "Half a <thought>",
        "content_warning": "Odd",
        "visibility": "2",
        "option_1": "yes",
    }
    answer = await site.member.post("/compose", typed | {"save_draft": "1"})
    assert (answer.status_code, answer.headers["location"]) == (303, "/drafts")
    await site.member.post("/compose", typed | {"save_draft": "1"})
    draft = await SavedDraft.objects.aget()
    assert "Half a &lt;thought&gt;" in (await site.member.get("/drafts")).text
    page = (await site.member.get(f"/compose?draft={draft.pk}")).text
    assert "Half a &lt;thought&gt;</textarea>" in page
    assert 'value="Odd"' in page
    assert '<option value="2" selected>' in page
    assert 'value="yes"' in page
    sent = form_of(page) | {"text": "A whole thought", "visibility": "0"}
    assert sent["saved_draft"] == str(draft.pk)
    assert (await site.member.post("/compose", sent)).status_code == 303
    assert (await Post.objects.aget()).source == "A whole thought"
    assert not await SavedDraft.objects.aexists()


async def test_a_reply_that_was_begun_elsewhere_is_offered(site: Site) -> None:
    ids = [(await rows.make_post(site.admin.me)).pk for _ in range(2)]
    fields = {"text": "@ann Half an answer", "reply_to": str(ids[0])}
    draft_id = await services.save_draft(author=site.member.me, fields=fields)
    await services.save_draft(author=site.moderator.me, fields=fields | {"reply_to": str(ids[1])})
    page = (await site.member.get(f"/compose?reply_to={ids[0]}")).text
    assert "You have a draft of this reply." in page
    assert f'href="/compose?draft={draft_id}"' in page
    assert "Half an answer</textarea>" in (await site.member.get(f"/compose?draft={draft_id}")).text
    for path in (f"/compose?reply_to={ids[1]}", f"/compose?draft={draft_id}", "/compose"):
        assert "You have a draft" not in (await site.member.get(path)).text, path


async def test_a_draft_is_its_authors_only(site: Site) -> None:
    draft_id = await services.save_draft(author=site.member.me, fields={"text": "secret"})
    for path in (f"/compose?draft={draft_id}", "/compose?draft=x", "/compose?draft=99999999999999999999"):
        assert (await site.moderator.get(path)).status_code == 404, path
    assert "secret" not in (await site.moderator.get("/drafts")).text
    stolen = {"saved_draft": str(draft_id), "text": "mine now"}
    assert (await site.moderator.post("/drafts/save", stolen)).status_code == 404
    assert (await site.moderator.post(f"/drafts/{draft_id}/delete")).status_code == 303
    assert (await site.moderator.post("/compose", stolen | {"visibility": "0"})).status_code == 303
    assert (await SavedDraft.objects.aget()).fields == {"text": "secret"}
    assert (await site.nobody.get("/drafts")).status_code == 303
    assert (await site.nobody.post("/drafts/save", {"text": "x"})).status_code in {303, 403}


async def test_drafts_are_saved_while_writing(site: Site) -> None:
    start = form_of((await site.member.get("/compose")).text)
    first = await site.member.post("/drafts/save", start | {"text": "H"})
    again = await site.member.post("/drafts/save", start | {"text": "Ha"})
    assert first.json()["id"] == again.json()["id"], "two requests on their way at once are one draft"
    named = start | {"saved_draft": first.json()["id"]}
    await site.member.post("/drafts/save", named | {"text": "Half"})
    draft = await SavedDraft.objects.aget()
    assert draft.fields["text"] == "Half"
    assert "once" not in draft.fields
    assert (await site.member.post("/drafts/save", named | {"text": " "})).json() == {"id": ""}
    assert not await SavedDraft.objects.aexists()
    late = await site.member.post("/drafts/save", named | {"text": "Half"})
    assert late.status_code == 404, "what was posted or deleted is not begun anew"
    assert "posted or deleted" in late.json()["error"]


async def test_a_form_has_one_draft_also_when_it_never_learned_its_id(site: Site) -> None:
    start = form_of((await site.member.get("/compose")).text) | {"text": "Left at once"}
    others = await site.moderator.post("/drafts/save", start | {"text": "of somebody else"})
    await site.member.post("/drafts/save", start)
    await site.member.post("/drafts/save", start | {"text": "Left twice"})
    assert await SavedDraft.objects.filter(author=site.member.me.pk).acount() == 1
    assert (await site.member.post("/compose", start | {"visibility": "0"})).status_code == 303
    assert str((await SavedDraft.objects.aget()).pk) == others.json()["id"]


async def test_drafts_are_bounded(site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(services, "MAX_DRAFTS", 1)
    assert (await site.member.post("/drafts/save", {"text": "one"})).status_code == 200
    refused = await site.member.post("/drafts/save", {"text": "two"})
    assert (refused.status_code, refused.json()["error"][:27]) == (422, "You can have at most 1 draf")
    page = await site.member.post("/compose", {"text": "two", "visibility": "0", "save_draft": "1"})
    assert page.status_code == 422
    assert "two</textarea>" in page.text
    long = await site.moderator.post("/drafts/save", {"text": "ü" * 40_000})
    assert long.status_code == 422
    odd = await site.moderator.post(
        "/drafts/save", {"text": "a\0b", "visibility": "x", "reply_to": "-1", "media": "x"}
    )
    assert odd.status_code == 200
    page = await site.moderator.get(f"/compose?draft={odd.json()['id']}")
    assert page.status_code == 200


async def test_files_stay_with_their_draft(site: Site) -> None:
    old = clock.now() - dt.timedelta(days=2)
    kept, loose = [
        await Attachment.objects.acreate(author=site.member.me, kind="image", url=f"/media/{name}.png")
        for name in ("kept", "loose")
    ]
    await Attachment.objects.all().aupdate(created_at=old)
    await services.save_draft(author=site.member.me, fields={"text": "x"}, files=[kept.pk, 17])
    await services.save_draft(author=site.moderator.me, fields={"text": "x"}, files=[loose.pk])
    await remove_unattached_media()
    assert [row.pk async for row in Attachment.objects.all()] == [kept.pk]
    draft = await SavedDraft.objects.aget(author=site.member.me.pk)
    assert f'name="media" value="{kept.pk}"' in (await site.member.get(f"/compose?draft={draft.pk}")).text


async def test_old_drafts_and_those_of_deleted_people_go(site: Site) -> None:
    await services.save_draft(author=site.member.me, fields={"text": "old"})
    await SavedDraft.objects.all().aupdate(saved_at=clock.now() - dt.timedelta(days=91))
    await services.save_draft(author=site.member.me, fields={"text": "new"})
    await remove_old_drafts()
    assert [row.fields["text"] async for row in SavedDraft.objects.all()] == ["new"]
    await services.delete_drafts_of(site.member.me)
    assert not await SavedDraft.objects.aexists()


async def test_one_file_is_uploaded_and_answered_with_its_row(site: Site) -> None:
    done = await site.member.post("/compose/upload", files={"file_1": ("a.png", picture(), "image/png")})
    assert done.status_code == 200
    row = await Attachment.objects.aget()
    assert f'name="media" value="{row.pk}"' in done.text
    assert row.author_id == site.member.me.pk
    for sent in ({"file_1": ("<b>.png", b"not one", "image/png")}, {"file_1": ("", b"", "image/png")}, {}):
        refused = await site.member.post("/compose/upload", files=sent)
        assert refused.status_code == 422, sent
        assert refused.headers["content-type"] == "text/plain; charset=utf-8"
    assert (
        await site.nobody.post("/compose/upload", files={"file_1": ("a.png", picture(), "image/png")})
    ).status_code in {303, 403}
    assert await Attachment.objects.acount() == 1


async def test_descriptions_are_kept_with_their_draft(site: Site) -> None:
    row = await Attachment.objects.acreate(author=site.member.me, kind="image", url="/media/a.png")
    other = await Attachment.objects.acreate(author=site.moderator.me, kind="image", url="/media/b.png")
    named = {"text": "x", "media": [str(row.pk), str(other.pk)]}
    said = {f"description_{one.pk}": "A <cat>" for one in (row, other)}
    assert (await site.member.post("/drafts/save", {**named, **said})).status_code == 200
    assert (await SavedDraft.objects.aget()).files == [row.pk], "somebody else's is left out"
    await site.member.post("/drafts/save", {**named, "text": "y"})
    found = {one.pk: one.description async for one in Attachment.objects.all()}
    assert found == {row.pk: "A <cat>", other.pk: ""}


async def test_a_save_that_arrives_after_its_form_was_sent_starts_no_draft(site: Site) -> None:
    """The browser saves while the form is sent, and requests arrive in any order."""
    start = form_of((await site.member.get("/compose")).text) | {"text": "Sent and late"}
    assert (await site.member.post("/compose", start)).status_code == 303
    late = await site.member.post("/drafts/save", start)
    assert late.status_code == 404
    assert not await SavedDraft.objects.aexists()
    other = form_of((await site.member.get("/compose")).text) | {"text": "Another form"}
    assert (await site.member.post("/drafts/save", other)).status_code == 200
    assert await SavedDraft.objects.acount() == 1
