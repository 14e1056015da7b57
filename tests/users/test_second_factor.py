"""Codes of authenticator apps and recovery codes: against the vectors of RFC 6238, and what guessers try."""

import datetime as dt
import re
from typing import Any

import pytest

from core import clock
from core.db import sql
from core.errors import BadInput, Invalid, NotAllowed, NotFound, TooMany, Unauthenticated
from tests.support.post_office import PostOffice, text_of
from tests.users.support import give_role, make_domain, make_person, sign_in
from users.audit.models import AuditEntry
from users.domains.models import Domain
from users.factors.models import RecoveryCode, Totp
from users.factors.services import authenticator, recovery, second_step, totp
from users.logins.models import KnownNetwork, Mail, User
from users.logins.services import logins
from users.logins.services.guess_limits import CODES_ELSEWHERE_AN_HOUR, PER_PAIR
from users.logins.services.staff import OPERATOR
from users.roles.models import ADMIN, MODERATOR, OWNER

pytestmark = pytest.mark.anyio
PASSWORD = "correct horse battery"
BROWSER = {"address": "127.0.0.1", "user_agent": "Firefox"}


@pytest.fixture(autouse=True)
def standing_clock(monkeypatch: pytest.MonkeyPatch) -> None:
    """Half a minute may end in the middle of a test: then another code is the right one."""
    now = clock.now()
    monkeypatch.setattr(clock, "now", lambda: now)


_VECTORS = [(59, "287082"), (1111111109, "081804"), (1111111111, "050471"), (2000000000, "279037")]


@pytest.mark.parametrize(("seconds", "code"), _VECTORS)
def test_codes_are_those_of_the_rfc(seconds: int, code: str) -> None:
    secret = "GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ"
    assert totp.code_at(secret, seconds // 30) == code
    when = dt.datetime.fromtimestamp(seconds, dt.UTC)
    assert totp.step_of(secret, code, when) == seconds // 30
    assert totp.step_of(secret, code, when + dt.timedelta(seconds=60)) is None
    assert totp.step_of(secret, "é" * 6, when) is None


async def with_app(email: str = "ada@example.org") -> tuple[User, str, list[str]]:
    """A login with an app: the login, the app's secret, and its recovery codes."""
    user = await logins.create_user(email=email, password=PASSWORD)
    session, _ = await sign_in(user)
    offer = authenticator.offer(user, await make_domain_once())
    codes = await authenticator.turn_on(
        user=user, session=session, token=offer.token, password=PASSWORD, code=now_code(offer.secret, -1)
    )
    return user, offer.secret, codes


async def make_domain_once() -> Any:

    return await Domain.objects.filter(name="testserver").afirst() or await make_domain()


def now_code(secret: str, away: int = 0) -> str:
    return totp.code_at(secret, int(clock.now().timestamp()) // 30 + away)


async def proof(email: str = "ada@example.org", **more: str) -> str:
    with pytest.raises(logins.SecondFactorNeeded) as caught:
        await logins.sign_in(email=email, password=PASSWORD, **{**BROWSER, **more})
    return second_step.proof_of(caught.value.user)


@pytest.mark.slow
async def test_the_password_alone_lets_nobody_in_and_no_code_counts_twice(db: None) -> None:
    user, secret, _ = await with_app()
    token = await proof()
    session, _ = await second_step.sign_in(proof=token, code=now_code(secret), **BROWSER)
    assert session.is_strong
    for code in (now_code(secret), now_code(secret, -1), "000000", "", "١٢٣٤٥٦"):
        with pytest.raises(Unauthenticated):
            await second_step.sign_in(proof=token, code=code, **BROWSER)
    tried = [one async for one in AuditEntry.objects.filter(act="use_code")]
    assert [(one.target_id, one.refusal) for one in tried] == [(user.pk, "wrong_code")] * 5
    session, _ = await second_step.sign_in(proof=token, code=now_code(secret, 1), **BROWSER)
    assert session.user_id == user.pk


@pytest.mark.slow
async def test_a_recovery_code_is_good_once_for_its_login(db: None) -> None:
    _, _, codes = await with_app()
    await with_app("eve@example.org")
    assert len(set(codes)) == recovery.COUNT
    token = await proof()
    spelt = codes[0].upper().replace("-", " ")
    await second_step.sign_in(proof=token, code="", recovery_code=spelt, **BROWSER)
    for mine, code in ((token, codes[0]), (await proof("eve@example.org"), codes[1])):
        with pytest.raises(Unauthenticated):
            await second_step.sign_in(proof=mine, code="", recovery_code=code, **BROWSER)
    kept = [text async for text in RecoveryCode.objects.values_list("code_hash", flat=True)]
    assert not [text for text in kept if any(code in text for code in codes)]


@pytest.mark.slow
async def test_a_proof_ends_with_the_password_and_after_ten_minutes(
    db: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    user, secret, _ = await with_app()
    token = await proof()
    for bad in ("", "x", token[:-2], authenticator.recovery_token(user)):
        with pytest.raises(BadInput):
            await second_step.sign_in(proof=bad, code=now_code(secret), **BROWSER)
    late = clock.now() + dt.timedelta(minutes=11)
    with monkeypatch.context() as patched:
        patched.setattr(clock, "now", lambda: late)
        with pytest.raises(BadInput):
            await second_step.sign_in(proof=token, code=now_code(secret), **BROWSER)
    await logins.set_password(user=user, password="another horse battery")
    with pytest.raises(BadInput):
        await second_step.sign_in(proof=token, code=now_code(secret), **BROWSER)


@pytest.mark.slow
async def test_guessing_codes_ends_and_does_not_lock_the_owner_out(db: None) -> None:
    """Whoever knows the password guesses from many networks; the owner's own network still lets them in."""
    _, secret, _ = await with_app()
    home = {"address": "198.51.100.7", "user_agent": "Firefox"}
    await second_step.sign_in(proof=await proof(**home), code=now_code(secret), **home)
    token = await proof(address="10.0.0.1")
    assert await KnownNetwork.objects.filter(is_browser=False).acount() == 1, (
        "a right password alone makes no network known"
    )

    async def guess(number: int) -> type[Exception]:
        try:
            address = f"10.{number // PER_PAIR}.0.1"
            await second_step.sign_in(proof=token, code="000000", address=address, user_agent="")
        except (Unauthenticated, TooMany) as error:
            return type(error)
        raise AssertionError

    # the owner's first sign-in came from a new network, too
    answers = [await guess(number) for number in range(CODES_ELSEWHERE_AN_HOUR)]
    assert answers == [*[Unauthenticated] * (CODES_ELSEWHERE_AN_HOUR - 1), TooMany]
    await sql.run("UPDATE users_totp SET last_step = 0")
    await second_step.sign_in(proof=await proof(**home), code=now_code(secret), **home)


@pytest.mark.slow
async def test_a_mailbox_alone_gets_no_more_tries(db: None) -> None:
    """Whoever reads the mails chooses passwords as often as they like; the codes from there stay those of an unknown network."""
    user, _, _ = await with_app()
    domain, there, tries = await make_domain_once(), {"address": "203.0.113.9", "user_agent": ""}, 0
    for number in range(3):
        await logins.request_reset(email=user.email, domain=domain, address="203.0.113.9")
        link = re.search(r"/password/reset/(\S+)", (await Mail.objects.alatest("pk")).text)
        assert link
        password = f"{number} small horses"
        await logins.reset_password(token=link[1], password=password, address="203.0.113.9")
        token = second_step.proof_of(await User.objects.aget(pk=user.pk))
        for _ in range(PER_PAIR):
            with pytest.raises((Unauthenticated, TooMany)) as refused:
                await second_step.sign_in(proof=token, code="000000", **there)
            tries += refused.type is Unauthenticated
    assert tries == PER_PAIR
    assert not await KnownNetwork.objects.aexists()


@pytest.mark.slow
async def test_setting_up_needs_the_password_and_a_code_of_the_app(db: None) -> None:
    user = await logins.create_user(email="ada@example.org", password=PASSWORD)
    other = await logins.create_user(email="eve@example.org", password=PASSWORD)
    session, _ = await sign_in(user)
    domain = await make_domain_once()
    offer = authenticator.offer(user, domain)

    async def turn_on(token: str, password: str, code: str) -> list[str]:
        return await authenticator.turn_on(
            user=user, session=session, token=token, password=password, code=code
        )

    with pytest.raises(NotAllowed):
        await turn_on(offer.token, "wrong horse", now_code(offer.secret))
    with pytest.raises(Invalid):
        await turn_on(offer.token, PASSWORD, "000000")
    theirs = authenticator.offer(other, domain)
    with pytest.raises(Invalid):
        await turn_on(theirs.token, PASSWORD, now_code(theirs.secret))
    assert not await Totp.objects.aexists()
    codes = await turn_on(offer.token, PASSWORD, now_code(offer.secret))
    assert await turn_on(offer.token, PASSWORD, now_code(offer.secret)) == codes, "a second press"
    another = authenticator.offer(user, domain)
    with pytest.raises(NotAllowed):
        await turn_on(another.token, PASSWORD, now_code(another.secret))
    token = authenticator.recovery_token(user)
    fresh = await authenticator.renew_recovery_codes(user=user, token=token, password=PASSWORD)
    assert not set(fresh) & set(codes)
    assert await recovery.codes_left(user) == recovery.COUNT
    with pytest.raises(NotAllowed):
        await authenticator.turn_off(user=user, password="wrong horse")
    await authenticator.turn_off(user=user, password=PASSWORD)
    assert not await RecoveryCode.objects.aexists()
    await logins.sign_in(email=user.email, password=PASSWORD, **BROWSER)


@pytest.mark.slow
async def test_staff_reset_what_their_own_people_lost(db: None, post: PostOffice) -> None:
    here, there = await make_domain_once(), await make_domain("other.test")
    user, _, _ = await with_app()
    await make_person(here, "ada", user)
    await sql.run("DELETE FROM users_mail")
    boss = await logins.create_user(email="boss@example.org", password=PASSWORD)
    for place, role, raised in ((there, OWNER, NotFound), (here, MODERATOR, NotAllowed)):
        with pytest.raises(raised):
            await authenticator.reset(by=await give_role(boss, role, place), user_id=user.pk)
        await give_role(boss, None, place)
    await give_role(boss, ADMIN, here)
    await make_person(there, "ada", user)
    with pytest.raises(NotAllowed):
        await authenticator.reset(by=boss, user_id=user.pk)
    await give_role(boss, ADMIN)
    await give_role(user, OWNER)
    with pytest.raises(NotAllowed):
        await authenticator.reset(by=boss, user_id=user.pk)
    await give_role(user, None)
    await authenticator.reset(by=boss, user_id=user.pk)
    with pytest.raises(NotFound):
        await authenticator.reset(by=OPERATOR, user_id=user.pk)
    [mail] = await post.arrived()
    assert "reset the second factor" in text_of(mail)
    await logins.sign_in(email=user.email, password=PASSWORD, **BROWSER)
