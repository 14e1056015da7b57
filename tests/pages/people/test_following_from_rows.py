"""Follow and Follow back where one meets people: in rows of people and in notifications of new followers."""

import json
import re

import pytest

from activities.notifications.models import Notification
from tests.activities import people as rows
from tests.pages.conftest import Site
from users.relations.models import Follow

pytestmark = pytest.mark.anyio


def _buttons(page: str, person_id: int) -> list[str]:
    forms = re.findall(rf'action="/people/{person_id}/follow".*?</form>', page, re.S)
    return [
        " ".join(re.sub("<[^>]+>", " ", form.partition("<button")[2].partition(">")[2]).split())
        for form in forms
    ]


async def test_rows_say_how_one_stands_to_their_people(site: Site) -> None:
    mia, ann, mo = site.member.me, site.admin.me, site.moderator.me
    await rows.follow(mo, mia)
    for path in ("/@mo/following", f"/search?q={mia.username}"):
        assert str(_buttons((await site.admin.get(path)).text, mia.pk)) == "['Follow @mia@testserver']", path
    await rows.follow(mo, ann)
    await rows.follow(ann, mo)
    assert _buttons((await site.admin.get("/@ann/followers")).text, mo.pk) == []
    assert re.search(
        r"Following<span[^>]*> @mo@testserver\. Unfollow<", (await site.admin.get("/@ann/followers")).text
    )
    assert _buttons((await site.member.get("/@ann/following")).text, mo.pk) == ["Follow back @mo@testserver"]
    assert _buttons((await site.nobody.get("/@ann/following")).text, mo.pk) == []
    await rows.block(mo, mia)
    assert _buttons((await site.member.get("/@ann/following")).text, mo.pk) == []


async def test_follow_works_in_place_and_without_scripts(site: Site) -> None:
    path = f"/people/{site.admin.me.pk}/follow"
    answer = await site.member.post(path, headers={"HX-Request": "true"})
    assert answer.status_code == 200
    assert "Following<span" in answer.text
    assert "<html" not in answer.text
    assert "You follow Ann." in answer.headers["hx-trigger"]
    stranger = await rows.make_remote("stranger")
    answer = await site.member.post(f"/people/{stranger.pk}/follow", headers={"HX-Request": "true"})
    assert "Requested<span" in answer.text
    await Follow.objects.all().adelete()
    answer = await site.member.post(path, {"next": "/search?q=ann"})
    assert (answer.status_code, answer.headers["location"]) == (303, "/search?q=ann")
    assert await Follow.objects.aexists()


async def test_a_new_follower_is_followed_back_from_the_notification(site: Site) -> None:
    mia, ann, mo = site.member.me, site.admin.me, site.moderator.me
    await rows.follow(ann, mia)
    await Notification.objects.acreate(identity=mia, kind="follow", actor=ann)
    page = (await site.member.get("/notifications")).text
    assert _buttons(page, ann.pk) == ["Follow back @ann@testserver"]
    await rows.follow(mia, ann)
    page = (await site.member.get("/notifications")).text
    assert _buttons(page, ann.pk) == []
    assert "Following<span" in page
    await rows.follow(mo, mia)
    await Notification.objects.acreate(identity=mia, kind="follow", actor=mo)
    assert '/follow"' not in (await site.member.get("/notifications?show=follows")).text, "two share a row"


async def test_handles_of_this_server_are_short_in_rows(site: Site) -> None:
    await rows.follow(site.moderator.me, site.member.me)
    await rows.follow(site.moderator.me, await rows.make_remote("fan"))
    page = (await site.admin.get("/@mo/following")).text
    assert re.findall(r'class="handle"\s+dir="ltr"\s*>([^<]+)<', page.partition("<main")[2]) == [
        "@fan@far.test",
        "@mia",
    ]


async def test_everyone_who_liked_or_boosted_can_be_followed(site: Site) -> None:
    post = await rows.make_post(site.admin.me)
    await site.moderator.post(f"/posts/{post.pk}/like")
    await site.moderator.post(f"/posts/{post.pk}/boost")
    for kind in ("likes", "boosts"):
        page = (await site.member.get(f"/@ann/{post.pk}/{kind}")).text
        assert _buttons(page, site.moderator.me.pk) == ["Follow @mo@testserver"], kind
        assert _buttons((await site.nobody.get(f"/@ann/{post.pk}/{kind}")).text, site.moderator.me.pk) == []


async def test_following_in_a_row_ends_with_a_press_that_can_be_undone(site: Site) -> None:
    mia, ann = site.member.me, site.admin.me
    await rows.follow(mia, ann, notifies=True)
    answer = await site.member.post(
        f"/people/{ann.pk}/unfollow", {"row": "yes"}, headers={"HX-Request": "true"}
    )
    assert _buttons(answer.text, ann.pk) == ["Follow @ann@testserver"]
    toast = json.loads(answer.headers["hx-trigger"])["toast"]
    assert (toast["text"], toast["back"]) == ("You no longer follow Ann.", f'[data-follow="{ann.pk}"]')
    answer = await site.member.post(toast["undo"], headers={"HX-Request": "true"})
    assert "Following<span" in answer.text
    assert await Follow.objects.filter(notifies=True).aexists()


async def test_a_request_that_is_cancelled_is_not_called_a_follow(site: Site) -> None:
    stranger = await rows.make_remote("stranger")
    await site.member.post(f"/people/{stranger.pk}/follow")
    await site.member.post(f"/people/{stranger.pk}/unfollow", {"next": "/local"})
    assert "Follow request to stranger cancelled." in (await site.member.get("/local")).text
