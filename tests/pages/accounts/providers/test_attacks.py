"""Attacks between a browser, us and a provider: each opens no session and connects nothing."""

import asyncio
import html
import time
from collections.abc import Callable
from typing import Any
from urllib.parse import parse_qsl, urlencode, urlsplit

import pytest

from core.errors import Invalid
from tests.pages.accounts.providers.conftest import Door, add_provider
from tests.pages.accounts.providers.provider import (
    GONE,
    KEYS,
    METADATA,
    TOKEN,
    Provider,
    make_signing_key,
)
from tests.support.peers import Reply
from tests.users.support import make_domain, make_person, make_user, sign_in
from users.logins.models import Session, User
from users.sign_in_providers.models import ExternalLogin, SignInProvider

pytestmark = [pytest.mark.anyio, pytest.mark.slow]
People = Callable[..., dict[str, Any]]


@pytest.fixture
async def ada(door: Door, people: People) -> User:
    """A login that is connected with the account of whoever signs in at the provider."""
    door.provider.person = people()
    user = await make_user()
    await make_person(door.domain, "ada", user)
    await ExternalLogin.objects.acreate(provider=door.row, subject="id-of-ada", user=user)
    return user


async def refuses(door: Door, **changes: Any) -> str:
    answer = await door.enter(await door.browser(), **changes)
    assert 400 <= answer.status_code < 500, answer.headers
    assert not await Session.objects.aexists()
    return html.unescape(answer.text)


@pytest.mark.parametrize(
    "claims",
    [
        {"iss": "http://evil.test"},
        {"iss": GONE},
        {"aud": "another"},
        {"aud": ["another"]},
        {"aud": GONE},
        {"aud": ["takahe", "another"]},
        {"aud": ["takahe", "another"], "azp": "another"},
        {"azp": "another"},
        {"nonce": "guessed"},
        {"nonce": GONE},
        {"nonce": None},
        {"sub": ""},
        {"sub": GONE},
        {"sub": 7},
        {"sub": "x" * 256},
        {"at_hash": "AAAAAAAAAAAAAAAAAAAAAA"},
        {"at_hash": None},
        {"exp": GONE},
        {"iat": GONE},
        {"exp": "never"},
        {"exp": True},
    ],
    ids=str,
)
async def test_a_token_with_a_wrong_claim_opens_nothing(
    door: Door, ada: User, claims: dict[str, Any]
) -> None:
    door.provider.claims = claims
    assert "can't be trusted" in await refuses(door)


@pytest.mark.parametrize(("claim", "away_s"), [("exp", -600), ("iat", 6000), ("iat", -90_000)])
async def test_a_token_of_another_time_opens_nothing_and_the_clocks_are_named(
    door: Door, ada: User, claim: str, away_s: int
) -> None:
    door.provider.claims = {claim: int(time.time()) + away_s}
    assert "clocks" in await refuses(door)


async def test_clocks_may_differ_by_some_seconds(door: Door, ada: User) -> None:
    door.provider.claims = {"exp": int(time.time()) - 20, "iat": int(time.time()) + 20}
    assert (await door.enter(await door.browser())).status_code == 303


@pytest.mark.parametrize(
    "trick", ["none", "HS256", "RS384", "another key", "another key of its name", "cut off"]
)
async def test_a_token_that_the_provider_did_not_sign_opens_nothing(
    door: Door, ada: User, trick: str
) -> None:
    provider = door.provider
    if trick.startswith("another key"):
        provider.key = make_signing_key(1)
        provider.header = {"kid": "key-0"} if trick.endswith("name") else {}
    elif trick == "cut off":
        provider.replies[TOKEN] = lambda _: Reply(
            200, b'{"id_token": "a.b", "access_token": "x"}', "application/json"
        )
    else:
        provider.alg = trick
    assert "can't be trusted" in await refuses(door)


async def test_a_key_for_encryption_does_not_count(door: Door, ada: User) -> None:
    door.provider.public = [{**door.provider.public[0], "use": "enc"}]
    await door.change(keys=[], keys_fetched_at=None)
    assert "can't be trusted" in await refuses(door)


async def test_an_answer_counts_once_and_only_in_the_browser_that_asked(door: Door, ada: User) -> None:
    victim, attacker = await door.browser(), await door.browser()
    there = await door.leave(victim)
    back = door.provider.authorize(there)
    assert (await attacker.get(back)).status_code == 422  # has no cookie
    await door.leave(attacker)
    assert (await attacker.get(back)).status_code == 422  # has that of another question
    assert not await Session.objects.aexists()
    cookie = victim.http.cookies.get("__Host-asked-provider")
    assert (await victim.get(back)).status_code == 303
    thief = await door.browser()
    thief.http.cookies.set("__Host-asked-provider", cookie or "")
    again = door.provider.authorize(there)  # the provider gives another code for the same question
    assert (await thief.get(again)).status_code == 422
    assert await Session.objects.acount() == 1


async def test_nobody_is_signed_in_by_the_link_of_an_attacker(door: Door, ada: User) -> None:
    """Login CSRF: the victim would write into the attacker's account."""
    attacker, victim = await door.browser(), await door.browser()
    back = door.provider.authorize(await door.leave(attacker))
    answer = await victim.get(back)
    assert (answer.status_code, "another browser" in answer.text) == (422, True)
    assert "__Host-session" not in victim.http.cookies


async def test_the_button_needs_the_token_of_a_page(door: Door) -> None:
    visitor = await door.browser()
    answer = await visitor.http.post(f"/sign-in/with/{door.row.pk}", headers={"Origin": "https://evil.test"})
    assert answer.status_code == 403


async def test_one_provider_cannot_answer_for_another(door: Door, ada: User) -> None:
    """Mix-up: the code of the honest provider would go to the hostile one, or its answer come from there."""
    async with Provider("evil.test") as evil:
        row = await add_provider(door.domain, evil, name="Evil")
        evil.person = door.provider.person
        evil.claims = {"iss": door.provider.issuer}
        visitor = await door.browser()
        there = await door.leave(visitor)
        # the browser was sent to the hostile provider instead, which answers with its own name, or with the other
        for named in (evil.issuer, door.provider.issuer, GONE):
            back = evil.authorize(there, iss=named)
            assert (await visitor.get(back)).status_code in {422, 404}
            there = await door.leave(visitor)
        # the answer of the honest provider is brought to the address of the hostile one
        back = door.provider.authorize(await door.leave(visitor))
        moved = back.replace(f"/{door.row.pk}/", f"/{row.pk}/")
        assert (await visitor.get(moved)).status_code == 422
        assert not any(one.path == TOKEN for one in evil.requests)
        # a token that it signed for itself says that it is of the honest one
        visitor = await door.browser()
        there = await door.leave(visitor, row=row)
        assert (await visitor.get(evil.authorize(there))).status_code == 422
        assert not await Session.objects.aexists()


async def test_an_answer_of_another_issuer_is_refused_even_if_it_is_an_error(door: Door, ada: User) -> None:
    for issuer in ("http://evil.test", GONE, ""):
        assert "can't be trusted" in await refuses(door, iss=issuer)
    assert "can't be trusted" in await refuses(door, iss="http://evil.test", error="access_denied")


async def test_the_verifier_of_a_question_is_needed_for_its_code(door: Door, ada: User) -> None:
    visitor = await door.browser()
    there = await door.leave(visitor)
    other = await door.leave(await door.browser())
    asked = dict(parse_qsl(urlsplit(there).query))
    asked["code_challenge"] = dict(parse_qsl(urlsplit(other).query))["code_challenge"]
    back = door.provider.authorize(f"{door.provider.issuer}/authorize?{urlencode(asked)}")
    assert (await visitor.get(back)).status_code == 422
    assert not await Session.objects.aexists()


@pytest.mark.parametrize(
    "next_", ["https://evil.test/", "//evil.test/", "/\\evil.test", "javascript:alert(1)"]
)
async def test_nobody_is_led_elsewhere_afterwards(door: Door, ada: User, next_: str) -> None:
    answer = await door.enter(await door.browser(), next_=next_)
    assert (answer.status_code, answer.headers["location"]) == (303, "/")


async def test_an_account_is_connected_only_with_the_login_that_asked(door: Door, people: People) -> None:
    """An attacker who makes the victim's browser finish could otherwise sign in as the victim later."""
    door.provider.person = people("mallory")
    victim = await make_user("victim@example.org")
    await make_person(door.domain, "victim", victim)
    _, cookie = await sign_in(victim, door.domain)
    attacker, browser = await door.browser(), await door.browser(cookie)
    back = door.provider.authorize(await door.leave(attacker))
    await browser.get(back)
    assert not await ExternalLogin.objects.aexists()


async def test_a_provider_of_another_domain_opens_nothing_here(door: Door, ada: User) -> None:
    other = await make_domain("other.test")
    visitor = await door.browser(host=other.name)
    await visitor.get("/sign-in")
    assert (await visitor.post(f"/sign-in/with/{door.row.pk}")).status_code == 404
    back = door.provider.authorize(await door.leave(await door.browser()))
    assert (await visitor.get(back.replace("testserver", "other.test"))).status_code in {404, 422}


async def test_a_disabled_provider_opens_nothing(door: Door, ada: User) -> None:
    visitor = await door.browser()
    there = await door.leave(visitor)
    await SignInProvider.objects.filter(pk=door.row.pk).aupdate(is_enabled=False)
    assert (await visitor.get(door.provider.authorize(there))).status_code == 404
    assert not await Session.objects.aexists()


async def test_huge_documents_are_refused_quickly(door: Door, ada: User) -> None:
    huge = Reply(200, b'{"keys": [' + b"0," * 400_000 + b"0]}", "application/json")
    door.provider.replies[KEYS] = huge
    await door.change(keys=[], keys_fetched_at=None)
    answer = await door.enter(await door.browser())
    assert (answer.status_code, "can&#x27;t be reached" in answer.text) == (503, True)
    async with Provider("evil.test") as evil:
        evil.replies[METADATA] = huge
        with pytest.raises(Invalid, match="too large"):
            await add_provider(door.domain, evil)
    assert not await Session.objects.aexists()


async def test_a_slow_provider_holds_nobody_up(
    door: Door, ada: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("users.sign_in_providers.services.flow.TIMEOUT_S", 0.2)
    gate = door.provider.gates[TOKEN] = asyncio.Event()
    answer = await door.enter(await door.browser())
    gate.set()
    assert answer.status_code == 503


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"issuer": "http://evil.test"}, "calls itself http://evil.test"),
        ({"issuer": GONE}, "no usable"),
        ({"token_endpoint": "file:///etc/passwd"}, "no usable"),
        ({"authorization_endpoint": "javascript:alert(1)"}, "no usable"),
        ({"id_token_signing_alg_values_supported": ["HS256", "none"]}, "none of the ways"),
        ({"jwks_uri": 7}, "no usable"),
    ],
    ids=str,
)
async def test_a_provider_that_would_not_work_is_not_added(
    door: Door, changes: dict[str, Any], words: str
) -> None:
    async with Provider("evil.test") as other:
        document = {**other.document(), **changes}
        document = {name: value for name, value in document.items() if value is not GONE}
        other.document = lambda: document  # type: ignore[method-assign]
        with pytest.raises(Invalid, match=words):
            await add_provider(door.domain, other)


@pytest.mark.parametrize(
    "issuer", ["http://127.0.0.2:22", "ftp://x.test", "https://user:pw@x.test", "nonsense", ""]
)
async def test_addresses_that_we_never_ask_are_refused(door: Door, issuer: str) -> None:
    from users.logins.services.staff import OPERATOR
    from users.sign_in_providers.services.providers import Wanted, add

    with pytest.raises(Invalid):
        await add(by=OPERATOR, domain=door.domain, issuer=issuer, wanted=Wanted(name="x", client_id="y"))
