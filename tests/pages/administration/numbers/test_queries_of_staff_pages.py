"""Every staff page sends at most 12 statements. The pages are those of the table of the administration, which no address may be missing from."""

import pytest

from activities.shelter.models import ShelterRule
from core import clock
from federation.models import Peer, Relay
from tests.activities import people as rows
from tests.pages.administration.doors import DOORS
from tests.pages.administration.test_truth_of_roles import _patterns, objects, path_of
from tests.pages.conftest import Site
from tests.support.queries import counted
from users.blocklists.models import Blocklist, Subscription
from users.emojis.models import EmojiPack
from users.logins.models import User
from users.moderation.models import Report

pytestmark = [pytest.mark.anyio, pytest.mark.slow]

MOST = 12
ROWS = 6
PAGE = {"Accept": "text/html"}


async def rows_of_the_server(site: Site) -> dict[str, int]:
    """Several of everything, and what the addresses of server staff name."""
    ann = site.admin.user.pk
    for number in range(ROWS):
        target = await rows.make_remote(f"bad{number}", f"host{number}.test")
        post = await rows.make_post(target)
        await Report.objects.acreate(target=target, source=site.member.me, post_uris=[post.uri])
        await User.objects.acreate(email=f"n{number}@example.org", confirmed_at=clock.now())
        await Peer.objects.acreate(host=f"host{number}.test", policy="blocked" if number % 2 else "open")
        address = f"https://relay{number}.test/inbox"
        relay = await Relay.objects.acreate(
            address=address, inbox_url=address, follow_uri=address, dialect="inbox", most_per_minute=9
        )
        rule = await ShelterRule.objects.acreate(
            name=f"r{number}", action="hold", mode="trial", min_mentions=9
        )
        pack = await EmojiPack.objects.acreate(name=f"p{number}", raw_file="x.zip", state="ready")
        blocklist = await Blocklist.objects.acreate(name=f"b{number}", user_id=ann)
        listed = f"https://lists.test/{number}"
        subscription = await Subscription.objects.acreate(address=listed, name="x", state="shown")
    return {
        "relay_id": relay.pk,
        "shelter_id": rule.pk,
        "pack_id": pack.pk,
        "blocklist_id": blocklist.pk,
        "subscription_id": subscription.pk,
    }


async def report_of_posts(site: Site) -> int:
    mia = site.member.me
    posts = [await rows.make_post(mia) for _ in range(2)]
    report = await Report.objects.acreate(
        source=site.admin.me, target=mia, post_uris=[post.uri for post in posts], post_ids=[posts[0].pk]
    )
    return report.pk


async def test_staff_pages_ask_the_database_little(site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    named = {**await objects(site), **await rows_of_the_server(site)}
    numbers = {}
    paths = [
        path_of(name, pattern, named)
        for name, pattern in _patterns().items()
        if DOORS[name].posts is None and name != "admin-emojis-export"  # an archive of files
    ]
    for path in [*paths, f"/admin/reports/{await report_of_posts(site)}"]:
        status = (await site.admin.get(path, headers=PAGE)).status_code
        assert status == 200, f"{path} answered {status}: give it the row that it names"
        async with counted(monkeypatch) as seen:
            assert (await site.admin.get(path, headers=PAGE)).status_code == 200
        numbers[path] = len(seen)
    assert len(numbers) > 45, "nearly all of them are there"
    assert {path: number for path, number in numbers.items() if number > MOST} == {}, numbers
