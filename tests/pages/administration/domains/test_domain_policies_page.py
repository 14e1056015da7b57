"""The page with a domain's policies for other servers: what its staff set, see beforehand, and can't reach."""

import pytest

from api.services import statistics
from federation.models import DomainPolicy, Peer, Policy
from federation.peers import set_policy
from tests.activities import people as rows
from tests.pages.conftest import Site
from tests.users.support import make_domain, make_person
from users.audit.models import AuditEntry
from users.domains import options
from users.roles.models import MODERATOR
from users.roles.services import put_grant

pytestmark = pytest.mark.anyio

PAGE = "/admin/policies"


@pytest.fixture
async def staff_of_here(site: Site) -> Site:
    """Mia moderates this domain only."""
    await put_grant(user_id=site.member.user.pk, role_id=MODERATOR.id, domain_id=site.domain.pk)
    return site


async def test_staff_set_change_and_remove_a_policy(staff_of_here: Site) -> None:
    site, mia = staff_of_here, staff_of_here.member
    await set_policy(host="server.test", policy=Policy.limited, note="a secret of the operators")
    form = {"host": "*.Bad.Test", "policy": "limited", "strip_links": "on", "public_comment": "Spam & more"}
    answer = await mia.post(PAGE, form)
    assert answer.status_code == 303
    row = await DomainPolicy.objects.aget()
    assert (row.domain_id, row.host, row.policy, row.strip_links, row.reject_media) == (
        site.domain.pk,
        "bad.test",
        Policy.limited,
        True,
        False,
    )
    assert row.set_by_id == mia.user.pk
    text = (await mia.get(PAGE)).text
    assert "bad.test" in text
    assert "Spam &amp; more" in text
    assert "links removed" in text
    assert "server.test" in text, "the server's own, to read"
    assert "a secret of the operators" not in text
    change = f"{PAGE}/{row.pk}"
    assert (await mia.get(change)).text.count(" checked") == 1, "the form has what is set"
    assert (await mia.post(change, {"policy": "blocked"})).status_code == 303
    row = await DomainPolicy.objects.aget()
    assert (row.policy, row.strip_links, row.public_comment) == (Policy.blocked, False, "")
    assert (await mia.post(f"{change}/remove")).status_code == 303
    assert not await DomainPolicy.objects.aexists()
    acts = [
        (one.act, one.actor_id, one.target_name, one.domain_id)
        async for one in AuditEntry.objects.order_by("id")
    ]
    who = (mia.user.pk, "bad.test", site.domain.pk)
    assert acts == [("set_domain_policy", *who), ("set_domain_policy", *who), ("remove_domain_policy", *who)]


@pytest.mark.parametrize(
    ("form", "words"),
    [
        ({"host": "bad.test", "policy": "open"}, "Choose what this policy changes"),
        ({"host": "testserver", "policy": "blocked"}, "is this server itself"),
        ({"host": "not a host", "policy": "blocked"}, "not a host"),
        ({"host": "bad.test", "policy": "allowed"}, "allowed"),
    ],
)
async def test_what_makes_no_sense_is_refused(staff_of_here: Site, form: dict[str, str], words: str) -> None:
    answer = await staff_of_here.member.post(PAGE, form)
    assert answer.status_code == 422
    assert words in answer.text
    assert not await DomainPolicy.objects.aexists()


async def test_staff_see_what_their_people_lose_before_a_block(staff_of_here: Site) -> None:
    """Follows of people of other domains don't count: they lose nothing."""
    site, mia = staff_of_here, staff_of_here.member
    ann = await rows.make_remote("ann", "x.bad.test")
    await Peer.objects.acreate(host="x.bad.test", last_success_at="2026-01-01T00:00:00Z")
    other = await make_person(await make_domain("second.test"), "bo")
    for one in (site.moderator.me, site.admin.me, other):
        await rows.follow(one, ann)
    form = {"host": "bad.test", "policy": "blocked"}
    asked = await mia.post(PAGE, form)
    assert asked.status_code == 200
    assert "<dd>2</dd>" in asked.text
    assert not await DomainPolicy.objects.aexists()
    assert (await mia.post(PAGE, form | {"sure": "yes"})).status_code == 303
    assert await DomainPolicy.objects.filter(host="bad.test", policy=Policy.blocked).aexists()


async def test_staff_of_one_domain_reach_no_policy_of_another(staff_of_here: Site) -> None:
    second = await make_domain("second.test")
    theirs = await DomainPolicy.objects.acreate(domain=second, host="good.test", policy=Policy.limited)
    mia = staff_of_here.member
    for path in (f"{PAGE}?domain={second.pk}", f"{PAGE}/{theirs.pk}", f"{PAGE}/{theirs.pk}/remove"):
        form = {"host": "good.test", "policy": "blocked"}
        assert (await mia.post(path, form)).status_code == 404, path
    for path in (f"{PAGE}?domain={second.pk}", f"{PAGE}/{theirs.pk}"):
        assert (await mia.get(path)).status_code == 404, path
    await theirs.arefresh_from_db()
    assert theirs.policy == Policy.limited
    assert await DomainPolicy.objects.acount() == 1
    assert "good.test" not in (await mia.get(PAGE)).text


async def test_staff_of_the_server_set_those_of_each_domain(site: Site) -> None:
    second = await make_domain("second.test")
    answer = await site.moderator.post(
        f"{PAGE}?domain={second.pk}", {"host": "bad.test", "policy": "limited"}
    )
    assert answer.status_code == 303
    assert (await DomainPolicy.objects.aget()).domain_id == second.pk
    await site.moderator.get(PAGE)  # says that it was saved
    assert "bad.test" not in (await site.moderator.get(PAGE)).text
    assert "bad.test" in (await site.moderator.get(f"{PAGE}?domain={second.pk}")).text


async def test_a_domain_publishes_its_own_blocks(site: Site) -> None:
    statistics.clear_cache()
    await set_policy(host="both.test", policy=Policy.blocked)
    await set_policy(host="server.test", policy=Policy.limited)
    for host, policy, more in (
        ("both.test", "limited", {}),
        ("own.test", "limited", {"public_comment": "Spam", "note": "for staff"}),
        ("media.test", "open", {"reject_media": "on"}),
    ):
        answer = await site.moderator.post(PAGE, {"host": host, "policy": policy, **more})
        assert answer.status_code == 303
    await make_domain("second.test")
    path = "/api/v1/instance/domain_blocks"
    assert (await site.nobody.get(path)).status_code == 404
    await options.set_value(options.PUBLISHES_BLOCKS, True)
    found = (await site.nobody.get(path)).json()
    shown = [(one["domain"], one["severity"], one["comment"]) for one in found]
    assert shown == [
        ("both.test", "suspend", ""),
        ("own.test", "silence", "Spam"),
        ("server.test", "silence", ""),
    ]
    elsewhere = (await site.nobody.get(path, headers={"Host": "second.test"})).json()
    assert [one["domain"] for one in elsewhere] == ["both.test", "server.test"]
