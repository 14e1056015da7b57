"""A boost reaches homes at the price of a few looks into each, however full they are."""

import pytest

from activities.timelines.models import HomeEntry
from activities.timelines.services import add_to_home_timelines
from core.db import sql
from tests.activities.people import follow, make_domain, make_local, make_post, make_remote
from tests.activities.test_reads_that_grow import write_many
from tests.support.plans import measured, settle, total

pytestmark = [pytest.mark.anyio, pytest.mark.slow]

_FOLLOWERS = 40


async def test_what_a_boost_costs_does_not_depend_on_full_homes(
    db: None, monkeypatch: pytest.MonkeyPatch
) -> None:
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
    await settle("activities_homeentry", "activities_post", "users_follow", "users_identity")
    async with measured(monkeypatch) as costs:
        await add_to_home_timelines([boost.pk])
    assert total(costs) < _FOLLOWERS * 40, costs
    assert max(cost.most_rows for cost in costs) <= 4 * _FOLLOWERS
    homes = {one async for one in HomeEntry.objects.filter(post=boost).values_list("identity_id", flat=True)}
    assert homes == {follower.pk for follower in has_neither}
