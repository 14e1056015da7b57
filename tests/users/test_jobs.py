"""Periodic jobs of users."""

import datetime as dt

import pytest

from core import clock
from core.db import async_atomic, batches, own_connection, sql
from tests.support.queries import counted
from tests.users.support import fresh, make_domain, make_person, make_remote, make_user, sign_in
from users.identities import handlers as identity_handlers
from users.identities.models import Identity
from users.logins import handlers as login_handlers
from users.logins.models import Session
from users.relations import handlers as relation_handlers
from users.relations.models import Mute, RevokedActivity
from users.relations.services import following
from users.relations.services.revoked_activities import record_revoked, was_revoked

pytestmark = pytest.mark.anyio


async def test_ended_sessions_go_and_others_stay(db: None) -> None:
    user = await make_user()
    ended, _ = await sign_in(user)
    live, _ = await sign_in(user)
    await Session.objects.filter(pk=ended.pk).aupdate(expires_at=clock.now() - dt.timedelta(seconds=1))
    await login_handlers.remove_ended_sessions()
    assert [s.pk async for s in Session.objects.all()] == [live.pk]


async def test_notes_of_undone_activities_are_kept_for_two_days(db: None) -> None:
    now = clock.now()
    before, after = now - dt.timedelta(seconds=1), now + dt.timedelta(seconds=1)
    for said_at in (now, before):
        await record_revoked(
            "https://remote.example/1", actor_uri="https://remote.example/users/bob", said_at=said_at
        )
    await relation_handlers.remove_old_revoked_activities()
    assert [await was_revoked("https://remote.example/1", at) for at in (before, now, after)] == [
        True,
        False,
        False,
    ]
    with clock.shifted(dt.timedelta(days=3)):
        await relation_handlers.remove_old_revoked_activities()
    assert await RevokedActivity.objects.acount() == 0


async def test_only_followed_and_old_identities_are_refreshed(db: None) -> None:
    ada = await make_person(await make_domain())
    long_ago = clock.now() - dt.timedelta(days=3)
    old, stranger = await make_remote("old", fetched_at=long_ago), await make_remote("x", fetched_at=long_ago)
    new, gone = await make_remote("new"), await make_remote("gone", fetched_at=long_ago)
    for target in (old, new, gone):
        await following.follow(source=ada, target_id=target.pk)
    gone.deleted_at = clock.now()
    await gone.asave(update_fields=["deleted_at"])
    await relation_handlers.refresh_stale_identities()
    states = [(await fresh(identity)).state for identity in (old, stranger, new, gone)]
    assert states == ["outdated", "steady", "steady", "steady"]


async def test_unreferenced_remote_actors_are_deleted_after_a_month(db: None) -> None:
    ada = await make_person(await make_domain())
    long_ago = clock.now() - dt.timedelta(days=40)
    forgotten = await make_remote("forgotten", fetched_at=long_ago)
    followed, suspended = (
        await make_remote("followed", fetched_at=long_ago),
        await make_remote("suspended", fetched_at=long_ago, restriction=2),
    )
    seen_lately = await make_remote("lately")
    await following.follow(source=ada, target_id=followed.pk)
    assert await identity_handlers.remove_unreferenced_actors() == 1
    left = {identity.pk async for identity in Identity.objects.all()}
    assert forgotten.pk not in left
    assert left == {ada.pk, followed.pk, suspended.pk, seen_lately.pk}


async def test_what_has_ended_goes_in_pieces_without_reading_what_lasts(
    db: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    ada = await make_person(await make_domain())
    now = clock.now()
    lasting = [Mute(source=ada, target=await make_remote(f"a{number}")) for number in range(3)]
    ended = [
        Mute(source=ada, target=await make_remote(f"b{number}"), expires_at=now - dt.timedelta(hours=1))
        for number in range(5)
    ]
    await Mute.objects.abulk_create([*lasting, *ended])
    monkeypatch.setattr(batches, "BATCH_SIZE", 2)
    async with own_connection(), counted(monkeypatch) as statements:
        await relation_handlers.remove_ended_mutes()
    assert len([one for one in statements if one.startswith("DELETE")]) == 3
    assert [one.pk async for one in Mute.objects.order_by("pk")] == sorted(one.pk for one in lasting)
    async with async_atomic():
        await sql.run("SET LOCAL enable_seqscan = off")
        plan = await sql.column(
            "EXPLAIN SELECT ctid FROM users_mute WHERE expires_at < %(now)s LIMIT 1000", {"now": now}
        )
    assert "users_mute_expires" in str(plan)
