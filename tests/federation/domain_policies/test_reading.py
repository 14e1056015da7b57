"""Effects of a domain's policy for another server on its people and visitors, at every place where something is read; others see all.

Each place is asked by somebody of a domain with a policy, somebody of another domain, and visitors of both.
"""

import json
from typing import Any

import httpx
import pytest

from activities.media.models import Attachment
from activities.notifications.models import Notification, NotificationKind
from activities.posts.models import Post
from activities.reactions.models import Reaction
from activities.tags.services.hashtags import set_hashtags
from activities.timelines.models import HomeEntry
from core.ids import new_id
from federation.peers import set_policy
from federation.policies import Handling, Policy
from tests.activities.people import follow, make_post, make_remote
from tests.api.support.world import Speaker, World, make_world
from tests.users import support
from users.identities.models import Identity
from users.logins.services.staff import OPERATOR
from users.moderation.services.domain_policies import Choice, set_domain_policy

pytestmark = pytest.mark.anyio

HOST = "sub.bad.test"
LINKED = '<p>Buy <a href="https://pills.example/">this</a> <a class="mention" href="https://second.example/users/bo">@bo</a></p>'


class Town:
    """Ada is of a domain that may have a policy for bad.test, bo of another one. Both follow eve of a host below it, who mentions both."""

    def __init__(self, world: World, bo: Speaker, eve: Identity, fan: Identity) -> None:
        self.world, self.ada, self.bo, self.eve, self.fan = world, world.ada, bo, eve, fan
        self.post: Post
        self.boost: Post
        self.domain = world.domain

    async def rule(self, host: str = "bad.test", **values: Any) -> None:
        await set_domain_policy(moderator=OPERATOR, domain=self.domain, host=host, choice=Choice(**values))

    async def both(self, path: str) -> tuple[Any, Any]:
        """What ada's and bo's apps get, each from their own domain."""
        return await self.ada.get(path), await self.bo.get(path, headers={"Host": "second.example"})

    async def visitors(self, path: str) -> tuple[httpx.Response, httpx.Response]:
        http = self.world.http
        return await http.get(path), await http.get(path, headers={"Host": "second.example"})


@pytest.fixture
async def town(client: httpx.AsyncClient) -> Town:
    world = await make_world(client)
    second = await support.make_domain("second.example")
    user = await support.make_user("bo@example.org")
    person = await support.make_person(second, "bo", user)
    bo = Speaker(world.http, await world.token(person), person)
    eve = await make_remote("eve", HOST)
    fan = await make_remote("fan", HOST)
    made = Town(world, bo, eve, fan)
    made.post = await make_post(eve, content=LINKED, mentions=(world.ada.me, person))
    await set_hashtags(made.post.pk, {"cats": "cats"})
    url = f"https://{HOST}/a.png"
    await Attachment.objects.acreate(
        post=made.post, author=eve, kind="image", media_type="image/png", url=url, preview_url=url
    )
    made.boost = await make_post(world.remote, boost_of=made.post)
    for one in (world.ada.me, person):
        await follow(one, eve)
        await follow(one, world.remote)
        for post in (made.post, made.boost):
            await HomeEntry.objects.acreate(identity=one, post=post)
        await Notification.objects.acreate(
            identity=one, actor=eve, kind=NotificationKind.mention, post=made.post
        )
        await Notification.objects.acreate(identity=one, actor=fan, kind=NotificationKind.follow)
        await follow(fan, one)
    return made


def _shows(answer: Any, town: Town) -> bool:
    """Whether an answer contains something of eve's or of fan's, whose names are nowhere else."""
    text = json.dumps(answer)
    return f'"{town.post.pk}"' in text or f'"{town.eve.pk}"' in text or f'"{town.fan.pk}"' in text


async def _shown(town: Town, path: str) -> tuple[bool, bool]:
    ada, bo = await town.both(path.format(post=town.post.pk, eve=town.eve.pk, boost=town.boost.pk))
    return _shows(ada, town), _shows(bo, town)


LISTS = (
    "/api/v1/timelines/home",
    "/api/v1/timelines/public",
    "/api/v1/timelines/tag/cats",
    "/api/v1/notifications",
    "/api/v2/notifications",
    "/api/v2/search?q=eve&type=accounts",
    "/api/v1/accounts/search?q=eve",
)


@pytest.mark.parametrize("path", LISTS)
async def test_a_block_hides_from_one_domain_only(town: Town, path: str) -> None:
    assert await _shown(town, path) == (True, True), "otherwise the next line says nothing"
    await town.rule(policy=Policy.blocked)
    assert await _shown(town, path) == (False, True)


@pytest.mark.parametrize("which", ["followers", "following"])
async def test_a_block_hides_follows(town: Town, which: str) -> None:
    paths = [f"/api/v1/accounts/{one.id}/{which}" for one in (town.ada, town.bo)]
    await town.rule(policy=Policy.blocked)
    assert not _shows(await town.ada.get(paths[0]), town)
    assert _shows(await town.bo.get(paths[1], headers={"Host": "second.example"}), town)


@pytest.mark.parametrize(
    "path", ["/api/v1/statuses/{post}", "/api/v1/statuses/{boost}", "/api/v1/statuses/{post}/context"]
)
async def test_a_blocked_servers_post_is_not_there(town: Town, path: str) -> None:
    path = path.format(post=town.post.pk, boost=town.boost.pk)
    await town.both(path)
    await town.rule(policy=Policy.blocked)
    await town.ada.refused("GET", path, 404)
    await town.bo.get(path, headers={"Host": "second.example"})
    ada, bo = await town.visitors(path)
    assert (ada.status_code, bo.status_code) == (404, 200)


async def test_a_blocked_servers_people_are_names_only(town: Town) -> None:
    await Identity.objects.filter(pk=town.eve.pk).aupdate(summary="<p>Known words</p>")
    handle = f"/@{town.eve.handle}"
    await town.rule(policy=Policy.blocked)
    for answer, is_shown in zip(await town.visitors(handle), (False, True), strict=True):
        assert ("Known words" in answer.text) is is_shown
    path = f"/api/v1/accounts/{town.eve.pk}/statuses"
    assert await town.ada.get(path) == []
    assert _shows(await town.bo.get(path, headers={"Host": "second.example"}), town)


async def test_nobody_follows_across_a_block(town: Town) -> None:
    await town.rule(policy=Policy.blocked)
    stranger = await make_remote("stranger", HOST)
    path = f"/api/v1/accounts/{stranger.pk}/follow"
    await town.ada.refused("POST", path, 403)
    await town.bo.post(path, headers={"Host": "second.example"})


async def test_a_domain_cannot_loosen_what_the_server_blocks(town: Town) -> None:
    await set_policy(host="bad.test", policy=Policy.blocked)
    await town.rule(host=HOST, policy=Policy.open, reject_media=True)
    for path in LISTS[:3]:
        assert await _shown(town, path) == (False, False), path


async def test_people_of_our_other_domains_are_not_below_a_blocked_parent(town: Town) -> None:
    """`example` hides second.example's namesakes elsewhere, not our own domain."""
    await make_post(town.bo.me)
    await town.rule(host="example", policy=Policy.blocked)
    found = await town.ada.get(f"/api/v1/accounts/{town.bo.id}/statuses")
    assert len(found) == 1


@pytest.mark.parametrize(
    ("path", "limited", "unlisted"),
    [
        ("/api/v1/timelines/home", True, True),
        ("/api/v1/timelines/public", False, False),
        ("/api/v1/timelines/tag/cats", False, False),
        ("/api/v1/notifications", True, True),
        ("/api/v1/statuses/{post}", True, True),
        ("/api/v1/accounts/{eve}/statuses", True, True),
    ],
)
async def test_limited_and_unlisted(town: Town, path: str, limited: bool, unlisted: bool) -> None:
    await town.rule(policy=Policy.limited)
    assert await _shown(town, path) == (limited, True)
    await town.rule(force_unlisted=True)
    assert await _shown(town, path) == (unlisted, True)


async def test_a_limited_reply_is_hidden_from_those_who_do_not_follow(town: Town) -> None:
    root = await make_post(town.bo.me)
    reply = await make_post(town.eve, in_reply_to=root)
    path = f"/api/v1/statuses/{root.pk}/context"
    await town.rule(policy=Policy.limited)
    bea = await town.world.bea.get(path)
    ada = await town.ada.get(path)
    assert ([one["id"] for one in ada["descendants"]], bea["descendants"]) == ([str(reply.pk)], [])
    await town.rule(force_unlisted=True)
    assert len((await town.world.bea.get(path))["descendants"]) == 1


async def test_media_is_hidden(town: Town) -> None:
    path = f"/api/v1/statuses/{town.post.pk}"
    await town.rule(reject_media=True)
    ada, bo = await town.both(path)
    assert (ada["media_attachments"][0]["type"], bo["media_attachments"][0]["type"]) == ("unknown", "image")
    assert "/media/r/" in bo["media_attachments"][0]["url"]
    page = f"/@{town.eve.handle}/{town.post.pk}"
    for answer, is_shown in zip(await town.visitors(page), (False, True), strict=True):
        assert answer.status_code == 200
        assert ("/media/r/" in answer.text) is is_shown


async def test_media_is_covered(town: Town) -> None:
    path = f"/api/v1/statuses/{town.post.pk}"
    await town.rule(force_sensitive=True)
    ada, bo = await town.both(path)
    assert (ada["sensitive"], bo["sensitive"]) == (True, False)
    (boost, _), (boost_of_bo, _) = await town.both("/api/v1/timelines/home")
    assert (boost["reblog"]["sensitive"], boost_of_bo["reblog"]["sensitive"]) == (True, False)
    ada, bo = await town.both(f"{path}/history")
    assert (ada[0]["sensitive"], bo[0]["sensitive"]) == (True, False)
    page = f"/@{town.eve.handle}/{town.post.pk}"
    for answer, is_covered in zip(await town.visitors(page), (True, False), strict=True):
        assert ("Sensitive media" in answer.text) is is_covered


async def test_links_are_text(town: Town) -> None:
    path = f"/api/v1/statuses/{town.post.pk}"
    await town.rule(strip_links=True)
    ada, bo = await town.both(path)
    assert "pills.example" not in ada["content"]
    assert 'href="https://second.example/users/bo"' in ada["content"], "mentions stay"
    assert "pills.example" in bo["content"]
    ada, bo = await town.both(f"{path}/history")
    assert ("pills.example" in ada[0]["content"], "pills.example" in bo[0]["content"]) == (False, True)
    page = f"/@{town.eve.handle}/{town.post.pk}"
    for answer, is_link in zip(await town.visitors(page), (False, True), strict=True):
        assert ("pills.example" in answer.text) is is_link


async def test_rows_that_a_page_kept_change_with_the_policy(town: Town) -> None:
    """Rendered rows are kept in the process: those of before are not shown after."""
    page = f"/@{town.eve.handle}"
    assert "pills.example" in (await town.world.http.get(page)).text
    await town.rule(strip_links=True, reject_media=True)
    text = (await town.world.http.get(page)).text
    assert "Buy this" in text
    assert "pills.example" not in text
    assert "/media/r/" not in text


async def test_policies_of_parents_add_up_and_the_servers_stay(town: Town) -> None:
    await set_policy(host="bad.test", policy=Policy.open, handling=Handling.force_unlisted)
    await town.rule(force_sensitive=True)
    await town.rule(host=HOST, strip_links=True)
    ada, bo = await town.both(f"/api/v1/statuses/{town.post.pk}")
    assert (ada["sensitive"], "pills.example" in ada["content"]) == (True, False)
    assert (bo["sensitive"], "pills.example" in bo["content"]) == (False, True)


async def test_reactions_of_a_blocked_server_are_not_counted(town: Town) -> None:
    post = await make_post(town.world.remote)
    await Reaction.objects.acreate(
        id=new_id(), identity=town.eve, post=post, name="🐈", uri="https://x.test/1"
    )
    path = f"/api/v1/statuses/{post.pk}"
    await town.rule(policy=Policy.blocked)
    ada, bo = await town.both(path)
    assert ([one["name"] for one in ada["reactions"]], len(bo["reactions"])) == ([], 1)
