"""Deleting an account with years of posts behind it: in bounded pieces that resume."""

from typing import Any

import pytest

from activities.posts.models import Post, PostGraph, Visibility
from activities.publishing.services import removal
from core.db import async_atomic, batches, sql
from federation.models import Delivery
from tests.activities.growth import write_many
from tests.activities.people import make_post
from tests.api.support.world import World, make_world
from tests.support.plans import measured, vacuum
from tests.users.support import fresh
from users.identities.handlers import continue_deletion, start_deletion
from users.identities.models import Identity, IdentityGraph
from users.identities.services.profiles import delete_identity
from users.identities.services.remote_actors import delete_gone_actor
from users.relations import handlers as relation_handlers

pytestmark = [pytest.mark.anyio, pytest.mark.slow]

_POSTS = 3000


@pytest.fixture
async def world(client: Any, monkeypatch: pytest.MonkeyPatch) -> World:
    """Both Ada and Rob wrote 3,000 posts, boosted 300, and liked as many; 300 people follow them."""
    for module in _modules_with_batches():
        monkeypatch.setattr(module, "BATCH_SIZE", 200)
    world = await make_world(client)
    await sql.run(
        """INSERT INTO users_identity SELECT made.*
           FROM users_identity i, generate_series(1, 300) n,
                jsonb_populate_record(i, jsonb_build_object('id', i.id + n, 'uri', i.uri || n, 'username', i.username || n, 'following_count', 2)) made
           WHERE i.id = %(rob)s""",
        {"rob": world.remote.pk},
    )
    template = await make_post(world.bea.me, likes_count=2, boosts_count=2)
    await write_many(world.bea.me, 300, likes_count=2, boosts_count=2)
    for place, who in enumerate((world.ada.me, world.remote)):
        # with text, as posts have: in a small table the planner would rather read and sort all of it
        await write_many(who, _POSTS, content=f"<p>{'word ' * 200}</p>")
        parameters = {
            "who": who.pk,
            "rob": world.remote.pk,
            "template": template.pk,
            "bea": world.bea.me.pk,
            "base": 1000 * place,
        }
        await sql.run(
            """INSERT INTO activities_like (id, identity_id, post_id, uri, created_at)
               SELECT %(base)s + row_number() OVER (), %(who)s, p.id, '', now() FROM activities_post p
               WHERE p.author_id = %(bea)s AND p.id > %(template)s""",
            parameters,
        )
        boost = await make_post(who, boost_of=template)
        await sql.run(
            """INSERT INTO activities_post SELECT made.*
               FROM activities_post b, (SELECT id, row_number() OVER () AS place FROM activities_post
                                        WHERE author_id = %(bea)s AND id > %(template)s) p,
                                             jsonb_populate_record(b, jsonb_build_object('id', b.id + p.place, 'uri', b.uri || '/' || p.place, 'boost_of_id', p.id)) made
                                        WHERE b.id = %(boost)s""",
            {**parameters, "boost": boost.pk},
        )
        await sql.run(
            """INSERT INTO users_follow (id, source_id, target_id, accepted_at, created_at, shows_boosts, notifies, uri)
               SELECT %(base)s + row_number() OVER (), i.id, %(who)s, now(), now(), true, false, '' FROM users_identity i
               WHERE i.id > %(rob)s AND i.id <= %(rob)s + 300""",
            parameters,
        )
    await vacuum()
    return world


def _modules_with_batches() -> list[Any]:

    return [batches, removal, relation_handlers]


@pytest.mark.parametrize("is_local", [True, False])
async def test_removal_resumes_where_it_stopped(
    world: World, monkeypatch: pytest.MonkeyPatch, is_local: bool
) -> None:
    who = world.ada.me if is_local else world.remote
    if is_local:
        await delete_identity(identity=who)
    else:
        await delete_gone_actor(who.uri)
    ways, rounds = {"deleted": start_deletion, "emptying": continue_deletion}, 0
    left = [_POSTS + 301]
    while (now := await fresh(who)).state in ways:
        assert now.deleted_at is not None
        rounds += 1
        async with measured(monkeypatch) as costs, async_atomic():
            (outcome,) = (await ways[now.state]([now])).values()
            assert outcome.state is not None or not outcome.is_attempt
            if outcome.state is not None:
                await Identity.objects.filter(pk=who.pk).aupdate(state=outcome.state.name)
        # no statement looks at more than a few pieces, however much was removed before
        assert max(cost.most_rows for cost in costs) <= 700, max(costs, key=lambda cost: cost.most_rows)
        left.append(await Post.objects.filter(author=who.pk, deleted_at=None).acount())
    assert now.state == IdentityGraph.gone
    assert left == [max(0, _POSTS + 301 - 200 * number) for number in range(len(left))]
    assert left[-1] == 0
    assert rounds == len(left) - 1 == 17
    assert await sql.value("SELECT count(*) FROM activities_like WHERE identity_id = %s", [who.pk]) == 0
    assert await sql.value("SELECT count(*) FROM users_follow WHERE target_id = %s", [who.pk]) == 0
    assert await sql.rows(
        "SELECT DISTINCT likes_count, boosts_count FROM activities_post WHERE author_id = %s AND id > %s",
        [world.bea.me.pk, (await Post.objects.filter(author=world.bea.me.pk).order_by("id").afirst()).pk],
    ) == [(1, 1)]
    assert await sql.column(
        "SELECT DISTINCT following_count FROM users_identity WHERE id > %s AND id <= %s + 300",
        [world.remote.pk, world.remote.pk],
    ) == [1]
    # the Delete left once, with the first piece
    assert await Delivery.objects.acount() == (1 if is_local else 0)


async def test_replies_and_quotes_of_a_deleted_account_are_not_counted(client: Any) -> None:
    world = await make_world(client)
    mine = await make_post(world.bea.me, replies_count=3, quotes_count=2, boosts_count=1)
    for number in range(2):
        await make_post(world.remote, in_reply_to=mine)
        await make_post(
            world.remote, quote_of=mine, quote_state="accepted" if number else "pending", quote_uri=mine.uri
        )
    await make_post(world.remote, Visibility.followers, in_reply_to=mine)  # was not counted
    await make_post(world.remote, in_reply_to=mine, state=PostGraph.held.name)  # nor this
    await make_post(world.remote, boost_of=mine, state=PostGraph.held.name)
    await delete_gone_actor(world.remote.uri)
    await start_deletion([await fresh(world.remote)])
    now = await Post.objects.aget(pk=mine.pk)
    assert (now.replies_count, now.quotes_count, now.boosts_count) == (1, 1, 1)
