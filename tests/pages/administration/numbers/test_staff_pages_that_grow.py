"""The cost of moderators' pages does not depend on the number of people, servers, reports and messages."""

import pytest

from core import clock
from core.db import sql
from federation.models import Peer
from federation.models.inbox_message import InboxMessage
from tests.activities.people import make_remote
from tests.pages.conftest import Site, Visitor
from tests.support.plans import measured, vacuum
from users.identities.models import Identity, Restriction
from users.logins.models import User
from users.moderation.models import Report
from users.statistics.handlers import count_server_stats
from users.statistics.queries import SERVER_COLUMNS

pytestmark = [pytest.mark.anyio, pytest.mark.slow]

MANY = 6000
PATHS = (
    "/admin",
    "/admin/queues",
    "/admin/peers",
    "/admin/peers?policy=blocked",
    "/admin/peers?policy=open",
    "/admin/peers?q=few",
    "/admin/people",
    "/admin/people?kind=all",
    "/admin/people?kind=restricted",
    "/admin/people?q=mia",
    "/admin/people?q=mia&kind=restricted",
    "/admin/people?q=far1@far.test&kind=all",
    "/admin/people?q=@few.test&kind=all",
    "/admin/reports",
    "/admin/reports?show=resolved",
    "/admin/sign-ups",
)


async def copy(table: str, pk: object, **changed: str) -> None:
    """Many rows like the one with this id."""
    fields = ", ".join(f"'{name}', {value}" for name, value in {"id": "r.id + n", **changed}.items())
    await sql.run(
        f"""INSERT INTO {table} SELECT made.*
            FROM {table} r, generate_series(1, {MANY}) n,
                 jsonb_populate_record(r, jsonb_build_object({fields})) made
            WHERE r.id = %s""",
        [pk],
    )


async def grow(site: Site) -> None:
    far = await make_remote("far", "far.test")
    await copy("users_identity", far.pk, uri="r.uri || n", username="r.username || n")
    one = await User.objects.acreate(
        email="x@y.test", approved_at=far.created_at, confirmed_at=far.created_at
    )
    await copy("users_user", one.pk, email="n || r.email")
    peer = await Peer.objects.acreate(host="many.test")
    await copy("federation_peer", peer.pk, host="n || r.host")
    report = await Report.objects.acreate(target=far, resolved_at=far.created_at)
    await copy("users_report", report.pk)
    message = await InboxMessage.objects.acreate(
        actor="https://far.test/x", host="far.test", key_id="k", size=1, body=b"", state="handled"
    )
    await copy("federation_inboxmessage", message.pk)


async def grow_less(site: Site) -> None:
    """A few of what is looked for among the many."""
    few = await make_remote("few", "few.test")
    await Identity.objects.filter(pk=few.pk).aupdate(restriction=Restriction.limited)
    await Peer.objects.acreate(host="few.test", policy="blocked")
    await Report.objects.acreate(target=few, comment="Among many")
    await User.objects.acreate(email="waits@y.test")


async def most_rows(visitor: Visitor, path: str, monkeypatch: pytest.MonkeyPatch) -> int:
    """The most rows that one step of one statement took up."""
    await visitor.get(path)
    async with measured(monkeypatch) as costs:
        assert (await visitor.get(path)).status_code == 200
    return max(cost.most_rows for cost in costs)


async def test_moderators_pages_read_what_they_show(site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    await grow_less(site)
    await grow(site)
    await count_server_stats()
    await vacuum()
    cost = {path: await most_rows(site.moderator, path, monkeypatch) for path in PATHS}
    assert {path: rows for path, rows in cost.items() if rows > 1100} == {}
    text = {path: (await site.moderator.get(path)).text for path in PATHS}
    assert "Among many" in text["/admin/reports"]
    assert "waits@y.test" in text["/admin/sign-ups"]
    for path in (
        *PATHS[2:4],
        "/admin/peers?q=few",
        "/admin/people?kind=restricted",
        "/admin/people?q=@few.test&kind=all",
    ):
        assert "few.test" in text[path], path
    for path in ("/admin/people", "/admin/people?q=mia"):
        assert "mia@" in text[path], path
    assert "far1@far.test" in text["/admin/people?q=far1@far.test&kind=all"]


async def test_unconfirmed_sign_ups_do_not_push_out_confirmed_ones(
    site: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Anybody can make a thousand of them, with addresses of nobody."""
    asks = [
        await User.objects.acreate(email=f"{name}@y.test", confirmed_at=clock.now()) for name in ("a", "b")
    ]
    flood = await User.objects.acreate(email="x@nobody.test")
    await copy("users_user", flood.pk, email="n || r.email")
    for user in asks:  # they came last
        await User.objects.filter(pk=user.pk).aupdate(created_at=clock.now())
    await vacuum()
    rows = await most_rows(site.moderator, "/admin/sign-ups", monkeypatch)
    assert rows < 300
    page = (await site.moderator.get("/admin/sign-ups")).text
    assert page.index(asks[0].email) < page.index(asks[1].email) < page.index("not confirmed yet")
    assert page.count("not confirmed yet") == 98
    assert "2 people ask to join" in (await site.moderator.get("/admin")).text
    await User.objects.filter(email__endswith="@nobody.test").aupdate(confirmed_at=clock.now())
    await vacuum()
    async with measured(monkeypatch) as costs:
        for path in ("/admin", "/admin/sign-ups"):
            assert (await site.moderator.get(path)).status_code == 200
    waiting = [cost.most_rows for cost in costs if "approved_at IS NULL" in cost.sql]
    assert len(waiting) == 2
    assert max(waiting) <= 1100
    assert "1,000 or more people ask to join" in (await site.moderator.get("/admin")).text


async def test_the_overview_of_a_new_server_is_not_empty(site: Site) -> None:
    """The job ran when the server started, before anybody was there."""
    await sql.run(
        f"INSERT INTO users_serverfigures (id, {SERVER_COLUMNS}, counted_at) SELECT 1, 0, 0, 0, 0, 0, 0, now()"
    )
    page = (await site.moderator.get("/admin")).text
    assert (figure(page, "Logins"), figure(page, "Identities")) == ("3", "3")


async def test_the_overview_of_a_large_server_tells_what_a_job_counted(
    site: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("users.statistics.queries._SMALL", 0)
    await Peer.objects.acreate(host="one.test", policy="blocked")
    before = (await site.moderator.get("/admin")).text
    await count_server_stats()
    assert (
        figure(before, "Known servers")
        == figure((await site.moderator.get("/admin")).text, "Known servers")
        == "1"
    )
    await Peer.objects.acreate(host="two.test")
    assert figure((await site.moderator.get("/admin")).text, "Known servers") == "1"
    await count_server_stats()
    page = (await site.moderator.get("/admin")).text
    assert (figure(page, "Known servers"), figure(page, "Blocked servers"), figure(page, "Identities")) == (
        "2",
        "1",
        "3",
    )
    assert figure(page, "Logins") == "3"
    await Report.objects.acreate(target=site.member.me)  # staff's own work is told at once
    assert figure((await site.moderator.get("/admin")).text, "Open reports") == "1"


def figure(page: str, name: str) -> str:
    words = page.partition(f"<dt>{name}</dt><dd>")[2].partition("</dd>")[0]
    return words.partition(">")[2].partition("<")[0] or words
