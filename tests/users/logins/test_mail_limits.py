"""Limits of mails to one mailbox that anybody can cause: all that leave without its owner's password count together."""

import datetime as dt
import re
from contextlib import suppress
from typing import Any

import pytest

from core import clock
from core.db import async_atomic
from core.errors import BadInput
from tests.users.support import make_domain, make_user
from users.domains.models import Domain, SignUpMode
from users.logins.models import Mail, SignUp, User
from users.logins.services import admission, confirmation, logins, sign_up

pytestmark = [pytest.mark.anyio, pytest.mark.slow]
EMAIL = "victim@example.org"


@pytest.fixture
async def domain(db: None, monkeypatch: pytest.MonkeyPatch) -> Domain:
    async def fast(password: str, *, salt: str) -> str:
        return "scrypt$"

    monkeypatch.setattr(sign_up, "hash_password", fast)
    return await make_domain("example.com", sign_up_mode=SignUpMode.open)


async def _sign_up(domain: Domain, name: str, email: str = EMAIL) -> Any:
    return await sign_up.make_login(
        domain=domain, email=email, password="correct horse battery", username=name
    )


async def _mails() -> int:
    return await Mail.objects.filter(recipient__istartswith="victim").acount()


@pytest.mark.parametrize("name", ["admin", "taken", "no name"])
async def test_refused_mails_do_not_use_up_the_limit(domain: Domain, name: str) -> None:
    """Else an owner would get none, and has none whose link they could use instead."""
    await _sign_up(domain, "taken", "other@example.org")
    for number in range(30):
        with pytest.raises(BadInput):
            await sign_up.sign_up(
                domain=domain, email=EMAIL, password="correct horse battery", username=name,
                address=f"10.0.{number}.1",
            )  # fmt: skip
    assert await _mails() == 0
    await _sign_up(domain, "mine")
    assert await _mails() == 1


async def test_a_move_that_is_refused_uses_no_mail_up(domain: Domain) -> None:
    mover = await _sign_up(domain, "mover", "other@example.org")
    await make_user(EMAIL)
    for number in range(30):
        with clock.shifted(dt.timedelta(minutes=15 * number)), pytest.raises(BadInput):
            await sign_up.confirm_again(user=mover, domain=domain, email=EMAIL)
    await _sign_up(domain, "mine")
    assert await _mails() == 1


@pytest.mark.parametrize("known", [True, False])
async def test_sign_ups_repeated_mails_and_resets_are_limited_without_refusals(
    domain: Domain, known: bool
) -> None:
    """Many logins that ask for the mail again send no more of them than one does, and the owner can still choose a new password."""
    if known:
        await make_user(EMAIL)
    others = [await _sign_up(domain, f"x{number}", f"x{number}@example.org") for number in range(12)]
    for number in range(4):
        await _sign_up(domain, f"n{number}")
    for other in others:
        with suppress(BadInput):
            await sign_up.confirm_again(user=other, domain=domain, email=EMAIL)
    if not known:
        async for user in User.objects.filter(email=EMAIL):
            await sign_up.confirm_again(user=user, domain=domain)
    assert await _mails() == (4 if known else 6)
    for _ in range(6):
        await logins.request_reset(email=EMAIL, domain=domain, address="10.1.0.1")
    assert await _mails() == (7 if known else 9)
    mine = await _sign_up(domain, "mine")
    assert (mine is None) == known
    assert await _mails() == (8 if known else 9)
    assert known or await SignUp.objects.filter(username="mine").aexists()


async def test_known_and_unknown_addresses_make_the_same_rows(domain: Domain) -> None:
    """Also when no mail leaves: nothing tells the two apart."""
    await make_user("known@example.org")
    rows = {}
    for email in ("known@example.org", "new@example.org"):
        before = await Mail.objects.acount()
        for number in range(8):
            await _sign_up(domain, f"{email[:3]}{number}", email)
            await logins.request_reset(email=email, domain=domain, address=f"10.1.{number}.1")
        rows[email] = await Mail.objects.acount() - before
    assert set(rows.values()) == {16}


async def test_plus_addresses_share_a_limit_apart_from_the_plain_address(
    domain: Domain,
) -> None:
    """There may be any number of such addresses, and a link to one proves nothing about another."""
    for number in range(12):
        email = f"Victim+{number}@example.org"
        await _sign_up(domain, f"n{number}", email)
        await logins.request_reset(email=email, domain=domain, address=f"10.1.{number}.1")
    assert await _mails() == 3 + 3
    await _sign_up(domain, "mine")
    assert await _mails() == 7
    owner = await make_user("victim@example.org")
    await logins.request_reset(email=owner.email, domain=domain, address="10.1.0.1")
    assert await _mails() == 8


async def test_a_day_has_fewer_of_them_than_its_hours(domain: Domain) -> None:
    for number in range(60):
        with clock.shifted(dt.timedelta(minutes=20 * number)):
            await _sign_up(domain, f"n{number}")
    assert await _mails() == 20
    assert await SignUp.objects.acount() == 60


async def test_confirming_one_of_very_many_is_bounded(
    domain: Domain, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Those that are left can neither be confirmed nor signed in to, and end after a week."""
    monkeypatch.setattr(admission, "_MAX_FORGOTTEN", 3)
    users = [await _sign_up(domain, f"n{number}") for number in range(6)]
    link = (await Mail.objects.order_by("pk").afirst()).text
    await _confirm(users[1], domain)
    left = [user async for user in User.objects.filter(email=EMAIL).order_by("pk")]
    assert [user.pk for user in left] == [users[0].pk, users[1].pk, users[2].pk]
    token = re.search(r"/confirm/(\S+)", link)[1]
    with pytest.raises(BadInput):
        await confirmation.open_link(token)
    with pytest.raises(BadInput):
        await confirmation.confirm_with_new_password(
            token=token, password="another good one", address="10.0.0.1"
        )
    assert (await User.objects.aget(email=EMAIL, confirmed_at__isnull=False)).pk == users[1].pk


async def _confirm(user: User, domain: Domain) -> None:
    pair = await admission.key_pair_for(user)
    async with async_atomic():
        await admission.admit(user_id=user.pk, pair=pair, is_confirmed=True)
