"""Signing up: closed unless a domain says otherwise, and nobody learns who has a login."""

import datetime as dt
import re

import pytest

from core import clock
from core.errors import BadInput, NotAllowed, TooMany
from core.ratelimit import limiter
from tests.support.post_office import PostOffice
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
def _limits() -> None:
    limiter._windows.clear()


async def _token(post: PostOffice) -> str:
    found = re.search(r"/confirm/(\S+)", await post.last_text())
    assert found
    return found[1]


async def _open(mode: SignUpMode = SignUpMode.open) -> Domain:
    return await make_domain("example.com", sign_up_mode=mode)


async def test_a_new_domain_takes_nobody(db: None) -> None:
    with pytest.raises(NotAllowed):
        await sign_up.sign_up(domain=await make_domain("example.com"), **NEW)
    assert not await User.objects.aexists()


async def test_an_open_domain_takes_people_once_they_confirmed(db: None, post: PostOffice) -> None:
    identity = await sign_up.sign_up(domain=await _open(), **NEW)
    assert identity is not None
    assert identity.handle == "newbie@example.com"
    who = {"email": NEW["email"], "password": NEW["password"], "address": "10.0.0.1", "user_agent": ""}
    with pytest.raises(NotAllowed):
        await logins.sign_in(**who)
    token = await _token(post)
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
    db: None, post: PostOffice
) -> None:
    domain = await _open()
    await make_user("New@example.org")
    assert await sign_up.sign_up(domain=domain, **NEW) is None
    assert "already" in await post.last_text()
    assert await Identity.objects.acount() == 0


async def test_bad_names_and_passwords_are_refused_before_anything_is_made(
    db: None, post: PostOffice
) -> None:
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
    assert await post.arrived() == []


async def test_approval_waits_for_a_moderator(db: None, post: PostOffice) -> None:
    await sign_up.sign_up(domain=await _open(SignUpMode.approval), **NEW)
    user = await sign_up.confirm(token=await _token(post))
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
