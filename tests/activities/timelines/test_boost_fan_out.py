"""Adding a boost to home timelines takes a few index look-ups for each, however full they are."""

import pytest

from activities.timelines.models import HomeEntry
from activities.timelines.services import BOOSTS_SCANNED, add_to_home_timelines
from core.db import sql
from tests.activities.growth import write_many
from tests.activities.people import follow, make_domain, make_local, make_post, make_remote
from tests.support.plans import measured, total, vacuum

pytestmark = [pytest.mark.anyio, pytest.mark.slow]

_FOLLOWERS = 40


async def test_a_boost_costs_the_same_with_full_homes(db: None, monkeypatch: pytest.MonkeyPatch) -> None:
    domain, author, booster, other = (
        await make_domain(),
        await make_remote("author"),
        await make_remote("booster"),
        await make_remote("other"),
    )
    followers = [await make_local(f"f{number}", domain) for number in range(_FOLLOWERS)]
    await write_many(author, 800)
    for follower in followers:
        await follow(follower, booster)
        await sql.run(
            "INSERT INTO activities_homeentry (identity_id, post_id) SELECT %s, id FROM activities_post",
            [follower.pk],
        )
    original = await make_post(author)
    before = await make_post(other, boost_of=original)
    has_it, has_the_boost, has_neither = followers[0], followers[1], followers[2:]
    await HomeEntry.objects.acreate(identity=has_it, post=original)
    await HomeEntry.objects.acreate(identity=has_the_boost, post=before)
    boost = await make_post(booster, boost_of=original)
    await vacuum()
    async with measured(monkeypatch) as costs:
        await add_to_home_timelines([boost.pk])
    assert total(costs) < _FOLLOWERS * 40, costs
    assert max(cost.most_rows for cost in costs) <= 4 * _FOLLOWERS
    homes = {one async for one in HomeEntry.objects.filter(post=boost).values_list("identity_id", flat=True)}
    assert homes == {follower.pk for follower in has_neither}


async def test_a_boost_costs_the_same_for_a_much_boosted_post(
    db: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    domain, author, booster = await make_domain(), await make_remote("author"), await make_remote("booster")
    followers = [await make_local(f"f{number}", domain) for number in range(_FOLLOWERS)]
    for follower in followers:
        await follow(follower, booster)
    original = await make_post(author)
    earlier = await make_post(await make_remote("other"), boost_of=original)
    await sql.run(
        """WITH fan AS (
               INSERT INTO users_identity SELECT made.*
               FROM users_identity i, generate_series(1, 2000) n,
                    jsonb_populate_record(i, jsonb_build_object('id', i.id + n, 'uri', i.uri || n, 'username', 'fan' || n)) made
               WHERE i.id = %(author)s RETURNING id)
           INSERT INTO activities_post SELECT made.*
           FROM activities_post b, (SELECT id, row_number() OVER () AS place FROM fan) fan,
                jsonb_populate_record(b, jsonb_build_object('id', b.id + place, 'uri', b.uri || '/' || place, 'author_id', fan.id)) made
           WHERE b.id = %(earlier)s""",
        {"author": author.pk, "earlier": earlier.pk},
    )
    await HomeEntry.objects.acreate(identity=followers[0], post_id=earlier.pk + 2000)
    boost = await make_post(booster, boost_of=original)
    await vacuum()
    async with measured(monkeypatch) as costs:
        await add_to_home_timelines([boost.pk])
    assert total(costs) < _FOLLOWERS * (BOOSTS_SCANNED + 40) * 2, costs
    assert max(cost.most_rows for cost in costs) <= _FOLLOWERS * (BOOSTS_SCANNED + 1)
    homes = {one async for one in HomeEntry.objects.filter(post=boost).values_list("identity_id", flat=True)}
    assert homes == {follower.pk for follower in followers[1:]}
