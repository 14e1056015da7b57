"""Signing up: closed unless a domain says otherwise, and nobody learns who has a login."""

import datetime as dt
import email
import re
from email.policy import default
from pathlib import Path

import pytest

from core import clock
from core.config import config
from core.errors import BadInput, NotAllowed, TooMany
from core.ratelimit import limiter
from tests.users.support import make_domain, make_person, make_user
from users.models import Domain, Identity, Role, SignUpMode, User
from users.queries import logins as reads
from users.services import logins, sign_up

pytestmark = [pytest.mark.anyio, pytest.mark.slow]
NEW = {
    "email": "new@example.org",
    "password": "correct horse battery",
    "username": "newbie",
    "address": "10.0.0.1",
}


@pytest.fixture(autouse=True)
def mails(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    limiter._windows.clear()
    monkeypatch.setattr(config(), "mail_url", f"file:{tmp_path}/mail")
    (tmp_path / "mail").mkdir()
    return tmp_path / "mail"


def _last(mails: Path) -> str:
    raw = sorted(mails.glob("*.eml"))[-1].read_bytes()
    return str(email.message_from_bytes(raw, policy=default).get_content())


def _token(mails: Path) -> str:
    found = re.search(r"/confirm/(\S+)", _last(mails))
    assert found
    return found[1]


async def _open(mode: SignUpMode = SignUpMode.open) -> Domain:
    return await make_domain("example.com", sign_up_mode=mode)


async def test_a_new_domain_takes_nobody(db: None) -> None:
    with pytest.raises(NotAllowed):
        await sign_up.sign_up(domain=await make_domain("example.com"), **NEW)
    assert not await User.objects.aexists()


async def test_an_open_domain_takes_people_once_they_confirmed(db: None, mails: Path) -> None:
    identity = await sign_up.sign_up(domain=await _open(), **NEW)
    assert identity is not None
    assert identity.handle == "newbie@example.com"
    who = {"email": NEW["email"], "password": NEW["password"], "address": "10.0.0.1", "user_agent": ""}
    with pytest.raises(NotAllowed):
        await logins.sign_in(**who)
    token = _token(mails)
    for forged in ("", "x", token[:-2] + "xx"):
        with pytest.raises(BadInput):
            await sign_up.confirm(token=forged)
    with clock.shifted(dt.timedelta(days=4)), pytest.raises(BadInput):
        await sign_up.confirm(token=token)
    await sign_up.confirm(token=token)
    await sign_up.confirm(token=token)
    session, _ = await logins.sign_in(**who)
    assert session.identity_id == identity.pk


async def test_somebody_who_has_a_login_gets_a_mail_and_the_stranger_learns_nothing(
    db: None, mails: Path
) -> None:
    domain = await _open()
    await make_user("New@example.org")
    assert await sign_up.sign_up(domain=domain, **NEW) is None
    assert "already" in _last(mails)
    assert await Identity.objects.acount() == 0


async def test_bad_names_and_passwords_are_refused_before_anything_is_made(db: None, mails: Path) -> None:
    domain = await _open()
    await make_person(domain, "taken")
    for wrong in (
        {"username": "TAKEN"},
        {"username": "admin"},
        {"username": "аda"},
        {"password": "short"},
        {"email": "x"},
    ):
        limiter._windows.clear()
        with pytest.raises(BadInput):
            await sign_up.sign_up(domain=domain, **{**NEW, **wrong})
    assert not await User.objects.aexists()
    assert list(mails.iterdir()) == []


async def test_approval_waits_for_a_moderator(db: None, mails: Path) -> None:
    await sign_up.sign_up(domain=await _open(SignUpMode.approval), **NEW)
    user = await sign_up.confirm(token=_token(mails))
    with pytest.raises(NotAllowed):
        await sign_up.approve(moderator=user, user_id=user.pk)
    moderator = await make_user("m@example.org", Role.moderator)
    assert (await sign_up.approve(moderator=moderator, user_id=user.pk)).approved_at is not None
    assert await reads.user_by_email(NEW["email"]) is not None


async def test_invitations_are_for_one_domain_and_some_days(db: None) -> None:
    domain = await _open(SignUpMode.invite)
    other = await make_domain("other.example", sign_up_mode=SignUpMode.invite)
    moderator = await make_user("m@example.org", Role.moderator)
    with pytest.raises(NotAllowed):
        sign_up.make_invite(domain=domain, user=await make_user("member@example.org"))
    address = sign_up.make_invite(domain=domain, user=moderator)
    base, _, invite = address.partition("/sign-up?invite=")
    assert base == "https://example.com"
    await sign_up.check_may_sign_up(domain=domain, invite=invite)
    for where, what in ((other, invite), (domain, invite + "x"), (domain, "x")):
        with pytest.raises(BadInput):
            await sign_up.check_may_sign_up(domain=where, invite=what)
    with pytest.raises(NotAllowed):
        await sign_up.check_may_sign_up(domain=domain)
    with clock.shifted(dt.timedelta(days=8)), pytest.raises(BadInput):
        await sign_up.check_may_sign_up(domain=domain, invite=invite)


async def test_one_address_signs_up_so_often(db: None) -> None:
    domain = await _open()
    for _ in range(10):
        with pytest.raises(BadInput):
            await sign_up.sign_up(domain=domain, **{**NEW, "username": "admin"})
    with pytest.raises(TooMany):
        await sign_up.sign_up(domain=domain, **NEW)
