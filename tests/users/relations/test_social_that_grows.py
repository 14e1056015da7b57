"""Reads about the ties of somebody who follows very many, and repairs of very many counts: rows of each statement are bounded."""

import pytest

from activities.posts.models import Post
from activities.posts.services import counters
from core.db import sql
from tests.activities.people import follow, make_post
from tests.support.plans import measured, vacuum
from tests.users.support import make_domain, make_many, make_person
from users.identities.models import Identity
from users.relations.queries import social

pytestmark = pytest.mark.anyio

CROWD = 5000


@pytest.fixture
async def ada(db: None) -> Identity:
    """She follows 5,000 people and is followed by them."""
    ada = await make_person(await make_domain(), "ada")
    await make_many(CROWD)
    for mine, theirs, shift in (("source_id", "target_id", 0), ("target_id", "source_id", CROWD)):
        await sql.run(
            f"""INSERT INTO users_follow (created_at, accepted_at, shows_boosts, notifies, uri, {mine}, {theirs}, id)
                SELECT now(), now(), true, false, '', %s, n, n + {shift} FROM generate_series(1, {CROWD}) n""",
            [ada.pk],
        )
    return ada


async def test_ties_are_looked_for_among_the_newest(ada: Identity, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(social, "MAX_TIES", 200)
    monkeypatch.setattr(social, "MAX_FAMILIAR", 200)
    zoe = await make_person(await make_domain("b.test"), "zoe")
    for number in (1, CROWD - 1, CROWD):
        await follow(await Identity.objects.aget(pk=number), zoe)
    await vacuum()
    async with measured(monkeypatch) as costs:
        assert await social.familiar_followers(ada, [zoe.pk, 7]) == {zoe.pk: [CROWD, CROWD - 1], 7: []}
        assert await social.count_ties_with_host(ada, "s3") == (10, 10)
    worst = max(costs, key=lambda cost: cost.most_rows)
    assert worst.most_rows <= 450, worst


async def test_counts_are_repaired_a_bounded_number_of_rows_at_a_time(
    ada: Identity, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(counters, "MAX_COUNTED", 300)
    popular, other = await make_post(ada, likes_count=CROWD), await make_post(ada, likes_count=7)
    for post, likes in ((popular, CROWD), (other, 50)):
        await sql.run(
            """INSERT INTO activities_like (created_at, post_id, identity_id, uri, id)
               SELECT now(), %s, n, '', n + %s FROM generate_series(1, %s) n""",
            [post.pk, post.pk, likes],
        )
    await vacuum()
    async with measured(monkeypatch) as costs:
        assert await counters.repair_post_counts(window=100) > 0
    assert (await Post.objects.aget(pk=other.pk)).likes_count == 50
    assert (await Post.objects.aget(pk=popular.pk)).likes_count == CROWD, "more than is counted stays"
    worst = max(costs, key=lambda cost: cost.most_rows)
    assert worst.most_rows <= 450, worst
