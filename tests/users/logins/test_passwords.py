"""Passwords that breaches show are refused wherever one is chosen, and hashes grow with what a hash costs."""

import hashlib
from pathlib import Path

import pytest
from django.contrib.auth.hashers import ScryptPasswordHasher

from core.config import config, values
from core.errors import Invalid, Unauthenticated
from tests.users import hashes
from tests.users.support import make_domain
from users.domains.models import SignUpMode
from users.logins import passwords
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


def _hash(password: str) -> str:
    return hashlib.sha1(password.encode()).hexdigest().upper()


async def test_passwords_of_the_operators_file_are_refused_until_it_goes(
    db: None, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = tmp_path / "hashes.txt"
    file.write_text(f"{_hash('schöne Wiese 77')}:12\n")
    monkeypatch.setattr(config(), "breached_passwords", values.perhaps_hashes(str(file)))
    with pytest.raises(Invalid, match="appeared in many data breaches"):
        await logins.create_user(email="ada@example.org", password="schöne Wiese 77")
    with pytest.raises(Invalid, match="appeared in many data breaches"):
        await logins.create_user(email="ada@example.org", password="password123")
    await logins.create_user(email="ada@example.org", password=PASSWORD)
    file.unlink()
    await logins.create_user(email="bea@example.org", password="schöne Wiese 77")


@pytest.mark.parametrize("end", ["\n", "\r\n", ":1\n", ":12345678\r\n"])
@pytest.mark.parametrize("count", [0, 1, 2, 3, 100])
def test_every_line_of_a_file_is_found_and_nothing_else(tmp_path: Path, count: int, end: str) -> None:
    file = tmp_path / "hashes.txt"
    lines = [_hash(f"in {number}") + end for number in range(count)]
    file.write_bytes("".join(sorted(lines)).encode())
    for number in range(count):
        assert passwords.is_in_file(f"in {number}", str(file))
        assert not passwords.is_in_file(f"out {number}", str(file))
    assert not passwords.is_in_file("out", str(file))
    if count:
        file.write_bytes("".join(sorted(lines)).lower().encode().removesuffix(end.encode()))
        assert all(passwords.is_in_file(f"in {number}", str(file)) for number in range(count))


def test_a_file_that_is_no_sorted_list_of_sha1_hashes_is_refused_at_start(tmp_path: Path) -> None:
    file = tmp_path / "hashes.txt"
    file.write_text("F" * 40 + "\n" + "0" * 40 + "\n")
    with pytest.raises(ValueError, match="sorted"):
        values.perhaps_hashes(str(file))
    for wrong in ("", "0" * 32 + ":1\n", "0" * 64 + "\n", "password123\n"):
        file.write_text(wrong)
        with pytest.raises(ValueError, match="SHA-1"):
            values.perhaps_hashes(str(file))


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
