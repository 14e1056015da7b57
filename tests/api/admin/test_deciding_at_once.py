"""Two of the staff who decide about one sign-up at the same moment: one decision counts."""

import asyncio

import httpx
import pytest

from tests.api.admin.test_accounts import FIRST, Staff, asks, staff
from tests.api.support.world import World
from users.audit.models import Act, AuditEntry
from users.identities.models import Identity
from users.logins.models import Mail, User

pytestmark = pytest.mark.anyio

__all__ = ["staff"]


async def decide(staff: Staff, user: User, *acts: str) -> list[httpx.Response]:
    people = (staff.owner, staff.mod)
    return await asyncio.gather(
        *(people[n % 2].ask("POST", f"{FIRST}/{user.pk}/{act}") for n, act in enumerate(acts))
    )


async def acts_on(user: User) -> list[str]:
    decisions = (Act.approve_sign_up, Act.refuse_sign_up)
    return [entry.act async for entry in AuditEntry.objects.filter(act__in=decisions, target_id=user.pk)]


@pytest.mark.parametrize("acts", [("approve", "reject"), ("reject", "approve")])
async def test_somebody_is_let_in_or_refused(world: World, staff: Staff, acts: tuple[str, str]) -> None:
    for number in range(4):
        user = await asks(world.domain, f"one{number}")
        answers = await decide(staff, user, *acts)
        assert sorted(answer.status_code for answer in answers) in ([200, 403], [200, 404]), answers
        decided = acts[[answer.status_code for answer in answers].index(200)]
        is_in = decided == "approve"
        assert await Identity.objects.filter(username=f"one{number}").aexists() == is_in
        assert await User.objects.filter(pk=user.pk).aexists() == is_in
        assert await acts_on(user) == [Act.approve_sign_up if is_in else Act.refuse_sign_up]
        assert await Mail.objects.filter(recipient=user.email).acount() == 1


async def test_two_who_agree_let_somebody_in_once(world: World, staff: Staff) -> None:
    user = await asks(world.domain, "one")
    answers = await decide(staff, user, "approve", "approve")
    assert 200 in {answer.status_code for answer in answers}
    assert await Identity.objects.filter(username="one").acount() == 1
    assert await acts_on(user) == [Act.approve_sign_up]
    assert await Mail.objects.filter(recipient=user.email).acount() == 1


async def test_two_who_refuse_delete_a_login_once(world: World, staff: Staff) -> None:
    user = await asks(world.domain, "one")
    answers = await decide(staff, user, "reject", "reject")
    assert 200 in {answer.status_code for answer in answers}
    assert not await User.objects.filter(pk=user.pk).aexists()
    assert await acts_on(user) == [Act.refuse_sign_up]
    assert await Mail.objects.filter(recipient=user.email).acount() == 1
