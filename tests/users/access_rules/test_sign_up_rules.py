"""Rules on e-mail addresses and networks at a sign-up: how they are spelled, where they count, until when."""

import datetime as dt
from typing import Any

import pytest

from core import clock
from core.db.paging import Page
from core.errors import Invalid, NotAllowed, NotFound
from tests.users.support import give_role, make_domain, make_user
from users.access_rules import queries as reads
from users.access_rules.addresses import canonical_email, email_hash, parsed_address, parsed_network
from users.access_rules.handlers import remove_expired_rules
from users.access_rules.models import CanonicalEmailBlock, EmailDomainBlock, IpBlock, Severity
from users.audit.models import Act, AuditEntry
from users.domains.models import Domain, SignUpMode
from users.logins.models import SignUp, User
from users.logins.services import identities, sign_up
from users.logins.services.staff import OPERATOR
from users.moderation.services import access_rules
from users.roles.models import ADMIN, MODERATOR, Permission

pytestmark = pytest.mark.anyio
PASSWORD = "correct horse battery"
HERE = "203.0.113.9"


async def _try(domain: Domain, email: str = "new@mail.example", address: str = "198.51.100.7") -> User | None:
    await sign_up.check_may_sign_up(domain=domain, address=address)
    return await sign_up.make_login(
        domain=domain, email=email, password=PASSWORD, username="newbie", address=address
    )


async def _block(name: str, **more: Any) -> EmailDomainBlock:
    return await access_rules.block_email_domain(moderator=OPERATOR, name=name, **more)


async def _rule(network: str, severity: str = "sign_up_block", **more: Any) -> IpBlock:
    return await access_rules.add_ip_rule(
        moderator=OPERATOR, network=network, severity=severity, address=HERE, **more
    )


@pytest.mark.parametrize(
    "email",
    [
        "a@spam.example",
        "a@SPAM.Example",
        "a@spam.example.",
        "a@deep.er.spam.example",
        "a@SPÄM.example",
        "a@xn--spm-rla.example",
        "a@www.späm.example",
    ],
)
async def test_an_e_mail_domain_counts_with_all_below_it_however_it_is_spelled(db: None, email: str) -> None:
    domain = await make_domain("example.com", sign_up_mode=SignUpMode.open)
    await _block("Spam.Example.")
    await _block("*.SPÄM.example")
    with pytest.raises(Invalid) as caught:
        await _try(domain, email)
    assert (caught.value.field, caught.value.code) == ("email", "refused")
    assert not await User.objects.aexists()


async def test_other_domains_are_not_meant(db: None) -> None:
    domain = await make_domain("example.com", sign_up_mode=SignUpMode.open)
    await _block("spam.example")
    for number, host in enumerate(("notspam.example", "spam.example.org", "example")):
        email = f"a@{host}" if "." in host else f"a@{host}.test"
        assert await sign_up.make_login(domain=domain, email=email, password=PASSWORD, username=f"n{number}")


async def test_allow_with_approval_lets_somebody_wait_on_an_open_domain(db: None) -> None:
    domain = await make_domain("example.com", sign_up_mode=SignUpMode.open)
    rule = await _block("odd.example", allows_with_approval=True)
    user = await _try(domain, "a@odd.example")
    assert user is not None
    assert user.approved_at is None
    assert not (
        await reads.verdict_on(domain_id=domain.pk, email="a@fine.example", address="")
    ).needs_approval
    with pytest.raises(Invalid):  # the stricter one of two
        await _block("odd.example", allows_with_approval=False)
    await _block("example")
    with pytest.raises(Invalid):
        await _try(domain, "b@odd.example")
    entry = await AuditEntry.objects.filter(act=Act.block_email_domain).order_by("pk").afirst()
    assert entry is not None
    assert (entry.target_id, entry.target_name, entry.details) == (
        rule.pk,
        "odd.example",
        {"allows_with_approval": True},
    )


@pytest.mark.parametrize(
    "email",
    [
        "j.o.h.n@mail.example",
        "JOHN@MAIL.example",
        "john+spam@mail.example",
        "j.ohn+a+b@mail.example.",
        "john@mail.EXAMPLE",
    ],
)
async def test_a_mailbox_is_refused_however_it_is_spelled(db: None, email: str) -> None:
    domain = await make_domain("example.com", sign_up_mode=SignUpMode.open)
    made = await access_rules.block_email(moderator=OPERATOR, email="John@mail.example")
    assert made.email_hash == email_hash("john@mail.example")
    with pytest.raises(Invalid):
        await _try(domain, email)
    assert await _try(domain, "johnny@mail.example") is not None
    with pytest.raises(Invalid) as caught:
        await access_rules.block_email(moderator=OPERATOR, email=email)
    assert caught.value.code == "rule_exists"
    with pytest.raises(Invalid):
        await access_rules.block_email(moderator=OPERATOR, email=made.email_hash.upper())


def test_the_hash_of_a_mailbox_is_mastodons() -> None:
    # its app/helpers/email_helper.rb, and the example of docs.joinmastodon.org/methods/admin/canonical_email_blocks
    assert canonical_email("T.E.S.T+x@Example.COM") == "test@example.com"
    assert (
        email_hash("test@example.com") == "973dfe463ec85785f5f95af5ba3906eedb2d931c24e69824a89ea65dba4e813b"
    )
    assert canonical_email("a@SPÄM.example") == "a@xn--spm-rla.example"


def test_addresses_of_both_protocols_have_one_form() -> None:
    assert str(parsed_address("::ffff:192.0.2.1")) == "192.0.2.1"
    assert str(parsed_address("::ffff:c000:201")) == "192.0.2.1"
    assert str(parsed_address("fe80::1%eth0")) == "fe80::1"
    assert parsed_address("unknown") is parsed_address("") is parsed_address("192.0.2.1, 10.0.0.1") is None
    assert str(parsed_network("::ffff:192.0.2.77/120")) == "192.0.2.0/24"
    assert str(parsed_network(" 2001:db8::1/32 ")) == "2001:db8::/32"
    assert str(parsed_network("::ffff:0:0/80")) == "::/80"
    for odd in (
        "",
        "192.0.2.0/33",
        "192.0.2.0/-1",
        "example.com",
        "1.2.3",
        "::1/129",
        "192.0.2.0/24/8",
        "0x1.2.3.4",
    ):
        assert parsed_network(odd) is None, odd


@pytest.mark.parametrize(
    "network", ["198.51.100.7", "198.51.100.0/24", "0.0.0.0/0", "::ffff:198.51.100.0/121"]
)
@pytest.mark.parametrize("severity", [Severity.sign_up_block, Severity.no_access])
async def test_nobody_signs_up_from_a_refused_network(db: None, network: str, severity: str) -> None:
    domain = await make_domain("example.com", sign_up_mode=SignUpMode.open)
    await access_rules.add_ip_rule(moderator=OPERATOR, network=network, severity=severity, address="")
    for address in ("198.51.100.7", "::ffff:198.51.100.7"):
        with pytest.raises(NotAllowed) as caught:
            await _try(domain, address=address)
        assert caught.value.code == "network_refused"
        with pytest.raises(NotAllowed):  # the rule may have come after the page
            await sign_up.make_login(
                domain=domain, email="a@b.example", password=PASSWORD, username="a", address=address
            )
    assert await _try(domain, address="2001:db8::1") is not None


async def test_a_network_may_need_approval_until_the_rule_expires(db: None) -> None:
    domain = await make_domain("example.com", sign_up_mode=SignUpMode.open)
    await _rule("2001:db8::/32", "sign_up_requires_approval", lasts=dt.timedelta(hours=1))
    user = await _try(domain, address="2001:db8:1:2::3")
    assert user is not None
    assert user.approved_at is None
    with clock.shifted(dt.timedelta(minutes=59)):
        await remove_expired_rules()
        assert (await reads.verdict_on(domain_id=1, email="", address="2001:db8::")).needs_approval
    with clock.shifted(dt.timedelta(hours=1, seconds=1)):
        assert not (await reads.verdict_on(domain_id=1, email="", address="2001:db8::")).needs_approval
        await _rule("2001:db8::/32", "sign_up_block")  # before the worker has removed the other
        await _rule("2001:db9::/32", lasts=dt.timedelta(hours=1))
        await remove_expired_rules()
        assert await IpBlock.objects.acount() == 2
    with clock.shifted(dt.timedelta(hours=3)):
        await remove_expired_rules()
        assert await IpBlock.objects.acount() == 1


async def test_a_domains_rules_count_there_only(db: None) -> None:
    home = await make_domain("example.com", sign_up_mode=SignUpMode.open)
    other = await make_domain("other.example", sign_up_mode=SignUpMode.open)
    await _block("spam.example", domain=home)
    await _rule("198.51.100.0/24", domain=home)
    await access_rules.block_email(moderator=OPERATOR, email="a@b.example", domain=home)
    for email, address in (("x@spam.example", ""), ("a@b.example", ""), ("x@b.example", "198.51.100.7")):
        verdict = await reads.verdict_on(domain_id=home.pk, email=email, address=address)
        assert verdict.is_email_refused != verdict.is_network_refused
        assert not any(await reads.verdict_on(domain_id=other.pk, email=email, address=address))
    # nor does anybody come in over a neighbour
    user = await _try(other, "x@spam.example")
    assert user is not None
    await User.objects.filter(pk=user.pk).aupdate(confirmed_at=clock.now())
    await user.arefresh_from_db()
    with pytest.raises(NotAllowed):
        await identities.add_identity(user=user, domain=home, username="x")


async def test_an_invitation_does_not_help(db: None) -> None:
    domain = await make_domain("example.com", sign_up_mode=SignUpMode.invite)
    await _block("spam.example")
    with pytest.raises(Invalid):
        await sign_up.make_login(
            domain=domain, email="a@spam.example", password=PASSWORD, username="a", invitation_id=1
        )


async def test_a_corrected_address_meets_the_rules_as_well(db: None) -> None:
    domain = await make_domain("example.com", sign_up_mode=SignUpMode.open)
    await _block("spam.example")
    await _block("odd.example", allows_with_approval=True)
    user = await _try(domain, "a@fine.example")
    assert user is not None
    with pytest.raises(Invalid):
        await sign_up.confirm_again(user=user, domain=domain, email="a@spam.example")
    await sign_up.confirm_again(user=user, domain=domain, email="a@odd.example")
    await user.arefresh_from_db()
    assert (user.email, user.approved_at) == ("a@odd.example", None)
    assert await SignUp.objects.acount() == 1


async def test_staff_of_a_domain_see_and_write_its_own_rules_only(db: None) -> None:
    home, other = await make_domain("example.com"), await make_domain("other.example")
    staff = await give_role(await make_user("s@example.org"), ADMIN, home)
    rival = await give_role(await make_user("r@example.org"), ADMIN, other)
    mere = await give_role(await make_user("m@example.org"), MODERATOR, home)
    theirs = await _rule("198.51.100.0/24", domain=other)
    everywhere = await _rule("198.51.100.0/24")
    own = await access_rules.add_ip_rule(
        moderator=staff, network="198.51.100.0/24", severity="no_access", address=HERE, domain=home
    )
    scope = staff.scope(Permission.manage_blocks)
    page = Page()
    assert [one.pk for one in await reads.rules(IpBlock, scope, page)] == [own.pk]
    assert len(await reads.rules(IpBlock, None, page)) == 3
    for who, rule in ((staff, theirs), (staff, everywhere), (rival, own)):
        with pytest.raises(NotFound):
            await access_rules.remove_ip_rule(moderator=who, rule_id=rule.pk)
        with pytest.raises(NotFound):
            await access_rules.change_ip_rule(moderator=who, rule_id=rule.pk, address=HERE, comment="x")
    for place in (None, other):
        for attempt in (
            access_rules.block_email_domain(moderator=staff, name="a.example", domain=place),
            access_rules.block_email(moderator=staff, email="a@b.example", domain=place),
            access_rules.add_ip_rule(
                moderator=staff, network="10.0.0.0/8", severity="no_access", address=HERE, domain=place
            ),
            access_rules.add_ip_rule(
                moderator=mere, network="10.0.0.0/8", severity="no_access", address=HERE, domain=home
            ),
        ):
            with pytest.raises(NotAllowed):
                await attempt
    with pytest.raises(NotAllowed):
        await access_rules.remove_ip_rule(moderator=mere, rule_id=own.pk)
    await access_rules.remove_ip_rule(moderator=staff, rule_id=own.pk)
    assert (
        await AuditEntry.objects.filter(act=Act.remove_ip_rule, refusal="", domain_id=home.pk).acount() == 1
    )


async def test_bad_rules_are_refused_with_a_reason(db: None) -> None:
    for name in (
        "",
        " ",
        "@",
        "https://a.example/",
        "a b.example",
        "192.0.2.1",
        "x" * 300,
        "a..example",
        "-a.example",
    ):
        with pytest.raises(Invalid):
            await _block(name)
    for network in ("", "nothing", "192.0.2.0/40", "a.example", "::1/200", "1" * 5000):
        with pytest.raises(Invalid):
            await _rule(network)
    with pytest.raises(Invalid):
        await _rule("192.0.2.1", "drop_everything")
    with pytest.raises(Invalid):
        await _rule("192.0.2.1", comment="x" * 1001)
    for lasts in (dt.timedelta(0), dt.timedelta(days=-1), dt.timedelta(days=99999)):
        with pytest.raises(Invalid):
            await _rule("192.0.2.1", lasts=lasts)
    with pytest.raises(Invalid):
        await access_rules.block_email(moderator=OPERATOR, email="nobody")
    assert not await EmailDomainBlock.objects.aexists()
    assert not await IpBlock.objects.aexists()
    assert not await CanonicalEmailBlock.objects.aexists()
    assert not await AuditEntry.objects.aexists()


async def test_a_rule_on_an_e_mail_domain_ends_at_its_moment(db: None) -> None:
    domain = await make_domain("example.com", sign_up_mode=SignUpMode.open)
    await _block("spam.example", lasts=dt.timedelta(hours=1))
    with pytest.raises(Invalid):
        await _try(domain, "a@spam.example")
    with clock.shifted(dt.timedelta(hours=1)):
        assert not await reads.rules(EmailDomainBlock, None, Page())
        assert await _try(domain, "a@spam.example") is not None
        await _block("spam.example", lasts=dt.timedelta(hours=1))  # the old one is not in its way
    with clock.shifted(dt.timedelta(hours=2)):
        await remove_expired_rules()
        assert not await EmailDomainBlock.objects.aexists()
    for wrong in (dt.timedelta(0), dt.timedelta(days=-1), dt.timedelta(days=40_000)):
        with pytest.raises(Invalid):
            await _block("other.example", lasts=wrong)
