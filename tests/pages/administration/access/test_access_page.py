"""The pages of access rules: adding, listing, removing, by staff of the server and of a domain."""

import pytest

from core.db.paging import Page
from tests.pages.conftest import Site, Visitor
from tests.users.support import give_role, make_domain
from users.access_rules import queries as reads
from users.access_rules.models import CanonicalEmailBlock, EmailDomainBlock, IpBlock
from users.audit.models import Act, AuditEntry
from users.domains.models import Domain
from users.logins.services.staff import OPERATOR
from users.moderation.services import access_rules
from users.roles.models import ADMIN

pytestmark = pytest.mark.anyio
NETWORKS, DOMAINS, EMAILS = "/admin/access", "/admin/access/domains", "/admin/access/emails"


async def _staff(site: Site, domain: Domain) -> Visitor:
    await give_role(site.moderator.user, None)
    await give_role(site.moderator.user, ADMIN, domain)
    return site.moderator


async def test_a_rule_on_a_network_is_added_listed_and_removed(site: Site) -> None:
    form = {
        "network": "::ffff:198.51.100.0/120",
        "severity": "no_access",
        "lasts": "7",
        "domain": "",
        "comment": "<b>Bots</b>",
    }
    assert (await site.admin.post(NETWORKS, form)).status_code == 303
    page = (await site.admin.get(NETWORKS)).text
    for words in (
        "198.51.100.0/24",
        "No access",
        "All domains",
        "&lt;b&gt;Bots",
        "You are at 127.0.0.1",
    ):
        assert words in page, words
    again = await site.admin.post(NETWORKS, form)
    assert (again.status_code, "There is already such a rule." in again.text) == (422, True)
    rule = await IpBlock.objects.aget()
    assert rule.expires_at is not None
    assert (await site.admin.post(f"{NETWORKS}/{rule.pk}/remove")).status_code == 303
    assert "There are no rules." in (await site.admin.get(NETWORKS)).text
    acts = [one.act async for one in AuditEntry.objects.order_by("pk")]
    assert acts == [Act.add_ip_rule, Act.remove_ip_rule]
    log = (await site.admin.get("/admin/audit")).text
    assert "Add a rule for an IP address" in log
    assert "no access" in log


@pytest.mark.parametrize(
    ("network", "words"),
    [
        ("127.0.0.0/8", "Your own address, 127.0.0.1, is in this network"),
        ("::ffff:127.0.0.1", "Your own address, 127.0.0.1, is in this network"),
        ("nowhere", "is not an IP address"),
        ("", "required"),
    ],
)
async def test_what_cannot_be_a_rule_is_said_at_its_field(site: Site, network: str, words: str) -> None:
    answer = await site.admin.post(NETWORKS, {"network": network, "severity": "no_access", "domain": ""})
    assert answer.status_code == 422
    assert words in answer.text
    assert not await IpBlock.objects.aexists()


async def test_rules_on_e_mail_are_added_listed_and_removed(site: Site) -> None:
    form = {"name": "SPÄM.example", "allows_with_approval": "on", "domain": str(site.domain.pk)}
    assert (await site.admin.post(DOMAINS, form)).status_code == 303
    page = (await site.admin.get(DOMAINS)).text
    for words in ("späm.example", "Sign-ups need approval", site.domain.name):
        assert words in page
    assert (await site.admin.post(EMAILS, {"email": "J.Doe+x@mail.example", "domain": ""})).status_code == 303
    made = await CanonicalEmailBlock.objects.aget()
    page = (await site.admin.get(EMAILS)).text
    assert made.email_hash in page
    assert "mail.example" not in page.partition("<table")[2]
    blocked = await EmailDomainBlock.objects.aget()
    for path in (f"{DOMAINS}/{blocked.pk}/remove", f"{EMAILS}/{made.pk}/remove"):
        assert (await site.admin.post(path)).status_code == 303
        assert (await site.admin.post(path)).status_code == 404


async def test_staff_of_a_domain_see_nothing_of_others(site: Site) -> None:
    other = await make_domain("other.example")
    far = await access_rules.block_email_domain(moderator=OPERATOR, name="far.example", domain=other)
    await access_rules.block_email_domain(moderator=OPERATOR, name="wide.example")
    staff = await _staff(site, site.domain)
    page = (await staff.get(DOMAINS)).text
    for hidden in ("far.example", "wide.example", "other.example", ">All domains<"):
        assert hidden not in page
    for place in ("", str(other.pk)):
        answer = await staff.post(DOMAINS, {"name": "new.example", "domain": place})
        assert answer.status_code == 422
    assert (await staff.post(f"{DOMAINS}/{far.pk}/remove")).status_code == 404
    assert (
        await staff.post(DOMAINS, {"name": "new.example", "domain": str(site.domain.pk)})
    ).status_code == 303
    made = await EmailDomainBlock.objects.aget(name="new.example")
    assert made.domain_id == site.domain.pk
    assert f'href="{NETWORKS}"' in page
    assert (await site.member.get(NETWORKS)).status_code == 404


async def test_long_lists_have_pages(site: Site) -> None:
    await IpBlock.objects.abulk_create(
        [IpBlock(network=f"10.0.{n}.0/24", severity="sign_up_block") for n in range(60)]
    )
    page = (await site.admin.get(NETWORKS)).text
    assert page.count("<tr>") == 51
    last = (await reads.rules(IpBlock, None, Page(limit=50)))[-1]
    assert f"?max_id={last.pk}" in page
    assert (await site.admin.get(f"{NETWORKS}?max_id={last.pk}")).text.count("<tr>") == 11
