"""Periodic jobs that count uses, rank trends, and count weekly and daily activity of each domain."""

from datetime import UTC, date, datetime, time, timedelta

from activities.posts.models.progress import Progress
from activities.posts.queries.predicates import is_for_everyone, is_reply
from activities.posts.queries.visibility import in_timeline
from activities.reviews.services import remember_publishers
from activities.trends.queries import COUNTED_TO, monday
from core import clock
from core.db import async_atomic, sql
from core.db.sql import Sql
from core.ids import lowest_id_at
from stator import every

MAX_TRENDS = 100  # trends of each kind
MIN_PEOPLE = 2  # a single user makes no trend
_DAYS_KEPT = 8
_LATEST = 100_000  # posts that are read, at most
_COUNTED = f"{is_for_everyone('p')} AND p.deleted_at IS NULL"


@every(timedelta(minutes=5), name="compute_trends")
async def compute_trends() -> None:
    """Count the uses of today and yesterday, and rank the trends."""
    async with async_atomic():
        await _count_uses()
        await _rank_uses("tag")
        await _rank_uses("link")
        await remember_publishers()
        await _rank_posts()
    # bounds the size of the table
    await sql.run(
        "DELETE FROM activities_dailyuse WHERE day < %s", [(clock.now() - timedelta(days=_DAYS_KEPT)).date()]
    )


async def _count_uses() -> None:
    """Count public posts of yesterday and today by hashtag and card; remote posts may arrive late.

    Served by activities_post_public.
    """
    today = clock.now().replace(hour=0, minute=0, second=0, microsecond=0)
    await sql.run(
        f"""WITH latest AS MATERIALIZED (
               SELECT p.id, p.author_id, p.card_id, (p.created_at AT TIME ZONE 'UTC')::date AS day
               FROM activities_post p WHERE p.id >= %(since)s AND {_COUNTED} ORDER BY p.id DESC LIMIT %(latest)s)
           INSERT INTO activities_dailyuse (kind, target_id, day, uses, people)
           SELECT 'tag', g.hashtag_id, l.day, count(*), count(DISTINCT l.author_id)
               FROM latest l JOIN activities_posttag g ON g.post_id = l.id GROUP BY 2, 3
           UNION ALL SELECT 'link', l.card_id, l.day, count(*), count(DISTINCT l.author_id)
               FROM latest l WHERE l.card_id IS NOT NULL GROUP BY 2, 3
           ON CONFLICT (kind, target_id, day) DO UPDATE SET uses = excluded.uses, people = excluded.people""",
        {"since": lowest_id_at(today - timedelta(days=1)), "latest": _LATEST},
    )


async def _rank_uses(kind: str) -> None:
    """Rank by how many more users use it now than on an average day of the last week: (now − usual)² / usual.

    "Now" is today plus the remaining fraction of yesterday, so that nothing ends at midnight.
    """
    now = clock.now()
    shown = (
        "true"
        if kind == "tag"
        else "EXISTS (SELECT 1 FROM activities_previewcard c WHERE c.id = w.target_id AND c.title <> '')"
    )
    await sql.run("DELETE FROM activities_trend WHERE kind = %s", [kind])
    await sql.run(
        f"""WITH recent AS (
               SELECT u.target_id,
                   coalesce(sum(u.people) FILTER (WHERE u.day = %(today)s), 0)
                     + coalesce(sum(u.people) FILTER (WHERE u.day = %(today)s - 1), 0) * %(rest)s AS people,
                   coalesce(sum(u.people) FILTER (WHERE u.day < %(today)s - 1), 0) / 6.0 AS usual
               FROM activities_dailyuse u WHERE u.kind = %(kind)s AND u.day >= %(today)s - 7 GROUP BY 1),
           scored AS (
               SELECT w.target_id, (w.people - w.usual) ^ 2 / greatest(w.usual, 1) AS score FROM recent w
               WHERE w.people >= %(fewest)s AND w.people > w.usual AND {shown}
               ORDER BY score DESC, w.target_id DESC LIMIT %(kept)s)
           INSERT INTO activities_trend (kind, place, target_id, score)
           SELECT %(kind)s, row_number() OVER (ORDER BY score DESC, target_id DESC), target_id, score FROM scored""",
        {
            "kind": kind,
            "today": now.date(),
            "rest": 1 - (now.hour * 3600 + now.minute * 60) / 86400,
            "fewest": MIN_PEOPLE,
            "kept": MAX_TRENDS,
        },
    )


async def _rank_posts() -> None:
    """Rank public posts of two days by likes and boosts, halved every six hours; one per author, discoverable authors only."""
    condition = in_timeline(None)
    await sql.run("DELETE FROM activities_trend WHERE kind = 'post'")
    await sql.run(
        Sql.of(
            f"""WITH latest AS MATERIALIZED (
               SELECT p.* FROM activities_post p WHERE p.id >= %(since)s AND {_COUNTED} ORDER BY p.id DESC LIMIT %(latest)s),
           scored AS (
               SELECT DISTINCT ON (p.author_id) p.id,
                   (p.likes_count + p.boosts_count) * 0.5 ^ (extract(epoch FROM now() - p.created_at) / 21600) AS score
               FROM latest p
               WHERE p.likes_count + p.boosts_count >= %(fewest)s AND NOT p.is_sensitive AND NOT {is_reply("p")}
               AND EXISTS (SELECT 1 FROM users_identity s WHERE s.id = p.author_id AND s.is_discoverable AND NOT s.is_sensitized)
               AND {condition}
               ORDER BY p.author_id, score DESC)
           INSERT INTO activities_trend (kind, place, target_id, score)
           SELECT 'post', row_number() OVER (ORDER BY score DESC, id DESC), id, score FROM scored
           ORDER BY score DESC, id DESC LIMIT %(kept)s""",
            condition,
            since=lowest_id_at(clock.now() - timedelta(days=2)),
            latest=_LATEST,
            fewest=MIN_PEOPLE,
            kept=MAX_TRENDS,
        )
    )


BATCH_SIZE = 50_000  # posts per statement
_BATCHES_PER_RUN = 40  # per run; the next run counts the rest
_SETTLED_AFTER = timedelta(minutes=1)  # a transaction that began earlier may still commit a lower id
_WEEKS_KEPT = timedelta(weeks=13)
_STATISTICS_KEPT = timedelta(days=61)


@every(timedelta(minutes=10), name="count_activity")
async def count_activity() -> None:
    """Count posts since the last run, and logins seen this week."""
    for _ in range(_BATCHES_PER_RUN):
        if not await _count_posts():
            break
    await _count_logins()
    await _count_arrivals()
    await sql.run("DELETE FROM activities_domainday WHERE day <= %s", [_oldest_day(clock.now())])
    await sql.run(
        "DELETE FROM activities_domainweek WHERE week < %s", [monday(clock.now() - _WEEKS_KEPT).date()]
    )


async def _count_posts() -> bool:
    """Count the next batch, by the primary key of posts; return whether there is another."""
    now = clock.now()
    async with async_atomic():
        first = {"position": lowest_id_at(monday(now) - _WEEKS_KEPT)}
        await Progress.objects.aget_or_create(name=COUNTED_TO, defaults=first)
        progress = await Progress.objects.select_for_update().aget(name=COUNTED_TO)
        limits = {"after": progress.position, "end": lowest_id_at(now - _SETTLED_AFTER), "piece": BATCH_SIZE}
        last = await sql.value(
            """SELECT id FROM activities_post WHERE id > %(after)s AND id < %(end)s
               ORDER BY id OFFSET %(piece)s - 1 LIMIT 1""",
            limits,
        )
        position = max(progress.position, limits["end"] - 1 if last is None else last)
        await sql.run(
            """WITH posted AS MATERIALIZED (
                   SELECT i.domain_id, (p.created_at AT TIME ZONE 'UTC')::date AS day, count(*) AS posts
                   FROM activities_post p JOIN users_identity i ON i.id = p.author_id AND i.domain_id IS NOT NULL
                   WHERE p.id > %(after)s AND p.id <= %(position)s AND p.is_local AND p.boost_of_id IS NULL AND p.deleted_at IS NULL
                   GROUP BY 1, 2),
               of_days AS (
                   INSERT INTO activities_domainday AS d (domain_id, day, posts) SELECT * FROM posted WHERE day > %(oldest)s
                   ON CONFLICT (day, domain_id) DO UPDATE SET posts = d.posts + excluded.posts)
               INSERT INTO activities_domainweek AS w (domain_id, week, posts)
               SELECT domain_id, date_trunc('week', day)::date, sum(posts) FROM posted GROUP BY 1, 2
               ON CONFLICT (domain_id, week) DO UPDATE SET posts = w.posts + excluded.posts""",
            {"after": progress.position, "position": position, "oldest": _oldest_day(now)},
        )
        await Progress.objects.filter(name=COUNTED_TO).aupdate(position=position)
    return last is not None


def _oldest_day(now: datetime) -> date:
    return (now - _STATISTICS_KEPT).date()


async def _count_logins() -> None:
    """Count logins seen this week and today. One that returns later stays counted. Served by users_user_last_seen."""
    now = clock.now()
    today = now.replace(hour=0, minute=0, second=0, microsecond=0)
    for table, column, start in (
        ("activities_domainweek", "week", monday(now)),
        ("activities_domainday", "day", today),
    ):
        await sql.run(
            f"""INSERT INTO {table} AS t (domain_id, {column}, logins)
                SELECT i.domain_id, %(day)s, count(DISTINCT u.id) FROM users_user u
                JOIN users_identityaccess x ON x.user_id = u.id JOIN users_identity i ON i.id = x.identity_id AND i.domain_id IS NOT NULL
                WHERE u.last_seen_at >= %(start)s GROUP BY 1
                ON CONFLICT (domain_id, {column}) DO UPDATE SET logins = greatest(t.logins, excluded.logins)""",
            {"start": start, "day": start.date()},
        )


async def _count_arrivals() -> None:
    """Count again the new users and the reports of the last two days; of all stored days if none was counted.

    Served by users_identity_of_domain, and by the primary key of reports.
    """
    now = clock.now()
    last = await sql.value("SELECT max(day) FROM activities_domainday WHERE people > 0 OR reports > 0")
    first = min(last, now.date()) - timedelta(days=1) if last else _oldest_day(now) + timedelta(days=1)
    await sql.run(
        """INSERT INTO activities_domainday AS t (domain_id, day, people, reports)
           SELECT domain_id, day, sum(people), sum(reports) FROM (
               SELECT d.id AS domain_id, (i.created_at AT TIME ZONE 'UTC')::date AS day, 1 AS people, 0 AS reports
               FROM users_domain d JOIN users_identity i ON i.domain_id = d.id AND i.id >= %(since)s
               UNION ALL
               SELECT coalesce(target.domain_id, source.domain_id, 0), (r.created_at AT TIME ZONE 'UTC')::date, 0, 1
               FROM users_report r JOIN users_identity target ON target.id = r.target_id
               LEFT JOIN users_identity source ON source.id = r.source_id WHERE r.id >= %(since)s) came
           WHERE day >= %(first)s GROUP BY 1, 2
           ON CONFLICT (day, domain_id) DO UPDATE SET people = excluded.people, reports = excluded.reports""",
        {"since": lowest_id_at(datetime.combine(first, time(), UTC)), "first": first},
    )
