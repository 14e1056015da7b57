"""Digests by mail: what was liked and boosted most in a home, for those who asked for it, with nothing that is not for mail servers."""

import datetime as dt
from typing import Any

import pytest

from activities.digests import services
from activities.digests.handlers import send_digests
from activities.digests.models import Digest
from activities.digests.services import delete_digests_of
from activities.filters.services import KeywordDraft, create_filter
from activities.posts.models import Post, Visibility
from activities.posts.queries.views import PostView
from core import clock
from core.db import sql
from tests.activities import people as rows
from tests.pages.conftest import Site
from tests.pages.timelines.test_catch_up import missed
from users.identities.models import Identity, Restriction
from users.logins.models import Mail, User

pytestmark = pytest.mark.anyio

PATH = "/settings/notifications/digest"


async def ask(site: Site, days: str) -> None:
    page = await site.member.post(PATH, {"days": days})
    assert page.status_code == 303


async def mails() -> list[Mail]:
    await Digest.objects.all().aupdate(due_at=clock.now())
    await send_digests()
    return [mail async for mail in Mail.objects.order_by("pk")]


async def test_the_most_liked_posts_come_once_a_week(site: Site) -> None:
    bob = await rows.make_remote("bob", "far.test", name="Bob\nBobson")
    await missed(site, bob, "post quiet")
    loud = await missed(site, bob, "post loud " + "word " * 100)
    await Post.objects.filter(pk=loud.pk).aupdate(likes_count=7)
    await missed(site, site.member.me, "post own")
    await ask(site, "7")
    assert "selected>Every week" in (await site.member.get(PATH)).text
    (mail,) = await mails()
    assert mail.recipient == site.member.user.email
    assert mail.subject == "This week on The testserver"
    lines = [line for line in mail.text.splitlines() if line]
    first = lines.index(
        next(line for line in lines if line.startswith("Bob Bobson (@bob@far.test): post loud"))
    )
    assert lines[first].endswith("word …")
    assert lines[first + 1] == f"{site.domain.base_url}/@bob@far.test/{loud.pk}"
    assert lines[first + 2].startswith("Bob Bobson (@bob@far.test): post quiet")
    assert "post own" not in mail.text
    await send_digests()
    assert await Mail.objects.acount() == 1
    due = (await Digest.objects.aget()).due_at
    assert dt.timedelta(days=6, hours=23) < due - clock.now() <= dt.timedelta(days=7)


async def test_what_is_for_followers_or_filtered_is_in_no_mail(site: Site) -> None:
    bob = await rows.make_remote("bob")
    await missed(site, bob, "post secret", visibility=Visibility.followers)
    await missed(site, bob, "post about football")
    await missed(site, bob, "post spoiled", content_warning="The end of <film> & more")
    await create_filter(
        identity=site.member.me, title="Sport", contexts=["home"], keywords=[KeywordDraft(keyword="football")]
    )
    await ask(site, "1")
    (mail,) = await mails()
    assert mail.subject == "Yesterday on The testserver"
    for words in ("secret", "football", "spoiled"):
        assert words not in mail.text
    assert "The end of <film> & more" in mail.text


async def test_no_mail_without_posts_or_without_a_reader(site: Site) -> None:
    await ask(site, "1")
    assert await mails() == []
    await missed(site, await rows.make_remote("bob"), "post seen")
    await User.objects.filter(pk=site.member.user.pk).aupdate(is_disabled=True)
    assert await mails() == []
    await User.objects.filter(pk=site.member.user.pk).aupdate(is_disabled=False)
    mine = Identity.objects.filter(pk=site.member.me.pk)
    await mine.aupdate(restriction=Restriction.suspended)
    assert await mails() == []
    await mine.aupdate(restriction=Restriction.none)
    await sql.run("DELETE FROM users_identityaccess WHERE user_id = %s", [site.member.user.pk])
    assert await mails() == []
    assert await Digest.objects.acount() == 0


async def test_one_that_fails_holds_up_no_other(site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    await missed(site, await rows.make_remote("bob"), "post seen")
    await ask(site, "1")
    assert (await site.admin.post(PATH, {"days": "1"})).status_code == 303
    read = services.catch_up

    async def fail_for_admin(viewer: Identity, **choice: Any) -> list[PostView]:
        if viewer.pk == site.admin.me.pk:
            raise RuntimeError("a fault of ours")
        return await read(viewer, **choice)

    monkeypatch.setattr(services, "catch_up", fail_for_admin)
    theirs = Digest.objects.filter(identity=site.admin.me.pk)
    await theirs.aupdate(due_at=clock.now() - dt.timedelta(days=2))
    await Digest.objects.exclude(identity=site.admin.me.pk).aupdate(due_at=clock.now())
    await send_digests()
    assert [mail.recipient async for mail in Mail.objects.all()] == [site.member.user.email]
    again = (await theirs.aget()).due_at - clock.now()
    assert dt.timedelta(hours=5) < again < dt.timedelta(hours=7)


async def test_asking_again_waits_no_longer_and_never_ends_it(site: Site) -> None:
    await ask(site, "7")
    due = (await Digest.objects.aget()).due_at
    await ask(site, "7")
    assert (await Digest.objects.aget()).due_at == due
    await ask(site, "1")
    assert (await Digest.objects.aget()).due_at < due
    assert (await site.member.post(PATH, {"days": "2"})).status_code == 422
    await ask(site, "")
    assert await Digest.objects.acount() == 0


async def test_neither_a_login_nor_an_identity_leaves_a_digest(site: Site) -> None:
    await ask(site, "1")
    await site.member.user.adelete()
    assert await Digest.objects.acount() == 0
    assert (await site.admin.post(PATH, {"days": "1"})).status_code == 303
    await delete_digests_of(site.admin.me)
    assert await Digest.objects.acount() == 0


async def test_whoever_has_the_mail_ends_the_digest_with_one_click(site: Site) -> None:
    """RFC 8058: mail clients send a POST without cookies; a GET, which scanners of mails send too, ends nothing."""
    await missed(site, await rows.make_remote("bob"), "post seen")
    await ask(site, "1")
    assert (await site.admin.post(PATH, {"days": "1"})).status_code == 303
    (mail,) = await mails()
    address = mail.unsubscribe_url.removeprefix(site.domain.base_url)
    assert mail.unsubscribe_url in mail.text.splitlines()
    assert f"@{site.member.me.handle}" in (await site.nobody.get(address)).text
    assert await Digest.objects.acount() == 2
    one_click = {"List-Unsubscribe": "One-Click"}
    assert (await site.nobody.http.post(address.replace(".", "1.", 1), data=one_click)).status_code == 404
    ended = await site.nobody.http.post(address, data=one_click)
    assert ended.status_code == 200
    assert [digest.user_id async for digest in Digest.objects.all()] == [site.admin.user.pk]
    assert "get any more digests." in ended.text
    assert (await site.nobody.http.post(address, data=one_click)).status_code == 200
