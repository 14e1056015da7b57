"""E-mail addresses as people type them: one mailbox is one login, and one limit."""

import pytest

from core.errors import BadInput
from tests.users.support import make_domain
from users.domains.models import Domain, SignUpMode
from users.logins.models import Mail, User
from users.logins.services import logins, sign_up

pytestmark = [pytest.mark.anyio, pytest.mark.slow]
PASSWORD = "correct horse battery"


@pytest.fixture
async def domain(db: None) -> Domain:
    return await make_domain("example.com", sign_up_mode=SignUpMode.open)


@pytest.mark.parametrize(
    "email",
    ['"ada"@example.org', '"a\\da"@example.org', "ada@[127.0.0.1]", "\u212aate@example.org", "a\u017fa@example.org"],
)  # fmt: skip
async def test_other_spellings_of_a_mailbox_are_no_addresses(domain: Domain, email: str) -> None:
    with pytest.raises(BadInput):
        await sign_up.make_login(domain=domain, email=email, password=PASSWORD, username="ada")
    with pytest.raises(BadInput):
        await logins.create_user(email=email, password=PASSWORD)
    assert not await User.objects.aexists()
    assert not await Mail.objects.aexists()


@pytest.mark.parametrize("first", ["ada@BÜCHER.example", "ada@bücher.example", "Ada@xn--bcher-kva.EXAMPLE"])
async def test_an_international_host_is_one_however_it_is_written(domain: Domain, first: str) -> None:
    await logins.create_user(email=first, password=PASSWORD)
    for email in ("ada@BÜCHER.example", "ada@bücher.example", " ADA@xn--bcher-kva.example"):
        user = await logins.authenticate(email=email, password=PASSWORD, address="10.0.0.1")
        assert user.email.isascii()
        with pytest.raises(BadInput):
            await logins.create_user(email=email, password=PASSWORD)
        assert await sign_up.make_login(domain=domain, email=email, password=PASSWORD, username="ada") is None
    assert await User.objects.acount() == 1


@pytest.mark.parametrize("stored", ["Ada@BÜCHER.example", "ada@bücher.example", "ada@xn--bcher-kva.example"])
async def test_addresses_that_were_stored_as_typed_are_found(domain: Domain, stored: str) -> None:
    """Older versions kept an international host in the spelling that somebody happened to use."""
    known = await logins.create_user(email="ada@bücher.example", password=PASSWORD)
    await User.objects.filter(pk=known.pk).aupdate(email=stored)
    for email in (stored, "ada@xn--bcher-kva.example"):
        user = await logins.authenticate(email=email, password=PASSWORD, address="10.0.0.1")
        assert user.pk == known.pk
        assert await sign_up.make_login(domain=domain, email=email, password=PASSWORD, username="ada") is None
        await logins.request_reset(email=email, domain=domain, address="10.0.0.1")
    assert {to async for to in Mail.objects.values_list("recipient", flat=True)} == {stored}
    assert await User.objects.acount() == 1
