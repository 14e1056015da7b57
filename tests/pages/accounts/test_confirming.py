"""The link in the mail of a sign-up: it lets in whoever chose the sign-up's password, or the owner of the mailbox with a new one."""

import re
from typing import Any

import httpx
import pytest

from api.models import Token
from api.oauth import apps
from api.services.registration import register
from tests.pages.conftest import Site, Visitor
from tests.support.post_office import PostOffice, text_of
from users.domains import services as domains
from users.domains.models import SignUpMode
from users.identities.models import Identity
from users.logins.cookies import cookie_name
from users.logins.models import Session, SignUp, User
from users.logins.services import guess_limits, logins

pytestmark = [pytest.mark.anyio, pytest.mark.slow]

EMAIL = "owner@example.org"
THEIRS, MINE, CHOSEN = "the attacker knows it", "only the owner knows", "chosen by the owner"


@pytest.fixture
async def attacker(site: Site) -> Any:
    site.domain = await domains.edit_domain(domain=site.domain, sign_up_mode=SignUpMode.open)
    transport = site.nobody.http._transport
    async with httpx.AsyncClient(transport=transport, base_url="http://testserver") as http:
        for client in (http, site.nobody.http):
            client.event_hooks["response"].append(_keeper(client))
        yield Visitor(http)


def _keeper(client: httpx.AsyncClient) -> Any:
    """The domain's cookies are for HTTPS only, and these clients speak plain HTTP."""

    async def keep(response: httpx.Response) -> None:
        for cookie in client.cookies.jar:
            cookie.secure = False

    return keep


async def _sign_up(who: Visitor, name: str, password: str) -> None:
    await who.get("/sign-up")
    done = await who.post("/sign-up", {"username": name, "email": EMAIL, "password": password})
    assert done.status_code == 200


async def _by_app(site: Site, name: str, password: str) -> str:
    app, _ = await apps.register_app(name="App", redirect_uris=["x://"], scopes="read write")
    token, _, _ = await register(
        app_id=app.pk, scopes="read write", domain=site.domain, username=name, email=EMAIL, password=password,
        agreement=True, address="127.0.0.1",
    )  # fmt: skip
    return token


async def _link(post: PostOffice, name: str) -> str:
    """The path of the link in the mail about this name."""
    (text,) = [text for text in map(text_of, await post.arrived()) if f"@{name}@" in text]
    found = re.search(r"https://testserver(/confirm/\S+)", text)
    assert found
    return found[1]


async def _sign_in(who: Visitor, password: str) -> int:
    await who.get("/sign-in")
    return (await who.post("/sign-in", {"email": EMAIL, "password": password})).status_code


async def _uses(site: Site, token: str) -> int:
    headers = {"Authorization": f"Bearer {token}"}
    path = "/api/v1/accounts/verify_credentials"
    return (await site.nobody.http.get(path, headers=headers)).status_code


@pytest.mark.parametrize("order", ["attacker owner", "owner attacker", "attacker"])
@pytest.mark.parametrize("by_app", [True, False])
async def test_opening_an_attackers_confirmation_link_does_not_admit_the_attacker(
    site: Site, attacker: Visitor, post: PostOffice, order: str, by_app: bool
) -> None:
    token = ""
    for who in order.split():
        if who == "attacker" and by_app:
            token = await _by_app(site, "planted", THEIRS)
        elif who == "attacker":
            await _sign_up(attacker, "planted", THEIRS)
        else:  # in another browser than the one that opens the link
            await _sign_up(attacker, "mine", MINE)
    link = await _link(post, "planted")
    shown = await site.nobody.get(link)
    assert (shown.status_code, "@planted@testserver" in shown.text) == (200, True)
    for typed in ({}, {"password": ""}, {"password": "nobody's at all"}):
        refused = await site.nobody.post(link, typed)
        assert refused.status_code in {403, 422}, typed
        assert 'type="password"' in refused.text
    assert not await User.objects.filter(email=EMAIL, confirmed_at__isnull=False).aexists()
    assert await _sign_in(attacker, THEIRS) == 403, "confirm it first"

    taken = f"{link}/new-password"
    assert taken in shown.text
    assert "replaces" in (await site.nobody.get(taken)).text
    assert not await User.objects.filter(email=EMAIL, confirmed_at__isnull=False).aexists(), (
        "it was looked at"
    )
    assert (await site.nobody.post(taken, {"password": "short"})).status_code == 422
    assert (await site.nobody.post(taken, {"password": CHOSEN})).status_code == 303
    assert (await Identity.objects.aget(username="planted")).domain_id == site.domain.pk
    user = await User.objects.aget(email=EMAIL)
    assert (await Session.objects.aget(user=user)).key_hash, "the owner is signed in, and nobody else"
    assert (await site.nobody.get("/home")).status_code == 200
    assert await _sign_in(attacker, THEIRS) == 401
    assert await _sign_in(attacker, CHOSEN) == 303
    if by_app:
        assert await _uses(site, token) == 401
        assert not await Token.objects.filter(user=user, revoked_at=None).aexists()


async def test_the_password_of_this_very_sign_up_confirms_it_in_any_browser(
    site: Site, attacker: Visitor, post: PostOffice
) -> None:
    elsewhere = site.nobody
    await _sign_up(attacker, "me", MINE)
    link = await _link(post, "me")
    assert "enter the password" in (await elsewhere.get(link)).text
    done = await elsewhere.post(link, {"password": MINE})
    assert (done.status_code, done.headers["location"]) == (303, "/welcome")
    assert (await elsewhere.get("/home")).status_code == 200, "who typed the password need not type it again"
    again = await attacker.get(link)
    assert (again.status_code, again.headers["location"]) == (303, "/sign-in")
    assert (await attacker.post(f"{link}/new-password", {"password": CHOSEN})).status_code == 303
    assert await _sign_in(attacker, MINE) == 303, "a used link changes no password"


async def test_the_browser_that_signed_up_confirms_with_one_press(
    site: Site, attacker: Visitor, post: PostOffice
) -> None:
    await _sign_up(attacker, "planted", THEIRS)
    await _sign_up(site.nobody, "me", MINE)
    shown = await site.nobody.get(await _link(post, "me"))
    assert 'type="password"' not in shown.text
    planted = await _link(post, "planted")
    assert 'type="password"' in (await site.nobody.get(planted)).text, "by its own link only"
    assert (await site.nobody.post(planted)).status_code == 422
    assert not await User.objects.filter(email=EMAIL, confirmed_at__isnull=False).aexists()
    assert (await site.nobody.post(await _link(post, "me"))).status_code == 303
    assert (await site.nobody.get("/home")).status_code == 200
    assert not await SignUp.objects.aexists()
    again = await site.nobody.get(await _link(post, "me"))
    assert again.headers["location"] == "/home", "who is in need not sign in"


@pytest.mark.parametrize("then", ["", "moved", "removed"])
async def test_any_link_that_the_address_got_confirms_the_owners_sign_up(
    site: Site, attacker: Visitor, post: PostOffice, then: str
) -> None:
    """Whoever has used up the mails of an address must not have kept its owner out."""
    token = await _by_app(site, "planted", THEIRS)
    link = await _link(post, "planted")
    for _ in range(30):
        await guess_limits.count_sign_up_mail(EMAIL)
    await _sign_up(attacker, "mine", MINE)
    assert not [text for text in map(text_of, await post.arrived()) if "@mine@" in text], "used up"
    if then == "moved":
        headers = {"Authorization": f"Bearer {token}"}
        moved = {"email": "other@example.org"}
        done = await site.nobody.http.post("/api/v1/emails/confirmations", headers=headers, json=moved)
        assert done.status_code == 200
    elif then == "removed":
        await User.objects.filter(signup__username="planted").adelete()
    shown = (await site.nobody.get(link)).text
    assert 'type="password"' in shown
    assert "under another name" in shown
    assert (await site.nobody.post(link, {"password": "nobody's at all"})).status_code == 403
    assert (await site.nobody.post(link, {"password": MINE})).status_code == 303
    assert (await site.nobody.get("/home")).status_code == 200
    user = await User.objects.aget(email=EMAIL)
    owned = Identity.objects.filter(identityaccess__user=user).values_list("username", flat=True)
    assert [name async for name in owned] == ["mine"]
    assert not await Identity.objects.filter(username="planted").aexists()
    assert await _uses(site, token) == (403 if then == "moved" else 401)
    assert (await site.nobody.post(link, {"password": THEIRS})).status_code in {303, 422}
    assert not await User.objects.filter(email="other@example.org", confirmed_at__isnull=False).aexists()


async def test_a_link_proves_no_address_to_which_its_sign_up_moved(
    site: Site, attacker: Visitor, post: PostOffice
) -> None:
    token = await _by_app(site, "planted", THEIRS)
    link = await _link(post, "planted")
    moved = {"email": "other@example.org"}
    await site.nobody.http.post(
        "/api/v1/emails/confirmations", headers={"Authorization": f"Bearer {token}"}, json=moved
    )
    await site.nobody.get("/sign-in")
    for path in (link, f"{link}/new-password"):
        assert (await site.nobody.get(path)).status_code == 422
        assert (await site.nobody.post(path, {"password": THEIRS})).status_code == 422
    assert not await User.objects.filter(email="other@example.org", confirmed_at__isnull=False).aexists()


async def test_browsers_get_the_same_whether_or_not_the_address_has_a_login(
    site: Site, attacker: Visitor
) -> None:
    await _sign_up(attacker, "me", MINE)
    await User.objects.filter(email=EMAIL).aupdate(confirmed_at="2026-01-01T00:00:00Z")
    await _sign_up(site.nobody, "other", THEIRS)
    name = "__Host-signed-up" if cookie_name(site.domain).startswith("__Host-") else "signed-up"
    kept = [visitor.http.cookies[name] for visitor in (attacker, site.nobody)]
    assert len({len(value) for value in kept}) == 1
    assert all(re.fullmatch("[0-9a-f]{64}", value) for value in kept)


async def test_an_apps_token_works_once_its_person_has_typed_the_password(
    site: Site, attacker: Visitor, post: PostOffice
) -> None:
    token = await _by_app(site, "me", MINE)
    assert await _uses(site, token) == 403
    await site.nobody.get(link := await _link(post, "me"))
    assert (await site.nobody.post(link, {"password": MINE})).status_code == 303
    assert await _uses(site, token) == 200


async def test_passwords_at_the_link_are_counted(site: Site, attacker: Visitor, post: PostOffice) -> None:
    await _sign_up(attacker, "planted", THEIRS)
    await site.nobody.get(link := await _link(post, "planted"))
    for _ in range(10):
        assert (await site.nobody.post(link, {"password": "nobody's at all"})).status_code == 403
    late = await site.nobody.post(link, {"password": THEIRS})
    assert (late.status_code, "Too many" in late.text) == (429, True)
    assert not await User.objects.filter(email=EMAIL, confirmed_at__isnull=False).aexists()
    assert (await site.nobody.post(f"{link}/new-password", {"password": CHOSEN})).status_code == 303


@pytest.mark.parametrize("mode", [SignUpMode.approval])
async def test_people_awaiting_approval_are_told_so(
    site: Site, attacker: Visitor, post: PostOffice, mode: SignUpMode
) -> None:
    await domains.edit_domain(domain=site.domain, sign_up_mode=mode)
    await _sign_up(attacker, "me", MINE)
    await site.nobody.get(link := await _link(post, "me"))
    assert "moderator" in (await site.nobody.post(link, {"password": MINE})).text
    assert "moderator" in (await site.nobody.get(link)).text
    assert not await Session.objects.filter(user__email=EMAIL).aexists()


async def test_a_session_or_password_of_another_login_confirms_nothing(
    site: Site, attacker: Visitor, post: PostOffice
) -> None:
    await _sign_up(attacker, "planted", THEIRS)
    link = await _link(post, "planted")
    assert 'type="password"' in (await site.member.get(link)).text
    assert (await site.member.post(link, {"password": MINE})).status_code == 403
    await logins.request_reset(email=EMAIL, domain=site.domain, address="10.0.0.1")
    assert not await Identity.objects.filter(username="planted").aexists()


async def test_every_sign_up_of_an_address_knows_its_own_password(
    site: Site, attacker: Visitor, post: PostOffice
) -> None:
    """And an owner who asks for a new password chooses which of the sign-ups is theirs."""
    for name, password in (("mine", MINE), ("planted", THEIRS), ("planted2", CHOSEN)):
        await _sign_up(attacker, name, password)
    assert [await _sign_in(site.nobody, each) for each in (MINE, THEIRS, CHOSEN, "nobody's at all")] == [
        403, 403, 403, 401,
    ]  # fmt: skip
    await site.nobody.get("/password/forgotten")
    await site.nobody.post("/password/forgotten", {"email": EMAIL})
    (text,) = [text for text in map(text_of, await post.arrived()) if "/password/reset/" in text]
    assert "for @planted2@testserver, @planted@testserver, @mine@testserver." in text
    found = re.search(r"https://testserver(/password/reset/\S+)", text)
    assert found
    shown = await site.nobody.get(found[1])
    choices = dict(re.findall(r'value="(\d+)"[^>]*><span>@(\w+)@testserver', shown.text))
    assert sorted(choices.values()) == ["mine", "planted", "planted2"]
    mine = next(pk for pk, name in choices.items() if name == "mine")
    new = {"password": "another of the owner"}
    other = await User.objects.aget(email="mia@example.org")
    for wrong in ({}, {"sign_up": other.pk}, {"sign_up": "x"}):
        assert (await site.nobody.post(found[1], {**new, **wrong})).status_code == 422
    assert (await site.nobody.post(found[1], {**new, "sign_up": mine})).status_code == 303
    assert (await site.nobody.post(found[1], {**new, "sign_up": mine})).status_code == 422, "used up"
    assert (await Identity.objects.aget(username="mine")).domain_id == site.domain.pk
    assert await User.objects.filter(email=EMAIL).acount() == 1
    assert [await _sign_in(site.nobody, each) for each in (MINE, THEIRS, new["password"])] == [401, 401, 303]


async def test_a_link_that_is_over_leads_to_a_new_one(
    site: Site, attacker: Visitor, post: PostOffice
) -> None:
    await _sign_up(attacker, "mine", MINE)
    link = await _resets(site, post)
    await site.nobody.get(link)
    assert (await site.nobody.post(link, {"password": CHOSEN})).status_code == 303
    for used in (await site.nobody.get(link), await site.nobody.get(link + "x")):
        assert used.status_code == 422
        assert "This link is no longer valid. Request a new one." in used.text
        assert re.search(
            r'<form method="post" action="/password/forgotten">.*?name="email"', used.text, re.DOTALL
        )


async def _resets(site: Site, post: PostOffice) -> str:
    await site.nobody.get("/password/forgotten")
    await site.nobody.post("/password/forgotten", {"email": EMAIL})
    found = re.search(
        r"https://testserver(/password/reset/\S+)", "\n".join(map(text_of, await post.arrived()))
    )
    assert found
    return found[1]


@pytest.mark.parametrize("way", ["confirm", "reset", "reset of several"])
async def test_confirming_somebody_elses_sign_up_lets_the_owner_choose_the_name(
    site: Site, attacker: Visitor, post: PostOffice, way: str
) -> None:
    """A name that somebody else asked for with the owner's address must not become the owner's for good."""
    chosen: dict[str, Any] = {"password": CHOSEN}
    if way == "reset of several":
        await _sign_up(attacker, "planted2", THEIRS)
    await _sign_up(attacker, "planted", THEIRS)
    if way == "reset of several":
        chosen["sign_up"] = (await SignUp.objects.aget(username="planted")).pk
    link = f"{await _link(post, 'planted')}/new-password" if way == "confirm" else await _resets(site, post)
    shown = (await site.nobody.get(link)).text
    assert ('value="planted"' in shown) == (way != "reset of several"), "the name that was asked for"
    for bad, why in (("admin", "reserved"), ("mia", "taken"), ("no name", "Use letters from a to z")):
        refused = await site.nobody.post(link, {**chosen, "username": bad})
        assert (refused.status_code, why in refused.text) == (422, True), bad
    assert await SignUp.objects.filter(username="planted").aexists()
    assert await _sign_in(attacker, THEIRS) == 403, "nothing was changed"
    assert (await site.nobody.post(link, {**chosen, "username": "MyOwn"})).status_code == 303
    user = await User.objects.aget(email=EMAIL)
    owned = Identity.objects.filter(identityaccess__user=user).values_list("username", flat=True)
    assert [name async for name in owned] == ["MyOwn"]
    assert not await Identity.objects.filter(username="planted").aexists()
    assert not await SignUp.objects.aexists(), "the name that was asked for is free"


async def test_another_name_asks_the_moderators_again(
    site: Site, attacker: Visitor, post: PostOffice
) -> None:
    """They agreed to the name and the reason of whoever made the sign-up."""
    await domains.edit_domain(domain=site.domain, sign_up_mode=SignUpMode.approval)
    await _sign_up(attacker, "planted", THEIRS)
    await User.objects.filter(email=EMAIL).aupdate(approved_at="2026-01-01T00:00:00Z")
    await site.nobody.get(link := f"{await _link(post, 'planted')}/new-password")
    waits = await site.nobody.post(link, {"password": CHOSEN, "username": "MyOwn"})
    assert "moderator" in waits.text
    assert (await User.objects.aget(email=EMAIL)).approved_at is None
    assert (await SignUp.objects.aget()).username == "MyOwn"
    assert not await Identity.objects.filter(username__in=["planted", "MyOwn"]).aexists()


async def test_a_reset_of_a_confirmed_login_asks_for_no_name(
    site: Site, attacker: Visitor, post: PostOffice
) -> None:
    await _sign_up(attacker, "me", MINE)
    await site.nobody.get(link := await _link(post, "me"))
    await site.nobody.post(link, {"password": MINE})
    link = await _resets(site, post)
    assert 'name="username"' not in (await site.nobody.get(link)).text
    assert (await site.nobody.post(link, {"password": CHOSEN, "username": "other"})).status_code == 303
    assert await Identity.objects.filter(username="me").aexists()
    assert not await Identity.objects.filter(username="other").aexists()
