"""Two of the staff who act at the same moment on one person, login, report, post or server: nothing deadlocks, and both are in the log."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import httpx
import pytest

from activities.posts.models import Post, Visibility
from activities.reports.services import acting
from core.db import own_connection, sql
from federation.models import DomainPolicy, Peer
from tests.api.admin.test_accounts import FIRST, Staff, staff
from tests.api.support.world import World
from tests.support.posts import write_post
from tests.users.support import make_person, make_user
from users.audit.models import AuditEntry
from users.identities.models import Identity, Restriction
from users.logins.models import User
from users.moderation.models import AccountWarning, Appeal, Report
from users.moderation.services import people
from users.moderation.services.appeals import decide_appeal
from users.moderation.services.domain_policies import Choice, remove_domain_policy, set_domain_policy

pytestmark = pytest.mark.anyio

__all__ = ["staff"]

ROUNDS = 8


@asynccontextmanager
async def no_deadlock() -> AsyncIterator[None]:
    """Fail if the database had to break a circle of locks: who loses is told of a conflict, so that answers alone may hide it."""
    async with own_connection():
        before = await _broken()
    yield
    async with own_connection():
        await sql.run("SELECT pg_stat_force_next_flush()")
        assert await _broken() == before, "there was a deadlock"


async def _broken() -> int:
    await sql.run("SELECT pg_stat_clear_snapshot()")
    return int(await sql.value("SELECT deadlocks FROM pg_stat_database WHERE datname = current_database()"))


async def acts(identity: Identity, act: str = "restrict_person") -> list[dict[str, object]]:
    found = AuditEntry.objects.filter(act=act, target_id=identity.pk, refusal="").order_by("pk")
    return [entry.details async for entry in found]


def done(answers: list[httpx.Response]) -> None:
    assert [answer.status_code for answer in answers] == [200] * len(answers), [one.text for one in answers]


async def act(staff: Staff, *wanted: tuple[Identity, dict[str, object] | str]) -> None:
    """Let the owner and a moderator act in turns, all at once."""
    asked = []
    for number, (identity, what) in enumerate(wanted):
        speaker = (staff.owner, staff.mod)[number % 2]
        if isinstance(what, str):
            asked.append(speaker.ask("POST", f"{FIRST}/{identity.pk}/{what}"))
        else:
            asked.append(speaker.ask("POST", f"{FIRST}/{identity.pk}/action", json=what))
    async with no_deadlock():
        done(await asyncio.gather(*asked))


async def test_one_suspends_and_the_other_limits(world: World, staff: Staff) -> None:
    for number in range(ROUNDS):
        ted = await make_person(world.domain, f"ted{number}", await make_user(f"ted{number}@example.org"))
        await act(staff, (ted, {"type": "suspend"}), (ted, {"type": "silence"}))
        ted = await Identity.objects.aget(pk=ted.pk)
        first, second = await acts(ted)
        assert {first["restriction"], second["restriction"]} == {"suspended", "limited"}
        assert second["before"] == first["restriction"], "the second saw what the first did"
        assert ted.restriction == Restriction[str(second["restriction"])]
        assert await AccountWarning.objects.filter(identity=ted).acount() == 2
        login = await User.objects.aget(email=f"ted{number}@example.org")
        assert login.is_restricted == (ted.restriction == Restriction.suspended)


@pytest.mark.parametrize("kind", ["silence", "suspend", "sensitive"])
async def test_they_act_on_two_identities_of_one_login(world: World, staff: Staff, kind: str) -> None:
    """An act on one identity changes the others of its login, which the other moderator has locked."""
    for number in range(ROUNDS):
        login = await make_user(f"ted{number}@example.org")
        both = [await make_person(world.domain, f"{name}{number}", login) for name in ("ted", "tod")]
        await act(staff, *((one, {"type": kind}) for one in both))
        shown = [await Identity.objects.aget(pk=one.pk) for one in both]
        if kind == "sensitive":
            assert all(one.is_sensitized for one in shown)
        else:
            wanted = Restriction.limited if kind == "silence" else Restriction.suspended
            assert {one.restriction for one in shown} == {wanted}
        act_of = "cover_media" if kind == "sensitive" else "restrict_person"
        for one in both:
            assert any("same_login" not in entry for entry in await acts(one, act_of))


async def test_one_limits_an_identity_and_the_other_frees_the_next(world: World, staff: Staff) -> None:
    for number in range(ROUNDS):
        login = await make_user(f"ted{number}@example.org")
        ted, tod = [await make_person(world.domain, f"{name}{number}", login) for name in ("ted", "tod")]
        await act(staff, (ted, {"type": "silence"}))
        await act(staff, (ted, "unsilence"), (tod, {"type": "silence"}))
        assert (await Identity.objects.aget(pk=tod.pk)).restriction == Restriction.limited


async def test_one_suspends_a_person_and_the_other_the_login(world: World, staff: Staff) -> None:
    owner = await User.objects.aget(email="olga@example.org")
    for number in range(ROUNDS):
        login = await make_user(f"ted{number}@example.org")
        ted = await make_person(world.domain, f"ted{number}", login)

        async def freeze(user: User = login) -> None:
            async with own_connection():
                await people.set_restricted(moderator=owner, user_id=user.pk, is_restricted=True)

        async with no_deadlock():
            _, answer = await asyncio.gather(
                freeze(), staff.mod.ask("POST", f"{FIRST}/{ted.pk}/action", json={"type": "suspend"})
            )
        done([answer])
        frozen = await User.objects.aget(pk=login.pk)
        assert (frozen.is_restricted, frozen.is_restricted_by_hand) == (True, True)
        assert len(await acts(ted)) == 1
        assert await AuditEntry.objects.filter(act="restrict_login", target_id=login.pk).acount() == 1


async def test_they_act_on_one_report(world: World, staff: Staff) -> None:
    for number in range(ROUNDS):
        ted = await make_person(world.domain, f"ted{number}", await make_user(f"ted{number}@example.org"))
        report = await Report.objects.acreate(target=ted, source=world.ada.me, comment="x", post_uris=[])
        path = f"/api/v1/admin/reports/{report.pk}"
        async with no_deadlock():
            done(
                await asyncio.gather(
                    staff.owner.ask("POST", f"{path}/resolve"),
                    staff.mod.ask("POST", f"{path}/assign_to_self"),
                    staff.owner.ask(
                        "POST",
                        f"{FIRST}/{ted.pk}/action",
                        json={"type": "suspend", "report_id": str(report.pk)},
                    ),
                    staff.mod.ask("POST", f"{path}/reopen"),
                )
            )
        kinds = [entry.act async for entry in AuditEntry.objects.filter(target_id=report.pk)]
        assert kinds.count("assign_report") == 1
        assert kinds.count("resolve_report") >= 2
        last = (
            await AuditEntry.objects.filter(target_id=report.pk, act="resolve_report")
            .order_by("-pk")
            .afirst()
        )
        assert last is not None
        after = await Report.objects.aget(pk=report.pk)
        assert (after.resolved_at is not None) == last.details["is_resolved"]


async def test_one_blocks_a_server_and_the_other_lifts_the_block(world: World, staff: Staff) -> None:
    blocks = "/api/v1/admin/domain_blocks"
    for number in range(ROUNDS):
        host = f"bad{number}.example"
        made = (await staff.owner.ask("POST", blocks, json={"domain": host, "severity": "suspend"})).json()
        async with no_deadlock():
            answers = await asyncio.gather(
                staff.owner.ask("DELETE", f"{blocks}/{made['id']}"),
                staff.owner.ask("PUT", f"{blocks}/{made['id']}", json={"severity": "silence"}),
            )
        codes = sorted(answer.status_code for answer in answers)
        assert codes in ([200, 200], [200, 404]), [one.text for one in answers]
        entries = [
            one.details
            async for one in AuditEntry.objects.filter(act="set_peer_policy", target_name=host).order_by("pk")
        ]
        assert len(entries) == 3 if codes == [200, 200] else 2
        peer = await Peer.objects.aget(host=host)
        assert peer.policy == entries[-1]["policy"]
        assert [one["before"] for one in entries[1:]] == [one["policy"] for one in entries[:-1]]


async def test_staff_of_a_domain_block_and_lift(world: World, staff: Staff) -> None:
    owner = await User.objects.aget(email="olga@example.org")
    for number in range(ROUNDS):
        host = f"bad{number}.example"
        row = await set_domain_policy(
            moderator=owner, domain=world.domain, host=host, choice=Choice(policy="blocked")
        )

        async def limit(name: str = host) -> None:
            async with own_connection():
                await set_domain_policy(
                    moderator=owner, domain=world.domain, host=name, choice=Choice(policy="limited")
                )

        async def lift(policy_id: int = row.pk) -> None:
            async with own_connection():
                await remove_domain_policy(moderator=owner, domain=world.domain, policy_id=policy_id)

        async with no_deadlock():
            await asyncio.gather(limit(), lift())
        entries = [one async for one in AuditEntry.objects.filter(target_name=host).order_by("pk")]
        assert len(entries) == 3
        is_set = await DomainPolicy.objects.filter(domain=world.domain, host=host).aexists()
        assert is_set == (entries[-1].act == "set_domain_policy")
        assert entries[-1].details["before"] == (
            "open" if entries[-2].act == "remove_domain_policy" else entries[-2].details["policy"]
        )


async def test_one_takes_a_mark_back_and_the_other_deletes_the_post(world: World, staff: Staff) -> None:
    owner = await User.objects.aget(email="olga@example.org")
    for number in range(ROUNDS):
        ted = await make_person(world.domain, f"ted{number}", await make_user(f"ted{number}@example.org"))
        post = await write_post(author=ted, text="words", visibility=Visibility.public)
        await Post.objects.filter(pk=post.pk).aupdate(is_sensitive=True)
        warning = await AccountWarning.objects.acreate(
            identity=ted, action="mark_statuses_as_sensitive", text="", post_ids=[post.pk]
        )
        appeal = await Appeal.objects.acreate(warning=warning, text="no")

        async def approve(appeal_id: int = appeal.pk) -> None:
            async with own_connection():
                await decide_appeal(moderator=owner, appeal_id=appeal_id, is_approved=True)

        async def delete(post_id: int = post.pk) -> None:
            async with own_connection():
                await acting.delete_post(moderator=owner, viewer=staff.owner.me, post_id=post_id)

        async with no_deadlock():
            await asyncio.gather(approve(), delete())
        assert (await Post.objects.aget(pk=post.pk)).deleted_at is not None
        assert (await Appeal.objects.aget(pk=appeal.pk)).is_approved
