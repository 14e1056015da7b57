"""Authors of a shared account change only what they wrote themselves: drafts, uploads, boosts, scheduled posts; editors and owners all of it."""

import datetime as dt
from typing import Any

import httpx
import pytest

from activities.media.models import Attachment
from activities.posts.models import Post, PostWriter
from activities.saved_drafts.models import SavedDraft
from activities.scheduled_posts.handlers import publish
from activities.scheduled_posts.models import ScheduledPost
from core import clock
from tests.activities.people import make_post
from tests.media.files import image
from tests.pages.accounts.sharing.support import AUTHOR, EDITOR, OWNER, Shared, share
from tests.pages.conftest import Site
from tests.users.support import make_person
from users.logins.models import AccessRole
from users.moderation.models import AccountWarning, Appeal, WarningAction

pytestmark = pytest.mark.anyio

IN_TIME = (200, 302, 303)


@pytest.fixture
async def shared(site: Site) -> Shared:
    return await share(site)


async def call(
    site: Site, shared: Shared, role: AccessRole, method: str, path: str, **more: Any
) -> httpx.Response:
    """Call the API with this role."""
    bearer = {"Authorization": f"Bearer {shared.tokens[role]}"}
    return await site.nobody.http.request(method, path, headers=bearer, **more)


async def upload(site: Site, shared: Shared, role: AccessRole) -> int:
    answer = await call(site, shared, role, "POST", "/api/v2/media", files={"file": ("a.jpg", image())})
    assert answer.status_code == 200, answer.text
    return int(answer.json()["id"])


async def draft(shared: Shared, role: AccessRole, text: str = "begun", **more: str) -> SavedDraft:
    """Save a draft on the composer's page, and return it."""
    form = {"text": text, "visibility": "0", "save_draft": "1", **more}
    answer = await shared.people[role].post("/compose", form)
    assert answer.status_code in IN_TIME, answer.text
    return await SavedDraft.objects.order_by("-pk").alatest("pk")


async def test_drafts_of_others_are_not_for_authors(site: Site, shared: Shared) -> None:
    author, editor = shared.people[AUTHOR], shared.people[EDITOR]
    theirs, own = await draft(shared, OWNER, "the owner's plan"), await draft(shared, AUTHOR, "my plan")
    listed = (await author.get("/drafts")).text
    assert "my plan" in listed
    assert "the owner" not in listed
    assert "the owner" in (await editor.get("/drafts")).text
    assert (await author.get(f"/compose?draft={theirs.pk}")).status_code == 403
    assert (await author.get(f"/compose?draft={own.pk}")).status_code == 200
    assert (await author.post(f"/drafts/{theirs.pk}/delete")).status_code == 403
    typed = {"text": "spoilt", "visibility": "0", "saved_draft": str(theirs.pk)}
    assert (await author.post("/drafts/save", typed)).status_code == 403
    assert (await author.post("/drafts/save", {**typed, "text": ""})).status_code == 403
    assert (await author.post("/compose", {**typed, "text": "posted"})).status_code in IN_TIME
    kept = await SavedDraft.objects.aget(pk=theirs.pk)
    assert kept.fields["text"] == "the owner's plan"
    assert (await editor.post("/drafts/save", {**typed, "text": "better"})).status_code == 200
    assert (await editor.post(f"/drafts/{own.pk}/delete")).status_code in IN_TIME
    assert [one.fields["text"] async for one in SavedDraft.objects.all()] == ["better"]


async def test_a_begun_reply_is_offered_to_who_began_it(site: Site, shared: Shared) -> None:
    parent = await make_post(await make_person(site.domain, "zoe"))
    await draft(shared, OWNER, "an answer", reply_to=str(parent.pk))
    for role, person in shared.people.items():
        form = (await person.get(f"/compose?reply_to={parent.pk}")).text
        assert ("?draft=" in form) == (role is not AUTHOR)


async def test_uploads_of_others_are_not_for_authors(site: Site, shared: Shared) -> None:
    theirs = await upload(site, shared, OWNER)
    words = {"description": "changed"}
    path = f"/api/v1/media/{theirs}"
    assert (await call(site, shared, AUTHOR, "PUT", path, data=words)).status_code == 403
    assert (await call(site, shared, AUTHOR, "DELETE", path)).status_code == 403
    said = {"status": "mine", "media_ids[]": str(theirs)}
    assert (await call(site, shared, AUTHOR, "POST", "/api/v1/statuses", data=said)).status_code == 422
    later = {**said, "scheduled_at": (clock.now() + dt.timedelta(hours=1)).isoformat()}
    assert (await call(site, shared, AUTHOR, "POST", "/api/v1/statuses", data=later)).status_code == 422
    form = {"text": "mine", "visibility": "0", "media": str(theirs), f"description_{theirs}": "changed"}
    await shared.people[AUTHOR].post("/compose", form)
    await shared.people[AUTHOR].post("/compose", {**form, f"remove_{theirs}": "on"})
    await shared.people[AUTHOR].post("/drafts/save", form)
    kept = await Attachment.objects.aget(pk=theirs)
    assert (kept.post_id, kept.description) == (None, "")
    assert (await call(site, shared, EDITOR, "PUT", path, data=words)).status_code == 200
    own = await upload(site, shared, AUTHOR)
    assert (await call(site, shared, AUTHOR, "PUT", f"/api/v1/media/{own}", data=words)).status_code == 200
    assert (
        await call(
            site, shared, AUTHOR, "POST", "/api/v1/statuses", data={"status": "a", "media_ids[]": str(own)}
        )
    ).status_code == 200
    assert (await call(site, shared, EDITOR, "DELETE", path)).status_code == 200


async def test_files_that_an_editor_adds_to_an_authors_work_are_the_authors(
    site: Site, shared: Shared
) -> None:
    """Else the author could not post a draft, or a redrafted or scheduled post, that an editor has helped with."""
    begun = await draft(shared, AUTHOR)
    added = await upload(site, shared, EDITOR)
    typed = {"text": "with a picture", "visibility": "0", "media": str(added)}
    saved = await shared.people[EDITOR].post("/drafts/save", {**typed, "saved_draft": str(begun.pk)})
    assert saved.status_code == 200, saved.text
    sent = await shared.people[AUTHOR].post("/compose", {**typed, "saved_draft": str(begun.pk)})
    assert sent.status_code in IN_TIME
    post = await Post.objects.order_by("-pk").alatest("pk")
    assert (await Attachment.objects.aget(pk=added)).post_id == post.pk

    more = await upload(site, shared, EDITOR)
    edit = {"status": "edited", "media_ids[]": [str(added), str(more)]}
    edited = await call(site, shared, EDITOR, "PUT", f"/api/v1/statuses/{post.pk}", data=edit)
    assert edited.status_code == 200, edited.text
    assert (await shared.people[AUTHOR].post(f"/posts/{post.pk}/redraft")).status_code in IN_TIME
    again = {"status": "again", "media_ids[]": [str(added), str(more)]}
    assert (await call(site, shared, AUTHOR, "POST", "/api/v1/statuses", data=again)).status_code == 200


async def scheduled(site: Site, shared: Shared, role: AccessRole) -> ScheduledPost:
    at = (clock.now() + dt.timedelta(hours=1)).isoformat()
    said = {"status": "later", "scheduled_at": at}
    made = await call(site, shared, role, "POST", "/api/v1/statuses", data=said)
    assert made.status_code == 200, made.text
    return await ScheduledPost.objects.aget(pk=int(made.json()["id"]))


async def test_scheduled_posts_of_others_are_not_for_authors(site: Site, shared: Shared) -> None:
    author = shared.people[AUTHOR]
    theirs, own = await scheduled(site, shared, OWNER), await scheduled(site, shared, AUTHOR)
    at = (clock.now() + dt.timedelta(hours=2)).isoformat()
    path = f"/api/v1/scheduled_statuses/{theirs.pk}"
    moved = await call(site, shared, AUTHOR, "PUT", path, data={"scheduled_at": at})
    assert moved.status_code == 403
    assert (await call(site, shared, AUTHOR, "DELETE", path)).status_code == 403
    assert (await author.get(f"/compose?scheduled={theirs.pk}")).status_code == 403
    assert (await author.get(f"/scheduled/{theirs.pk}/cancel")).status_code == 403
    assert (await author.post(f"/scheduled/{theirs.pk}/cancel")).status_code == 403
    assert (await author.post(f"/scheduled/{theirs.pk}/draft")).status_code == 403
    listed = (await author.get("/scheduled")).text
    assert f"/compose?scheduled={own.pk}" in listed
    assert f"={theirs.pk}" not in listed, "nothing is offered that is refused"
    assert f"/{theirs.pk}/" not in listed
    assert (await call(site, shared, EDITOR, "DELETE", path)).status_code == 200
    assert (await author.get(f"/compose?scheduled={own.pk}")).status_code == 200


async def test_an_editor_adds_a_file_to_an_authors_scheduled_post(site: Site, shared: Shared) -> None:
    row, added = await scheduled(site, shared, AUTHOR), await upload(site, shared, EDITOR)
    form = {"text": "later", "visibility": "0", "media": str(added), "scheduled": str(row.pk)}
    form["scheduled_at"], form["utc_offset"] = row.scheduled_at.strftime("%Y-%m-%dT%H:%M"), "0"
    changed = await shared.people[EDITOR].post("/compose", form)
    assert changed.status_code in IN_TIME, changed.text
    await ScheduledPost.objects.filter(pk=row.pk).aupdate(scheduled_at=clock.now())
    await publish(await ScheduledPost.objects.aget(pk=row.pk))
    post = await Post.objects.order_by("-pk").alatest("pk")
    assert (await Attachment.objects.aget(pk=added)).post_id == post.pk


async def test_a_scheduled_post_of_somebody_restricted_returns_to_the_account(
    site: Site, shared: Shared
) -> None:
    """Who is restricted speaks as nobody, even if the others of the account still may."""
    row, admin = await scheduled(site, shared, EDITOR), shared.people[AUTHOR]
    restricted = await admin.post(
        f"/admin/logins/{shared.people[EDITOR].user.pk}/restrict", {"restricted": "yes"}
    )
    assert restricted.status_code in IN_TIME, restricted.text
    await ScheduledPost.objects.filter(pk=row.pk).aupdate(scheduled_at=clock.now())
    await publish(await ScheduledPost.objects.aget(pk=row.pk))
    assert not await Post.objects.aexists()
    assert (await ScheduledPost.objects.aget(pk=row.pk)).reason


async def test_boosts_of_others_are_not_for_authors(site: Site, shared: Shared) -> None:
    author = shared.people[AUTHOR]
    post = await make_post(await make_person(site.domain, "zoe"))
    path = f"/api/v1/statuses/{post.pk}"
    made = await call(site, shared, OWNER, "POST", f"{path}/reblog")
    assert made.status_code == 200
    boost_id = made.json()["id"]
    for refused in (
        await call(site, shared, AUTHOR, "POST", f"{path}/unreblog"),
        await call(site, shared, AUTHOR, "DELETE", f"/api/v1/statuses/{boost_id}"),
        await author.post(f"/posts/{post.pk}/unboost"),
    ):
        assert refused.status_code == 403, refused.text
    assert await Post.objects.filter(pk=int(boost_id), deleted_at=None).aexists()
    button = _button(await author.get(f"/posts/{post.pk}/row"), post.pk)
    assert 'aria-disabled="true"' in button
    assert 'aria-disabled="true"' not in _button(
        await shared.people[EDITOR].get(f"/posts/{post.pk}/row"), post.pk
    )
    assert (await call(site, shared, EDITOR, "POST", f"{path}/unreblog")).status_code == 200
    assert not await PostWriter.objects.aexists(), "deleted with the boost"
    assert (await call(site, shared, AUTHOR, "POST", f"{path}/reblog")).status_code == 200
    assert 'aria-disabled="true"' not in _button(await author.get(f"/posts/{post.pk}/row"), post.pk)
    assert (await call(site, shared, AUTHOR, "POST", f"{path}/unreblog")).status_code == 200


def _button(answer: httpx.Response, post_id: int) -> str:
    """Return the opening tag of the button that takes a boost back."""
    before, _, after = answer.text.partition(f"/posts/{post_id}/unboost")
    assert after, answer.text
    return before.rpartition("<button")[2] + after.partition(">")[0]


async def test_an_author_changes_nothing_of_the_account_in_the_welcome(site: Site, shared: Shared) -> None:
    author, name = shared.people[AUTHOR], shared.identity.name
    assert (await author.get("/welcome/profile")).status_code == 403
    assert (await author.post("/welcome/profile", {"name": "Mine now", "summary": ""})).status_code == 403
    assert (await author.post("/welcome/hashtags", {"tags": "#birds"})).status_code == 403
    assert (await author.post("/welcome/skip")).status_code == 403
    shared.identity.first_step = 1
    await shared.identity.asave(update_fields=["first_step", "name"])
    assert "/welcome" not in (await author.get("/home")).text
    assert "/welcome" in (await shared.people[EDITOR].get("/home")).text
    found = await type(shared.identity).objects.aget(pk=shared.identity.pk)
    assert found.name == name
    assert (await shared.people[EDITOR].post("/welcome/profile", {"name": "Ours"})).status_code in IN_TIME


async def test_only_owners_appeal_for_the_account(site: Site, shared: Shared) -> None:
    """There is one appeal, and it must not be used up by whoever is allowed to write a post."""
    warning = await AccountWarning.objects.acreate(
        identity=shared.identity, action=WarningAction.none, text="Be kind."
    )
    path = f"/settings/warnings/{warning.pk}"
    for role in (AUTHOR, EDITOR):
        page = await shared.people[role].get(path)
        assert "Be kind." in page.text
        assert "<textarea" not in page.text
        assert (await shared.people[role].post(path, {"text": "no"})).status_code == 403
    assert not await Appeal.objects.aexists()
    assert "<textarea" in (await shared.people[OWNER].get(path)).text
    assert (await shared.people[OWNER].post(path, {"text": "sorry"})).status_code in IN_TIME
