"""Signing in, sessions, and forgotten passwords, with what attackers try."""

import datetime as dt
import re
import statistics
import time
from contextlib import suppress

import pytest

from core import clock
from core.db import sql
from core.errors import BadInput, NotAllowed, NotFound, TooMany, Unauthenticated
from core.hosts.networks import SITE_FACTOR
from tests.support.post_office import PostOffice, text_of
from tests.users.support import make_domain, make_person, make_user, sign_in
from users.logins import queries as reads
from users.logins.handlers import remove_old_tries
from users.logins.models import MAX_NETWORKS_PER_USER, KnownNetwork, Mail, Session, User
from users.logins.passwords import DUMMY_HASH, encode
from users.logins.services import guess_limits, logins
from users.logins.services.guess_limits import PER_LOGIN, PER_NETWORK, PER_PAIR
from users.roles.models import OWNER

pytestmark = pytest.mark.anyio
PASSWORD = "correct horse battery"
BROWSER = {"address": "127.0.0.1", "user_agent": "Firefox"}


async def _login(email: str = "ada@example.org") -> User:
    return await logins.create_user(email=email, password=PASSWORD)


@pytest.mark.slow
async def test_the_right_password_opens_a_session_and_a_wrong_one_does_not(db: None) -> None:
    user = await _login()
    session, cookie = await logins.sign_in(email="ADA@example.org ", password=PASSWORD, **BROWSER)
    found = await reads.session_by_cookie(cookie)
    assert found is not None
    assert (found.pk, found.user.pk) == (session.pk, user.pk)
    assert cookie not in session.key_hash
    assert len(cookie) >= 43
    for email, password in (
        ("ada@example.org", "wrong horse"),
        ("ada@example.org", ""),
        ("ada@example.org", PASSWORD + " "),
        ("nobody@example.org", PASSWORD),
        ("", ""),
        ("a\x00b", "c"),
    ):
        with pytest.raises(Unauthenticated) as refused:
            await logins.sign_in(email=email, password=password, **BROWSER)
        assert refused.value.sentence == "The e-mail address or the password is wrong."


async def test_passwords_are_stored_as_scrypt_and_weak_ones_are_refused(db: None, real_hashes: None) -> None:
    user = await _login()
    kind, rounds, _, *costs = user.password_hash.split("$")
    assert (kind, rounds, costs[:2]) == ("scrypt", "16384", ["8", "5"])
    for weak in ("", "short", "aaaaaaaaaaaa", "x" * 257):
        with pytest.raises(BadInput):
            await logins.create_user(email="bob@example.org", password=weak)


async def test_an_email_has_one_login_whatever_its_case(db: None) -> None:
    await _login()
    with pytest.raises(BadInput):
        await _login("ADA@Example.org")
    for bad in ("", "ada", "ada@", "a b@example.org", "ada@example.org\nBcc: all@example.org"):
        with pytest.raises(BadInput):
            await _login(bad)


async def test_a_login_without_a_password_fits_no_password(db: None) -> None:
    await make_user("nopassword@example.org")
    with pytest.raises(Unauthenticated):
        await logins.sign_in(email="nopassword@example.org", password="", **BROWSER)


@pytest.mark.slow
def test_unknown_addresses_cost_the_same_work_as_known_ones(real_hashes: None) -> None:
    """The dummy's parameters are those of real hashes, or the time would tell who has a login."""
    assert DUMMY_HASH.split("$")[1] == encode("x").split("$")[1]
    assert DUMMY_HASH.split("$")[3:5] == encode("x").split("$")[3:5]
    assert len(DUMMY_HASH) == len(encode("x"))


@pytest.mark.slow
async def test_unknown_addresses_take_as_long_as_wrong_passwords(db: None, real_hashes: None) -> None:
    await _login()
    times: dict[str, list[float]] = {"ada@example.org": [], "nobody@example.org": []}
    for _ in range(4):
        for email, taken in times.items():
            await sql.run("DELETE FROM core_tries")
            start = time.perf_counter()
            with pytest.raises(Unauthenticated):
                await logins.sign_in(email=email, password="wrong horse", **BROWSER)
            taken.append(time.perf_counter() - start)
    known, unknown = (min(taken) for taken in times.values())
    assert unknown > known / 3, statistics.mean(times["nobody@example.org"])


@pytest.mark.slow
async def test_disabled_and_unconfirmed_and_unapproved_logins_are_told_only_with_the_right_password(
    db: None,
) -> None:
    user = await _login()
    for change in ({"is_disabled": True}, {"confirmed_at": None}, {"approved_at": None}):
        await User.objects.filter(pk=user.pk).aupdate(
            **{"is_disabled": False, "confirmed_at": clock.now(), "approved_at": clock.now()} | change
        )
        with pytest.raises(NotAllowed):
            await logins.sign_in(email=user.email, password=PASSWORD, **BROWSER)
        with pytest.raises(Unauthenticated):
            await logins.sign_in(email=user.email, password="wrong horse", **BROWSER)


async def test_a_disabled_login_is_out_at_once(db: None) -> None:
    user = await make_user()
    _, cookie = await sign_in(user)
    assert await reads.session_by_cookie(cookie) is not None
    await User.objects.filter(pk=user.pk).aupdate(is_disabled=True)
    assert await reads.session_by_cookie(cookie) is None


async def _wrong(email: str, address: str) -> None:
    with pytest.raises(Unauthenticated):
        await logins.sign_in(email=email, password="x", address=address, user_agent="")


async def _guess(tries: list[tuple[str, str]]) -> None:
    for email, address in tries:
        await guess_limits.limit_sign_in(email=email, address=address)


@pytest.mark.slow
async def test_guessing_is_limited_for_a_network_whatever_the_login(db: None) -> None:
    """By /64, and loosely by /48: the next address of a subscriber is not another subscriber."""
    for number in range(PER_NETWORK):
        await guess_limits.limit_sign_in(email=f"{number}@example.org", address=f"2001:db8:0:1::{number}")
    with pytest.raises(TooMany) as refused:
        await logins.sign_in(email="z@example.org", password="x", address="2001:db8:0:1:f::1", user_agent="")
    assert 0 < refused.value.retry_after_s <= 601
    await _wrong("z@example.org", "2001:db8:0:2::1")
    tries = [(f"{number}@example.org", f"2001:db8:0:{number:x}::1") for number in range(16, 216)]
    with pytest.raises(TooMany):
        await _guess(tries)
    assert (
        await sql.value("SELECT used FROM core_tries WHERE key LIKE '%/48'") == PER_NETWORK * SITE_FACTOR + 1
    )
    await _wrong("z@example.org", "2001:db8:1::1")


@pytest.mark.slow
async def test_ten_wrong_passwords_lock_a_login_for_the_network_they_came_from(db: None) -> None:
    user = await _login()
    for _ in range(PER_PAIR):
        await guess_limits.limit_sign_in(email="ADA@example.org", address="10.0.0.1")
    with pytest.raises(TooMany):
        await logins.sign_in(email=user.email, password=PASSWORD, address="10.0.0.1", user_agent="")
    await logins.sign_in(email=user.email, password=PASSWORD, address="10.0.0.2", user_agent="")


@pytest.mark.slow
@pytest.mark.slow
async def test_guessing_from_everywhere_does_not_lock_the_owner_out_of_known_networks(db: None) -> None:
    """Unknown networks are told to use the mail, the same for logins that do not exist; the mail makes a network known."""
    user = await _login()
    domain = await make_domain("example.com")
    await logins.sign_in(email=user.email, password=PASSWORD, address="2001:db8:1:1::5", user_agent="")
    for email in (user.email, "nobody@example.org"):
        await _guess([(email, f"10.0.1.{number}") for number in range(PER_LOGIN - 1)])
        with suppress(TooMany):  # the owner's own first try was from an unknown network, too
            await guess_limits.limit_sign_in(email=email, address="10.0.1.98")
        with pytest.raises(TooMany) as refused:
            await guess_limits.limit_sign_in(email=email, address="10.0.1.99")
        assert "by e-mail" in refused.value.sentence
    with pytest.raises(TooMany):
        await logins.sign_in(email=user.email, password=PASSWORD, address="10.9.9.9", user_agent="")
    await logins.sign_in(email=user.email, password=PASSWORD, address="2001:db8:1:1::77", user_agent="")
    await logins.request_reset(email=user.email, domain=domain, address="10.9.9.9")
    token = re.search(r"/password/reset/(\S+)", (await Mail.objects.alatest("pk")).text)
    assert token
    await logins.reset_password(token=token[1], password="a new horse battery", address="10.9.9.9")
    await logins.sign_in(email=user.email, password="a new horse battery", address="10.9.9.9", user_agent="")


async def test_a_session_in_use_makes_its_network_known(db: None) -> None:
    user = await make_user("ada@example.org")
    _, cookie = await sign_in(user)
    for number in range(MAX_NETWORKS_PER_USER + 5):
        with clock.shifted(dt.timedelta(hours=2 * number + 2)):
            session = await reads.session_by_cookie(cookie)
            assert session is not None
            await logins.extend_session(session=session, domain=None, address=f"10.2.0.{number}")
    assert await KnownNetwork.objects.filter(is_browser=False).acount() == MAX_NETWORKS_PER_USER
    with clock.shifted(dt.timedelta(hours=2 * number + 2)):
        await _guess([(user.email, "10.2.0.24"), (user.email, "10.2.0.5")])
    elsewhere = await sql.one("SELECT used FROM core_tries WHERE key LIKE 'sign_in.email:%'")
    assert elsewhere is None
    assert "10.2.0" not in str([row.mark async for row in KnownNetwork.objects.all()])
    with clock.shifted(dt.timedelta(days=70)):
        await remove_old_tries()
    assert await KnownNetwork.objects.acount() == 0


async def test_signing_in_replaces_the_session_that_the_browser_brought(db: None) -> None:
    """Session fixation: a cookie that was there before is worth nothing after."""
    mine, other = await make_user("me@example.org"), await make_user("thief@example.org")
    _, planted = await sign_in(other)
    _, cookie = await logins.open_session(user=mine, replaces=planted, **BROWSER)
    assert cookie != planted
    assert await reads.session_by_cookie(planted) is None
    found = await reads.session_by_cookie(cookie)
    assert found is not None
    assert found.user.pk == mine.pk


async def test_forged_cookies_are_anonymous(db: None) -> None:
    user = await make_user()
    session, cookie = await sign_in(user)
    for made_up in (
        "",
        "x",
        session.key_hash,
        cookie[:-1],
        cookie + "x",
        cookie.upper(),
        "\x00" * 43,
        "é" * 43,
    ):
        assert await reads.session_by_cookie(made_up) is None


async def test_a_session_slides_and_ends(db: None) -> None:
    user = await make_user()
    session, cookie = await sign_in(user)
    assert not await logins.extend_session(session=session, domain=None, address="127.0.0.1")
    with clock.shifted(dt.timedelta(days=29)):
        found = await reads.session_by_cookie(cookie)
        assert found is not None
        assert await logins.extend_session(session=found, domain=None, address="127.0.0.2")
    with clock.shifted(dt.timedelta(days=58)):
        assert await reads.session_by_cookie(cookie) is not None
    with clock.shifted(dt.timedelta(days=60)):
        assert await reads.session_by_cookie(cookie) is None


async def test_people_see_and_end_their_own_sessions_only(db: None) -> None:
    mine, other = await make_user("me@example.org"), await make_user("other@example.org")
    one, _ = await sign_in(mine)
    two, _ = await sign_in(mine)
    theirs, cookie = await sign_in(other)
    assert {s.pk for s in await reads.sessions_of(mine)} == {one.pk, two.pk}
    with pytest.raises(NotFound):
        await logins.revoke_session(user=mine, session_id=theirs.pk)
    assert await reads.session_by_cookie(cookie) is not None
    await logins.revoke_session(user=mine, session_id=two.pk)
    assert [s.pk for s in await reads.sessions_of(mine)] == [one.pk]


async def test_a_session_acts_only_as_identities_of_its_login(db: None) -> None:
    domain = await make_domain()
    mine, other = await make_user("me@example.org"), await make_user("other@example.org")
    first, second = await make_person(domain, "first", mine), await make_person(domain, "second", mine)
    foreign = await make_person(domain, "foreign", other)
    session, cookie = await sign_in(mine, domain)
    assert session.identity_id == first.pk
    await logins.switch_identity(session=session, identity_id=second.pk)
    with pytest.raises(NotFound):
        await logins.switch_identity(session=session, identity_id=foreign.pk)
    found = await reads.session_by_cookie(cookie)
    assert found is not None
    assert found.identity.pk == second.pk
    await Session.objects.filter(pk=session.pk).aupdate(identity=foreign)
    found = await reads.session_by_cookie(cookie)
    assert found is not None
    assert found.identity is None


# --- forgotten passwords ---------------------------------------------------------------------------------------------


async def _link(post: PostOffice) -> tuple[str, str]:
    """(base address, token) of the last mail."""
    body = await post.last_text()
    found = re.search(r"(https://\S+)/password/reset/(\S+)", body)
    assert found, body
    return found[1], found[2]


@pytest.mark.slow
async def test_a_reset_link_sets_a_password_once_and_ends_every_session(db: None, post: PostOffice) -> None:
    domain = await make_domain("example.com")
    user = await _login()
    _, cookie = await sign_in(user)
    await logins.request_reset(email="Ada@example.org", domain=domain, address="127.0.0.1")
    base, token = await _link(post)
    assert base == "https://example.com"
    await logins.reset_password(token=token, password="a new horse battery", address="127.0.0.1")
    assert await reads.session_by_cookie(cookie) is None
    await logins.sign_in(email=user.email, password="a new horse battery", **BROWSER)
    with pytest.raises(Unauthenticated):
        await logins.sign_in(email=user.email, password=PASSWORD, **BROWSER)
    with pytest.raises(BadInput):
        await logins.reset_password(token=token, password="another horse battery", address="127.0.0.1")


async def test_old_forged_and_overtaken_reset_links_are_refused(db: None, post: PostOffice) -> None:
    domain = await make_domain("example.com")
    user = await _login()
    await logins.request_reset(email=user.email, domain=domain, address="127.0.0.1")
    _, token = await _link(post)
    for forged in (
        "",
        "x",
        token[:-1] + ("A" if token[-1] != "A" else "B"),
        token.replace(":", ".", 1),
        token + "\n",
    ):
        with pytest.raises(BadInput):
            await logins.user_for_reset(forged)
    with clock.shifted(dt.timedelta(minutes=61)), pytest.raises(BadInput):
        await logins.user_for_reset(token)
    assert (await logins.user_for_reset(token)).pk == user.pk
    await logins.set_password(user=user, password="changed meanwhile")
    with pytest.raises(BadInput):
        await logins.user_for_reset(token)


async def test_requesting_a_reset_does_not_reveal_logins(db: None, post: PostOffice) -> None:
    domain = await make_domain("example.com")
    await _login()
    known = await logins.request_reset(email="ada@example.org", domain=domain, address="127.0.0.1")
    unknown = await logins.request_reset(email="nobody@example.org", domain=domain, address="127.0.0.1")
    assert known is unknown is None
    one, other = [mail async for mail in Mail.objects.order_by("pk")]
    assert (one.recipient, other.recipient) == ("ada@example.org", "")
    assert len(one.text) == len(other.text), "the same work"
    assert len(await post.arrived()) == 1


@pytest.mark.slow
async def test_reset_mails_are_few(db: None, post: PostOffice) -> None:
    """Those that left are good for an hour, so nobody is turned away, whoever asked for them; and nothing tells who has a login."""
    domain = await make_domain("example.com")
    user = await _login()
    for email in (user.email, "nobody@example.org"):
        for number in range(3):
            await logins.request_reset(email=email, domain=domain, address=f"10.0.0.{number}")
        await logins.request_reset(email=email, domain=domain, address="10.0.0.9")
    mails = await post.arrived()
    assert len(mails) == 3
    with clock.shifted(dt.timedelta(minutes=50)):
        found = re.search(r"/password/reset/(\S+)", text_of(mails[0]))
        assert found
        await logins.reset_password(token=found[1], password="another horse battery", address="10.0.0.1")


@pytest.mark.slow
async def test_changing_the_password_needs_the_current_one_and_keeps_this_session(db: None) -> None:
    user = await _login()
    session, cookie = await sign_in(user)
    _, other = await sign_in(user)
    with pytest.raises(NotAllowed):
        await logins.change_password(user=user, current="wrong", password="a new horse battery", keep=session)
    await logins.change_password(user=user, current=PASSWORD, password="a new horse battery", keep=session)
    assert await reads.session_by_cookie(cookie) is not None
    assert await reads.session_by_cookie(other) is None


async def test_roles_are_what_they_are(db: None) -> None:
    admin = await logins.create_user(email="a@example.org", password=PASSWORD, role=OWNER)
    assert admin.is_admin
    assert admin.acts_as_staff
