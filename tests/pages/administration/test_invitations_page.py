"""Invitations on their page, and by the command: making, listing, revoking."""

import argparse
import asyncio
import re

import msgspec
import pytest

from core import clock
from core.errors import NotAllowed, NotFound
from takahe.cli.environment import Command
from takahe.commands.people import invite as commands
from tests.pages.conftest import Site
from tests.users.support import make_domain
from users.domains import options
from users.domains import services as domains
from users.domains.models import Level, SignUpMode
from users.logins import queries as reads
from users.logins.models import Invitation, User
from users.logins.services import invitations, staff
from users.roles.models import Permission
from web.templatetags.times import in_utc

pytestmark = pytest.mark.anyio
PATH = "/admin/invitations"


async def _by_invitation(site: Site) -> None:
    await domains.edit_domain(domain=site.domain, sign_up_mode=SignUpMode.invite)


async def test_inviters_do_not_see_addresses_of_others(site: Site) -> None:
    await _by_invitation(site)
    assert (await site.admin.post(PATH)).status_code == 303
    member, rights = site.member.user, Permission.manage_invites | Permission.manage_announcements
    role = await staff.create_role(by=staff.OPERATOR, name="Host", permissions=rights)
    await staff.grant(by=staff.OPERATOR, user_id=member.pk, role_id=role.pk, domain_id=site.domain.pk)
    page = (await site.member.get(PATH)).text
    assert "Only admins see the e-mail address." in page
    assert site.admin.user.email not in page
    assert 'href="/admin/announcements"' in page  # which they may publish on their domain
    await site.member.post(PATH)
    assert member.email in (await site.member.get(PATH)).text  # their own


async def test_an_invitation_is_made_listed_used_and_revoked(site: Site) -> None:
    await _by_invitation(site)
    assert f'href="{PATH}"' in (await site.moderator.get("/admin/sign-ups")).text
    assert (await site.moderator.post(PATH)).status_code == 303
    page = (await site.moderator.get(PATH)).text
    assert site.moderator.user.email in page
    [link] = re.findall(r'readonly value="([^"]+)"', page)
    path = link.removeprefix(site.domain.base_url)
    assert path.startswith("/sign-up?invite=")
    assert (await site.nobody.get(path)).status_code == 200
    assert (await site.nobody.get("/sign-up")).status_code == 403
    invitation = await Invitation.objects.aget()
    back = f"{PATH}/{invitation.pk}/revoke"
    assert (await site.member.post(back)).status_code == 404
    assert (await site.admin.post(back)).status_code == 303
    assert (await site.admin.post(back)).status_code == 404
    assert (await site.nobody.get(path)).status_code == 422
    assert "There are no invitations." in (await site.moderator.get(PATH)).text


async def test_an_invitation_is_valid_for_the_days_of_the_options(site: Site) -> None:
    await _by_invitation(site)
    for days, words in ((1, "for 1 day<"), (30, "for 30 days<")):
        await options.set_value(options.INVITE_DAYS, days, level=Level.domain, owner=site.domain.pk)
        assert words in (await site.moderator.get(PATH)).text
        await Invitation.objects.all().adelete()
        await site.moderator.post(PATH)
        left = (await Invitation.objects.aget()).expires_at - clock.now()
        assert abs(left.total_seconds() - days * 86_400) < 600
        until = in_utc((await Invitation.objects.aget()).expires_at)
        assert until in (await site.moderator.get(PATH)).text


async def test_three_presses_make_one_invitation_and_another_form_another(site: Site) -> None:
    await _by_invitation(site)
    for number in (1, 2):
        once = re.search(r'name="once" value="([^"]+)"', (await site.moderator.get(PATH)).text)
        assert once
        answers = await asyncio.gather(*(site.moderator.post(PATH, {"once": once[1]}) for _ in range(3)))
        assert {answer.status_code for answer in answers} == {303}
        assert await Invitation.objects.acount() == number


async def test_an_invitation_is_for_some_people_and_days(site: Site) -> None:
    await _by_invitation(site)
    for wrong in ({"days": "0"}, {"days": "366"}, {"max_sign_ups": "0"}, {"max_sign_ups": "x"}):
        assert (await site.moderator.post(PATH, wrong)).status_code == 422, wrong
    assert (await site.moderator.post(PATH, {"days": "3", "max_sign_ups": "1"})).status_code == 303
    made = await Invitation.objects.aget()
    assert abs((made.expires_at - clock.now()).total_seconds() - 3 * 86_400) < 600
    page = (await site.moderator.get(PATH)).text
    [link] = re.findall(r'readonly value="([^"]+)"', page)
    path = link.removeprefix(site.domain.base_url)
    assert (await site.nobody.get(path)).status_code == 200
    forms = [
        {
            "username": f"new{number}",
            "email": f"new{number}@mail.example",
            "password": "correct horse battery",
            "invite": path.partition("invite=")[2].replace("%3A", ":"),
        }
        for number in range(4)
    ]
    answers = await asyncio.gather(*(site.nobody.post("/sign-up", form) for form in forms))
    assert sorted(answer.status_code for answer in answers) == [200, 422, 422, 422], "one of them was first"
    await made.arefresh_from_db()
    assert made.sign_ups == 1
    assert await User.objects.filter(email__endswith="@mail.example").acount() == 1
    assert (await site.nobody.get(path)).status_code == 422
    assert "1 / 1" in " ".join((await site.moderator.get(PATH)).text.split())


async def test_people_of_a_role_invite_with_a_list_of_their_own(site: Site) -> None:
    await _by_invitation(site)
    await site.admin.post(PATH)
    role = await staff.create_role(by=staff.OPERATOR, name="Regular", permissions=Permission.invite_users)
    member = site.member.user
    assert (await site.member.get(PATH)).status_code == 404
    await staff.grant(by=staff.OPERATOR, user_id=member.pk, role_id=role.pk, domain_id=site.domain.pk)
    assert "There are no invitations." in (await site.member.get(PATH)).text
    theirs = await Invitation.objects.aget()
    assert (await site.member.post(f"{PATH}/{theirs.pk}/revoke")).status_code == 404
    assert (await site.member.post(PATH, {"max_sign_ups": "2"})).status_code == 303
    own = await Invitation.objects.aget(made_by=member)
    [link] = re.findall(r'readonly value="([^"]+)"', (await site.member.get(PATH)).text)
    assert (await site.nobody.get(link.removeprefix(site.domain.base_url))).status_code == 200
    assert (await site.member.post(f"{PATH}/{own.pk}/revoke")).status_code == 303
    assert await Invitation.objects.acount() == 1
    for _ in range(invitations.MAX_OWN):
        assert (await site.member.post(PATH)).status_code == 303
    assert (await site.member.post(PATH)).status_code == 422
    await staff.revoke(by=staff.OPERATOR, user_id=member.pk, domain_id=site.domain.pk)
    assert (await site.nobody.get(link.removeprefix(site.domain.base_url))).status_code == 422
    assert len(await reads.invitations(scope=None, limit=99)) == 1, "they end with the right to invite"


async def test_a_domain_without_invitations_offers_none(site: Site) -> None:
    assert "Create invitation" not in (await site.moderator.get(PATH)).text
    answer = await site.moderator.post(PATH)
    assert (answer.status_code, "t accept people by invitation" in answer.text) == (403, True)


async def test_a_long_list_has_pages(site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("web.administration.invitations.PAGE_SIZE", 2)
    await _by_invitation(site)
    for _ in range(3):
        await site.moderator.post(PATH)
    page = (await site.moderator.get(PATH)).text
    older = re.search(r'href="(\?max_id=\d+)"', page)
    assert older
    rest = (await site.moderator.get(PATH + older[1])).text
    links = [re.findall(r'readonly value="([^"]+)"', text) for text in (page, rest)]
    assert [len(found) for found in links] == [2, 1]
    assert len({*links[0], *links[1]}) == 3
    assert 'rel="next"' not in rest


async def test_the_command_makes_lists_and_takes_back(site: Site, capsys: pytest.CaptureFixture[str]) -> None:
    await _by_invitation(site)
    other = await make_domain("other.example", sign_up_mode=SignUpMode.invite)
    await site.moderator.post(PATH)

    async def said(run: Command, **given: object) -> str:
        asked = {
            "json": False,
            "domain": None,
            "before": None,
            "limit": 100,
            "days": None,
            "uses": None,
            **given,
        }
        await run(argparse.Namespace(**asked))
        return capsys.readouterr().out

    link = await said(commands.create, domain=other.name)
    assert link.startswith("https://other.example/sign-up?invite=")
    table = (await said(commands.show_list)).splitlines()
    assert [line.split()[1] for line in table] == ["DOMAIN", other.name, site.domain.name]
    assert "command line" in table[1]
    assert table[1].endswith(link.strip())
    [listed] = msgspec.json.decode(await said(commands.show_list, json=True, domain=other.name))
    assert (listed["made_by"], listed["link"], listed["sign_ups"]) == (None, link.strip(), 0)
    assert "--before" in await said(commands.show_list, limit=1)
    assert "revoked" in await said(commands.delete, id=int(listed["id"]))
    assert len(await said(commands.show_list, domain=other.name)) == 0
    with pytest.raises(NotFound):
        await said(commands.delete, id=int(listed["id"]))
    await domains.edit_domain(domain=other, sign_up_mode=SignUpMode.open)
    with pytest.raises(NotAllowed):
        await said(commands.create, domain=other.name)
