"""Profile updates to the servers of followers: in pieces, however many followers there are."""

import pytest

from core.db import sql
from tests.support.plans import measured, vacuum
from tests.users.support import fresh, make_domain, make_many, make_person, make_remote, sent
from users.identities.services import profiles
from users.relations import handlers
from users.relations.handlers import announce_edits
from users.relations.services import following

pytestmark = pytest.mark.anyio


@pytest.mark.slow
async def test_an_edit_is_announced_in_pieces_and_once_to_each_server(
    db: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Between two pieces the worker may die: what was told stays told, and the rest follows. Another edit begins anew."""
    monkeypatch.setattr(handlers, "_FOLLOWERS_AT_ONCE", 3)
    ada = await make_person(await make_domain())
    for number in range(8):
        bob = await make_remote(f"bob{number}", f"s{number % 5}.example")
        await following.follow(source=bob, target_id=ada.pk, uri=f"{bob.uri}/f")
    servers = sorted(f"https://s{number}.example/inbox" for number in range(5))
    before = len(await sent())

    async def announce() -> bool:
        [outcome] = (await announce_edits([await fresh(ada)])).values()
        return outcome.state is None

    await profiles.edit_profile(identity=ada, name="First")
    assert [await announce(), await announce(), await announce()] == [True, True, False]
    ((_, inboxes, document),) = (await sent())[before:]
    assert (inboxes, document["object"]["name"]) == (servers, "First")
    await profiles.edit_profile(identity=ada, name="Second")
    assert await announce()
    await profiles.edit_profile(identity=ada, name="Third")
    assert [await announce(), await announce(), await announce()] == [True, True, False]
    *_, second, third = await sent()
    assert (second[2]["object"]["name"], len(second[1])) == ("Second", 3)
    assert (third[2]["object"]["name"], third[1]) == ("Third", servers)


@pytest.mark.slow
async def test_no_piece_of_an_announcement_reads_more_than_its_followers(
    db: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(handlers, "_FOLLOWERS_AT_ONCE", 100)
    ada = await make_person(await make_domain(), "ada")
    await make_many(20_000)
    await sql.run(
        """INSERT INTO users_follow (id, source_id, target_id, uri, shows_boosts, notifies, created_at, accepted_at)
           SELECT n, n, %s, '', true, false, now(), now() FROM generate_series(1, 20000) n""",
        [ada.pk],
    )
    await vacuum()
    changed = await profiles.edit_profile(identity=ada, name="New")
    for _ in range(2):  # the second has an activity to go on with
        async with measured(monkeypatch) as costs:
            [outcome] = (await announce_edits([changed])).values()
        assert outcome.state is None
        assert max(cost.most_rows for cost in costs) <= 200
        assert sum(cost.buffers for cost in costs) < 2000
        changed = await fresh(ada)
