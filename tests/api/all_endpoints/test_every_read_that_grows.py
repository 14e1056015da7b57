"""Every GET of the client API, asked by nobody and by somebody with much of everything, reads a bounded part of what there is."""

import re
from typing import Any

import httpx
import pytest

import api.endpoints  # noqa: F401  # fills the table
from activities.posts.models import Post
from api.routing import Route, table
from core.db import sql
from tests.activities.much import write_much
from tests.api.support.world import World, let_in_as_owner, make_world
from tests.support.plans import measured, rebuild_indexes, total

pytestmark = [pytest.mark.anyio, pytest.mark.slow]

_MAX_PAGES = 2_000
_MAX_PAGES_OF = {
    # somebody who is signed in gets 4,096 answers, as from Mastodon; 27 pages each
    "/api/v1/statuses/<id>/context": 115_000,
    # all that is kept of somebody is grouped
    "/api/v2/notifications": 9_000,
    "/api/v2/notifications/unread_count": 9_000,
}
_NOT_A_READ = ("/api/v1/streaming", "/api/oembed")
_ASKED: dict[str, list[str]] = {
    "/api/v2/search": [
        *("?q=common", "?q=words&type=statuses", "?q=fan&type=accounts", "?q=com&type=hashtags"),
        *("?q=words+in:library&type=statuses", "?q=words+in:library+has:poll&type=statuses"),
        *("?q=words+from:me+has:poll&type=statuses", "?q=fan&type=accounts&following=true"),
    ],
    "/api/v1/accounts/search": ["?q=fan", "?q=rob", "?q=fan&following=true", "?q=zzz&following=true"],
    "/api/v1/peers/search": ["?q=n1"],
    "/api/v1/accounts": ["?id[]={rob}&id[]={ada}"],
    "/api/v1/statuses": ["?id[]={post}"],
    "/api/v1/accounts/lookup": ["?acct=ada"],
    "/api/v1/accounts/relationships": ["?id[]={rob}&id[]={ada}"],
    "/api/v1/accounts/familiar_followers": ["?id[]={rob}"],
    "/api/v1/accounts/<id>/statuses": [
        *("", "?exclude_replies=true", "?exclude_reblogs=true&min_id=1", "?pinned=true", "?only_media=true"),
        *("?tagged=common", "?tagged=rare"),
    ],
    "/api/v1/timelines/public": ["", "?local=true", "?remote=true", "?only_media=true", "?min_id=1"],
    "/api/v1/timelines/tag/<hashtag>": [
        *("", "?local=true", "?only_media=true", "?all[]=rare", "?none[]=rare", "?any[]=rare"),
    ],
    "/api/v1/timelines/home": ["", "?min_id=1", "?local=true", "?only_media=true"],
    "/api/v1/timelines/link": ["?url=https://far.test/"],
    "/api/v1/notifications": [
        "",
        "?types[]=poll",
        "?min_id=1",
        "?account_id={rob}",
        "?include_filtered=true",
    ],
    "/api/v2/notifications": ["", "?types[]=poll", "?min_id=1"],
    "/api/v1/directory": [
        "",
        "?offset=5900",
        "?offset=5900&order=new",
        "?order=new",
        "?local=true",
        "?offset=1000",
    ],
    "/api/v1/admin/accounts": [
        *("", "?remote=true", "?username=fan", "?by_domain=far.test", "?display_name=rob", "?pending=1"),
        *("?silenced=1", "?disabled=1", "?staff=1", "?email=ada@example.org", "?ip=127.0.0.1", "?min_id=1"),
    ],
    "/api/v2/admin/accounts": ["", "?origin=remote&status=active", "?role_ids[]=1"],
    "/api/v1/admin/reports": ["", "?resolved=true", "?account_id={rob}", "?target_account_id={rob}"],
    "/api/v1/domain_blocks/preview": ["?domain=far.test"],
}


@pytest.fixture
async def world(client: httpx.AsyncClient) -> World:
    """Ada has 6,000 posts, followers, likes, notifications and more; so has the server, which she owns."""
    world = await make_world(client)
    await write_much(world.ada.me, world.remote)
    await rebuild_indexes()
    await let_in_as_owner(world)
    return world


def _paths(route: Route, values: dict[str, Any]) -> list[str]:
    """What is asked of this endpoint."""
    path = route.path
    if "/accounts/<id>" in path:
        path = path.replace("<id>", str(values["ada"]))
    elif "/lists/<id>" in path:
        path = path.replace("<id>", str(values["list"]))
    elif path.endswith("/context"):
        return [path.replace("<id>", str(values[which])) for which in ("post", "thread")]
    path = re.sub(r"<(?:id|post_id)>", str(values["post"]), path).replace("<hashtag>", "common")
    path = path.replace("<list_id>", str(values["list"])).replace("<group_key>", values["group"])
    path = re.sub(r"<\w+>", "1", path)
    return [path + query.format(**values) for query in _ASKED.get(route.path, [""])]


async def test_every_read_is_bounded(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    post = await Post.objects.filter(author=world.ada.me).order_by("id").afirst()
    assert post is not None
    values = {
        "ada": world.ada.id,
        "rob": world.remote.pk,
        "post": post.pk,
        "thread": await sql.value("SELECT min(in_reply_to_id) FROM activities_post"),
        "list": await sql.value("SELECT id FROM activities_peoplelist"),
        "group": f"ungrouped-{await sql.value('SELECT max(id) FROM activities_notification')}",
    }
    asked, too_much = 0, []
    for route in table:
        if route.method != "GET" or route.path.startswith(_NOT_A_READ):
            continue
        for path in _paths(route, values):
            for speaker in (world.nobody, world.ada):
                await speaker.ask("GET", path)
                async with measured(monkeypatch) as costs:
                    answer = await speaker.ask("GET", path)
                assert answer.status_code < 500, (path, answer.text)
                asked += answer.status_code == 200
                if total(costs) > _MAX_PAGES_OF.get(route.path, _MAX_PAGES):
                    worst = max(costs, key=lambda cost: cost.buffers)
                    too_much.append((path, bool(speaker.token), total(costs), worst))
    assert too_much == []
    assert asked > 150, "most of them have an answer"
