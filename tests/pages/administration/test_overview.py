"""The overview and the queues say in words what needs staff; the figures have the last week behind them."""

import datetime as dt

import pytest

from activities.polls.models import Poll
from activities.retention.models import RetentionPass
from activities.trends import handlers
from activities.trends.models import DomainDay
from activities.trends.queries import last_days
from core import clock
from core.config import config
from core.models import BackupRun
from federation.models import Delivery, OutgoingActivity, Peer
from stator import heartbeat
from tests.activities import people as rows
from tests.pages.conftest import Site, Visitor
from users.identities.models import Identity
from users.logins.models import User
from users.moderation.models import Report

pytestmark = pytest.mark.anyio

BROWSER = {"Accept": "text/html"}


def words(html: str) -> str:
    return " ".join(html.split())


async def waiting_deliveries(host: str, number: int, **peer: object) -> None:
    """A server with so many deliveries in its queue."""
    activity = await OutgoingActivity.objects.acreate(
        id=await OutgoingActivity.objects.acount() + 1,
        signer=1,
        activity_type="Create",
        activity_uri=f"https://testserver/{host}",
        object_uri="",
        body=b"{}",
    )
    await Peer.objects.acreate(host=host, **peer)
    for _ in range(number):
        await Delivery.objects.acreate(activity=activity, host=host, inbox=f"https://{host}/inbox")


async def test_nothing_to_do_is_said_in_one_sentence(site: Site) -> None:
    await heartbeat.register("one")
    page = words((await site.moderator.get("/admin")).text)
    assert "Nothing else needs your attention" in page  # but a mail server, which tests have none of
    assert "What needs attention" not in page
    assert "Blocked servers" not in page, "a figure that is zero says nothing"


async def test_the_overview_links_to_open_tasks(site: Site) -> None:
    mia, ago = site.member.me, clock.now() - dt.timedelta(hours=3, minutes=5)
    for _ in range(2):
        report = await Report.objects.acreate(target=mia)
        await Report.objects.filter(pk=report.pk).aupdate(created_at=ago)
    asking = await User.objects.acreate(email="new@example.org", confirmed_at=clock.now())
    await User.objects.filter(pk=asking.pk).aupdate(created_at=ago)
    lost = await rows.make_remote("lost")
    await Identity.objects.filter(pk=lost.pk).aupdate(state="unreachable", state_error="no route")
    soon = clock.now() + dt.timedelta(minutes=4, seconds=30)
    trouble = {"state": "waiting", "state_due_at": soon, "failing_since": ago, "last_error": "HTTP <502>"}
    await waiting_deliveries("mastodon.example", 3, **trouble)
    await waiting_deliveries(
        "dead.test",
        0,
        state="unreachable",
        state_due_at=clock.now() + dt.timedelta(days=9),
        failing_since=ago,
    )
    page = words((await site.moderator.get("/admin")).text)
    for sentence, path in (
        ("2 reports are waiting for a decision. The oldest has been waiting for 3 h.", "/admin/reports"),
        ("1 person asks to join. Waiting for 3 h.", "/admin/sign-ups"),
        ("Profiles to refresh, announce or remove: 1 failed permanently.", "/admin/queues/users.identity"),
        ("3 deliveries are waiting for mastodon.example, next try in 4 min.", "/admin/queues#deliveries"),
        ("1 more server can&#x27;t be reached.", "/admin/queues#deliveries"),
        ("No worker has ever run; start one with: takahe worker", "/admin/queues"),
    ):
        before, _, _ = page.partition(f"<span>{sentence}</span>")
        assert before != page, sentence
        assert before.rpartition('<a href="')[2].startswith(f'{path}"'), sentence
    queues = words((await site.moderator.get("/admin/queues")).text)
    assert "3 deliveries are waiting for mastodon.example, next try in 4 min." in queues
    assert "HTTP &lt;502&gt;" in queues
    assert "dead.test is silent: deliveries to it are dropped until it contacts us." in queues


async def test_queues_without_work_are_folded_away(site: Site) -> None:
    page = words((await site.moderator.get("/admin/queues")).text)
    assert "All queues are empty." in page
    assert page.index("<summary>All queues, their states and statistics</summary>") < page.index("<table")
    await waiting_deliveries("slow.test", 2, state="sending", state_due_at=clock.now())
    page = words((await site.moderator.get("/admin/queues")).text)
    assert "Servers to deliver to: 1 to be done now." in page
    assert "2 deliveries are on their way to slow.test." in page


async def test_staff_see_in_the_navigation_what_waits(site: Site) -> None:
    await Report.objects.acreate(target=site.member.me)
    for _ in range(3):
        await User.objects.acreate(email=f"{_}@example.org", confirmed_at=clock.now())
    page = words((await site.moderator.get("/home", headers=BROWSER)).text)
    main = page.partition("<span>Administration</span>")[2].partition("</a>")[0]
    assert ">4<" in main.replace("</span>", ">").replace("<span", "<")
    assert "waiting" in main
    sections = words((await site.moderator.get("/admin/people", headers=BROWSER)).text)
    for label, number in (("Reports", 1), ("Sign-ups", 3)):
        link = sections.partition(f">{label}<")[2].partition("</a>")[0]
        assert f"</span>{number}<span" in link, label
    assert 'class="count"' not in (await site.member.get("/home", headers=BROWSER)).text


async def test_days_are_counted_for_the_figures(site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    mia, now = site.member.me, clock.now()
    with clock.shifted(-dt.timedelta(days=2)):
        for _ in range(2):
            await rows.make_post(mia)
    await rows.make_post(mia)
    await rows.make_post(await rows.make_remote("far"))
    await Report.objects.acreate(target=mia)
    monkeypatch.setattr(handlers, "_SETTLED_AFTER", dt.timedelta())
    for _ in range(2):  # what was counted is not counted again
        await handlers.count_activity()
    days = await last_days()
    assert [day.posts for day in days] == [0, 0, 0, 0, 2, 0, 1]
    assert [day.people for day in days] == [0, 0, 0, 0, 0, 0, 3]
    assert (days[-1].logins, days[-1].reports) == (3, 1)
    page = words((await site.moderator.get("/admin")).text)
    posts = page.partition("<dt>Local posts</dt>")[2].partition("</div>")[0]
    assert posts.count("<rect") == 7
    assert "3 in 7 days" in posts
    assert "Day by day: 0, 0, 0, 0, 2, 0, 1" in posts
    old = now.date() - dt.timedelta(days=62)
    await DomainDay.objects.acreate(domain_id=site.domain.pk, day=old, posts=9)
    await handlers.count_activity()
    assert not await DomainDay.objects.filter(day=old).aexists(), (
        "sixty-one days are kept, so that a month has one before it"
    )


async def test_what_waits_for_its_time_is_said_in_a_sentence(site: Site) -> None:
    ends_at = clock.now() + dt.timedelta(days=1)
    for _ in range(2):
        post = await rows.make_post(site.member.me)
        await Poll.objects.acreate(post=post, ends_at=ends_at, state_due_at=ends_at)
    page = words((await site.admin.get("/admin/queues")).text)
    assert "2 polls are open." in page.partition("<table")[0]
    assert "later" not in page.partition("<table")[0].partition("<main")[2]


async def test_the_owner_is_told_of_backups_that_fail_or_are_old(
    site: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def overview(visitor: Visitor) -> str:
        return words((await visitor.get("/admin")).text)

    monkeypatch.setattr(config(), "backup_dir", "/backups")
    await BackupRun.objects.acreate(
        started_at=clock.now() - dt.timedelta(hours=47), ended_at=clock.now(), state="done", bytes=5_000_000
    )
    page = await overview(site.admin)
    assert "Next backup:" in page
    assert "backup is" not in page.replace("backup is being made", "")
    await BackupRun.objects.all().aupdate(started_at=clock.now() - dt.timedelta(hours=49))
    assert "The last complete backup is 2 d old." in await overview(site.admin)
    await BackupRun.objects.acreate(ended_at=clock.now(), state="failed", error="No <space> left")
    page = await overview(site.admin)
    assert "The last backup failed: No &lt;space&gt; left" in page
    assert "2 d old" in page
    assert "backup" not in (await overview(site.moderator)).lower()


async def test_the_last_pass_over_old_posts_is_shown(site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    async def told() -> str:
        return words((await site.admin.get("/admin")).text).partition("Old posts of other servers")[2]

    assert "TAKAHE_REMOTE_POSTS_DAYS=90" in await told()
    await RetentionPass.objects.acreate(looked_at=1200, removed=34, removed_in_all=567)
    page = await told()
    assert "not yet" in page
    assert "1200" in page
    assert "567" in page
    monkeypatch.setattr(config(), "remote_posts_days", 0)
    assert "Nothing is removed." in await told()
