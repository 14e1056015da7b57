"""Passwords that breaches show are refused wherever one is chosen, and hashes grow with what a hash costs."""

import pytest
from django.contrib.auth.hashers import ScryptPasswordHasher

from core.errors import Invalid, Unauthenticated
from tests.users import hashes
from tests.users.support import make_domain
from users.domains.models import SignUpMode
from users.logins.models import Session, User
from users.logins.services import logins, sign_up

pytestmark = pytest.mark.anyio
PASSWORD = "correct horse battery"
BROWSER = {"address": "127.0.0.1", "user_agent": "Firefox"}


@pytest.mark.parametrize("common", ["password123", "PASSWORD123", "trustno1", "iloveyou1", " qwertyuiop"])
async def test_a_common_password_is_refused_and_leaves_no_trace(db: None, common: str) -> None:
    domain = await make_domain("example.com", sign_up_mode=SignUpMode.open)
    with pytest.raises(Invalid, match="appeared in many data breaches"):
        await logins.create_user(email="ada@example.org", password=common)
    with pytest.raises(Invalid, match="appeared in many data breaches"):
        await sign_up.sign_up(
            domain=domain, email="ada@example.org", password=common, username="ada", address="10.0.0.1"
        )
    assert not await User.objects.aexists()
    user = await logins.create_user(email="ada@example.org", password=PASSWORD)
    with pytest.raises(Invalid, match="appeared in many data breaches"):
        await logins.change_password(user=user, current=PASSWORD, password=common)
    await logins.sign_in(email="ada@example.org", password=PASSWORD, **BROWSER)


async def test_a_password_in_use_is_hashed_again_when_hashes_cost_something_else(
    db: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Once, by the right password, which may be one that nobody could choose any more. Sessions stay."""
    user = await logins.create_user(email="ada@example.org", password=PASSWORD)
    await logins.sign_in(email="ada@example.org", password=PASSWORD, **BROWSER)
    with monkeypatch.context() as then:
        then.setattr(ScryptPasswordHasher, "work_factor", 4)
        old = hashes.real_encode("password123")
    await User.objects.filter(pk=user.pk).aupdate(password_hash=old)
    with pytest.raises(Unauthenticated):
        await logins.sign_in(email="ada@example.org", password=PASSWORD, **BROWSER)
    assert (await User.objects.aget(pk=user.pk)).password_hash == old
    await logins.sign_in(email="ada@example.org", password="password123", **BROWSER)
    renewed = (await User.objects.aget(pk=user.pk)).password_hash
    assert (old.split("$")[1], renewed.split("$")[1]) == ("4", str(hashes.WORK_FACTOR))
    await logins.sign_in(email="ada@example.org", password="password123", **BROWSER)
    assert (await User.objects.aget(pk=user.pk)).password_hash == renewed
    assert await Session.objects.acount() == 3
