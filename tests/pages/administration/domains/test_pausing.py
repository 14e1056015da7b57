"""A paused domain answers that it is paused, to everybody but its staff, and loses nothing."""

import pytest

from tests.pages.conftest import Site, Visitor
from tests.users.hashes import encode
from tests.users.support import AP, make_domain
from users.audit.models import Act, AuditEntry
from users.logins.cookies import cookie_name
from users.logins.models import User

pytestmark = pytest.mark.anyio

# address, what a client asks for
ASKED = [
    ("/", {}),
    ("/@mia", {}),
    ("/@nobody", {}),
    ("/sign-up", {}),
    ("/api/v2/instance", {}),
    ("/api/v1/timelines/public", {}),
    ("/nodeinfo/2.1", {}),
    ("/.well-known/webfinger?resource=acct:mia@testserver", {}),
    ("/users/mia", AP),
    ("/users/mia/outbox", AP),
]


async def _pause(by: Visitor, site: Site, paused: str = "yes") -> None:
    answer = await by.post(f"/admin/domains/{site.domain.pk}/pause", {"paused": paused})
    assert (answer.status_code, answer.headers["location"]) == (303, f"/admin/domains/{site.domain.pk}")


async def test_everything_answers_that_it_is_paused(site: Site) -> None:
    await _pause(site.admin, site)
    for path, headers in ASKED:
        for visitor in (site.nobody, site.member, site.moderator):
            answer = await visitor.get(path, headers=headers)
            assert (answer.status_code, answer.headers["retry-after"]) == (503, "300"), path
            assert "testserver is paused by its operators." in answer.text, path
    page = (await site.nobody.get("/")).text
    assert "<h1>Back soon</h1>" in page
    assert "request ID" not in page, "nothing is to be reported"
    assert 'href="/sign-in">Sign in as staff' in page
    assert (await site.nobody.get("/theme.css")).status_code == 200
    assert (await site.nobody.get("/actor", headers=AP)).status_code == 200
    await _pause(site.admin, site, "no")
    for path, headers in ASKED:
        assert (await site.nobody.get(path, headers=headers)).status_code in {200, 403, 404}, path


async def test_an_inbox_asks_to_send_again(site: Site) -> None:
    for path in ("/inbox", "/users/mia/inbox"):
        before = await site.nobody.http.post(path, content=b"{}")
        await _pause(site.admin, site)
        answer = await site.nobody.http.post(path, content=b"{}")
        assert (before.status_code, answer.status_code) == (415, 503)
        assert answer.headers["retry-after"] == "300"
        await _pause(site.admin, site, "no")


async def test_staff_sign_in_and_end_the_pause(site: Site) -> None:
    await User.objects.filter(pk=site.admin.user.pk).aupdate(password_hash=encode("correct horse battery"))
    await _pause(site.admin, site)
    assert (await site.admin.get("/home")).status_code == 200
    fresh = site.nobody
    assert "Password" in (await fresh.get("/sign-in")).text
    form = {"email": "ann@example.org", "password": "correct horse battery"}
    answer = await fresh.post("/sign-in", form)
    name = cookie_name(site.domain)
    fresh.http.cookies.set(name, answer.cookies[name])  # it is for HTTPS only
    page = (await fresh.get(f"/admin/domains/{site.domain.pk}")).text
    assert "End the pause" in page
    await _pause(fresh, site, "no")
    assert (await site.member.get("/home")).status_code == 200
    assert "paused" in (await site.admin.get(f"/admin/domains/{site.domain.pk}")).text
    acts = [entry.act async for entry in AuditEntry.objects.order_by("id")]
    assert acts == [Act.pause_domain, Act.resume_domain]


async def test_other_domains_answer(site: Site) -> None:
    await make_domain("other.test")
    await _pause(site.admin, site)
    assert (await site.nobody.get("/about", headers={"Host": "other.test"})).status_code == 200
    assert (await site.nobody.get("/about")).status_code == 503


async def test_pausing_twice_is_pausing_once(site: Site) -> None:
    for _ in range(2):
        await _pause(site.admin, site)
    assert await AuditEntry.objects.filter(act=Act.pause_domain).acount() == 1
