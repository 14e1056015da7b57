"""Trimming home timelines and notifications costs what is removed, not what is kept."""

import pytest

from activities.notifications import handlers as notification_jobs
from activities.notifications.models import Notification
from activities.timelines import handlers as home_jobs
from activities.timelines.models import HomeEntry
from core.db import newest, sql
from tests.activities.people import make_domain, make_local, make_post, make_remote
from tests.support.plans import measured, total, vacuum
from users.identities.models import Identity

pytestmark = pytest.mark.anyio

_KEPT = 20


@pytest.fixture
async def people(db: None, monkeypatch: pytest.MonkeyPatch) -> list[Identity]:
    """Forty people, the first five with 400 entries too many at home and among their notifications, the others with just as many as are kept."""
    monkeypatch.setattr(home_jobs, "MAX_KEPT", _KEPT)
    monkeypatch.setattr(notification_jobs, "MAX_KEPT", _KEPT)
    domain = await make_domain()
    people = [await make_local(f"p{number}", domain) for number in range(40)]
    author = await make_remote("author")
    await make_post(author)
    await sql.run(
        """INSERT INTO activities_post (id, author_id, uri, is_local, visibility, created_at, state_due_at, type, url,
               title, content, source, content_warning, in_reply_to_uri, is_sensitive, emojis, application,
               replies_count, boosts_count, likes_count)
           SELECT n, %(author)s, 'https://far.test/n/' || n, false, 0, now(), NULL, 'Note', '', '', '', '', '', '', false, '[]', '', 0, 0, 0
           FROM generate_series(1, 420) n""",
        {"author": author.pk},
    )
    for number, person in enumerate(people):
        values = {"who": person.pk, "author": author.pk, "many": 420 if number < 5 else _KEPT}
        await sql.run(
            "INSERT INTO activities_homeentry (identity_id, post_id) SELECT %(who)s, n FROM generate_series(1, %(many)s) n",
            values,
        )
        await sql.run(
            """INSERT INTO activities_notification (identity_id, kind, actor_id, post_id, created_at)
               SELECT %(who)s, 'mention', %(author)s, n, now() FROM generate_series(1, %(many)s) n""",
            values,
        )
    await vacuum()
    return people


@pytest.mark.slow
async def test_homes_are_trimmed_in_pieces(people: list[Identity], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(newest, "BATCH_SIZE", 300)
    monkeypatch.setattr(newest, "OWNERS_PER_BATCH", 7)
    async with measured(monkeypatch) as costs:
        assert await home_jobs.trim_home_timelines() == 5 * 400
    # each removed row costs a few pages, each home that is short enough a look into the index
    assert total(costs) < 2000 * 8 + 40 * 60, costs
    assert max(cost.most_rows for cost in costs) <= 300, "no statement removes more than a piece"
    left = [one async for one in HomeEntry.objects.order_by("post_id").values_list("identity_id", "post_id")]
    assert len(left) == 40 * _KEPT
    assert [post for who, post in left if who == people[0].pk] == list(range(401, 421))


@pytest.mark.slow
async def test_notifications_are_trimmed_in_pieces(
    people: list[Identity], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(newest, "BATCH_SIZE", 300)
    monkeypatch.setattr(newest, "OWNERS_PER_BATCH", 7)
    async with measured(monkeypatch) as costs:
        assert await notification_jobs.delete_old_notifications() == 5 * 400
    assert total(costs) < 2000 * 12 + 40 * 60, costs
    assert max(cost.most_rows for cost in costs) <= 300, "no statement removes more than a piece"
    assert await Notification.objects.acount() == 40 * _KEPT
    assert await Notification.objects.filter(identity=people[0].pk, post__lte=400).acount() == 0


@pytest.mark.slow
async def test_a_short_home_costs_one_statement(
    people: list[Identity], monkeypatch: pytest.MonkeyPatch
) -> None:
    await home_jobs.trim_home_timelines()
    await notification_jobs.delete_old_notifications()
    await vacuum()
    for trim in (home_jobs.trim_home_timelines, notification_jobs.delete_old_notifications):
        async with measured(monkeypatch) as costs:
            assert await trim() == 0
        assert total(costs) < 40 * 12, costs
