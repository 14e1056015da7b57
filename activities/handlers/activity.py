"""Counts posts and logins of each domain by the week, so that nobody who asks has them counted."""

from datetime import timedelta

from activities.models import Progress
from activities.queries.activity import COUNTED_TO, monday
from core import clock
from core.db import async_atomic, sql
from core.ids import lowest_id_at
from stator import every

PIECE = 50_000  # posts that one statement looks at
_PIECES = 40  # of one run; the rest is counted by the next
_SETTLED_AFTER = timedelta(minutes=1)  # a transaction that began before may still commit a lower id
_WEEKS_KEPT = timedelta(weeks=13)


@every(timedelta(minutes=10), name="count_activity")
async def count_activity() -> None:
    """Add what was posted since the last run, and see who came this week."""
    for _ in range(_PIECES):
        if not await _count_posts():
            break
    await _count_logins()
    await sql.run(
        "DELETE FROM activities_domainweek WHERE week < %s", [monday(clock.now() - _WEEKS_KEPT).date()]
    )


async def _count_posts() -> bool:
    """Count the next piece, by the primary key of posts; return whether there is another."""
    now = clock.now()
    async with async_atomic():
        first = {"position": lowest_id_at(monday(now) - _WEEKS_KEPT)}
        await Progress.objects.aget_or_create(name=COUNTED_TO, defaults=first)
        progress = await Progress.objects.select_for_update().aget(name=COUNTED_TO)
        limits = {"after": progress.position, "end": lowest_id_at(now - _SETTLED_AFTER), "piece": PIECE}
        last = await sql.value(
            """SELECT id FROM activities_post WHERE id > %(after)s AND id < %(end)s
               ORDER BY id OFFSET %(piece)s - 1 LIMIT 1""",
            limits,
        )
        position = max(progress.position, limits["end"] - 1 if last is None else last)
        await sql.run(
            """INSERT INTO activities_domainweek AS w (domain_id, week, posts)
               SELECT i.domain_id, date_trunc('week', p.created_at AT TIME ZONE 'UTC')::date, count(*)
               FROM activities_post p JOIN users_identity i ON i.id = p.author_id AND i.domain_id IS NOT NULL
               WHERE p.id > %(after)s AND p.id <= %(position)s AND p.is_local AND p.boost_of_id IS NULL AND p.deleted_at IS NULL
               GROUP BY 1, 2
               ON CONFLICT (domain_id, week) DO UPDATE SET posts = w.posts + excluded.posts""",
            {"after": progress.position, "position": position},
        )
        await Progress.objects.filter(name=COUNTED_TO).aupdate(position=position)
    return last is not None


async def _count_logins() -> None:
    """Logins that came this week. One that comes again next week stays counted in this. Served by users_user_last_seen."""
    week = monday(clock.now())
    await sql.run(
        """INSERT INTO activities_domainweek AS w (domain_id, week, logins)
           SELECT i.domain_id, %(day)s, count(DISTINCT u.id) FROM users_user u
           JOIN users_identityaccess x ON x.user_id = u.id JOIN users_identity i ON i.id = x.identity_id AND i.domain_id IS NOT NULL
           WHERE u.last_seen_at >= %(week)s GROUP BY 1
           ON CONFLICT (domain_id, week) DO UPDATE SET logins = greatest(w.logins, excluded.logins)""",
        {"week": week, "day": week.date()},
    )
