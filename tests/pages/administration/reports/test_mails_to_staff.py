"""Staff choose how often mails tell them of what waits: at once, daily, never; a mail ends its kind without signing in."""

import re

import pytest

from core import clock
from tests.pages.conftest import Site
from tests.support.post_office import PostOffice
from users.logins.models import Mail, SignUp
from users.logins.services import notices
from users.moderation.models import Report

pytestmark = pytest.mark.anyio
PATH = "/settings/notifications/staff"


async def waiting(site: Site) -> dict[str, Mail]:
    """The mails that a report brings, by who gets them."""
    await Mail.objects.all().adelete()
    await Report.objects.acreate(target=site.member.me)
    await notices.mail_staff("reports", site.domain)
    return {mail.recipient: mail async for mail in Mail.objects.filter(staff_about="reports")}


async def test_each_of_the_staff_chooses_how_often(site: Site) -> None:
    assert PATH in (await site.moderator.get("/settings/notifications")).text
    assert PATH not in (await site.member.get("/settings/notifications")).text
    assert (await site.member.get(PATH)).status_code == 404
    page = (await site.moderator.get(PATH)).text
    assert page.count('value="at_once" selected') == 3
    assert (await site.admin.get(PATH)).text.count('value="at_once" selected') == 4, "the machine, too"
    assert set(await waiting(site)) == {"mo@example.org", "ann@example.org"}
    form = {"reports": "daily", "sign_ups": "none", "appeals": "at_once"}
    assert (await site.moderator.post(PATH, form)).status_code == 303
    assert (await site.moderator.post(PATH, {**form, "reports": "x"})).status_code == 422
    mails = await waiting(site)
    due = mails["mo@example.org"].state_due_at
    assert due is not None
    assert due > clock.now()
    assert (due.hour, due.minute) == (7, 0)
    first = mails["ann@example.org"].state_due_at
    assert first is not None
    assert first <= clock.now()
    assert (await site.moderator.post(PATH, {**form, "reports": "none"})).status_code == 303
    assert not await Mail.objects.filter(recipient="mo@example.org").aexists(), "also those that wait"
    assert set(await waiting(site)) == {"ann@example.org"}


async def test_a_mail_ends_those_of_its_kind(site: Site, post: PostOffice) -> None:
    await waiting(site)
    mail = next(one for one in await post.arrived() if one["To"] == "mo@example.org")
    found = re.search(r"https?://testserver(/staff-mails/stop/[^>]+)>", str(mail["List-Unsubscribe"]))
    assert found
    assert mail["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    stop = found[1]
    assert "Stop these e-mails" in (await site.nobody.get(stop)).text
    assert set(await waiting(site)) == {"mo@example.org", "ann@example.org"}, "opening it is not enough"
    answer = await site.nobody.http.post(stop, data={"List-Unsubscribe": "One-Click"})
    assert answer.status_code == 200
    assert set(await waiting(site)) == {"ann@example.org"}
    assert (await site.nobody.http.post(f"{stop}x")).status_code == 404
    await SignUp.objects.all().adelete()
    await Mail.objects.all().adelete()
    await notices.mail_staff("sign_ups", site.domain)
    assert await Mail.objects.filter(recipient="mo@example.org").aexists(), "the other kinds go on"
