"""Jobs that compute statistics for staff: daily interactions and resolved reports, and groups of logins."""

from datetime import UTC, datetime, time, timedelta

from activities.measures.models import SERVER
from activities.posts.models.progress import Progress
from core import clock
from core.db import async_atomic, sql
from core.ids import lowest_id_at
from stator import every

BATCH_SIZE = 20_000  # rows per statement
_BATCHES_PER_RUN = 20  # of one table; the next run counts the rest
_SETTLED_AFTER = timedelta(minutes=1)  # a transaction that began earlier may still commit a lower id
_FIRST_RUN = timedelta(days=2)  # maximum look-back of the first run

# (identity, post) since the last run, by the primary key of each table
_SOURCES = {
    "activities_post": """SELECT coalesce(e.boost_of_id, e.in_reply_to_id) AS target, e.author_id AS who, e.id FROM activities_post e
        WHERE e.id > %(after)s AND e.id <= %(position)s AND coalesce(e.boost_of_id, e.in_reply_to_id) IS NOT NULL AND e.deleted_at IS NULL""",
    "activities_like": """SELECT e.post_id AS target, e.identity_id AS who, e.id FROM activities_like e
        WHERE e.id > %(after)s AND e.id <= %(position)s""",
}


@every(timedelta(minutes=10), name="count_interactions")
async def count_interactions() -> None:
    """Add the likes, boosts and replies by others to each domain's posts since the last run, and count resolved reports."""
    for table in _SOURCES:
        for _ in range(_BATCHES_PER_RUN):
            if not await _count_piece(table):
                break
    await _count_resolved()


async def _count_piece(table: str) -> bool:
    """Count the next batch of a table; return whether there is another."""
    now, name = clock.now(), f"interactions:{table}"
    async with async_atomic():
        await Progress.objects.aget_or_create(
            name=name, defaults={"position": lowest_id_at(now - _FIRST_RUN)}
        )
        progress = await Progress.objects.select_for_update().aget(name=name)
        limits = {"after": progress.position, "end": lowest_id_at(now - _SETTLED_AFTER), "piece": BATCH_SIZE}
        last = await sql.value(
            f"SELECT id FROM {table} WHERE id > %(after)s AND id < %(end)s ORDER BY id OFFSET %(piece)s - 1 LIMIT 1",
            limits,
        )
        position = max(progress.position, limits["end"] - 1 if last is None else last)
        await sql.run(
            f"""WITH piece AS MATERIALIZED ({_SOURCES[table]})
                INSERT INTO activities_domainday AS d (domain_id, day, interactions)
                SELECT t.domain_id, (to_timestamp((e.id >> 16) / 1000.0) AT TIME ZONE 'UTC')::date, count(*)
                FROM piece e JOIN activities_post t ON t.id = e.target AND t.domain_id IS NOT NULL AND t.author_id <> e.who
                GROUP BY 1, 2
                ON CONFLICT (day, domain_id) DO UPDATE SET interactions = d.interactions + excluded.interactions""",
            {"after": progress.position, "position": position},
        )
        await Progress.objects.filter(name=name).aupdate(position=position)
    return last is not None


async def _count_resolved() -> None:
    """Count again the reports that were resolved yesterday and today. Served by users_report_resolved."""
    first = (clock.now() - timedelta(days=1)).date()
    async with async_atomic():
        await sql.run(
            "UPDATE activities_domainday SET resolved = 0 WHERE day >= %s AND resolved > 0", [first]
        )
        await sql.run(
            """INSERT INTO activities_domainday AS d (domain_id, day, resolved)
               SELECT coalesce(target.domain_id, source.domain_id, 0), (r.resolved_at AT TIME ZONE 'UTC')::date, count(*)
               FROM users_report r JOIN users_identity target ON target.id = r.target_id
               LEFT JOIN users_identity source ON source.id = r.source_id WHERE r.resolved_at >= %s GROUP BY 1, 2
               ON CONFLICT (day, domain_id) DO UPDATE SET resolved = excluded.resolved""",
            [datetime.combine(first, time(), UTC)],
        )


_LOGINS = f"""logins AS MATERIALIZED (
    SELECT u.id, i.domain_id, (u.created_at AT TIME ZONE 'UTC')::date AS joined,
           (greatest(u.last_seen_at, u.created_at) AT TIME ZONE 'UTC')::date AS seen, u.language, u.sign_up_app
    FROM users_user u JOIN users_identityaccess x ON x.user_id = u.id
    JOIN users_identity i ON i.id = x.identity_id AND i.domain_id IS NOT NULL AND i.deleted_at IS NULL
    WHERE u.approved_at IS NOT NULL AND u.confirmed_at IS NOT NULL),
    counted AS MATERIALIZED (SELECT DISTINCT * FROM logins
        UNION ALL SELECT DISTINCT l.id, {SERVER}, l.joined, l.seen, l.language, l.sign_up_app FROM logins l)"""


@every(timedelta(hours=6), name="count_people")
async def count_people() -> None:
    """Count all logins by join date and last visit, by language and by app, in two statements."""
    today = clock.now().date()
    async with async_atomic():
        await sql.run("DELETE FROM activities_peoplecohort")
        await sql.run(
            f"""WITH {_LOGINS}
                INSERT INTO activities_peoplecohort (domain_id, frequency, joined, seen, people)
                SELECT domain_id, 'day', joined, seen, count(*) FROM counted WHERE joined > %(today)s::date - 31 GROUP BY 1, 3, 4
                UNION ALL
                SELECT domain_id, 'month', date_trunc('month', joined)::date, date_trunc('month', seen)::date, count(*)
                FROM counted WHERE joined >= date_trunc('month', %(today)s::date - interval '1 year')::date GROUP BY 1, 3, 4""",
            {"today": today},
        )
        await sql.run("DELETE FROM activities_peoplegroup")
        await sql.run(
            f"""WITH {_LOGINS}
                INSERT INTO activities_peoplegroup (domain_id, key, entry, people)
                SELECT domain_id, 'seen', seen::text, count(*) FROM counted WHERE seen > %(today)s::date - 61 GROUP BY 1, 3
                UNION ALL SELECT domain_id, 'language', language, count(*) FROM counted WHERE seen > %(today)s::date - 31 GROUP BY 1, 3
                UNION ALL SELECT domain_id, 'app', coalesce(sign_up_app::text, ''), count(*)
                FROM counted WHERE seen > %(today)s::date - 31 GROUP BY 1, 3""",
            {"today": today},
        )
