"""Blocking a host that very many followers are on: they are removed in pieces that resume."""

import pytest

from core.db import async_atomic, sql
from tests.support.plans import measured, vacuum
from tests.users.support import make_domain, make_many, make_person, make_remote, sent
from users.relations.handlers import remove_blocked_followers
from users.relations.models import Follow, HostBlock, HostBlockGraph
from users.relations.services import following, social

pytestmark = pytest.mark.anyio


class _KilledError(Exception):
    pass


async def _go_on(*, is_killed: bool = False) -> bool:
    """What the worker does with a block that is due; return whether it will do so again."""
    async with async_atomic():
        block = await HostBlock.objects.aget()
        [outcome] = (await remove_blocked_followers([block])).values()
        if is_killed:
            raise _KilledError
        return outcome.state is None


@pytest.mark.slow
async def test_followers_on_a_blocked_host_are_removed_in_pieces(
    db: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What one piece did stays done when the worker dies in the next, and everyone is told once."""
    monkeypatch.setattr(social, "FOLLOWERS_SCANNED", 4)
    monkeypatch.setattr(social, "FOLLOWERS_REMOVED", 2)
    ada = await make_person(await make_domain())
    for number in range(12):
        bob = await make_remote(f"bob{number}", f"s{number // 3 % 2}.example")
        await following.follow(source=bob, target_id=ada.pk, uri=f"{bob.uri}/f")
    before = len(await sent())
    await social.block_host(identity=ada, host="s1.example")
    assert (await HostBlock.objects.aget()).state == HostBlockGraph.parting
    assert await Follow.objects.acount() == 10
    with pytest.raises(_KilledError):
        await _go_on(is_killed=True)
    assert await Follow.objects.acount() == 10
    while await _go_on():
        pass
    assert {row.source.host async for row in Follow.objects.select_related("source")} == {"s0.example"}
    told = (await sent())[before:]
    assert [kind for kind, _, _ in told] == ["Reject"] * 6
    assert len({document["object"]["actor"] for _, _, document in told}) == 6
    await social.unblock_host(identity=ada, host="s1.example")
    await social.block_host(identity=ada, host="s2.example")
    while await _go_on():
        pass
    await social.unblock_host(identity=ada, host="s2.example")


async def test_a_host_without_followers_is_done_at_once(db: None) -> None:
    ada = await make_person(await make_domain())
    await social.block_host(identity=ada, host="s1.example")
    block = await HostBlock.objects.aget()
    assert (block.state, block.state_due_at) == (HostBlockGraph.parted, None)


@pytest.mark.slow
async def test_no_piece_looks_at_all_followers(db: None, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(social, "FOLLOWERS_SCANNED", 100)
    monkeypatch.setattr(social, "FOLLOWERS_REMOVED", 3)
    ada = await make_person(await make_domain(), "ada")
    await make_many(20_000)
    await sql.run("UPDATE users_identity SET host = host || '.example' WHERE domain_id IS NULL")
    await sql.run(
        """INSERT INTO users_follow (id, source_id, target_id, uri, shows_boosts, notifies, created_at, accepted_at)
           SELECT n, n, %s, '', true, false, now(), now() FROM generate_series(1, 20000) n""",
        [ada.pk],
    )
    await vacuum()
    async with measured(monkeypatch) as costs:
        await social.block_host(identity=ada, host="s1.example")
    assert max(cost.most_rows for cost in costs) <= 300
    assert await Follow.objects.acount() == 20_000 - 3
