"""New terms and policies are announced to the people of the domain, with a link to the version that is to come."""

import datetime as dt
import re

import pytest

from activities.announcements.models import Announcement
from core import clock
from tests.pages.conftest import Site
from tests.users.support import make_domain
from users.domains import options
from users.domains.models import DomainText, Level

pytestmark = pytest.mark.anyio


async def _publish(site: Site, kind: str, **fields: str) -> int:
    path = f"/admin/domains/{site.domain.pk}/texts/{kind}"
    return (await site.admin.post(path, {"content": "<p>Be nice.</p>", **fields})).status_code


async def test_people_read_of_terms_before_they_hold(site: Site) -> None:
    await make_domain("other.test")
    day = clock.now().date() + dt.timedelta(days=20)
    for _ in range(2):
        assert await _publish(site, "terms_of_service", effective_on=day.isoformat(), announces="on") == 303
    row = await Announcement.objects.aget()
    assert row.domain_id == site.domain.pk, "once, though the button was pressed twice"
    assert row.ends_at is not None
    assert row.ends_at.date() == day + dt.timedelta(days=30)
    home = (await site.member.get("/home")).text
    assert "We have new terms of service, in effect from" in home
    found = re.search(r'href="https://testserver(/terms-of-service\?of=[\d-]+)"', home)
    assert found is not None
    assert found[1].endswith(day.isoformat())
    assert "Be nice." in (await site.nobody.get(found[1])).text
    assert (await site.member.post(f"/announcements/{row.pk}/read")).status_code == 303
    assert "new terms of service" not in (await site.member.get("/home")).text
    sooner = (day - dt.timedelta(days=1)).isoformat()
    assert await _publish(site, "terms_of_service", effective_on=sooner, announces="on") == 303
    assert "new terms of service" in (await site.member.get("/home")).text, "another day is news"


async def test_nobody_is_told_unless_staff_ask_for_it(site: Site) -> None:
    assert await _publish(site, "terms_of_service") == 303
    assert await _publish(site, "extended_description", announces="on") == 303
    assert await _publish(site, "privacy_policy", announces="on", content="<script></script>") == 422
    assert await Announcement.objects.acount() == 0, "nothing half done"
    assert await DomainText.objects.acount() == 2


async def test_a_day_at_the_end_of_time_is_announced(site: Site) -> None:
    day = dt.date.max.isoformat()
    assert await _publish(site, "terms_of_service", effective_on=day, announces="on") == 303
    assert await Announcement.objects.acount() == 1


async def test_it_is_in_the_language_of_the_domain(site: Site) -> None:
    await options.set_value(options.LANGUAGE, "de", level=Level.domain, owner=site.domain.pk)
    assert await _publish(site, "privacy_policy", announces="on") == 303
    assert "Wir haben eine neue Datenschutzerklärung" in (await Announcement.objects.aget()).content
