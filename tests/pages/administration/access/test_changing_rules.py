"""A rule on a network is changed on its page, and the mailbox of somebody restricted is blocked by a button, on the domains of whoever does it."""

import argparse
import asyncio
import datetime as dt

import msgspec
import pytest

from core import clock
from core.errors import NotFound
from takahe.cli.environment import Command
from takahe.commands.people import access as commands
from tests.pages.conftest import Site, Visitor
from tests.users.support import give_role, make_domain, make_person, make_user
from users.access_rules.addresses import email_hash
from users.access_rules.models import CanonicalEmailBlock, IpBlock
from users.audit.models import Act, AuditEntry
from users.domains.models import Domain, SignUpMode
from users.domains.services import edit_domain
from users.logins.models import SignUp, User
from users.logins.services.staff import OPERATOR
from users.moderation.services import access_rules
from users.roles.models import ADMIN

pytestmark = pytest.mark.anyio


async def staff_of(site: Site, domain: Domain) -> Visitor:
    await give_role(site.moderator.user, None)
    await give_role(site.moderator.user, ADMIN, domain)
    return site.moderator


async def rule(network: str, **more: object) -> IpBlock:
    return await access_rules.add_ip_rule(
        moderator=OPERATOR,
        network=network,
        severity="sign_up_block",
        address="",
        **more,  # type: ignore[arg-type]
    )


async def test_a_rule_is_changed_on_its_page(site: Site) -> None:
    made = await rule("198.51.100.0/24", lasts=dt.timedelta(days=9), comment="Bots")
    path = f"/admin/access/{made.pk}"
    assert f'href="{path}"' in (await site.admin.get("/admin/access")).text
    page = (await site.admin.get(path)).text
    for words in ('value="198.51.100.0/24"', "Bots", '<option value="kept" selected'):
        assert words in page
    form = {"network": "198.51.0.0/16", "severity": "no_access", "lasts": "kept", "comment": "More bots"}
    assert (await site.admin.post(path, form)).status_code == 303
    changed = await IpBlock.objects.aget()
    assert (str(changed.network), changed.severity, changed.comment) == (
        "198.51.0.0/16",
        "no_access",
        "More bots",
    )
    assert changed.expires_at == made.expires_at
    await site.admin.post(path, form | {"lasts": "30"})
    ends = (await IpBlock.objects.aget()).expires_at
    assert ends is not None
    assert ends > clock.now() + dt.timedelta(days=29)
    await site.admin.post(path, form | {"lasts": ""})
    assert (await IpBlock.objects.aget()).expires_at is None
    own = await site.admin.post(path, form | {"network": "127.0.0.0/8"})
    assert (own.status_code, "Your own address" in own.text) == (422, True)
    await rule("203.0.113.0/24")
    taken = await site.admin.post(path, form | {"network": "203.0.113.0/24"})
    assert (taken.status_code, "There is already such a rule." in taken.text) == (422, True)
    assert await AuditEntry.objects.filter(act=Act.change_ip_rule).acount() == 3


async def test_rules_of_others_are_not_there(site: Site) -> None:
    there = await make_domain("other.test")
    wide, far = await rule("198.51.100.0/24"), await rule("203.0.113.0/24", domain=there)
    mod = await staff_of(site, site.domain)
    for one in (wide, far):
        for answer in (
            await mod.get(f"/admin/access/{one.pk}"),
            await mod.post(f"/admin/access/{one.pk}", {"network": "10.0.0.0/8", "severity": "no_access"}),
        ):
            assert answer.status_code == 404
    assert await IpBlock.objects.filter(severity="no_access").acount() == 0


async def test_the_mailbox_of_a_restricted_login_is_blocked(site: Site) -> None:
    mia = site.member.user
    path, page = f"/admin/logins/{mia.pk}/block-email", f"/admin/people/{site.member.me.pk}"
    assert path not in (await site.admin.get(page)).text, "of a free login it is not offered"
    await site.admin.post(path)
    assert not await CanonicalEmailBlock.objects.aexists()
    await User.objects.filter(pk=mia.pk).aupdate(is_restricted=True)
    mod = await staff_of(site, site.domain)
    assert path in (await mod.get(page)).text
    assert (await mod.post(path)).status_code == 303
    made = await CanonicalEmailBlock.objects.aget()
    assert (made.email_hash, made.domain_id) == (email_hash(mia.email), site.domain.pk)
    assert (await site.admin.post(path)).status_code == 303
    assert await CanonicalEmailBlock.objects.filter(domain=None).acount() == 1
    assert (await site.admin.post(path)).status_code == 303, "a second press finds it"
    assert await CanonicalEmailBlock.objects.acount() == 2
    assert mia.email not in str([one.details async for one in AuditEntry.objects.filter(act=Act.block_email)])


async def test_mailboxes_of_other_domains_are_not_there(site: Site) -> None:
    there = await make_domain("other.test")
    zoe = await make_user("zoe@example.org", is_restricted=True)
    await make_person(there, "zoe", zoe)
    mod = await staff_of(site, site.domain)
    assert (await mod.post(f"/admin/logins/{zoe.pk}/block-email")).status_code == 404
    assert (await site.member.post(f"/admin/logins/{zoe.pk}/block-email")).status_code == 404
    assert not await CanonicalEmailBlock.objects.aexists()


async def test_two_sign_ups_at_once_meet_the_rule_on_a_mailbox(site: Site) -> None:
    """Both spell one mailbox; none of them is in once the rule is there, and what came before waits for its link."""
    await edit_domain(domain=site.domain, sign_up_mode=SignUpMode.open)
    await site.nobody.get("/sign-up")

    async def both(first: str, second: str) -> list[int]:
        forms = [
            {"username": name, "email": f"{name}@mail.example", "password": "correct horse battery"}
            for name in (first, second)
        ]
        answers = await asyncio.gather(*[site.nobody.post("/sign-up", form) for form in forms])
        return [answer.status_code for answer in answers]

    assert 422 not in await both("jdoe", "JDOE")
    waiting = await SignUp.objects.acount()
    assert waiting >= 1
    await access_rules.block_email(moderator=OPERATOR, email="j.doe+x@mail.example")
    assert await both("j.doe", "JD.oe") == [422, 422]
    assert await SignUp.objects.acount() == waiting


async def test_the_same_rule_written_twice_at_once_is_there_once(site: Site) -> None:
    form = {"network": "198.51.100.0/24", "severity": "no_access", "lasts": "", "domain": "", "comment": ""}
    await site.admin.get("/admin/access")
    answers = await asyncio.gather(*[site.admin.post("/admin/access", form) for _ in range(2)])
    assert sorted(answer.status_code for answer in answers) == [303, 422]
    made = await IpBlock.objects.aget()
    path = f"/admin/access/{made.pk}"
    answers = await asyncio.gather(
        site.admin.post(path, form | {"comment": "x", "lasts": "kept"}), site.admin.post(f"{path}/remove")
    )
    assert all(answer.status_code in {303, 404} for answer in answers)
    assert not await IpBlock.objects.aexists(), "a change of a rule that is removed does not bring it back"


async def test_the_command_does_the_same(site: Site, capsys: pytest.CaptureFixture[str]) -> None:
    async def said(run: Command, **given: object) -> str:
        asked = {"json": False, "domain": None, "before": None, "limit": 100, **given}
        await run(argparse.Namespace(**asked))
        return capsys.readouterr().out

    network = {"network": "127.0.0.1", "severity": "no_access", "days": 3, "comment": ""}
    await said(commands.add_network, **network)
    await said(
        commands.add_email_domain, name="Spam.example", with_approval=True, days=None, domain=site.domain.name
    )
    await said(commands.add_email, email="j.doe@mail.example")
    table = (await said(commands.show_list)).splitlines()
    assert [line.split()[1] for line in table] == ["KIND", "email", "email_domain", "network"]
    [mine] = msgspec.json.decode(await said(commands.show_list, json=True, domain=site.domain.name))
    assert (mine["what"], mine["does"]) == ("spam.example", "sign_up_requires_approval")
    assert "--before" in await said(commands.show_list, limit=1)
    for one in msgspec.json.decode(await said(commands.show_list, json=True)):
        assert "removed" in await said(commands.remove, id=int(one["id"]))
    with pytest.raises(NotFound):
        await said(commands.remove, id=int(mine["id"]))
    assert not await IpBlock.objects.aexists()
    actors = {one.actor_id async for one in AuditEntry.objects.exclude(act=Act.change_domain)}
    assert actors == {OPERATOR.pk}
