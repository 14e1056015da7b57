"""Contact, robots and texts of a domain, as visitors, apps and crawlers see them after staff set them on its page."""

import datetime as dt

import pytest

from activities.posts.models import Visibility
from api.services import statistics
from core import clock
from tests.pages.conftest import Site
from users.domains.models import Domain, SignUpMode
from users.domains.services import edit_domain
from users.identities.models import Identity
from users.logins.services.identities import create_identity

pytestmark = pytest.mark.anyio

FORM = {
    "title": "Other",
    "sign_up_mode": "open",
    "is_public": "on",
    "shows_profiles": "on",
    "accent_color": "#123456",
}


async def _save(site: Site, **changes: str) -> int:
    return (await site.admin.post(f"/admin/domains/{site.domain.pk}", FORM | changes)).status_code


async def _contact(site: Site) -> str:
    statistics.clear_cache()
    account = (await site.nobody.get("/api/v2/instance")).json()["contact"]["account"]
    return str(account["username"])


async def test_the_contact_is_who_was_chosen(site: Site) -> None:
    assert await _contact(site) == "ann", "an admin, if nobody is chosen"
    for handle in ("@mia@testserver", "mia"):
        assert await _save(site, contact=handle) == 303
        assert await _contact(site) == "mia"
        assert "@mia@testserver</a>" in (await site.nobody.get("/about")).text
    assert 'value="@mia@testserver"' in (await site.admin.get(f"/admin/domains/{site.domain.pk}")).text
    assert await _save(site, contact="@nobody@testserver") == 422
    await Identity.objects.filter(pk=site.member.me.pk).aupdate(deleted_at=clock.now())
    assert await _contact(site) == "ann"
    assert "@mia@testserver</a>" not in (await site.nobody.get("/about")).text


async def test_robots_are_asked_to_stay_away(site: Site) -> None:
    async def said() -> list[str]:
        return (await site.nobody.get("/robots.txt")).text.splitlines()

    assert "Disallow: /" not in await said()
    assert await _save(site, crawlers="no_ai") == 303
    lines = await said()
    refused = lines[: lines.index("")]
    assert {"User-agent: GPTBot", "User-agent: ClaudeBot", "User-agent: CCBot"} <= set(refused)
    assert refused[-1] == "Disallow: /"
    assert "User-agent: *" not in refused
    assert "Disallow: /" not in lines[len(refused) :]
    assert await _save(site, crawlers="none") == 303
    assert await said() == ["User-agent: *", "Disallow: /"]
    assert await _save(site, crawlers="some") == 422


async def test_texts_have_a_day_and_earlier_versions_stay_readable(site: Site) -> None:
    path = f"/admin/domains/{site.domain.pk}/texts/terms_of_service"
    today = clock.now().date()
    soon, over = (today + dt.timedelta(days=30)).isoformat(), (today - dt.timedelta(days=1)).isoformat()
    assert (await site.admin.post(path, {"content": "<p>Be kind.</p>"})).status_code == 303
    assert (
        await site.admin.post(path, {"content": "<p>Be kinder.</p>", "effective_on": soon})
    ).status_code == 303
    assert (await site.admin.post(path, {"content": "<p>Late.</p>", "effective_on": over})).status_code == 422
    now = (await site.nobody.get("/terms-of-service")).text
    assert "Be kind." in now
    assert "In effect since" in now
    assert f"/terms-of-service?of={soon}" in now
    coming = (await site.nobody.get(f"/terms-of-service?of={soon}")).text
    assert "Be kinder." in coming
    assert "In effect from" in coming
    assert f"?of={today.isoformat()}" in coming
    for wrong in (over, "yesterday", "2026-02-31"):
        assert (await site.nobody.get(f"/terms-of-service?of={wrong}")).status_code == 404, wrong


async def test_who_signs_up_can_read_the_texts(site: Site) -> None:
    await edit_domain(domain=site.domain, sign_up_mode=SignUpMode.open)
    assert "/terms-of-service" not in (await site.nobody.get("/sign-up")).text
    for kind in ("terms_of_service", "privacy_policy"):
        await site.admin.post(f"/admin/domains/{site.domain.pk}/texts/{kind}", {"content": "<p>x</p>"})
    page = (await site.nobody.get("/sign-up")).text
    assert 'href="/terms-of-service"' in page
    assert 'href="/privacy-policy"' in page


OF_TRENDS = [
    "/explore",
    "/explore/hashtags",
    "/explore/news",
    "/api/v1/trends/tags",
    "/api/v1/trends/statuses",
]
OF_PEOPLE = ["/directory", "/explore/people", "/api/v1/directory"]


async def _statuses(site: Site, paths: list[str]) -> set[int]:
    return {(await site.nobody.get(path)).status_code for path in paths}


async def test_trends_and_directory_have_a_switch_each(site: Site) -> None:
    both = {"shows_trends": "on", "shows_directory": "on"}
    assert await _save(site, **both) == 303
    assert await _statuses(site, [*OF_TRENDS, *OF_PEOPLE]) == {200}
    assert await _save(site, shows_directory="on") == 303
    assert await _statuses(site, OF_TRENDS) <= {401, 404}
    assert await _statuses(site, OF_PEOPLE) == {200}
    access = (await site.nobody.get("/api/v2/instance")).json()["configuration"]["timelines_access"]
    assert access["trending_link_feeds"]["local"] == "authenticated"
    assert access["live_feeds"]["local"] == "public"
    assert await _save(site, shows_trends="on") == 303
    assert await _statuses(site, OF_TRENDS) == {200}
    assert await _statuses(site, OF_PEOPLE) <= {401, 404}
    assert (await site.nobody.get("/local")).status_code == 200
    for path in ("/explore", "/directory"):
        assert (await site.member.get(path)).status_code == 200, path


async def test_new_people_post_to_the_audience_of_the_domain(site: Site) -> None:
    assert await _save(site, default_visibility="2") == 303
    assert await _save(site, default_visibility="3") == 422, "nobody can be mentioned by default"
    domain = await Domain.objects.aget(pk=site.domain.pk)
    new = await create_identity(user=site.member.user, domain=domain, username="new")
    assert new.default_visibility == Visibility.followers
    assert (await Identity.objects.aget(pk=site.member.me.pk)).default_visibility == Visibility.public
