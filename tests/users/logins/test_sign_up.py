"""Signing up: closed unless a domain says otherwise, and nobody learns who has a login."""

import asyncio
import datetime as dt
import re
from collections.abc import Callable
from importlib import import_module

import pytest

from core import clock
from core.db import own_connection, sql
from core.errors import BadInput, NotAllowed, Problem, TooMany, Unauthenticated
from tests.support.post_office import PostOffice, text_of
from tests.support.queries import counted
from tests.users.hashes import encode
from tests.users.support import make_domain, make_person, make_user
from users.domains import options
from users.domains.models import Domain, Level, SignUpMode
from users.identities.models import Identity
from users.logins import passwords
from users.logins import queries as reads
from users.logins.handlers import remove_stale_sign_ups
from users.logins.models import Mail, SignUp, User
from users.logins.services import confirmation, logins, sign_up
from users.logins.services.identities import create_identity
from users.logins.services.setup import set_up
from users.roles.models import MODERATOR

pytestmark = [pytest.mark.anyio, pytest.mark.slow]
NEW = {
    "email": "new@example.org",
    "password": "correct horse battery",
    "username": "newbie",
    "address": "10.0.0.1",
}
WHO = {"email": NEW["email"], "password": NEW["password"], "address": "10.0.0.1", "user_agent": ""}


async def _token(post: PostOffice) -> str:
    found = re.search(r"/confirm/(\S+)", await post.last_text())
    assert found
    return found[1]


async def _confirm(token: str, password: str = NEW["password"]) -> User:
    return await confirmation.confirm(token=token, password=password, address="10.0.0.1")


async def _open(mode: SignUpMode = SignUpMode.open) -> Domain:
    return await make_domain("example.com", sign_up_mode=mode)


async def test_sign_up_on_a_new_domain_is_closed(db: None) -> None:
    with pytest.raises(NotAllowed):
        await sign_up.sign_up(domain=await make_domain("example.com"), **NEW)
    assert not await User.objects.aexists()


async def test_an_open_domain_takes_people_once_they_confirmed(db: None, post: PostOffice) -> None:
    assert await sign_up.sign_up(domain=await _open(), **NEW) is not None
    assert not await Identity.objects.aexists()
    with pytest.raises(NotAllowed):
        await logins.sign_in(**WHO)
    token = await _token(post)
    assert "@newbie@example.com" in await post.last_text()
    for forged in ("", "x", token[:-2] + "xx"):
        with pytest.raises(BadInput):
            await _confirm(forged)
    with clock.shifted(dt.timedelta(days=4)), pytest.raises(BadInput):
        await _confirm(token)
    await _confirm(token)
    await _confirm(token)
    session, _ = await logins.sign_in(**WHO)
    identity = await Identity.objects.aget()
    assert (identity.handle, session.identity_id) == ("newbie@example.com", identity.pk)
    assert not await SignUp.objects.aexists()


async def test_signing_up_with_a_used_address_mails_its_owner_and_reveals_nothing(
    db: None, post: PostOffice
) -> None:
    domain = await _open()
    await make_user("New@example.org")
    assert await sign_up.sign_up(domain=domain, **NEW) is None
    assert "already" in await post.last_text()
    assert not await SignUp.objects.aexists()


PLANTED = {**NEW, "password": "the attacker knows it", "username": "planted", "email": "NEW@example.org"}


@pytest.mark.parametrize("attacker_is_first", [True, False])
@pytest.mark.parametrize("opened", ["owner", "attacker"])
@pytest.mark.parametrize("typed", ["owner", "attacker"])
@pytest.mark.parametrize("name", ["planted", "newbie"])
async def test_any_link_of_an_address_confirms_the_sign_up_whose_password_is_typed(
    db: None, post: PostOffice, attacker_is_first: bool, opened: str, typed: str, name: str
) -> None:
    """Somebody else may sign the address up before or after its owner, with a password of theirs. Only the owner has the links."""
    domain = await _open()
    tries = [("attacker", {**PLANTED, "username": name}), ("owner", NEW)]
    users, links = {}, {}
    for who, wanted in tries if attacker_is_first else reversed(tries):
        users[who] = await sign_up.sign_up(domain=domain, **wanted)
        links[who] = await _token(post)
    mine, other = (dict(tries)[who] for who in (typed, ({*users} - {typed}).pop()))
    with pytest.raises(NotAllowed):
        await _confirm(links[opened], "nobody's at all")
    assert await _confirm(links[opened], mine["password"]) == users[typed]
    for who, link in links.items():
        if who == typed:
            assert await _confirm(link, other["password"]) == users[typed], "nothing more"
        else:
            with pytest.raises(BadInput):
                await _confirm(link, other["password"])
    with pytest.raises(Unauthenticated):
        await logins.sign_in(**{**WHO, "password": other["password"]})
    session, _ = await logins.sign_in(**{**WHO, "password": mine["password"]})
    assert session.user == users[typed]
    assert [i.username async for i in Identity.objects.all()] == [mine["username"]]
    assert await User.objects.acount() == 1
    assert await sign_up.sign_up(domain=domain, **{**PLANTED, "username": "third"}) is None, "confirmed"


async def test_two_links_of_an_address_that_are_opened_at_once_let_one_in(db: None, post: PostOffice) -> None:
    domain = await _open()
    links = []
    for wanted in (PLANTED, NEW):
        await sign_up.sign_up(domain=domain, **wanted)
        links.append((await _token(post), wanted["password"]))

    async def confirm(token: str, password: str) -> User:
        async with own_connection():
            return await _confirm(token, password)

    done = await asyncio.gather(*(confirm(*link) for link in links), return_exceptions=True)
    assert sorted(isinstance(each, Problem) for each in done) == [False, True], done
    assert await User.objects.acount() == 1


async def test_a_new_password_by_mail_names_the_sign_ups_that_it_may_be_for(
    db: None, post: PostOffice
) -> None:
    domain = await _open()
    for wanted in (NEW, PLANTED):
        await sign_up.sign_up(domain=domain, **wanted)
    await logins.request_reset(email=NEW["email"], domain=domain, address="10.0.0.1")
    [text] = [text for text in map(text_of, await post.arrived()) if "/password/reset/" in text]
    assert "for @planted@example.com, @newbie@example.com." in text


async def test_correcting_an_address_keeps_other_sign_ups(db: None, post: PostOffice) -> None:
    domain = await _open()
    owner = await sign_up.sign_up(domain=domain, **NEW)
    link = await _token(post)
    other = await sign_up.sign_up(domain=domain, **{**PLANTED, "email": "x@example.org"})
    assert owner is not None
    assert other is not None
    await sign_up.confirm_again(user=other, domain=domain, email=NEW["email"])
    assert await _confirm(link) == owner
    with pytest.raises(BadInput):
        await _confirm(await _token(post))


async def test_the_same_name_may_be_asked_for_again_by_the_same_address_only(
    db: None, post: PostOffice
) -> None:
    domain = await _open()
    for password in (NEW["password"], "another long password"):
        assert await sign_up.sign_up(domain=domain, **{**NEW, "password": password}) is not None
    with pytest.raises(BadInput):
        await sign_up.sign_up(domain=domain, **{**NEW, "email": "other@example.org"})
    with pytest.raises(BadInput):
        await create_identity(user=await make_user(), domain=domain, username="NEWBIE")
    assert [row.username async for row in SignUp.objects.all()] == ["newbie", "newbie"]


async def test_a_login_made_by_an_operator_inherits_nothing_of_an_unconfirmed_one(
    db: None, post: PostOffice
) -> None:
    domain = await _open()
    assert await sign_up.sign_up(domain=domain, **{**NEW, "password": "the attacker knows it"}) is not None
    done = await set_up(domain=domain.name, email=NEW["email"], handle="boss", password=NEW["password"])
    assert done.user.is_admin
    with pytest.raises(Unauthenticated):
        await logins.sign_in(**{**WHO, "password": "the attacker knows it"})
    await logins.sign_in(**WHO)


async def test_known_and_unknown_addresses_cost_the_same_work(
    db: None, post: PostOffice, monkeypatch: pytest.MonkeyPatch
) -> None:
    """One password is hashed, one mail queued, one transaction committed, whoever has the address. (Time itself can't be judged on busy machines.)"""
    hashed: list[str] = []

    async def count(password: str, *, salt: str) -> str:
        hashed.append(password)
        return "scrypt$"

    monkeypatch.setattr(sign_up, "hash_password", count)
    domain = await _open()
    await make_user("known@example.org")
    for email, name in (
        ("known@example.org", "a"),
        ("unknown@example.org", "b"),
        ("unknown@example.org", "c"),
    ):
        hashed.clear()
        before = await Mail.objects.acount()
        await sign_up.sign_up(domain=domain, **{**NEW, "email": email, "username": name})
        assert (len(hashed), await Mail.objects.acount() - before) == (1, 1), email


async def test_signing_in_costs_one_hash_for_any_address(db: None, monkeypatch: pytest.MonkeyPatch) -> None:
    """Unknown, confirmed, or signed up with several times: one password is hashed, at the same costs, and as many queries are made."""
    domain = await _open()
    for wanted in (NEW, PLANTED, {**NEW, "password": "a third password"}):
        await sign_up.sign_up(domain=domain, **wanted)
    await logins.create_user(email="known@example.org", password=NEW["password"])
    hashed: list[tuple[str, str]] = []

    def count(password: str, salt: str = "", like: str = "") -> str:
        hashed.append((password, "$".join(like.split("$")[3:5] or ["8", "5"])))
        return encode(password, salt, like)

    async def here(function: Callable[..., str], *args: str) -> str:
        return function(*args)

    monkeypatch.setattr(passwords, "encode", count)
    monkeypatch.setattr(passwords, "run_in_process", here)
    queries = []
    for email in ("unknown@example.org", "known@example.org", NEW["email"]):
        hashed.clear()
        async with counted(monkeypatch) as made:
            with pytest.raises(Unauthenticated):
                await logins.sign_in(**{**WHO, "email": email, "password": "nobody's at all"})
        assert hashed == [("nobody's at all", "8$5")], email
        queries.append(len(made))
    assert len(set(queries)) == 1, queries


async def test_a_reset_link_lets_in_as_the_link_of_the_sign_up_does(db: None, post: PostOffice) -> None:
    domain = await _open()
    await sign_up.sign_up(domain=domain, **NEW)
    await logins.request_reset(email=NEW["email"], domain=domain, address="10.0.0.1")
    # both mails are sent side by side: which of them is the last is chance
    found = re.search(r"/password/reset/(\S+)", "\n".join(map(text_of, await post.arrived())))
    assert found
    await logins.reset_password(token=found[1], password="another horse battery", address="10.0.0.1")
    session, _ = await logins.sign_in(**{**WHO, "password": "another horse battery"})
    assert session.identity_id == (await Identity.objects.aget()).pk


async def test_unconfirmed_sign_ups_are_deleted_after_a_week(db: None, post: PostOffice) -> None:
    open_domain = await _open()
    asking = await make_domain("asking.example", sign_up_mode=SignUpMode.approval)
    bounced = await sign_up.sign_up(domain=open_domain, **NEW)
    waiting = await sign_up.sign_up(domain=asking, **{**NEW, "email": "waiting@example.org"})
    assert bounced is not None
    assert waiting is not None
    # the worker sends both side by side: which of them is the last is chance
    (mail,) = [mail for mail in await post.arrived() if "waiting@example.org" in str(mail["To"])]
    found = re.search(r"/confirm/(\S+)", text_of(mail))
    assert found
    with clock.shifted(dt.timedelta(days=2)):
        await _confirm(found[1])
    for days, left in ((6, {bounced.pk, waiting.pk}), (8, {waiting.pk}), (10, set())):
        with clock.shifted(dt.timedelta(days=days)):
            await remove_stale_sign_ups()
        assert {user.pk async for user in User.objects.all()} == left, days
    assert await sign_up.sign_up(domain=open_domain, **{**NEW, "email": "mistyped@example.org"}) is not None


async def test_identities_of_older_versions_end_until_their_people_are_in(db: None) -> None:
    domain = await _open()
    user = await make_user(confirmed_at=None)
    await make_person(domain, "early", user)
    await make_person(domain, "in", await make_user("in@example.org"))
    migration = import_module("users.migrations.0010_keep_names_of_sign_ups")
    await sql.run(migration._THOSE_WHO_WAIT)
    assert [(row.user_id, row.username) async for row in SignUp.objects.all()] == [(user.pk, "early")]
    await remove_stale_sign_ups()
    assert [i.username async for i in Identity.objects.all()] == ["in"]
    assert await SignUp.objects.aexists()


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
        await sql.run("DELETE FROM core_tries")
        with pytest.raises(BadInput):
            await sign_up.sign_up(domain=domain, **{**NEW, **wrong})
    assert not await User.objects.aexists()
    assert await post.arrived() == []


async def test_approval_waits_for_a_moderator(db: None, post: PostOffice) -> None:
    await sign_up.sign_up(domain=await _open(SignUpMode.approval), **NEW)
    user = await _confirm(await _token(post))
    with pytest.raises(NotAllowed):
        await sign_up.approve(moderator=user, user_id=user.pk)
    assert not await Identity.objects.aexists()
    with pytest.raises(NotAllowed):
        await create_identity(user=user, domain=await make_domain("other.example"), username="early")
    moderator = await make_user("m@example.org", MODERATOR)
    assert (await sign_up.approve(moderator=moderator, user_id=user.pk)).approved_at is not None
    assert (await Identity.objects.aget()).username == "newbie"
    assert await reads.user_by_email(NEW["email"]) is not None


async def test_one_address_signs_up_so_often(db: None) -> None:
    domain = await _open()
    await options.set_value(options.SIGN_UP_PUZZLE, False, level=Level.domain, owner=domain.pk)
    for _ in range(10):
        with pytest.raises(BadInput):
            await sign_up.sign_up(domain=domain, **{**NEW, "username": "admin"})
    with pytest.raises(TooMany):
        await sign_up.sign_up(domain=domain, **NEW)
