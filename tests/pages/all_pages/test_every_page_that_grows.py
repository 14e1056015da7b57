"""Every page that can be looked at, by nobody and by somebody with much of everything, reads a bounded part of what there is."""

import re

import pytest

from activities.conversations.services import update_conversations
from activities.lists.models import PeopleList
from activities.posts.models import Post, Visibility
from core.db import sql
from tests.activities.much import write_much
from tests.activities.people import make_post, make_remote
from tests.pages.conftest import Site
from tests.support.plans import measured, rebuild_indexes, total
from users.moderation.models import Report
from web.urls import urlpatterns

pytestmark = [pytest.mark.anyio, pytest.mark.slow]

PAGE = {"Accept": "text/html"}
_MAX_PAGES = 2_000
_ASKED = {
    "search": ["", "?q=common", "?q=words", "?q=fan", "?q=rob"],
    "notifications": ["", "?show=mentions"],
    "compose": ["", "?reply_to={post}", "?quote={post}"],
    "explore": ["", "?offset=40"],
    "admin-people": ["", "?kind=all", "?q=fan&kind=all", "?kind=restricted"],
    "admin-peers": ["", "?q=n1", "?policy=blocked"],
    "admin-hashtags": ["", "?q=a"],
    "admin-trends": ["", "?kind=links", "?kind=sites", "?kind=posts"],
    "admin-reports": ["", "?show=resolved"],
    "admin-audit": ["", "?who=@ann@testserver", "?act=restrict_person", "?refused=on", "?until=2020-01-01"],
    "home": ["", "?max_id={post}"],
}


async def _values(site: Site) -> dict[str, object]:
    """Fill the server, and return what stands in addresses."""
    ann, rob = site.admin.me, await make_remote("rob", "far.test")
    await write_much(ann, rob)
    await sql.run("UPDATE users_identity SET is_indexable = true, is_discoverable = true")
    # also the catalog: a search reads statistics of words, and other tests leave dead ones there
    await rebuild_indexes()
    private = await make_post(rob, Visibility.mentioned, mentions=(ann,))
    await update_conversations([private.pk])
    post = await Post.objects.filter(author=ann).order_by("id").afirst()
    report = await Report.objects.acreate(target=rob, post_uris=[private.uri])
    assert post is not None
    return {
        "ann": ann.pk,
        "post": post.pk,
        "post_id": post.pk,
        "person_id": rob.pk,
        "identity_id": ann.pk,
        "domain_id": site.domain.pk,
        "kind": "privacy_policy",
        "list_id": (await PeopleList.objects.aget(title="one")).pk,
        "report_id": report.pk,
        "conversation_id": await sql.value("SELECT max(id) FROM activities_conversation"),
        "model": "Delivery",
        "handle": "ann",
        "name": "common",
        "tab": "media",
    }


async def test_every_page_is_bounded(site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    values = await _values(site)
    asked, too_much = 0, []
    for pattern in urlpatterns:
        path = "/" + re.sub(r"<\w+:(\w+)>", lambda part: str(values.get(part[1], 1)), str(pattern.pattern))
        for query in _ASKED.get(str(pattern.name), [""]):
            address = path + query.format(**values)
            for visitor in (site.nobody, site.admin):
                answer = await visitor.get(address, headers=PAGE)
                if answer.status_code == 405:  # a button
                    continue
                for told in re.findall(
                    r'<noscript><img src="([^"]+)"', answer.text
                ):  # what a browser loads with it
                    assert (await visitor.get(told)).status_code in {200, 204}
                async with measured(monkeypatch) as costs:
                    answer = await visitor.get(address, headers=PAGE)
                assert answer.status_code < 500, (address, answer.text)
                asked += answer.status_code == 200
                if total(costs) > _MAX_PAGES:
                    worst = max(costs, key=lambda cost: cost.buffers)
                    too_much.append((address, visitor is site.admin, total(costs), worst))
    assert too_much == []
    assert asked > 90, "most of them are there"
