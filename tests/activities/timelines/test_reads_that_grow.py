"""The cost of a timeline does not depend on the number of posts that it does not show."""

import pytest

from activities.lists.models import ListMember, PeopleList
from activities.media.models import Attachment
from activities.notifications.models import MAX_KEPT
from activities.posts.models import Post
from activities.timelines.queries import candidates
from core.db import sql
from tests.activities.growth import cost_of, make_tag, write_many
from tests.activities.people import follow, make_domain, make_local, make_post, make_remote
from tests.api.support.world import World
from tests.support.plans import measured, total, vacuum
from users.relations.queries import search as people_search

pytestmark = [pytest.mark.anyio, pytest.mark.slow]


async def test_the_local_timeline_of_a_quiet_domain(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    busy = await make_local("busy", await make_domain("busy.test"))
    for _ in range(3):
        await make_post(world.ada.me)
    await write_many(busy)
    await vacuum()
    assert await cost_of(world, "/api/v1/timelines/public?local=true", monkeypatch, found=3) < 400


async def add_media(post: Post) -> None:
    await Attachment.objects.acreate(
        post=post, author_id=post.author_id, kind="image", url="https://far.test/a.png"
    )


@pytest.mark.parametrize("nobody", [True, False])
async def test_timelines_of_media_where_few_posts_have_some(
    world: World, monkeypatch: pytest.MonkeyPatch, nobody: bool
) -> None:
    author, tag = await make_remote("author"), await make_tag("common")
    await make_tag("other")
    with_media = [await make_post(who) for who in (author, world.ada.me)]
    for post in with_media:
        await add_media(post)
        await sql.run(
            "INSERT INTO activities_posttag (post_id, hashtag_id) VALUES (%s, %s)", [post.pk, tag.pk]
        )
    await write_many(author, tags=(tag,))
    await write_many(world.ada.me)
    await vacuum()
    for path, found in (
        ("timelines/public?only_media=true", 2),
        ("timelines/public?only_media=true&remote=true", 1),
        ("timelines/public?only_media=true&local=true", 1),
        ("timelines/tag/common?only_media=true", 2),
        ("timelines/tag/common?only_media=true&any[]=other", 2),
        ("timelines/tag/common?only_media=true&none[]=other", 2),
        (f"accounts/{author.pk}/statuses?only_media=true", 1),
        (f"accounts/{author.pk}/statuses?only_media=true&tagged=common", 1),
    ):
        cost = await cost_of(world, f"/api/v1/{path}", monkeypatch, found=found, nobody=nobody)
        assert cost < 400, (path, cost)


async def test_media_of_others_hides_none_that_was_asked_for(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Thousands of newer films of one domain, and one older picture each of another server and of a quiet domain."""
    busy = await make_local("busy", await make_domain("busy.test"))
    for author in (await make_remote("author"), world.ada.me):
        await add_media(await make_post(author))
    await write_many(busy)
    await sql.run(
        """INSERT INTO activities_attachment SELECT made.*
           FROM activities_attachment a, (SELECT *, row_number() OVER () AS place FROM activities_post WHERE author_id = %s) p,
                jsonb_populate_record(a, jsonb_build_object('id', a.id + p.place, 'post_id', p.id, 'author_id', p.author_id, 'domain_id', p.domain_id)) made
           WHERE a.id = (SELECT max(id) FROM activities_attachment)""",
        [busy.pk],
    )
    await vacuum()
    path = "/api/v1/timelines/public?only_media=true"
    for which in ("remote", "local"):
        assert await cost_of(world, f"{path}&{which}=true", monkeypatch, found=1) < 400, which
    assert await cost_of(world, path, monkeypatch, found=20) < 1500


async def test_many_invisible_candidates_end_the_page_early(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A page goes on behind what is hidden, and stops after a few rounds."""
    monkeypatch.setattr(candidates, "CANDIDATES", 100)
    hidden = await make_remote("hidden")
    shown = [await make_post(hidden) for _ in range(2)]
    await write_many(hidden, 250, visibility=2)
    path = f"/api/v1/accounts/{hidden.pk}/statuses"
    await vacuum()
    assert [int(post["id"]) for post in await world.nobody.get(path)] == [post.pk for post in shown[::-1]]
    await write_many(hidden, visibility=2)
    await vacuum()
    assert await cost_of(world, path, monkeypatch, found=0) < 100 * candidates.ROUNDS * 12


async def test_notifications_of_a_post_that_thousands_liked_within_the_hour(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The job that trims them comes hourly; what it is about to remove is not read until then."""
    post = await make_post(world.ada.me)
    await sql.run(
        """INSERT INTO users_identity SELECT made.*
           FROM users_identity i, generate_series(1, 6000) n,
                jsonb_populate_record(i, jsonb_build_object('id', i.id + n, 'uri', i.uri || n, 'username', 'fan' || n)) made
           WHERE i.id = %(rob)s""",
        {"rob": world.remote.pk},
    )
    await sql.run(
        """INSERT INTO activities_notification (identity_id, kind, actor_id, post_id, created_at, is_filtered)
           SELECT %(ada)s, CASE WHEN n > 6000 THEN 'mention' ELSE 'favourite' END, i.id, %(post)s, now(), n > 6000
           FROM generate_series(1, 12000) n JOIN users_identity i ON i.id = %(rob)s + 1 + n %% 6000""",
        {"ada": world.ada.me.pk, "rob": world.remote.pk, "post": post.pk},
    )
    await vacuum()
    for path in (
        "/api/v2/notifications",
        "/api/v2/notifications/unread_count",
        "/api/v2/notifications?include_filtered=true",
        "/api/v1/notifications",
        "/api/v1/notifications?types[]=poll",
        "/api/v1/notifications?exclude_types[]=favourite",
        f"/api/v1/notifications?account_id={world.bea.id}",
        "/api/v1/notifications/requests",
        "/api/v2/notifications/policy",
        "/api/v1/notifications/unread_count?types[]=poll",
    ):
        await world.ada.get(path)
        async with measured(monkeypatch) as costs:
            await world.ada.get(path)
        # only those that are kept are looked at
        assert all(cost.most_rows <= MAX_KEPT or cost.buffers < MAX_KEPT * 8 for cost in costs), (path, costs)


async def test_a_post_costs_the_same_however_much_its_reader_liked(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The statistics say that people like few posts, as they do for most of them."""
    await write_many(world.remote)
    ids = await sql.column("SELECT id FROM activities_post WHERE author_id = %s", [world.remote.pk])
    await sql.run(
        """INSERT INTO users_identity SELECT made.*
           FROM users_identity i, generate_series(1, 2000) n,
                jsonb_populate_record(i, jsonb_build_object('id', i.id + n, 'uri', i.uri || n, 'username', 'fan' || n)) made
           WHERE i.id = %(rob)s""",
        {"rob": world.remote.pk},
    )
    fans = await sql.column("SELECT id FROM users_identity WHERE username LIKE 'fan%%'", [])
    for base, people, posts in ((10_000, fans, ids[:4]), (20_000, [world.ada.me.pk], ids)):
        for table, columns, values in (
            ("activities_like", "identity_id, post_id, uri, created_at", "who, post, '', now()"),
            ("activities_bookmark", "identity_id, post_id, created_at", "who, post, now()"),
            ("activities_threadmute", "identity_id, thread_id, created_at", "who, post, now()"),
        ):
            await sql.run(
                f"""INSERT INTO {table} (id, {columns}) SELECT %(base)s + row_number() OVER (), {values}
                    FROM unnest(%(people)s::bigint[]) who, unnest(%(posts)s::bigint[]) post""",
                {"people": people, "base": base, "posts": posts},
            )
            if people == fans:
                await vacuum()
    for path in (f"/api/v1/statuses/{ids[-1]}", f"/api/v1/accounts/{world.remote.pk}/statuses"):
        async with measured(monkeypatch) as costs:
            await world.ada.get(path)
        assert max(cost.most_rows for cost in costs) < 200, (path, max(costs, key=lambda one: one.most_rows))


async def test_queries_about_an_identity_with_many_followers(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    await sql.run(
        """WITH fan AS (
               INSERT INTO users_identity SELECT made.*
               FROM users_identity i, generate_series(1, 5000) n,
                    jsonb_populate_record(i, jsonb_build_object('id', i.id + n, 'uri', i.uri || n, 'username', 'fan' || n)) made
               WHERE i.id = %(rob)s RETURNING id)
           INSERT INTO users_follow (id, source_id, target_id, uri, shows_boosts, notifies, created_at, accepted_at)
           SELECT row_number() OVER (), id, %(ada)s, '', true, false, now(), CASE WHEN id > %(rob)s + 3 THEN now() END FROM fan""",
        {"rob": world.remote.pk, "ada": world.ada.me.pk},
    )
    await vacuum()
    async with measured(monkeypatch) as costs:
        own = await world.ada.get("/api/v1/accounts/verify_credentials")
        asking = await world.ada.get("/api/v1/follow_requests")
    assert own["source"]["follow_requests_count"] == len(asking) == 3
    assert max(cost.most_rows for cost in costs) < 100, costs


async def test_unread_groups_cost_what_is_unread(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    posts = [await make_post(world.ada.me) for _ in range(3)]
    await sql.run(
        """INSERT INTO users_identity SELECT made.*
           FROM users_identity i, generate_series(1, 330) n,
                jsonb_populate_record(i, jsonb_build_object('id', i.id + n, 'uri', i.uri || n, 'username', 'fan' || n)) made
           WHERE i.id = %(rob)s""",
        {"rob": world.remote.pk},
    )
    await sql.run(
        """INSERT INTO activities_notification (identity_id, kind, actor_id, post_id, created_at)
           SELECT %(ada)s, 'favourite', i.id, p.id, now() FROM users_identity i, unnest(%(posts)s::bigint[]) p (id)
           WHERE i.id > %(rob)s AND i.id <= %(rob)s + 330""",
        {"ada": world.ada.me.pk, "rob": world.remote.pk, "posts": [post.pk for post in posts]},
    )
    newest = await sql.column("SELECT id FROM activities_notification ORDER BY id DESC LIMIT 6")
    await vacuum()
    path = "/api/v2/notifications/unread_count"
    assert await world.ada.get(path) == {"count": 3}
    for read, unread in (
        (newest[0], 0),
        (
            newest[5],
            await sql.value(
                "SELECT count(DISTINCT post_id) FROM activities_notification WHERE id > %s", [newest[5]]
            ),
        ),
    ):
        await world.ada.post("/api/v1/markers", json={"notifications": {"last_read_id": str(read)}})
        async with measured(monkeypatch) as costs:
            assert await world.ada.get(path) == {"count": unread}
        assert total(costs) < 300, costs


async def test_people_whose_names_are_like_many(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(people_search, "_MANY", 200)
    await sql.run(
        """INSERT INTO users_identity SELECT made.*
           FROM users_identity i, generate_series(1, 6000) n,
                jsonb_populate_record(i, jsonb_build_object('id', i.id + n, 'uri', i.uri || n, 'username', 'x' || n, 'name', 'photographer')) made
           WHERE i.id = %(rob)s""",
        {"rob": world.remote.pk},
    )
    await vacuum()
    async with measured(monkeypatch) as costs:
        found = await world.ada.get("/api/v1/accounts/search", params={"q": "fotographer"})
    assert len(found) == 40
    (similar,) = [cost for cost in costs if "word_similarity" in cost.sql]
    assert similar.most_rows <= 6500
    assert similar.buffers < 150, "of 6,000 who are alike, 200 are read: 50 pages, not 290"
    assert total(costs) < 300


async def test_a_list_of_2000_people(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    people = await PeopleList.objects.acreate(identity=world.ada.me, title="many")
    await sql.run(
        """INSERT INTO users_identity SELECT made.*
           FROM users_identity i, generate_series(1, 2000) n,
                jsonb_populate_record(i, jsonb_build_object('id', i.id + n, 'uri', i.uri || n, 'username', i.username || n)) made
           WHERE i.id = %(rob)s""",
        {"rob": world.remote.pk},
    )
    template = await make_post(world.remote)
    await sql.run(
        """INSERT INTO activities_post SELECT made.*
           FROM activities_post p, generate_series(1, 6000) n,
                jsonb_populate_record(p, jsonb_build_object('id', p.id + n, 'uri', p.uri || '/' || n, 'author_id', p.author_id + 1 + n %% 2000)) made
           WHERE p.id = %(id)s""",
        {"id": template.pk},
    )
    await sql.run(
        """INSERT INTO activities_listmember (id, list_id, identity_id) SELECT i.id, %(list)s, i.id FROM users_identity i
           WHERE i.id > %(rob)s AND i.id <= %(rob)s + 2000""",
        {"list": people.pk, "rob": world.remote.pk},
    )
    await vacuum()
    path = f"/api/v1/timelines/list/{people.pk}"
    # a look into the index for each member, and the policy for what the page shows
    cost = await cost_of(world, path, monkeypatch, found=20, nobody=False)
    assert cost < 2000 * 5 + 1500
    seen: list[int] = []
    for _ in range(4):
        page = await world.ada.get(path + (f"?max_id={seen[-1]}" if seen else ""))
        seen += [int(post["id"]) for post in page]
    newest = await sql.column(
        "SELECT id FROM activities_post WHERE author_id > %s ORDER BY id DESC LIMIT 80", [world.remote.pk]
    )
    assert seen == newest


async def test_a_busy_member_hides_no_other(world: World) -> None:
    """Pages of a list are whole when one member has more posts than a page, and most of them hidden."""
    busy, calm = await make_remote("busy"), await make_remote("calm")
    people = await PeopleList.objects.acreate(identity=world.ada.me, title="two")
    for member in (busy, calm):
        await follow(world.ada.me, member)
        await ListMember.objects.acreate(list=people, identity=member)
    ids = []
    for number in range(30):
        ids.append((await make_post(busy)).pk)
        if number % 10 == 0:
            ids.append((await make_post(calm)).pk)
        for _ in range(3):
            await make_post(busy, 3)
    path, seen = f"/api/v1/timelines/list/{people.pk}?limit=5", list[int]()
    while page := await world.ada.get(path + (f"&max_id={seen[-1]}" if seen else "")):
        seen += [int(post["id"]) for post in page]
    assert seen == ids[::-1]
    seen = [0]
    while page := await world.ada.get(f"{path}&min_id={seen[-1]}"):
        seen += [int(post["id"]) for post in page][::-1]
    assert seen[1:] == ids
