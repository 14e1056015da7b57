"""A domain where the provider is the only way to sign in: nothing else is offered or accepted, and the command line opens it again."""

from collections.abc import Callable
from typing import Any

import pytest

from tests.pages.accounts.providers.conftest import Door, add_provider
from tests.pages.accounts.providers.provider import Provider
from tests.users.support import make_domain, make_person
from users.domains.models import Domain, SignUpMode
from users.domains.services import edit_domain
from users.logins.models import Session, User
from users.logins.services import logins
from users.logins.services.staff import OPERATOR
from users.sign_in_providers.models import ExternalLogin
from users.sign_in_providers.services import providers as service

pytestmark = [pytest.mark.anyio, pytest.mark.slow]
People = Callable[..., dict[str, Any]]
PASSWORD = "correct horse battery"
FORM = {"email": "mia@example.org", "password": PASSWORD}


async def close(door: Door) -> None:
    await edit_domain(domain=door.domain, sign_up_mode=SignUpMode.open)
    await service.change(
        by=OPERATOR,
        provider_id=door.row.pk,
        wanted=service.Wanted(name="House", client_id="takahe", replaces_local=True),
    )


async def test_other_forms_are_neither_shown_nor_accepted(door: Door, people: People) -> None:
    user = await logins.create_user(email="mia@example.org", password=PASSWORD)
    await make_person(door.domain, "mia", user)
    await ExternalLogin.objects.acreate(provider=door.row, subject="id-of-mia", user=user)
    await close(door)
    visitor = await door.browser()
    page = (await visitor.get("/sign-in")).text
    assert "Sign in with <bdi>House</bdi>" in page
    assert not any(one in page for one in ('name="password"', "passkey", "/sign-up", "/password/forgotten"))
    refused = await visitor.post("/sign-in", FORM)
    assert (refused.status_code, "with the button of its provider only" in refused.text) == (403, True)
    passkey = await visitor.post("/sign-in/passkey", {"token": "x", "credential": "{}"})
    assert (passkey.status_code, "button of its provider" in passkey.text) == (403, True)
    assert (await visitor.get("/sign-up")).status_code == 403
    sent = {**FORM, "username": "new", "email": "new@example.org"}
    assert (await visitor.post("/sign-up", sent)).status_code == 403
    assert (await visitor.http.get("/api/v2/instance")).json()["registrations"]["enabled"] is False
    assert not await Session.objects.aexists()
    assert await User.objects.acount() == 1
    door.provider.person = people("mia")
    assert (await door.enter(visitor)).status_code == 303


async def test_other_domains_are_as_before_and_a_disabled_provider_closes_nothing(door: Door) -> None:
    await logins.create_user(email="mia@example.org", password=PASSWORD)
    await close(door)
    other = await make_domain("other.test")
    visitor = await door.browser(host=other.name)
    assert 'name="password"' in (await visitor.get("/sign-in")).text
    assert (await visitor.post("/sign-in", FORM)).status_code == 303
    await service.set_enabled(by=OPERATOR, provider_id=door.row.pk, is_enabled=False)
    visitor = await door.browser()
    assert 'name="password"' in (await visitor.get("/sign-in")).text
    assert (await visitor.post("/sign-in", FORM)).status_code == 303


async def test_removing_the_provider_opens_the_domain_again(door: Door) -> None:
    await close(door)
    async with Provider("evil.test") as second:
        await add_provider(door.domain, second)
        assert not (await Domain.objects.aget(pk=door.domain.pk)).has_local_sign_in
        await service.remove(by=OPERATOR, provider_id=door.row.pk)
        assert (await Domain.objects.aget(pk=door.domain.pk)).has_local_sign_in


async def test_a_form_that_was_not_sent_can_not_come_along_and_its_writer_is_told(door: Door) -> None:
    visitor = await door.browser()
    page = await visitor.post("/sign-in", {**FORM, "kept_path": "/compose", "kept:text": "A long post"})
    assert "A long post" in page.text
    assert "copy it first" in page.text
    assert "copy it first" not in (await visitor.get("/sign-in")).text
