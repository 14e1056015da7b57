"""The language of a mail is its reader's, not that of whoever causes it."""

import pytest
from django.utils.translation import override

from tests.support.post_office import PostOffice, text_of
from tests.users.support import make_domain, make_person, make_user
from users.domains.models import SignUpMode
from users.identities.models import Restriction
from users.logins.models import User
from users.logins.services import confirmation, logins, sign_up
from users.moderation import services as moderation
from users.roles.models import OWNER

pytestmark = pytest.mark.anyio


async def test_mails_after_a_german_sign_up_are_german(db: None, post: PostOffice) -> None:
    domain = await make_domain("example.com", sign_up_mode=SignUpMode.open)
    new = {"password": "correct horse battery", "username": "ada", "address": "192.0.2.1"}
    with override("de"):
        await sign_up.sign_up(domain=domain, email="ada@mail.example", **new)
    [mail] = await post.arrived()
    assert str(mail["Subject"]).startswith("Willkommen bei ")
    assert "Wenn du es nicht warst" in text_of(mail)
    body = mail.get_body(("html",))
    assert body is not None
    assert '<html lang="de">' in body.get_content()
    assert (await User.objects.aget()).language == "de"


async def test_an_english_sign_up_does_not_fix_the_language(db: None, post: PostOffice) -> None:
    domain = await make_domain("example.com", sign_up_mode=SignUpMode.open)
    new = {"password": "correct horse battery", "username": "ada", "address": "192.0.2.1"}
    await sign_up.sign_up(domain=domain, email="ada@mail.example", **new)
    assert (await User.objects.aget()).language == ""


@pytest.mark.parametrize(
    ("language", "subject"), [("de", "ist gesperrt"), ("", "is suspended"), ("en", "is suspended")]
)
async def test_moderators_write_in_the_language_of_the_person(
    db: None, post: PostOffice, language: str, subject: str
) -> None:
    domain = await make_domain("example.com")
    identity = await make_person(domain, "ada", await make_user("ada@mail.example", language=language))
    admin = await make_user("admin@mail.example", role=OWNER)
    with override("de" if language != "de" else "en"):
        await moderation.restrict(moderator=admin, identity_id=identity.pk, restriction=Restriction.suspended)
    [mail] = await post.arrived()
    assert str(mail["Subject"]).endswith(subject)


async def test_a_reset_speaks_as_the_page_on_which_it_was_asked(db: None, post: PostOffice) -> None:
    domain = await make_domain("example.com")
    await make_person(domain, "ada", await make_user("ada@mail.example"))
    with override("de"):
        await logins.request_reset(email="ada@mail.example", domain=domain, address="192.0.2.1")
    [mail] = await post.arrived()
    assert str(mail["Subject"]).startswith("Ein neues Passwort für ")


async def test_the_chosen_language_precedes_that_of_the_page(db: None, post: PostOffice) -> None:
    """A reset, another mail that confirms, and a sign-up with an address that has a login."""
    domain = await make_domain("example.com", sign_up_mode=SignUpMode.open)
    ada = await make_user("ada@mail.example", language="de")
    for number in range(6):  # more than a mail names: "and others" is said in its language, too
        await make_person(domain, f"ada{number}", ada)
    new = await make_user("new@mail.example", language="de", confirmed_at=None)
    with override("fr"):
        await logins.request_reset(email="ada@mail.example", domain=domain, address="192.0.2.1")
        await sign_up.sign_up(
            domain=domain,
            email="ada@mail.example",
            username="again",
            password="correct horse battery",
            address="192.0.2.1",
        )
        await confirmation.send_confirmation(user=new, domain=domain, may_mail=True)
    mails = await post.arrived()
    pages = [mail.get_body(("html",)) for mail in mails]
    assert [page is not None and '<html lang="de">' in page.get_content() for page in pages] == [True] * 3
    assert ["und andere" in text_of(mail) for mail in mails].count(True) == 2


async def test_a_sign_up_pressed_twice_in_two_languages_is_one(db: None, post: PostOffice) -> None:
    domain = await make_domain("example.com", sign_up_mode=SignUpMode.open)
    new = {"password": "correct horse battery", "username": "ada", "address": "192.0.2.1"}
    for language in ("de", "en"):
        with override(language):
            await sign_up.sign_up(domain=domain, email="ada@mail.example", **new)
    assert await User.objects.acount() == 1
