"""Export: CSV files as Mastodon writes them, in batches, of oneself only."""

import csv
import io

import pytest

from activities.lists import services as lists
from activities.publishing.services.interactions import bookmark
from tests.activities import people as rows
from tests.pages.conftest import Site
from users.identities.models import Identity
from users.relations.models import Follow, Mute
from web.welcome import exports

pytestmark = pytest.mark.anyio


async def read(site: Site, kind: str) -> list[list[str]]:
    answer = await site.member.get(f"/settings/export/{kind}.csv")
    assert answer.status_code == 200
    assert answer.headers["content-type"].startswith("text/csv")
    assert answer.headers["content-disposition"] == f'attachment; filename="{kind}.csv"'
    assert "no-store" in answer.headers["cache-control"]
    return list(csv.reader(io.StringIO(answer.text)))


async def strangers(count: int) -> list[Identity]:
    return [await rows.make_remote(f"p{number}", "far.test") for number in range(count)]


async def test_follows_have_their_options_and_come_back_as_an_import(
    site: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(exports, "BATCH_SIZE", 2)
    people = await strangers(5)
    for one in people:
        await rows.follow(site.member.me, one)
    await rows.follow(site.member.me, await rows.make_remote("asked", "far.test"), accepted=False)
    await Follow.objects.filter(target=people[0]).aupdate(
        shows_boosts=False, notifies=True, languages=["de", "fr"]
    )
    head, *found = await read(site, "following_accounts")
    assert head == ["Account address", "Show boosts", "Notify on new posts", "Languages"]
    assert found == [[f"p{n}@far.test", "true", "false", ""] for n in (4, 3, 2, 1)] + [
        ["p0@far.test", "false", "true", "de, fr"]
    ]
    text = (await site.member.get("/settings/export/following_accounts.csv")).text
    answer = await site.admin.post("/settings/import", {"addresses": text})
    assert answer.status_code == 303, "what is exported can be imported"


async def test_blocks_mutes_and_servers(site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(exports, "BATCH_SIZE", 2)
    for number, one in enumerate(await strangers(6)):
        await (rows.block if number % 2 else rows.mute)(site.member.me, one)
    await Mute.objects.filter(target__username="p0").aupdate(hides_notifications=False)
    assert await read(site, "blocked_accounts") == [[f"p{n}@far.test"] for n in (5, 3, 1)]
    assert await read(site, "muted_accounts") == [
        ["Account address", "Hide notifications"],
        ["p4@far.test", "true"],
        ["p2@far.test", "true"],
        ["p0@far.test", "false"],
    ]
    for host in ("a.test", "b.test", "c.test"):
        await site.member.post("/blocked-servers", {"domain": host})
    assert await read(site, "blocked_domains") == [["c.test"], ["b.test"], ["a.test"]]


async def test_lists_and_bookmarks(site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(exports, "BATCH_SIZE", 2)
    people = await strangers(3)
    for one in people:
        await rows.follow(site.member.me, one)
    for title, who in (('Friends, "old"', people), ("Bots", people[:1]), ("Empty", [])):
        made = await lists.create_list(identity=site.member.me, title=title)
        if who:
            await lists.add_to_list(
                identity=site.member.me, list_id=made.pk, member_ids=[one.pk for one in who]
            )
    found = await read(site, "lists")
    assert sorted(found) == sorted(
        [['Friends, "old"', f"p{n}@far.test"] for n in range(3)] + [["Bots", "p0@far.test"]]
    )
    posts = [await rows.make_post(site.admin.me, content=f"<p>{n}</p>") for n in range(5)]
    for post in posts:
        await bookmark(identity=site.member.me, post_id=post.pk)
    await rows.block(site.admin.me, site.member.me)
    assert await read(site, "bookmarks") == [], "what one may not see any more isn't told either"
    others = await rows.make_remote("writer", "far.test")
    kept = [await rows.make_post(others, content="<p>Kept</p>") for _ in range(3)]
    for post in kept:
        await bookmark(identity=site.member.me, post_id=post.pk)
    assert await read(site, "bookmarks") == [[post.uri] for post in reversed(kept)]


async def test_nothing_of_others_and_no_other_file(site: Site) -> None:
    await rows.follow(site.admin.me, site.moderator.me)
    assert len(await read(site, "following_accounts")) == 1
    assert (await site.nobody.get("/settings/export/lists.csv")).status_code == 303
    assert (await site.member.get("/settings/export/passwords.csv")).status_code == 404
    page = (await site.member.get("/settings/export")).text
    assert page.count(".csv</span>") == len(exports.FILES)
