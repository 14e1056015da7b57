"""Pages of collections of people: made, filled, shown, left and deleted without scripts, each by who may do it."""

import re
from typing import Any

import httpx
import pytest

from activities.reports.services import report
from core import clock
from tests.activities import people as rows
from tests.pages.conftest import Site, Visitor
from tests.users.support import make_person
from users.collections.activitypub import page_url
from users.collections.models import Collection, CollectionItem
from users.collections.services import create_collection, edit_collection
from users.identities.models import Identity

pytestmark = pytest.mark.anyio


async def made_by(visitor: Visitor, *people: Identity, **more: Any) -> Collection:
    asked = {"name": "Nice <people>", "person_ids": [one.pk for one in people], **more}
    return await create_collection(owner=visitor.me, **asked)


async def remote(**more: Any) -> Identity:
    return await Identity.objects.acreate(
        username="ana",
        host="far.test",
        uri="https://far.test/users/ana",
        inbox_url="https://far.test/inbox",
        created_at=clock.now(),
        **more,
    )


def shown(answer: httpx.Response) -> str:
    assert answer.status_code == 200, answer.status_code
    return re.sub(r"\s+", " ", answer.text)


@pytest.mark.slow
async def test_a_collection_is_made_filled_and_deleted(site: Site) -> None:
    assert "No collections yet" in shown(await site.member.get("/collections"))
    asked = {
        "collection_name": "Nice people",
        "collection_description": "All of them",
        "tag": "#Lace",
        "is_discoverable": "on",
    }
    answer = await site.member.post("/collections", asked)
    collection = await Collection.objects.aget()
    assert (answer.status_code, answer.headers["Location"]) == (303, f"/collections/{collection.pk}/edit")
    assert (collection.name, collection.tag, collection.is_sensitive) == ("Nice people", "Lace", False)
    path = f"/collections/{collection.pk}"
    found = shown(await site.member.get(f"{path}/edit?q=ann"))
    assert f'name="person" value="{site.admin.me.pk}"' in found
    await site.member.post(f"{path}/add", {"person": str(site.admin.me.pk)})
    item = await CollectionItem.objects.aget()
    assert ">Added</span>" in shown(await site.member.get(f"{path}/edit?q=ann"))
    page = shown(await site.nobody.get(path))
    assert "All of them" in page
    assert "@ann@" in page
    assert f"/interact?uri={site.admin.me.uri.replace(':', '%3A').replace('/', '%2F')}" in page
    answer = await site.member.post(f"{path}/edit", {**asked, "collection_name": "Others", "tag": ""})
    assert answer.status_code == 303
    assert "Others" in shown(await site.member.get("/collections"))
    await site.member.post(f"{path}/remove/{item.pk}")
    assert "Nobody here yet" in shown(await site.nobody.get(path))
    await site.member.post(f"{path}/delete")
    assert (await site.nobody.get(path)).status_code == 404


async def test_errors_stand_at_their_field(site: Site) -> None:
    for field, value, words in (
        ("collection_name", " ", "This field is required."),
        ("collection_name", "x" * 41, "at most 40 characters"),
        ("tag", "two words", "hashtag"),
        ("language", "xx-nonsense", "Select a valid choice"),
    ):
        answer = await site.member.post("/collections", {"collection_name": "Nice", field: value})
        assert answer.status_code == 422
        assert words in answer.text, (field, value)
    assert not await Collection.objects.aexists()


async def test_people_of_a_collection_can_be_followed(site: Site) -> None:
    collection = await made_by(site.moderator, site.admin.me, site.moderator.me)
    path = f"/collections/{collection.pk}"
    page = shown(await site.member.get(path))
    assert f'action="/people/{site.admin.me.pk}/follow"' in page
    answer = await site.member.post(f"/people/{site.admin.me.pk}/follow", {"next": path})
    assert answer.headers["Location"] == path
    assert f'action="/people/{site.admin.me.pk}/unfollow"' in shown(await site.member.get(path))
    assert ">You</span>" in shown(await site.admin.get(path))


async def test_members_can_leave_a_collection(site: Site) -> None:
    collection = await made_by(site.moderator, site.member.me)
    path = f"/collections/{collection.pk}"
    assert "Nice &lt;people&gt;" in shown(await site.member.get("/collections"))
    assert "You are in this collection" in shown(await site.member.get(path))
    assert "You are in this collection" not in shown(await site.admin.get(path))
    assert (await site.admin.post(f"{path}/leave")).status_code == 404
    assert (await site.member.post(f"{path}/leave")).status_code == 303
    assert "@mia@" not in shown(await site.nobody.get(path))
    answer = await site.moderator.post(f"{path}/add", {"person": str(site.member.me.pk)})
    assert answer.status_code == 422


async def test_others_collections_are_not_changed(site: Site) -> None:
    collection = await made_by(site.moderator, site.admin.me)
    item = await CollectionItem.objects.aget()
    path = f"/collections/{collection.pk}"
    assert (await site.member.get(f"{path}/edit")).status_code == 404
    for action, data, status in (
        ("edit", {"collection_name": "Mine"}, 404),
        ("delete", {}, 403),
        ("add", {"person": str(site.member.me.pk)}, 403),
        (f"remove/{item.pk}", {}, 403),
    ):
        assert (await site.member.post(f"{path}/{action}", data)).status_code == status, action
        assert (await site.nobody.post(f"{path}/{action}", data)).headers["Location"].startswith("/sign-in")
    for person in ("", "x", "-1", "9" * 30):
        assert (await site.moderator.post(f"{path}/add", {"person": person})).status_code == 400, person
    mine = await made_by(site.member)
    answer = await site.member.post(f"/collections/{mine.pk}/remove/{item.pk}")
    assert answer.status_code == 404  # an item of another collection
    assert (await Collection.objects.aget(pk=collection.pk)).name == "Nice <people>"
    assert await CollectionItem.objects.filter(pk=item.pk).aexists()


async def test_somebody_elsewhere_is_asked_or_may_not_be(site: Site) -> None:
    ana = await remote()
    collection = await made_by(site.member)
    path = f"/collections/{collection.pk}"
    assert "Does not want to be in collections" in shown(await site.member.get(f"{path}/edit?q=ana"))
    assert (await site.member.post(f"{path}/add", {"person": str(ana.pk)})).status_code == 422
    await Identity.objects.filter(pk=ana.pk).aupdate(allows_featuring=True)
    await site.member.post(f"{path}/add", {"person": str(ana.pk)})
    assert ">Asked</span>" in shown(await site.member.get(f"{path}/edit"))
    assert "@ana@far.test" not in shown(await site.admin.get(path))
    await CollectionItem.objects.all().aupdate(state="rejected")
    assert ">Refused</span>" in shown(await site.member.get(f"{path}/edit"))
    assert "@ana@far.test" not in shown(await site.member.get(path))


async def test_a_profile_shows_its_collections(site: Site) -> None:
    assert "collections/" not in shown(await site.nobody.get("/@mo/featured"))
    collection = await made_by(site.moderator, site.admin.me)
    secret = await made_by(site.moderator, is_discoverable=False, name="Hidden")
    tab = shown(await site.nobody.get("/@mo/featured"))
    assert f'href="/collections/{collection.pk}"' in tab
    assert "Hidden" not in tab
    assert "Hidden" in shown(await site.moderator.get("/@mo/featured"))
    assert "Hidden" in shown(await site.nobody.get(f"/collections/{secret.pk}"))
    assert "noindex" in shown(await site.nobody.get(f"/collections/{secret.pk}"))
    await rows.block(site.moderator.me, site.member.me)
    assert f"/collections/{collection.pk}" not in shown(await site.member.get("/@mo/featured"))
    assert (await site.member.get(f"/collections/{collection.pk}")).status_code == 404


async def test_a_collection_of_another_server(site: Site) -> None:
    ana = await remote()
    collection = await Collection.objects.acreate(
        owner=ana,
        uri="https://far.test/c/1",
        url="https://far.test/collections/1",
        name="Far <b>",
        description="<script>",
        is_sensitive=True,
        created_at=clock.now(),
        updated_at=clock.now(),
    )
    await CollectionItem.objects.acreate(
        collection=collection, identity=site.admin.me, state="accepted", created_at=clock.now()
    )
    page = shown(await site.member.get(f"/collections/{collection.pk}"))
    assert "Far &lt;b&gt;" in page
    assert "&lt;script&gt;" in page
    assert 'href="https://far.test/collections/1"' in page
    assert "Show 1 person" in page
    assert "Edit" not in page
    assert (await site.member.get(f"/collections/{collection.pk}/edit")).status_code == 404
    assert f"/collections/{collection.pk}" in shown(await site.member.get("/@ana@far.test/featured"))


async def test_the_address_of_a_page_leads_to_the_document_and_back(site: Site) -> None:
    collection = await made_by(site.member)
    document = {"Accept": "application/activity+json"}
    path = f"/collections/{collection.pk}"
    answer = await site.nobody.get(path, headers=document)
    assert (answer.status_code, answer.headers["Location"]) == (302, collection.uri)
    assert (await site.nobody.get(collection.uri, headers=document)).json()["url"].endswith(path)
    answer = await site.nobody.get(collection.uri, headers={"Accept": "text/html"})
    assert (answer.status_code, answer.headers["Location"]) == (302, path)


async def test_somebody_is_added_from_their_profile(site: Site) -> None:
    path = f"/people/{site.admin.me.pk}/collections"
    assert "You have no collections yet" in shown(await site.member.get(path))
    collection = await made_by(site.member)
    assert f'href="{path}"' in shown(await site.member.get("/@ann"))
    assert f'action="/collections/{collection.pk}/add"' in shown(await site.member.get(path))
    answer = await site.member.post(
        f"/collections/{collection.pk}/add", {"person": str(site.admin.me.pk), "next": path}
    )
    assert answer.headers["Location"] == path
    assert f"/collections/{collection.pk}/remove/" in shown(await site.member.get(path))
    shy = await make_person(site.domain, "shy", is_discoverable=False)
    assert "does not want to be in collections" in shown(
        await site.member.get(f"/people/{shy.pk}/collections")
    )
    assert (await site.member.get("/people/12345/collections")).status_code == 404


async def test_notifications_search_and_reports_lead_to_a_collection(site: Site) -> None:
    collection = await made_by(site.moderator, site.member.me)
    link = f'href="/collections/{collection.pk}"'
    notifications = shown(await site.member.get("/notifications"))
    assert "added you to a collection" in notifications
    assert link in notifications
    await edit_collection(owner=site.moderator.me, collection_id=collection.pk, name="Better people")
    assert "changed a collection that you are in" in shown(await site.member.get("/notifications"))
    search = f"/search?q={page_url(collection, site.moderator.me)}"
    for visitor in (site.member, site.nobody):
        assert (await visitor.get(search)).headers["location"] == f"/collections/{collection.pk}"
        found = shown(await visitor.get("/search?q=better&type=collections"))
        assert link in found
        assert "Nothing found" not in found
    await report(source=site.member.me, target_id=site.moderator.me.pk, collection_ids=[collection.pk])
    assert link in shown(await site.admin.get("/admin/reports"))
    await site.moderator.post(f"/collections/{collection.pk}/delete")
    assert link not in shown(await site.member.get("/notifications"))
    assert link not in shown(await site.admin.get("/admin/reports"))
    assert "Nothing found" in shown(await site.nobody.get(search))
