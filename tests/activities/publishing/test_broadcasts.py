"""Activities with very many recipients: sent in pieces that resume, to each inbox once, and in the author's order."""

import datetime as dt
from collections.abc import Sequence
from typing import Any

import pytest

from activities.posts import handlers
from activities.posts.models import Bookmark, Broadcast, Like, Mention, Post, Visibility
from activities.posts.queries import delivery
from activities.posts.services import spreading
from activities.publishing.handlers import fan_out as fan_outs
from activities.publishing.services.interactions import pin, unpin
from activities.timelines.models import HomeEntry
from core import clock
from core.db import async_atomic, batches, sql
from federation.models import OutgoingActivity
from tests.activities.people import follow, make_post, make_remote
from tests.support.plans import measured, vacuum
from tests.support.posts import delete_post, edit_post, write_post
from tests.users.support import make_domain, make_many, make_person, sent
from users.identities.models import Identity

pytestmark = pytest.mark.anyio

_WAYS: dict[str, Any] = {
    "new": fan_outs.fan_out,
    "edited": fan_outs.publish_edit,
    "deleted": fan_outs.publish_deletion,
    "emptying": fan_outs.continue_emptying,
    "telling": handlers.continue_broadcasts,
}


async def step(rows: Sequence[Any]) -> None:
    """What the worker does with due rows of one state, in one transaction."""
    async with async_atomic():
        outcomes = await _WAYS[rows[0].state](list(rows))
        for row in rows:
            outcome = outcomes[row.pk] if isinstance(outcomes, dict) else outcomes
            assert outcome.state is not None or not outcome.is_attempt
            if outcome.state is not None:
                await type(row).objects.filter(pk=row.pk).aupdate(state=outcome.state.name)


async def telling() -> list[Broadcast]:
    return [row async for row in Broadcast.objects.filter(state="telling").order_by("-pk")]


async def tell_everyone() -> int:
    """Return how many pieces it took."""
    rounds = 0
    while rows := await telling():
        await step(rows)
        rounds += 1
    return rounds


async def do(post: Post) -> Post:
    """Have the worker do what the post's state asks for, once."""
    await post.arefresh_from_db()
    await step([post])
    await post.arefresh_from_db()
    return post


@pytest.fixture
async def ada(db: None, monkeypatch: pytest.MonkeyPatch) -> Identity:
    """Eight people on five servers follow her."""
    monkeypatch.setattr(delivery, "FIRST_BATCH_SIZE", 2)
    monkeypatch.setattr(delivery, "BATCH_SIZE", 3)
    ada = await make_person(await make_domain())
    for number in range(8):
        await follow(await make_remote(f"bob{number}", f"s{number % 5}.test"), ada)
    return ada


SERVERS = [f"https://s{number}.test/inbox" for number in range(5)]


class _KilledError(Exception):
    pass


async def _die_in_a_step() -> None:
    async with async_atomic():
        await step(await telling())
        raise _KilledError


async def test_a_post_goes_to_every_server_once(ada: Identity) -> None:
    post = await do(await write_post(author=ada, text="x", visibility=Visibility.public))
    assert post.state == "fanned_out"
    ((_, inboxes, _),) = await sent()
    assert inboxes == [SERVERS[1], SERVERS[2]]  # the latest followers at once
    await step(await telling())

    with pytest.raises(_KilledError):
        await _die_in_a_step()
    await tell_everyone()
    assert [(kind, inboxes) for kind, inboxes, _ in await sent()] == [("Create", SERVERS)]


@pytest.mark.slow
async def test_deliveries_behind_a_broadcast_are_due_when_it_ends(ada: Identity) -> None:
    """It does not wait for its own time; a worker hears of it at the commit."""
    post = await do(await write_post(author=ada, text="x", visibility=Visibility.public))
    await delete_post(author=ada, post_id=post.pk)
    post = await do(post)
    other = await do(await write_post(author=ada, text="z", visibility=Visibility.public))
    rows = list(reversed(await telling()))
    assert [row.post_id for row in rows] == [post.pk, post.pk, other.pk]

    async def put_off() -> None:
        await sql.run("UPDATE activities_broadcast SET state_due_at = now() + interval '1 hour'")
        await sql.run(
            "UPDATE activities_post SET state_due_at = now() + interval '1 hour' WHERE state = 'emptying'"
        )

    async def due() -> tuple[list[int], bool]:
        found = await sql.column(
            "SELECT id FROM activities_broadcast WHERE state = 'telling' AND state_due_at <= now() ORDER BY id"
        )
        return found, await Post.objects.filter(pk=post.pk, state_due_at__lte=clock.now()).aexists()

    for number, row in enumerate(rows):
        await put_off()
        await row.arefresh_from_db()
        while row.state == "telling":
            assert await due() == ([], False)
            await step([row])
            await row.arefresh_from_db()
        behind = rows[number + 1 : number + 2]
        assert await due() == ([one.pk for one in behind], row.post_id == post.pk)

    await Broadcast.objects.all().adelete()
    two = [await do(await write_post(author=ada, text=text, visibility=Visibility.public)) for text in "ab"]
    first, second = reversed(await telling())
    assert [first.post_id, second.post_id] == [one.pk for one in two]
    await step([first])
    await step([await Broadcast.objects.aget(pk=first.pk)])
    first = await Broadcast.objects.aget(pk=first.pk)
    async with async_atomic():
        outcomes = await handlers.continue_broadcasts([first, second])
    assert outcomes[first.pk].state is not None
    assert outcomes[second.pk].after == dt.timedelta(), "in the same batch, too"


@pytest.mark.slow
async def test_activities_of_an_author_arrive_in_their_order(ada: Identity) -> None:
    """Edited, pinned, unpinned and deleted while its Create is on its way: no server hears of a later one first."""
    post = await do(await write_post(author=ada, text="x", visibility=Visibility.public))
    await edit_post(author=ada, post_id=post.pk, text="y")
    post = await do(post)
    await pin(identity=ada, post_id=post.pk)
    await unpin(identity=ada, post_id=post.pk)
    await delete_post(author=ada, post_id=post.pk)
    post = await do(post)
    assert post.state == "emptying"
    other = await do(await write_post(author=ada, text="z", visibility=Visibility.public))
    assert other.state == "fanned_out"
    await tell_everyone()
    kinds = ["Create", "Update", "Add", "Remove", "Delete", "Create"]
    assert [(kind, inboxes) for kind, inboxes, _ in await sent()] == [(kind, SERVERS) for kind in kinds]
    for inbox in SERVERS:  # the ids of deliveries are the order of a host's queue
        order = await sql.column(
            "SELECT activity_id FROM federation_delivery WHERE inbox = %s ORDER BY id", [inbox]
        )
        assert order == [row.pk async for row in OutgoingActivity.objects.order_by("pk")]


@pytest.mark.slow
async def test_audience_of_a_deletion_is_known_until_it_was_sent(
    ada: Identity,
) -> None:
    post = await do(await write_post(author=ada, text="x", visibility=Visibility.followers))
    await tell_everyone()
    await Post.objects.filter(pk=post.pk).aupdate(state="fanned_out")
    more = []
    for number in range(7):
        for kind in ("liked", "boosted", "replied", "quoted"):
            who = await make_remote(f"{kind}{number}", f"{kind}{number}.test")
            more.append(who.shared_inbox_url)
            if kind == "liked":
                await Like.objects.acreate(identity=who, post=post)
            else:
                column = {"boosted": "boost_of", "replied": "in_reply_to", "quoted": "quote_of"}[kind]
                await make_post(who, **{column: post})
    await delete_post(author=ada, post_id=post.pk)
    post = await do(post)
    post = await do(post)  # nothing is removed as long as somebody is to be told
    assert (post.state, await Like.objects.acount()) == ("emptying", 7)
    await tell_everyone()
    assert (await sent())[-1][:2] == ("Delete", sorted([*SERVERS, *more]))
    post = await do(post)
    assert post.state == "gone"
    assert not await Like.objects.aexists()
    assert not await Post.objects.filter(boost_of=post.pk, deleted_at=None).aexists()


@pytest.mark.slow
async def test_rows_of_a_deleted_post_are_removed_in_batches(
    ada: Identity, monkeypatch: pytest.MonkeyPatch
) -> None:
    for module in (batches, fan_outs):
        monkeypatch.setattr(module, "BATCH_SIZE", 3)
    monkeypatch.setattr(delivery, "FIRST_BATCH_SIZE", 50)
    post = await do(await write_post(author=ada, text="x", visibility=Visibility.public))
    who = [await make_person(ada.domain, f"cy{number}") for number in range(8)]
    for each in who:
        await Like.objects.acreate(identity=each, post=post)
        await Bookmark.objects.acreate(identity=each, post=post)
        await Mention.objects.acreate(identity=each, post=post)
        await HomeEntry.objects.acreate(identity=each, post=post)
        await make_post(each, boost_of=post)
    await Identity.objects.filter(pk__in=[each.pk for each in who]).aupdate(posts_count=1)
    await delete_post(author=ada, post_id=post.pk)
    seen = []
    while post.state != "gone":
        post = await do(post)
        seen.append(await Like.objects.acount())
    assert seen == [5, 2, 0, 0]  # her own home is a ninth
    for model in (Bookmark, Mention, HomeEntry):
        assert not await model.objects.filter(post=post).aexists()
    assert not await Post.objects.filter(boost_of=post.pk, deleted_at=None).aexists()
    assert not await Identity.objects.filter(posts_count__gt=0).exclude(pk=ada.pk).aexists()


@pytest.mark.slow
async def test_no_statement_reads_all_followers_or_all_likes_of_a_post(
    db: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(delivery, "FIRST_BATCH_SIZE", 100)
    monkeypatch.setattr(delivery, "BATCH_SIZE", 100)
    monkeypatch.setattr(spreading, "FIRST_BATCH_SIZE", 100)
    for module in (batches, fan_outs, spreading):
        monkeypatch.setattr(module, "BATCH_SIZE", 100)
    ada = await make_person(await make_domain(), "ada")
    await make_many(20_000)
    post = await write_post(author=ada, text="x", visibility=Visibility.public)
    for table, columns, values in (
        (
            "users_follow",
            "target_id, shows_boosts, notifies, accepted_at, id, source_id, uri",
            f"{ada.pk}, true, false, now()",
        ),
        ("activities_like", "post_id, id, identity_id, uri", f"{post.pk}"),
    ):
        await sql.run(
            f"""INSERT INTO {table} (created_at, {columns}) SELECT now(), {values}, n, n, '' FROM generate_series(1, 20000) n"""
        )
    await vacuum()
    async with measured(monkeypatch) as costs:
        post = await do(post)
        await step(await telling())
        await sql.run("DELETE FROM activities_broadcast")
        await delete_post(author=ada, post_id=post.pk)
        post = await do(post)
        await step(await telling())
        await sql.run("UPDATE activities_broadcast SET part = 5, before = NULL")
        await step(await telling())
        await sql.run("DELETE FROM activities_broadcast")
        post = await do(post)
    worst = max(costs, key=lambda cost: cost.most_rows)
    assert worst.most_rows <= 250, worst
    worst = max(costs, key=lambda cost: cost.buffers)
    assert worst.buffers <= 1000, worst
