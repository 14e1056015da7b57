"""Mails to people, as they arrive: whom they come from, whom they are about, and what to do if it wasn't them."""

import datetime as dt
import re
from email.message import EmailMessage

import pytest
from django.utils.translation import override

from api.models import App
from api.oauth.authorization import grant_code
from api.oauth.scopes import descriptions
from core import clock
from core.config import config
from core.db import async_atomic
from core.errors import Invalid
from tests.support.post_office import PostOffice, text_of
from tests.users.support import make_domain, make_person, make_remote, make_user
from tests.users.support import sign_in as open_session
from users.domains.models import Domain, SignUpMode
from users.domains.services import edit_domain
from users.identities.models import Restriction
from users.logins.handlers import remove_old_tries
from users.logins.models import NETWORKS_KEPT_FOR, Mail, SignUp, User
from users.logins.services import confirmation, logins, notices, sign_up
from users.moderation import services as moderation
from users.moderation import services as moderation_services
from users.moderation.models import AccountWarning, Appeal, Report
from users.roles.models import MODERATOR, OWNER
from users.troubles.models import Trouble

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


async def test_a_domain_names_its_sender(db: None, post: PostOffice, monkeypatch: pytest.MonkeyPatch) -> None:
    await make_domain("other.example", mail_name="other")
    domain = await make_domain("example.com", title="A & B", mail_name="hello")
    user = await make_user("ada@mail.example")
    await make_person(domain, "ada", user)
    await logins.request_reset(email=user.email, domain=domain, address="192.0.2.1")
    [mail] = await post.arrived()
    assert mail["From"] == "A & B <hello@example.com>"
    for wrong in ("ceo@bank.example", "a\r\nBcc: b", "a b", ".a", "Ä"):
        with pytest.raises(Invalid):
            await edit_domain(domain=domain, mail_name=wrong)
    monkeypatch.setattr(config(), "mail_from", "post@fixed.example")
    await logins.request_reset(email=user.email, domain=domain, address="192.0.2.1")
    mail = (await post.arrived())[-1]
    assert mail["From"] == "A & B <post@fixed.example>", "the only one that the mail server accepts"


OOB = "urn:ietf:wg:oauth:2.0:oob"
PASSWORD = "correct horse battery"


async def _subjects(post: PostOffice) -> list[tuple[str, str]]:
    return [(str(mail["To"]), str(mail["Subject"])) for mail in await post.arrived()]


async def _ask(post: PostOffice, domain: Domain, name: str) -> User:
    """Somebody signs up and confirms their address."""
    user = await sign_up.sign_up(
        domain=domain, email=f"{name}@mail.example", password=PASSWORD, username=name, address="192.0.2.1"
    )
    assert user is not None
    link = next(text_of(m) for m in reversed(await post.arrived()) if m["To"] == user.email)
    found = re.search(r"/confirm/(\S+)", link)
    assert found
    return await confirmation.confirm(token=found[1], password=PASSWORD, address="192.0.2.1")


async def test_applicants_and_staff_get_mail_about_a_sign_up(db: None, post: PostOffice) -> None:
    domain = await make_domain("example.com", sign_up_mode=SignUpMode.approval)
    admin = await make_user("admin@example.org", OWNER)
    await make_user("away@example.org", MODERATOR, is_disabled=True)
    first = await _ask(post, domain, "first")
    assert (await _subjects(post))[-1] == (admin.email, "1 sign-up to review at The example.com")
    assert "https://example.com/admin/sign-ups" in await post.last_text()

    second, _ = await _ask_two(post, domain)
    to_staff = Mail.objects.filter(staff_about="sign_ups").order_by("pk")
    sent, waiting = [mail async for mail in to_staff]
    assert (sent.state, waiting.state) == ("sent", "waiting")
    assert waiting.state_due_at == sent.state_changed_at + dt.timedelta(hours=1)

    await sign_up.approve(moderator=admin, user_id=first.pk)
    await moderation.refuse_sign_up(moderator=admin, user_id=second.pk)
    await Mail.objects.filter(pk=waiting.pk).aupdate(state_due_at=clock.now())
    found = {(to, subject) for to, subject in await _subjects(post)}
    assert (admin.email, "1 sign-up to review at The example.com") in found
    assert ("first@mail.example", "Your account at The example.com is approved") in found
    assert ("second@mail.example", "Your request to join The example.com was rejected") in found


async def _ask_two(post: PostOffice, domain: Domain) -> tuple[User, User]:
    made = []
    for name in ("second", "third"):
        user = await logins.create_user(email=f"{name}@mail.example", password=PASSWORD)
        await User.objects.filter(pk=user.pk).aupdate(approved_at=None)
        await SignUp.objects.acreate(user=user, domain=domain, username=name)
        async with async_atomic():
            await notices.mail_staff(notices.SIGN_UPS, domain)
        made.append(user)
    return made[0], made[1]


async def test_a_mail_to_staff_about_what_was_dealt_with_is_not_sent(db: None, post: PostOffice) -> None:
    domain = await make_domain("example.com")
    admin = await make_user("admin@example.org", OWNER)
    report = await Report.objects.acreate(target=await make_remote(), comment="spam")
    await notices.mail_staff(moderation_services.REPORTS, domain)
    await moderation.resolve_report(moderator=admin, report_id=report.pk, is_resolved=True)
    assert await post.arrived() == []
    assert [mail.state async for mail in Mail.objects.all()] == ["obsolete"]


@pytest.mark.parametrize("about", sorted(notices.waiting_kinds()))
async def test_staff_get_a_mail_of_every_kind(db: None, post: PostOffice, about: str) -> None:
    """Through the worker, which is who renders it."""
    domain = await make_domain("example.com")
    owner = await make_user("mo@example.org", OWNER)
    ada = await make_person(domain, "ada", await make_user("ada@mail.example"))
    asking = await make_user("asks@mail.example", approved_at=None)
    await SignUp.objects.acreate(user=asking, domain=domain, username="asks")
    await Report.objects.acreate(target=ada, comment="spam")
    warning = await AccountWarning.objects.acreate(identity=ada, action="silence")
    await Appeal.objects.acreate(warning=warning, text="It was not me")
    await Trouble.objects.acreate(kind="disk_full")
    await notices.mail_staff(about, domain)
    [mail] = await post.arrived()
    assert mail["To"] == owner.email
    assert str(mail["Subject"]).startswith("1 ")
    page = "" if about == "troubles" else f"/{about.replace('_', '-')}"
    assert f"https://example.com/admin{page}\r\n" in text_of(mail)
    assert "https://example.com/settings/notifications/staff" in text_of(mail)
    assert str(mail["List-Unsubscribe"])[1:-1] in text_of(mail)


async def test_people_get_mail_about_suspension_and_its_end(db: None, post: PostOffice) -> None:
    domain = await make_domain("example.com")
    admin = await make_user("admin@example.org", OWNER)
    ada = await make_person(domain, "ada", await make_user("ada@mail.example"))
    for restriction in (Restriction.limited, Restriction.suspended, Restriction.suspended, Restriction.none):
        await moderation.restrict(moderator=admin, identity_id=ada.pk, restriction=restriction)
    assert await _subjects(post) == [
        ("ada@mail.example", "Limited: @ada@example.com"),
        ("ada@mail.example", "@ada@example.com is suspended"),
        ("ada@mail.example", "@ada@example.com is no longer suspended"),
    ]
    await moderation.restrict(
        moderator=admin, identity_id=(await make_remote()).pk, restriction=Restriction.suspended
    )
    assert len(await post.arrived()) == 3


@pytest.mark.parametrize(
    ("stays", "true", "false"),
    [
        ({}, "Sign in here", "stays"),
        (
            {"is_restricted": True, "is_restricted_by_hand": True},
            "Your login stays restricted",
            "Sign in here",
        ),
        ({"is_disabled": True}, "Your login stays disabled", "Sign in here"),
    ],
)
async def test_the_mail_about_a_lifted_suspension_says_what_the_login_may_do(
    db: None, post: PostOffice, stays: dict[str, bool], true: str, false: str
) -> None:
    admin = await make_user("admin@example.org", OWNER)
    ada = await make_person(
        await make_domain("example.com"), "ada", await make_user("ada@mail.example", **stays)
    )
    for restriction in (Restriction.suspended, Restriction.none):
        await moderation.restrict(moderator=admin, identity_id=ada.pk, restriction=restriction)
    suspended, freed = [text_of(mail) for mail in await post.arrived()]
    assert ("You can still sign in" in suspended) is ("is_disabled" not in stays)
    assert true in freed
    assert false not in freed


async def test_a_new_password_and_a_sign_in_from_a_new_network_are_told(db: None, post: PostOffice) -> None:
    domain = await make_domain("example.com")
    user = await logins.create_user(email="ada@mail.example", password=PASSWORD)
    await make_person(domain, "ada", user)

    async def sign_in(address: str) -> None:
        await logins.sign_in(
            email=user.email, password=PASSWORD, address=address, user_agent="Some\nBrowser 1"
        )

    await sign_in("192.0.2.1")  # the first ever
    await sign_in("192.0.2.1")
    assert await post.arrived() == []
    await sign_in("198.51.100.7")
    await sign_in("198.51.100.7")
    [told] = await post.arrived()
    assert told["Subject"] == "New sign-in at The example.com"
    for words in ("@ada@example.com", "198.51.100.7", "Some Browser 1", "If it wasn't you"):
        assert words in text_of(told)

    await logins.change_password(user=user, current=PASSWORD, password="another horse battery")
    assert "@ada@example.com" in await post.last_text()
    assert (await _subjects(post))[-1][1] == "Your password for The example.com was changed"


async def test_a_sign_in_in_a_browser_that_is_new_to_the_login_is_told(db: None, post: PostOffice) -> None:
    domain = await make_domain("example.com")
    user = await logins.create_user(email="ada@mail.example", password=PASSWORD)
    await make_person(domain, "ada", user)

    async def sign_in(browser: str) -> None:
        await logins.sign_in(email=user.email, password=PASSWORD, address="192.0.2.1", user_agent=browser)

    firefox = "Mozilla/5.0 (X11; Linux x86_64; rv:{0}.0) Gecko/20100101 Firefox/{0}.0"
    await sign_in(firefox.format(140))  # the first ever
    await sign_in(firefox.format(141))  # updated
    await sign_in("")
    assert await post.arrived() == []
    await sign_in("curl/8.5.0")
    await sign_in("curl/8.6.0")
    [told] = await post.arrived()
    assert told["Subject"] == "New sign-in at The example.com"
    for words in (
        "@ada@example.com",
        "in a browser that has not been used recently",
        "192.0.2.1",
        "curl/8.5.0",
    ):
        assert words in text_of(told)
    with clock.shifted(NETWORKS_KEPT_FOR + dt.timedelta(days=1)):
        await remove_old_tries()
        await sign_in("curl/8.6.0")
    assert len(await post.arrived()) == 2, "its network is forgotten, too: one mail tells of both"
    assert "from a network" in await post.last_text()


@pytest.mark.parametrize(
    ("language", "words"), [("en", "A new app may use your account"), ("de", "Eine neue App")]
)
async def test_an_app_that_may_act_for_somebody_is_told_once_a_day(
    db: None, post: PostOffice, language: str, words: str
) -> None:
    domain = await make_domain("example.com")
    user = await make_user("ada@mail.example", language=language)
    ada = await make_person(domain, "ada", user)
    session, _ = await open_session(user, domain)
    first, second = [
        await App.objects.acreate(
            name=name, client_id=name, client_secret_hash="", redirect_uris=[OOB], scopes="read write"
        )
        for name in ("Clever\nclient", "Other")
    ]

    async def allow(app: App) -> None:
        with override(language):
            await grant_code(
                app=app, session=session, identity=ada, redirect_uri=OOB, scopes="read:statuses write"
            )

    await allow(first)
    await allow(first)
    await allow(second)
    told, other = await post.arrived()
    assert words in str(told["Subject"])
    with override(language):
        sentences = descriptions(["read:statuses", "write"])
    for part in ("Clever client", "@ada@example.com", "https://example.com/settings/apps", *sentences):
        assert part in text_of(told)
    assert "Other" in text_of(other)
    with clock.shifted(dt.timedelta(days=1, minutes=1)):
        await allow(first)
    assert len(await post.arrived()) == 3
