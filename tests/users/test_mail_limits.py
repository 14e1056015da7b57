"""How many mails strangers can cause to one mailbox: all that leave without its owner's password count together."""

import datetime as dt
from contextlib import suppress

import pytest

from core import clock
from core.errors import BadInput, TooMany
from tests.users.support import make_domain, make_user
from users.domains.models import Domain, SignUpMode
from users.logins.models import Mail, SignUp, User
from users.logins.services import logins, sign_up

pytestmark = [pytest.mark.anyio, pytest.mark.slow]
EMAIL = "victim@example.org"


@pytest.fixture
async def domain(db: None, monkeypatch: pytest.MonkeyPatch) -> Domain:
    async def fast(password: str, *, salt: str) -> str:
        return "scrypt$"

    monkeypatch.setattr(sign_up, "hash_password", fast)
    return await make_domain("example.com", sign_up_mode=SignUpMode.open)


async def _sign_up(domain: Domain, number: int, email: str = EMAIL) -> User | None:
    return await sign_up.make_login(
        domain=domain, email=email, password="correct horse battery", username=f"n{number}"
    )


async def _mails() -> int:
    return await Mail.objects.filter(recipient__istartswith="victim").acount()


async def test_a_bad_name_counts_too(domain: Domain) -> None:
    for number in range(10):
        with pytest.raises(BadInput):
            await sign_up.sign_up(
                domain=domain, email=EMAIL, password="correct horse battery", username="admin",
                address=f"10.0.{number}.1",
            )  # fmt: skip
    with pytest.raises(TooMany):
        await _sign_up(domain, 1)


@pytest.mark.parametrize("known", [True, False])
async def test_sign_ups_mails_that_come_again_and_resets_count_together(domain: Domain, known: bool) -> None:
    """Many logins that ask for the mail again send no more of them than one does, and the owner can still choose a new password."""
    if known:
        await make_user(EMAIL)
    others = [await _sign_up(domain, number, f"x{number}@example.org") for number in range(12)]
    for number in range(6):
        await _sign_up(domain, 100 + number)
    for other in others:
        assert other is not None
        with suppress(TooMany, BadInput):
            await sign_up.confirm_again(user=other, domain=domain, email=EMAIL)
    if not known:
        async for user in User.objects.filter(email=EMAIL):
            with pytest.raises(TooMany):
                await sign_up.confirm_again(user=user, domain=domain)
    assert await _mails() == (6 if known else 10)
    for _ in range(2):
        await logins.request_reset(email=EMAIL, domain=domain, address="10.1.0.1")
    with pytest.raises(TooMany):
        await logins.request_reset(email=EMAIL, domain=domain, address="10.1.0.1")
    assert await _mails() == (8 if known else 12)


async def test_what_stands_after_a_plus_is_the_same_mailbox(domain: Domain) -> None:
    sent = 0
    for number in range(12):
        with suppress(TooMany):
            await _sign_up(domain, number, f"Victim+{number}@example.org")
            sent += 1
    assert (sent, await _mails()) == (10, 10)


async def test_a_day_has_fewer_of_them_than_its_hours(domain: Domain) -> None:
    sent = 0
    for number in range(60):
        with clock.shifted(dt.timedelta(minutes=20 * number)), suppress(TooMany):
            await _sign_up(domain, number)
            sent += 1
    assert sent == 30
    assert await SignUp.objects.acount() == 30
