"""The media of somebody is covered: of all posts, to everybody else, here and in what other servers get, until staff take it back."""

import pytest

from activities.posts.models import Post
from activities.trends.handlers import compute_trends
from activities.trends.models import Trend
from api.oauth.tokens import create_token
from tests.activities import people as rows
from tests.pages.conftest import Site, Visitor
from users.audit.models import Act, AuditEntry
from users.identities.models import Identity
from users.logins.models import Mail
from users.moderation import services as moderation
from users.moderation.models import AccountWarning

pytestmark = pytest.mark.anyio


async def cover(site: Site, who: Identity, covered: str = "yes", **more: str) -> None:
    answer = await site.moderator.post(f"/admin/people/{who.pk}/cover", {"covered": covered, **more})
    assert answer.status_code == 303


async def is_covered(visitor: Visitor, post: Post) -> bool:
    token = await create_token(identity=visitor.me, scopes="read")
    answer = await visitor.http.get(
        f"/api/v1/statuses/{post.pk}", headers={"Authorization": f"Bearer {token}"}
    )
    return bool(answer.json()["sensitive"])


async def test_all_posts_are_covered_until_it_is_taken_back(site: Site) -> None:
    mia = site.member
    post = await rows.make_post(mia.me, content="<p>Look</p>")
    boost = await rows.make_post(site.moderator.me, boost_of=post)
    assert not await is_covered(site.moderator, post)
    await cover(site, mia.me, message="Too much skin", reason="Third report")
    assert await is_covered(site.moderator, post)
    assert not await is_covered(mia, post), "the author edits it without marking it for good"
    page = (await site.moderator.get(f"/admin/people/{mia.me.pk}")).text
    assert "Media covered" in page
    assert "Show media again" in page
    document = await mia.http.get(post.uri, headers={"Accept": "application/activity+json"})
    assert document.json()["sensitive"] is True
    token = await create_token(identity=site.moderator.me, scopes="read")
    shown = await mia.http.get(f"/api/v1/statuses/{boost.pk}", headers={"Authorization": f"Bearer {token}"})
    assert shown.json()["reblog"]["sensitive"] is True
    warning = await AccountWarning.objects.aget()
    assert (warning.action, warning.text) == ("sensitive", "Too much skin")
    mail = await Mail.objects.aget(recipient="mia@example.org")
    assert mail.subject.startswith("All media covered")
    assert (
        "The media of all your posts is covered" in (await mia.get(f"/settings/warnings/{warning.pk}")).text
    )
    entry = await AuditEntry.objects.aget(act=Act.cover_media)
    assert (entry.reason, entry.details["is_sensitized"]) == ("Third report", True)
    await cover(site, mia.me)
    assert await AccountWarning.objects.acount() == 1, "a second press is no second warning"
    await cover(site, mia.me, "")
    assert not await is_covered(site.moderator, post)


async def test_an_approved_appeal_shows_the_media_again(site: Site) -> None:
    mia = site.member
    for is_anew in (False, True):
        await cover(site, mia.me)
        warning = await AccountWarning.objects.alatest("pk")
        made = await moderation.appeal(user=mia.user, warning_id=warning.pk, text="It is art")
        if is_anew:
            await cover(site, mia.me, "")
            await cover(site, mia.me)
        await site.moderator.post(f"/admin/appeals/{made.pk}/decide", {"decision": "approve"})
        assert (await Identity.objects.aget(pk=mia.me.pk)).is_sensitized is is_anew


async def test_what_is_covered_does_not_trend(site: Site) -> None:
    await Identity.objects.all().aupdate(is_discoverable=True)
    await rows.make_post(site.member.me, likes_count=9)
    await compute_trends()
    assert await Trend.objects.acount() == 1
    await cover(site, site.member.me)
    await compute_trends()
    assert await Trend.objects.acount() == 0


async def test_people_of_other_servers_are_covered_without_a_warning(site: Site) -> None:
    rob = await rows.make_remote("rob")
    post = await rows.make_post(rob)
    await cover(site, rob)
    assert await is_covered(site.member, post)
    assert await AccountWarning.objects.acount() == 0


async def test_staff_of_other_domains_and_members_cannot(site: Site) -> None:
    answer = await site.member.post(f"/admin/people/{site.moderator.me.pk}/cover", {"covered": "yes"})
    assert answer.status_code == 404
    answer = await site.moderator.post(f"/admin/people/{site.moderator.me.pk}/cover", {"covered": "yes"})
    assert answer.status_code == 403
    assert not await Identity.objects.filter(is_sensitized=True).aexists()
