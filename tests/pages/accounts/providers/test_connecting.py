"""Connecting accounts with a login in the settings, disconnecting them, and signing out at the provider, too."""

import html
from collections.abc import Callable
from typing import Any

import pytest

from tests.pages.accounts.providers.conftest import _LINK, Door
from tests.pages.conftest import Visitor
from tests.users.support import make_person, make_user, sign_in
from users.audit.models import Act, AuditEntry
from users.logins.models import Mail, Session, User
from users.logins.passwords import hash_password
from users.sign_in_providers.models import ExternalLogin

pytestmark = [pytest.mark.anyio, pytest.mark.slow]
People = Callable[..., dict[str, Any]]
PASSWORD = "correct horse battery"


async def member(door: Door, name: str = "mia", password: str = "") -> tuple[User, Visitor]:
    password_hash = await hash_password(password) if password else ""
    user = await make_user(f"{name}@example.org", password_hash=password_hash)
    await make_person(door.domain, name, user)
    _, cookie = await sign_in(user, door.domain)
    return user, await door.browser(cookie)


async def connect(door: Door, visitor: Visitor, **form: str) -> str:
    """Press "Connect"; return the address at the provider."""
    path = f"/settings/security/providers/{door.row.pk}/connect"
    await visitor.get(path)
    page = await visitor.post(path, form)
    found = _LINK.search(page.text)
    assert found is not None, page.text
    return html.unescape(found[1])


async def test_an_account_is_connected_after_the_password_and_opens_the_login_then(
    door: Door, people: People
) -> None:
    user, visitor = await member(door, password=PASSWORD)
    door.provider.person = people("somebody", email_verified=False)
    assert "Connect <bdi>House</bdi>" in (await visitor.get("/settings/security")).text
    path = f"/settings/security/providers/{door.row.pk}/connect"
    wrong = await visitor.post(path, {"password": "guessed"})
    assert wrong.status_code == 422
    back = await visitor.get(door.provider.authorize(await connect(door, visitor, password=PASSWORD)))
    assert back.headers["location"] == "/settings/security"
    shown = (await visitor.get("/settings/security")).text
    assert "House is connected" in shown
    assert "somebody@example.org" in shown
    link = await ExternalLogin.objects.aget()
    assert (link.user_id, link.subject) == (user.pk, "id-of-somebody")
    assert await AuditEntry.objects.filter(act=Act.connect_login, actor_id=user.pk).aexists()
    assert await Mail.objects.filter(recipient=user.email).acount() == 1
    assert (await door.enter(await door.browser())).status_code == 303
    assert await Session.objects.filter(user=user.pk, provider_id=door.row.pk).acount() == 1


async def test_an_account_of_somebody_else_is_not_connected(door: Door, people: People) -> None:
    other, _ = await member(door, "mo")
    await ExternalLogin.objects.acreate(provider=door.row, subject="id-of-ada", user=other)
    _, visitor = await member(door)
    door.provider.person = people()
    back = await visitor.get(door.provider.authorize(await connect(door, visitor)))
    assert back.headers["location"] == "/settings/security"
    assert "connected with another login" in (await visitor.get("/settings/security")).text
    assert (await ExternalLogin.objects.aget()).user_id == other.pk


async def test_whoever_is_signed_in_when_it_returns_gets_nothing_of_another_login(
    door: Door, people: People
) -> None:
    user, visitor = await member(door)
    other, _ = await member(door, "mo")
    door.provider.person = people()
    there = await connect(door, visitor)
    _, cookie = await sign_in(other, door.domain)
    visitor.http.cookies.delete("__Host-session")
    visitor.http.cookies.set("__Host-session", cookie)
    await visitor.get(door.provider.authorize(there))
    assert not await ExternalLogin.objects.aexists()
    assert user.pk != other.pk


async def test_the_only_way_in_is_not_disconnected(door: Door) -> None:
    user, visitor = await member(door)
    other, stranger = await member(door, "mo")
    link = await ExternalLogin.objects.acreate(provider=door.row, subject="s", user=user)
    path = f"/settings/security/providers/{link.pk}/disconnect"
    await stranger.get("/settings/security")
    assert (await stranger.post(path)).status_code == 404
    await visitor.get("/settings/security")
    await visitor.post(path)
    assert "your only way to sign in" in (await visitor.get("/settings/security")).text
    assert await ExternalLogin.objects.aexists()
    await User.objects.filter(pk=user.pk).aupdate(password_hash="scrypt$x")
    await visitor.post(path)
    assert not await ExternalLogin.objects.aexists()
    assert await AuditEntry.objects.filter(act=Act.disconnect_login, actor_id=user.pk).aexists()
    assert other.pk != user.pk


async def test_signing_out_leads_on_to_the_provider_if_it_has_a_page_for_that(
    door: Door, people: People
) -> None:
    door.provider.person = people()
    user, _ = await member(door)
    await ExternalLogin.objects.acreate(provider=door.row, subject="id-of-ada", user=user)
    visitor = await door.browser()
    await door.enter(visitor)
    await visitor.get("/settings/security")
    plain = await visitor.post("/sign-out")
    assert (plain.status_code, plain.headers["location"]) == (303, "/")
    metadata = door.provider.document() | {"end_session_endpoint": f"{door.provider.issuer}/bye"}
    await door.change(metadata=metadata)
    visitor = await door.browser()
    await door.enter(visitor)
    await visitor.get("/settings/security")
    answer = await visitor.post("/sign-out")
    found = _LINK.search(answer.text)
    assert found is not None
    bye = html.unescape(found[1])
    assert bye.startswith(
        f"{door.provider.issuer}/bye?client_id=takahe&post_logout_redirect_uri=https%3A%2F%2Ftest"
    )
    assert not await Session.objects.filter(provider_id=door.row.pk).aexists()
    assert (await visitor.get("/settings/security")).status_code == 303


async def test_without_a_password_it_is_said_how_to_get_one(door: Door) -> None:
    """Changes of a login are confirmed with it."""
    _, visitor = await member(door)
    page = await visitor.get("/settings/security")
    assert 'href="/password/forgotten"' in page.text
    assert 'name="current"' not in page.text
    answer = await visitor.post("/settings/security/delete-login", {"password": "x"})
    assert "You have no password yet" in answer.text
