"""Signing in at a provider: who gets in, into which login, and what others are told to do."""

import datetime as dt
from collections.abc import Callable
from typing import Any

import pytest

from core import clock
from tests.pages.accounts.providers.conftest import Door
from tests.pages.accounts.providers.provider import KEYS, METADATA, TOKEN, make_signing_key
from tests.users.support import give_role, make_domain, make_person, make_user
from users.access_rules.models import EmailDomainBlock
from users.audit.models import Act, AuditEntry
from users.domains.models import SignUpMode
from users.identities.models import Identity
from users.logins.models import Mail, Session, User
from users.roles.models import MODERATOR
from users.sign_in_providers.models import ExternalLogin

pytestmark = [pytest.mark.anyio, pytest.mark.slow]
People = Callable[..., dict[str, Any]]


async def known(door: Door, person: dict[str, Any], email: str = "ada@example.org") -> User:
    """A login that is connected with a person's account."""
    user = await make_user(email)
    await make_person(door.domain, email.partition("@")[0], user)
    await ExternalLogin.objects.acreate(provider=door.row, subject=person["sub"], user=user)
    return user


async def is_signed_in(door: Door, user: User) -> bool:
    return bool(await Session.objects.filter(user=user.pk, provider_id=door.row.pk).aexists())


async def test_a_connected_account_opens_its_login_and_leads_where_the_person_wanted(
    door: Door, people: People
) -> None:
    door.provider.person = people(email="another@example.org", email_verified=False)
    user = await known(door, door.provider.person)
    visitor = await door.browser()
    assert "Sign in with <bdi>House</bdi>" in (await visitor.get("/sign-in")).text
    there = await door.leave(visitor, next_="/settings/security")
    assert there.startswith(f"{door.provider.issuer}/authorize?theme=dark&response_type=code&")
    answer = await visitor.get(door.provider.authorize(there))
    assert (answer.status_code, answer.headers["location"]) == (303, "/settings/security")
    assert await is_signed_in(door, user)
    assert (await visitor.get("/settings/security")).status_code == 200
    sent = next(one for one in door.provider.requests if one.path == TOKEN)
    assert sent.headers["authorization"].startswith("Basic ")
    assert b"s3cret" not in sent.body


async def test_a_verified_address_opens_a_login_of_this_domain_if_staff_want_that(
    door: Door, people: People
) -> None:
    door.provider.person = people()
    user = await make_user()
    await make_person(door.domain, "ada", user)
    refused = await door.enter(await door.browser())
    assert (refused.status_code, "connect House" in refused.text) == (403, True)
    await door.change(connects_addresses=True)
    assert (await door.enter(await door.browser())).status_code == 303
    assert await is_signed_in(door, user)
    assert await AuditEntry.objects.filter(act=Act.connect_login, target_id=user.pk).aexists()
    assert await Mail.objects.filter(
        recipient=user.email, text__contains="connected with an account at House"
    ).aexists()


@pytest.mark.parametrize("verified", [False, None, "true", 1])
async def test_an_address_that_is_not_verified_opens_nothing(
    door: Door, people: People, verified: object
) -> None:
    await door.change(connects_addresses=True, creates_logins=True)
    door.provider.person = people(email_verified=verified)
    user = await make_user()
    await make_person(door.domain, "ada", user)
    answer = await door.enter(await door.browser())
    assert (answer.status_code, "has not verified your e-mail address" in answer.text) == (403, True)
    assert not await ExternalLogin.objects.aexists()
    assert not await Session.objects.aexists()


@pytest.mark.parametrize("who", ["staff", "of another domain"])
async def test_an_address_opens_no_login_that_is_more_than_one_of_this_domain(
    door: Door, people: People, who: str
) -> None:
    """Staff of one domain choose its provider, and could have it say anything."""
    await door.change(connects_addresses=True, creates_logins=True)
    door.provider.person = people()
    user = await make_user()
    await make_person(door.domain, "ada", user)
    if who == "staff":
        await give_role(user, MODERATOR)
    else:
        await make_person(await make_domain("other.test"), "ada", user)
    answer = await door.enter(await door.browser())
    assert (answer.status_code, "Sign in as usual" in answer.text) == (403, True)
    assert not await ExternalLogin.objects.aexists()


async def test_somebody_new_chooses_a_username_and_needs_no_approval(door: Door, people: People) -> None:
    await door.change(creates_logins=True)
    door.domain.sign_up_mode = SignUpMode.closed
    door.provider.person = people()
    visitor = await door.browser()
    answer = await door.enter(visitor, next_="/settings/security")
    assert answer.status_code == 303
    form = await visitor.get(answer.headers["location"])
    assert 'value="ada"' in form.text
    taken = await make_person(door.domain, "ada")
    refused = await visitor.post(answer.headers["location"], {"username": "ada"})
    assert refused.status_code == 422
    made = await visitor.post(answer.headers["location"], {"username": "countess"})
    assert (made.status_code, made.headers["location"]) == (303, "/settings/security")
    user = await User.objects.aget(email="ada@example.org")
    assert (user.is_admitted, user.password_hash) == (True, "")
    identity = await Identity.objects.aget(username="countess")
    assert (identity.name, identity.domain_id) == ("Ada", taken.domain_id)
    assert await is_signed_in(door, user)
    again = await door.enter(await door.browser())
    assert again.headers["location"] == "/"
    assert await User.objects.acount() == 1


async def test_the_way_to_a_username_is_no_way_in_later(door: Door, people: People) -> None:
    """Its cookie may be left in a browser that others use, too."""
    await door.change(creates_logins=True)
    door.provider.person = people()
    visitor = await door.browser()
    path = (await door.enter(visitor)).headers["location"]
    await visitor.get(path)
    cookie = visitor.http.cookies.get("__Host-newcomer") or ""
    assert (await visitor.post(path, {"username": "ada"})).status_code == 303
    await ExternalLogin.objects.all().aupdate(created_at=clock.now() - dt.timedelta(minutes=2))
    thief = await door.browser()
    thief.http.cookies.set("__Host-newcomer", cookie)
    await thief.get(path)
    assert (await thief.post(path, {"username": "eve"})).status_code == 422
    assert await Session.objects.acount() == 1


async def test_without_creation_somebody_new_is_told_what_to_do(door: Door, people: People) -> None:
    door.provider.person = people()
    answer = await door.enter(await door.browser())
    assert (answer.status_code, "is not connected with a login here" in answer.text) == (403, True)
    assert 'name="password"' in answer.text
    assert not await User.objects.aexists()


async def test_blocked_mail_domains_stay_out(door: Door, people: People) -> None:
    await door.change(creates_logins=True)
    await EmailDomainBlock.objects.acreate(name="example.org")
    door.provider.person = people()
    answer = await door.enter(await door.browser())
    assert (answer.status_code, "can&#x27;t be used on this server" in answer.text) == (403, True)


async def test_a_sign_up_that_nobody_confirmed_does_not_keep_its_owner_out(
    door: Door, people: People
) -> None:
    """Anybody can sign up with anybody's address."""
    await door.change(creates_logins=True)
    await make_user(confirmed_at=None)
    door.provider.person = people()
    visitor = await door.browser()
    answer = await door.enter(visitor)
    assert (await visitor.post(answer.headers["location"], {"username": "ada"})).status_code == 303
    assert [user.password_hash async for user in User.objects.all()] == [""]
    assert (await User.objects.aget()).confirmed_at is not None


async def test_disabled_logins_stay_out_and_leaving_ones_come_back(door: Door, people: People) -> None:
    door.provider.person = people()
    user = await known(door, door.provider.person)
    await User.objects.filter(pk=user.pk).aupdate(is_disabled=True)
    answer = await door.enter(await door.browser())
    assert answer.status_code == 403
    assert not await Session.objects.aexists()


async def test_the_second_factor_of_the_login_is_asked_for(door: Door, people: People) -> None:
    door.provider.person = people()
    user = await known(door, door.provider.person)
    await User.objects.filter(pk=user.pk).aupdate(has_totp=True)
    answer = await door.enter(await door.browser(), next_="/settings/security")
    assert (answer.status_code, 'name="proof"' in answer.text) == (200, True)
    assert 'value="/settings/security"' in answer.text
    assert not await Session.objects.aexists()


async def test_claims_may_come_from_userinfo(door: Door, people: People) -> None:
    await door.change(connects_addresses=True)
    door.provider.person = people()
    door.provider.tells_in_userinfo = True
    user = await make_user()
    await make_person(door.domain, "ada", user)
    assert (await door.enter(await door.browser())).status_code == 303
    assert await is_signed_in(door, user)


async def test_a_new_key_is_fetched_but_not_for_each_token(door: Door, people: People) -> None:
    door.provider.person = people()
    user = await known(door, door.provider.person)
    await door.enter(await door.browser())
    await door.change(keys_fetched_at=clock.now() - dt.timedelta(minutes=2))
    door.provider.key, door.provider.public = (
        make_signing_key(1),
        [make_signing_key(1).as_dict(private=False)],
    )
    assert (await door.enter(await door.browser())).status_code == 303
    assert await Session.objects.filter(user=user.pk).acount() == 2
    before = sum(one.path == KEYS for one in door.provider.requests)
    door.provider.key = make_signing_key(2)
    for _ in range(3):
        assert (await door.enter(await door.browser())).status_code == 422
    assert sum(one.path == KEYS for one in door.provider.requests) == before


async def test_what_goes_wrong_at_the_provider_is_said_in_words(door: Door, people: People) -> None:
    door.provider.person = people()
    cancelled = await door.enter(await door.browser(), error="access_denied")
    assert (cancelled.status_code, "You did not sign in at House" in cancelled.text) == (403, True)
    refused = await door.enter(await door.browser(), error="<b>no</b>")
    assert (refused.status_code, "<b>no" in refused.text) == (403, False)
    visitor = await door.browser()
    there = await door.leave(visitor)
    await door.provider.stop()
    away = await visitor.get(door.provider.authorize(there))
    assert (away.status_code, "House can&#x27;t be reached" in away.text) == (503, True)
    assert await ExternalLogin.objects.acount() == 0
    assert METADATA in {one.path for one in door.provider.requests}
