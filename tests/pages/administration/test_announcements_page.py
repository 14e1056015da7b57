"""Staff of a domain announce on it, and neither see nor delete what others announce."""

import pytest

from activities.announcements.models import Announcement
from activities.announcements.services import announce
from tests.pages.conftest import Site
from tests.users.support import give_role, make_domain
from users.roles.models import ADMIN

pytestmark = pytest.mark.anyio


async def test_staff_of_a_domain_announce_on_it_only(site: Site) -> None:
    other = await make_domain("other.test")
    everywhere = await announce(content="<p>For all of us</p>")
    there = await announce(content="<p>For them</p>", domain=other)
    boss = site.member
    await give_role(boss.user, ADMIN, site.domain)
    page = (await boss.get("/admin/announcements")).text
    assert "For all of us" not in page
    assert "For them" not in page
    assert "All domains" not in page
    assert "other.test" not in page
    for domain in ("", str(other.pk), "9"):
        answer = await boss.post("/admin/announcements", {"content": "Hello", "domain": domain})
        assert answer.status_code == 422, domain
    for foreign in (everywhere, there):
        assert (await boss.post(f"/admin/announcements/{foreign.pk}/remove")).status_code == 404
    assert await Announcement.objects.acount() == 2
    answer = await boss.post("/admin/announcements", {"content": "Hello", "domain": str(site.domain.pk)})
    assert answer.status_code == 303
    mine = await Announcement.objects.aget(domain=site.domain)
    assert "Hello" in (await boss.get("/admin/announcements")).text
    assert (await boss.post(f"/admin/announcements/{mine.pk}/remove")).status_code == 303


async def test_server_wide_announcers_see_all_announcements(site: Site) -> None:
    await announce(content="<p>For all of us</p>")
    await announce(content="<p>For them</p>", domain=await make_domain("other.test"))
    page = (await site.admin.get("/admin/announcements")).text
    for words in ("For all of us", "For them", "All domains", "other.test"):
        assert words in page
