"""Spreading of posts to very many people here: in pieces that resume, each of them once."""

from typing import Any

import pytest

from activities.notifications.models import Notification
from activities.polls.models import PollVote
from activities.posts import events, handlers
from activities.posts.models import Post, QuoteState, Spread
from activities.posts.services import spreading
from activities.streaming import queries as streams
from activities.streaming import services as streaming
from activities.tags.models import FollowedTag, Hashtag, PostTag
from activities.timelines.models import HomeEntry
from core.db import async_atomic, sql
from tests.activities.people import follow, make_local, make_post
from tests.support.plans import measured, vacuum
from tests.users.support import make_domain, make_many, make_person
from users.domains.models import Domain
from users.identities.models import Identity

pytestmark = pytest.mark.anyio

CROWD = 8


@pytest.fixture
async def domain(db: None, monkeypatch: pytest.MonkeyPatch) -> Domain:
    monkeypatch.setattr(spreading, "FIRST_BATCH_SIZE", 2)
    monkeypatch.setattr(spreading, "BATCH_SIZE", 3)
    return await make_domain()


@pytest.fixture
async def ada(domain: Domain) -> Identity:
    return await make_person(domain)


@pytest.fixture
async def crowd(domain: Domain) -> list[Identity]:
    return [await make_local(f"bob{number}", domain) for number in range(CROWD)]


async def spread_one_piece() -> bool:
    """What the worker does once; return whether anything was left to do."""
    rows = [row async for row in Spread.objects.filter(state="spreading").order_by("pk")[:5]]
    async with async_atomic():
        outcomes = await handlers.continue_spreads(rows) if rows else {}
        for pk, outcome in outcomes.items():
            assert outcome.state is not None or not outcome.is_attempt
            if outcome.state is not None:
                await Spread.objects.filter(pk=pk).aupdate(state=outcome.state.name)
    return bool(rows)


async def told(kind: str) -> list[int]:
    return [pk async for pk in Notification.objects.filter(kind=kind).values_list("identity", flat=True)]


async def at_home(post: Post) -> list[int]:
    return [pk async for pk in HomeEntry.objects.filter(post=post).values_list("identity", flat=True)]


async def test_followers_have_a_post_at_home_and_those_with_the_bell_hear_of_it(
    ada: Identity, crowd: list[Identity]
) -> None:
    for number, one in enumerate(crowd):
        await follow(one, ada, notifies=number % 2 == 0)
    post = await make_post(ada)
    await events.on_posts_published.emit([post.pk])
    latest = {one.pk for one in crowd[-2:]}
    assert set(await at_home(post)) == {ada.pk, *latest}, "the latest followers at once"
    assert set(await told("status")) == {crowd[6].pk}
    await spread_one_piece()
    assert len(await at_home(post)) == 6
    while await spread_one_piece():
        pass
    assert sorted(await at_home(post)) == sorted([ada.pk, *(one.pk for one in crowd)])
    assert sorted(await told("status")) == sorted(one.pk for one in crowd[::2])


async def test_a_boost_and_several_posts_of_several_authors_reach_all_homes(
    ada: Identity, domain: Domain, crowd: list[Identity]
) -> None:
    eve = await make_person(domain, "eve")
    for one in crowd:
        await follow(one, ada)
    for one in crowd[:3]:
        await follow(one, eve)
    post, other = await make_post(ada), await make_post(eve)
    boost = await make_post(ada, boost_of=await make_post(await make_person(domain, "zoe")))
    await events.on_posts_published.emit([post.pk, other.pk, boost.pk])
    while await spread_one_piece():
        pass
    everyone = sorted([ada.pk, *(one.pk for one in crowd)])
    assert sorted(await at_home(post)) == everyone
    assert sorted(await at_home(boost)) == everyone
    assert sorted(await at_home(other)) == sorted([eve.pk, *(one.pk for one in crowd[:3])])


@pytest.mark.slow
async def test_voters_boosters_and_quoters_are_told_once(ada: Identity, crowd: list[Identity]) -> None:
    post = await make_post(ada)
    for one in crowd:
        for choice in (0, 1):
            await PollVote.objects.acreate(post=post, identity=one, choice=choice)
        await make_post(one, boost_of=post)
        await make_post(one, quote_of=post, quote_state=QuoteState.accepted)
    await make_post(
        await make_person(await Domain.objects.aget(), "eve"), quote_of=post, quote_state=QuoteState.pending
    )
    await events.on_polls_closed.emit([post.pk])
    await events.on_posts_edited.emit([post.pk])
    kinds = ("poll", "update", "quoted_update")
    assert [len(await told(kind)) for kind in kinds] == [2, 2, 1], (
        "the latest at once, and the author of the poll"
    )
    while await spread_one_piece():
        pass
    everyone = sorted(one.pk for one in crowd)
    assert [sorted(await told(kind)) for kind in kinds] == [[ada.pk, *everyone], everyone, everyone]
    assert not await Spread.objects.exclude(state="done").aexists()


async def test_distribution_stops_when_the_post_is_deleted(ada: Identity, crowd: list[Identity]) -> None:
    for one in crowd:
        await follow(one, ada)
    post = await make_post(ada)
    await events.on_posts_published.emit([post.pk])
    await sql.run("UPDATE activities_post SET deleted_at = now() WHERE id = %s", [post.pk])
    while await spread_one_piece():
        pass
    assert len(await at_home(post)) == 3


async def test_a_follower_of_author_and_hashtag_gets_a_post_once(
    ada: Identity, crowd: list[Identity], monkeypatch: pytest.MonkeyPatch
) -> None:
    said: list[str] = []

    async def publish(channel: str, texts: list[str]) -> None:
        said.extend(texts)

    monkeypatch.setattr(streaming, "publish", publish)
    for one in crowd:
        await follow(one, ada)
    post = await make_post(ada)
    tag = await Hashtag.objects.acreate(name="cats")
    await PostTag.objects.acreate(post=post, hashtag=tag)
    await FollowedTag.objects.acreate(identity=crowd[0], hashtag=tag)
    await events.on_posts_published.emit([post.pk])
    people = [one.pk for one in crowd]
    heard = list(await streams.in_homes([post.pk], people))
    said.clear()
    while await spread_one_piece():
        for text in said:
            post_id, after, before = map(int, text.removeprefix("at_home ").split(":"))
            heard += await streams.newly_in_homes([events.FollowersPiece(post_id, after, before)], people)
        said.clear()
    assert sorted(heard) == [(post.pk, one) for one in sorted(people)]


@pytest.mark.slow
async def test_no_statement_reads_everyone(db: None, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(spreading, "FIRST_BATCH_SIZE", 100)
    monkeypatch.setattr(spreading, "BATCH_SIZE", 100)
    domain = await make_domain()
    ada = await make_person(domain, "ada")
    await make_many(10_000)
    await sql.run(
        "UPDATE users_identity SET domain_id = %s, host = 'home.test' WHERE id <= 10000", [domain.pk]
    )
    post = await make_post(ada)
    crowds: dict[str, tuple[str, Any]] = {
        "users_follow": (
            "target_id, shows_boosts, notifies, accepted_at, source_id, uri, id",
            f"{ada.pk}, true, true, now(), n, ''",
        ),
        "activities_pollvote": ("post_id, choice, identity_id, uri, id", f"{post.pk}, 0, n, ''"),
    }
    for table, (columns, values) in crowds.items():
        await sql.run(
            f"INSERT INTO {table} (created_at, {columns}) SELECT now(), {values}, n FROM generate_series(1, 10000) n"
        )
    await sql.run(
        """INSERT INTO activities_post SELECT made.*
           FROM activities_post p, generate_series(1, 4000) n,
                jsonb_populate_record(p, to_jsonb(p) || jsonb_build_object('id', n, 'author_id', n,
               'uri', 'https://home.test/' || n, 'boost_of_id', CASE WHEN n <= 500 THEN p.id END,
               'quote_of_id', CASE WHEN n BETWEEN 501 AND 1000 THEN p.id END, 'quote_state', 'accepted')) made WHERE p.id = %s""",
        [post.pk],
    )
    await vacuum()
    async with measured(monkeypatch) as costs:
        await events.on_posts_published.emit([post.pk])
        await events.on_posts_edited.emit([post.pk])
        await events.on_polls_closed.emit([post.pk])
        assert await Spread.objects.acount() == 4
        await spread_one_piece()
    assert await HomeEntry.objects.filter(post=post).acount() == 201
    worst = max(costs, key=lambda cost: cost.most_rows)
    assert worst.most_rows <= 450, worst
