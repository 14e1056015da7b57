"""The switch of a domain that doesn't federate: its words before and after, for its people, visitors and apps; beside another domain."""

import pytest

from activities.posts.models import Visibility
from api.oauth import tokens
from tests.activities.people import make_post, make_remote
from tests.pages.conftest import Site
from tests.users.support import make_domain
from users.audit.models import AuditEntry
from users.domains.models import Domain
from users.moderation.queries.domain_policies import published_policies
from users.relations.models import Follow

pytestmark = pytest.mark.anyio

FORM = {
    "title": "Home",
    "sign_up_mode": "closed",
    "is_public": "on",
    "shows_profiles": "on",
    "accent_color": "#123456",
}
WORDS = "not connected to other servers"


async def _switch(site: Site, **changes: str) -> None:
    answer = await site.admin.post(f"/admin/domains/{site.domain.pk}", FORM | changes)
    assert answer.status_code == 303


async def test_the_page_says_before_what_happens_and_keeps_it(site: Site) -> None:
    path = f"/admin/domains/{site.domain.pk}"
    page = (await site.admin.get(path)).text
    assert "Follows to and from other servers are kept" in page
    await _switch(site, is_local_only="on")
    saved = await Domain.objects.aget(pk=site.domain.pk)
    assert saved.is_local_only
    entry = await AuditEntry.objects.order_by("-id").afirst()
    assert entry is not None
    assert "is_local_only" in entry.details["changed"]
    assert await published_policies(saved) == [], "it is no block of a server"
    assert (await site.member.post(path, FORM)).status_code in {403, 404}
    await _switch(site)
    assert not (await Domain.objects.aget(pk=site.domain.pk)).is_local_only


async def test_people_are_told_why(site: Site) -> None:
    bob = await make_remote("bob", "far.test")
    assert WORDS not in (await site.nobody.get("/about")).text
    assert 'id="stays-here"' not in (await site.member.get("/compose")).text
    await _switch(site, is_local_only="on")
    assert WORDS in (await site.nobody.get("/about")).text
    assert 'id="stays-here"' in (await site.member.get("/compose")).text
    for asked in ("@bob@far.test", "@unknown@other.test", bob.uri, "https://other.test/@someone/1"):
        found = await site.member.get("/search", params={"q": asked})
        assert WORDS in found.text, asked
    assert "Mia" in (await site.member.get("/search", params={"q": f"@{site.member.me.handle}"})).text
    page = await site.nobody.get("/interact", params={"uri": site.member.me.uri, "do": "follow"})
    assert WORDS in page.text
    assert 'name="server"' not in page.text


async def test_apps_are_told_why(site: Site) -> None:
    bob = await make_remote("bob", "far.test")
    token = await tokens.create_token(identity=site.member.me, scopes="read write follow", app_name="App")
    http, headers = site.nobody.http, {"Authorization": f"Bearer {token}"}
    limited = (await http.get("/api/v2/instance")).json()["configuration"]["limited_federation"]
    assert limited is False
    await _switch(site, is_local_only="on")
    assert (await http.get("/api/v2/instance")).json()["configuration"]["limited_federation"] is True
    for asked in ("@bob@far.test", "https://other.test/@someone/1"):
        answer = await http.get("/api/v2/search", params={"q": asked, "resolve": "true"}, headers=headers)
        assert answer.status_code == 403
        assert WORDS in answer.json()["error"]
    answer = await http.post(f"/api/v1/accounts/{bob.pk}/follow", headers=headers)
    assert answer.status_code == 403
    assert WORDS in answer.json()["error"]
    assert not await Follow.objects.aexists()
    told = await http.post(
        "/api/v1/statuses", json={"status": "Hello @bob@far.test", "visibility": "public"}, headers=headers
    )
    assert (told.json()["visibility"], told.json()["local_only"]) == ("private", True)
    assert told.json()["mentions"] == []
    post = await make_post(site.moderator.me)
    boost = (await http.post(f"/api/v1/statuses/{post.pk}/reblog", headers=headers)).json()
    assert boost["local_only"] is True
    hers = await make_post(bob, Visibility.public)
    assert (await http.get(f"/api/v1/statuses/{hers.pk}", headers=headers)).status_code == 404


async def test_other_domains_of_the_server_are_not_affected(site: Site) -> None:
    second = await make_domain("second.test")
    await _switch(site, is_local_only="on")
    hers = await make_post(await make_remote("bob", "far.test"))
    for host, status in (("second.test", 200), ("testserver", 404)):
        answer = await site.nobody.get(f"/api/v1/statuses/{hers.pk}", headers={"Host": host})
        assert answer.status_code == status, host
    assert WORDS not in (await site.nobody.get("/about", headers={"Host": second.name})).text
