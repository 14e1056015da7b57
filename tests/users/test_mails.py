"""Mails to people, as they arrive: whom they come from, whom they are about, and what to do if it wasn't them."""

from email.message import EmailMessage

import pytest

from tests.support.post_office import PostOffice, text_of
from tests.users.support import make_domain, make_person, make_user
from users.services import logins

pytestmark = pytest.mark.anyio


def html_of(mail: EmailMessage) -> str:
    body = mail.get_body(("html",))
    assert body is not None
    return str(body.get_content())


async def test_a_mail_comes_from_its_domain_in_text_and_html(db: None, post: PostOffice) -> None:
    await make_domain("other.example")
    domain = await make_domain("example.com", title="A & B", contact_email="hello@example.com")
    user = await make_user("ada@mail.example")
    await make_person(domain, "ada", user)
    await logins.request_reset(email=user.email, domain=domain, address="192.0.2.1")
    [mail] = await post.arrived()
    assert (mail["From"], mail["Reply-To"]) == ("A & B <takahe@example.com>", "hello@example.com")
    assert mail["Message-ID"].endswith("@example.com>")
    assert mail["Subject"] == "A new password for A & B"
    text, html = text_of(mail), html_of(mail)
    [link] = [line for line in text.splitlines() if line.startswith("https://example.com/password/reset/")]
    assert f'<a href="{link}"' in html
    assert "A &amp; B" in html
    for version in (text, html):
        assert "@ada@example.com" in version
    assert "If it wasn't you" in text
    assert "src=" not in html  # nothing is loaded when it is opened
