"""Size of the database of one person who follows 200 people for two years, with the posts of others kept as by default, and for ever.

Each day brings 400 posts of those people, 200 of their boosts with as many posts of 5,000 strangers, and 100 fetched replies by strangers; a third
has a picture, a fifth a link, a quarter a hashtag. After each simulated month the worker's pass runs to its end, and Postgres vacuums.

`python -m benchmarks.database.growth`
"""

import subprocess
import sys
import time
from functools import partial

from benchmarks.support.common import report
from benchmarks.support.database import migrated_database
from benchmarks.support.timeline_data import run

FOLLOWED, STRANGERS, VIEWER = 200, 5_000, 1
A_MONTH, MONTHS = 30, 24
FEWER_THAN_MB, GROWTH = 3_000, 1.1

_PEOPLE = """
    INSERT INTO users_identity
    SELECT r.* FROM users_identity t, generate_series(%(first)s::bigint, %(last)s::bigint) n,
        LATERAL jsonb_populate_record(t, jsonb_build_object('id', n, 'username', 'p' || n, 'host', 'h' || n %% 300 || '.test', 'domain_id', NULL,
            'uri', 'https://h' || n %% 300 || '.test/users/p' || n, 'profile_url', 'https://h' || n %% 300 || '.test/@p' || n)) r
    WHERE t.id = %(viewer)s"""
_FOLLOWS = """
    INSERT INTO users_follow (id, source_id, target_id, uri, shows_boosts, notifies, created_at, accepted_at)
    SELECT n, %(viewer)s, n, '', true, false, now(), now() FROM generate_series(%(first)s::bigint, %(last)s::bigint) n"""
# `n` counts 900 posts a day: 400 of the followed, 200 boosted ones of strangers, 200 boosts of these, 100 replies
_POSTS = """
    INSERT INTO activities_post
    SELECT r.* FROM activities_post t, generate_series(%(first)s::bigint, %(last)s::bigint) n,
        LATERAL (SELECT n %% 900 AS k, %(began)s::timestamptz + n * interval '96 seconds' AS at) d,
        LATERAL (SELECT CASE WHEN d.k < 400 OR d.k BETWEEN 600 AND 799 THEN 1000 + n %% %(followed)s ELSE 2000 + (n * 7919) %% %(strangers)s END AS who) a,
        LATERAL (SELECT ((extract(epoch FROM d.at) * 1000)::bigint << 16) + n %% 65536 AS id) i,
        LATERAL jsonb_populate_record(t, jsonb_build_object('id', i.id, 'author_id', a.who, 'created_at', d.at, 'is_local', false, 'domain_id', NULL,
            'conversation_id', i.id, 'uri', 'https://h' || a.who %% 300 || '.test/users/p' || a.who || '/statuses/' || i.id,
            'url', 'https://h' || a.who %% 300 || '.test/@p' || a.who || '/' || i.id, 'state_changed_at', d.at,
            'content', CASE WHEN d.k BETWEEN 600 AND 799 THEN '' ELSE '<p>' || left(repeat('Some words of a usual post, number ' || n || '. ', 9), 60 + (n * 31 %% 340)::int) || '</p>' END,
            'boost_of_id', CASE WHEN d.k BETWEEN 600 AND 799
                THEN ((extract(epoch FROM d.at - 200 * interval '96 seconds') * 1000)::bigint << 16) + (n - 200) %% 65536 END)) r
    WHERE t.id = %(template)s"""
_PARTS = (
    """INSERT INTO activities_attachment (id, author_id, post_id, position, kind, media_type, url, preview_url, description, blurhash, width, height,
           focus_x, focus_y, created_at)
       SELECT id, author_id, id, 0, 'image', 'image/jpeg', 'https://files.test/media_attachments/files/' || id || '/original/picture.jpg',
           'https://files.test/media_attachments/files/' || id || '/small/picture.jpg', 'A picture of something', 'LEHV6nWB2yk8pyo0adR*.7kCMdnj', 1600,
           1200, 0, 0, now() FROM activities_post WHERE id > %(after)s AND NOT is_local AND boost_of_id IS NULL AND id %% 3 = 0""",
    """INSERT INTO activities_posttag (post_id, hashtag_id) SELECT p.id, h.id FROM activities_post p, activities_hashtag h
       WHERE p.id > %(after)s AND NOT p.is_local AND p.boost_of_id IS NULL AND p.id %% 4 = 0""",
    """WITH made AS (
           INSERT INTO activities_previewcard (url, host, type, title, description, language, author_name, author_url, provider_name,
               provider_url, html, embed_url, width, height, image_url, image_description, created_at, state, state_due_at)
           SELECT 'https://news.test/' || id, 'news.test', 'link', 'A page with a title', 'And what it is about, in a sentence', 'en', '', '', 'News',
               'https://news.test', '', '', 800, 400, 'https://media.test/' || id || '.png', '', now(), 'fetched', NULL
           FROM activities_post WHERE id > %(after)s AND NOT is_local AND boost_of_id IS NULL AND id %% 5 = 1 RETURNING id, url)
       UPDATE activities_post p SET card_id = made.id FROM made WHERE made.url = 'https://news.test/' || p.id""",
    """INSERT INTO activities_homeentry (identity_id, post_id) SELECT %(viewer)s, p.id FROM activities_post p
       WHERE p.id > %(after)s AND p.author_id BETWEEN 1000 AND 1999 ORDER BY p.id DESC LIMIT 800""",
)


async def _two_years() -> list[float]:
    """Return the megabytes of the database after each month, from the twelfth on; print what the passes cost."""
    import datetime as dt

    from activities.posts.models import Post
    from activities.previews.handlers import remove_unused_cards
    from activities.retention.services import go_on, open_pass
    from activities.timelines.handlers import trim_home_timelines
    from core import clock
    from core.db import own_connection, sql

    sizes, looked, removed, spent = [], 0, 0, 0.0
    async with own_connection():
        template = await _template()
        now, day = clock.now(), dt.timedelta(days=1)
        for month in range(MONTHS):
            began = now - MONTHS * A_MONTH * day
            first = month * A_MONTH * 900
            after = await sql.value("SELECT coalesce(max(id), 0) FROM activities_post WHERE NOT is_local")
            values = {"first": first, "last": first + A_MONTH * 900 - 1, "began": began, "template": template}
            await sql.run(_POSTS, {**values, "followed": FOLLOWED, "strangers": STRANGERS})
            for part in _PARTS:
                await sql.run(part, {"after": after, **({"viewer": VIEWER} if "viewer" in part else {})})
            await trim_home_timelines()
            today = began + (month + 1) * A_MONTH * day
            clock.now = partial(_same, today)  # what the pass takes for today
            start = time.process_time()
            current = await open_pass(is_wanted=True)
            while current is not None and await go_on(current):
                pass
            spent += time.process_time() - start
            if current is not None:
                looked, removed = looked + current.looked_at, removed + current.removed
            clock.now = partial(_same, now)
            await remove_unused_cards()
            for table in (
                "activities_post",
                "activities_attachment",
                "activities_previewcard",
                "activities_posttag",
                "activities_homeentry",
            ):
                await sql.run(f"VACUUM ANALYZE {table}")
            if month >= 11:
                sizes.append(await sql.value("SELECT pg_database_size(current_database())") / 1e6)
        kept = await Post.objects.all().acount()
    cost = f"; {1e6 * spent / looked:.0f} µs of CPU each in Python" if looked else ""
    print(f"{looked:,} old posts looked at, {removed:,} removed, {kept:,} left{cost}")
    return sizes


def _same[T](value: T) -> T:
    return value


async def _template() -> int:
    """Create the viewer, whom everybody is made like, and a post, which all posts are made like."""
    from activities.posts.models import Post, PostGraph
    from activities.tags.models import Hashtag
    from core import clock
    from core.db import sql
    from users.domains.models import Domain
    from users.identities.models import Identity, IdentityGraph

    domain = await Domain.objects.acreate(name="bench.test")
    await Identity.objects.acreate(
        id=VIEWER, username="viewer", host=domain.name, domain=domain, uri="https://bench.test/users/viewer",
        profile_url="https://bench.test/@viewer", summary="<p>Somebody who reads and writes now and then.</p>", created_at=clock.now(),
        state=IdentityGraph.steady.name,
    )  # fmt: skip
    for first, count in ((1000, FOLLOWED), (2000, STRANGERS)):
        await sql.run(_PEOPLE, {"first": first, "last": first + count - 1, "viewer": VIEWER})
    await sql.run(_FOLLOWS, {"first": 1000, "last": 999 + FOLLOWED, "viewer": VIEWER})
    await Hashtag.objects.acreate(name="garden", display_name="Garden")
    post = await Post.objects.acreate(
        author_id=VIEWER, uri="https://bench.test/1", is_local=True, visibility=0, language="en", created_at=clock.now(),
        state=PostGraph.fanned_out.name,
    )  # fmt: skip
    return int(post.pk)


def _measured(days: int) -> list[float]:
    """Measure in a process of its own, as the connections of one belong to its database."""
    told = subprocess.run(
        [sys.executable, "-m", "benchmarks.database.growth", str(days)], check=True, stdout=subprocess.PIPE
    )
    *lines, sizes = told.stdout.decode().splitlines()
    print(*lines, sep="\n")
    return [float(size) for size in sizes.split()]


if __name__ == "__main__":
    if len(sys.argv) > 1:
        with migrated_database(TAKAHE_REMOTE_POSTS_DAYS=sys.argv[1]):
            print(*run(_two_years))
        sys.exit()
    ours = _measured(90)
    shown = ", ".join(f"{ours[month]:,.0f} MB" for month in (0, 3, 6, 9, 12))
    print("after 12, 15, 18, 21, 24 months:", shown)
    forever = _measured(0)
    report("size after two years beside all posts kept", ours[-1], forever[-1], 0.8, unit=" MB", at_most=True)
    # the first posts of those who are followed go after twelve months, and what they had boosted in the next pass
    report("growth from month 15 to 24", ours[-1], ours[3], GROWTH, unit=" MB", at_most=True)
    report("size after two years beside the bound", ours[-1], FEWER_THAN_MB, 1.0, unit=" MB", at_most=True)
