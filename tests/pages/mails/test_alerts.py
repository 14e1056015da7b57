"""Mails about single notifications, for those who asked for them: what is in them, for whom, how often, and how they end."""

import datetime as dt

import pytest

from activities.alerts.handlers import send_alerts
from activities.alerts.models import Alert
from activities.alerts.services import BETWEEN_MAILS, delete_alerts_of
from activities.filters.services import KeywordDraft, create_filter
from activities.notifications.models import Notification
from activities.notifications.services.notify import mark_seen
from activities.posts.models import Post, Visibility
from core import clock
from core.db import sql
from tests.activities import people as rows
from tests.pages.conftest import Site
from users.identities.models import Identity
from users.logins.models import Mail, User
from users.relations.services import blocking

pytestmark = pytest.mark.anyio

PATH = "/settings/notifications/mail"
ALL = ["mention", "private_mention", "follow_request", "request", "follow", "quote"]


async def ask(site: Site, *kinds: str) -> None:
    assert (await site.member.post(PATH, {"kinds": list(kinds)})).status_code == 303


async def happens(site: Site, kind: str, actor: Identity, post: Post | None = None, **more: object) -> None:
    """Notify mia, as if it had happened a minute ago."""
    row = await Notification.objects.acreate(
        identity=site.member.me, kind=kind, actor=actor, post=post, **more
    )
    await Notification.objects.filter(pk=row.pk).aupdate(created_at=clock.now() - dt.timedelta(minutes=3))


async def mention(site: Site, actor: Identity, text: str, **more: object) -> Post:
    post = await rows.make_post(actor, content=f"<p>{text}</p>", mentions=(site.member.me,), **more)  # type: ignore[arg-type]
    await happens(site, "mention", actor, post)
    return post


async def mails() -> list[Mail]:
    await Alert.objects.all().aupdate(due_at=clock.now())
    await send_alerts()
    return [mail async for mail in Mail.objects.order_by("pk")]


async def test_nothing_is_mailed_to_those_who_did_not_ask(site: Site) -> None:
    await mention(site, await rows.make_remote("bob"), "Hey")
    assert await mails() == []
    page = (await site.member.get(PATH)).text
    assert "checked" not in page
    assert PATH in (await site.member.get("/settings/notifications")).text


async def test_what_happens_together_comes_in_one_mail(site: Site) -> None:
    bob = await rows.make_remote("bob", "far.test", name="Bob\nBobson")
    await mention(site, bob, "before they asked")
    await ask(site, *ALL)
    assert (await site.member.get(PATH)).text.count("checked") == len(ALL)
    post = await mention(site, bob, "Have you seen the <b>heron</b>?")
    await happens(site, "follow_request", bob)
    await happens(site, "favourite", bob, await rows.make_post(site.member.me))
    (mail,) = await mails()
    assert mail.recipient == site.member.user.email
    assert mail.subject == "2 new notifications on The testserver"
    assert "Bob Bobson (@bob@far.test) mentioned you: Have you seen the heron?" in mail.text
    base = site.domain.base_url
    for address in (f"{base}/@bob@far.test/{post.pk}", f"{base}/follow-requests", f"{base}{PATH}"):
        assert address in mail.text.splitlines()
    assert "Bob Bobson (@bob@far.test) wants to follow you" in mail.text
    assert "before they asked" not in mail.text
    assert "liked" not in mail.text
    assert len(await mails()) == 1, "nothing is mailed twice"


async def test_one_of_them_is_the_subject(site: Site) -> None:
    await ask(site, "follow")
    await happens(site, "follow", await rows.make_remote("bob", "far.test", name="Bob"))
    (mail,) = await mails()
    assert mail.subject == "Bob (@bob@far.test) follows you"


async def test_the_next_mail_waits_and_collects(site: Site) -> None:
    await ask(site, "mention")
    bob = await rows.make_remote("bob")
    await mention(site, bob, "one")
    assert len(await mails()) == 1
    due = (await Alert.objects.aget()).due_at - clock.now()
    assert BETWEEN_MAILS - dt.timedelta(minutes=1) < due <= BETWEEN_MAILS
    for number in range(12):
        await mention(site, bob, f"later {number}")
    await send_alerts()
    assert await Mail.objects.acount() == 1, "not due yet"
    mail = (await mails())[-1]
    assert mail.subject.startswith("12 new notifications")
    assert mail.text.count("later") == 10
    assert "And 2 more." in mail.text


async def test_what_is_read_by_then_is_not_mailed(site: Site) -> None:
    await ask(site, "mention")
    bob = await rows.make_remote("bob")
    await mention(site, bob, "read")
    newest = await Notification.objects.order_by("-pk").afirst()
    assert newest is not None
    await mark_seen(identity=site.member.me, notification_id=newest.pk)
    assert await mails() == []
    await mention(site, bob, "unread")
    (mail,) = await mails()
    assert "unread" in mail.text


async def test_only_what_everybody_may_read_is_quoted(site: Site) -> None:
    """Mails are read by mail servers."""
    await ask(site, "mention", "private_mention")
    bob = await rows.make_remote("bob", name="Bob")
    await mention(site, bob, "secret one", visibility=Visibility.mentioned)
    await mention(site, bob, "secret two", visibility=Visibility.followers)
    await mention(site, bob, "secret three", content_warning="The end")
    (mail,) = await mails()
    assert "secret" not in mail.text
    assert "wrote to you in private" in mail.text
    assert "mentioned you: The end" in mail.text
    await ask(site, "mention")
    await mention(site, bob, "secret four", visibility=Visibility.mentioned)
    assert len(await mails()) == 1, "private mentions are a choice of their own"


async def test_neither_blocked_nor_filtered_notifications_are_mailed(site: Site) -> None:
    await ask(site, *ALL)
    bob, eve = await rows.make_remote("bob"), await rows.make_remote("eve")
    await create_filter(
        identity=site.member.me,
        title="Sport",
        contexts=["notifications"],
        keywords=[KeywordDraft(keyword="football")],
    )
    await mention(site, bob, "about football")
    await mention(site, eve, "You know what")
    await happens(site, "follow", bob, is_filtered=True)
    await blocking.block(source=site.member.me, target_id=eve.pk)
    assert await mails() == []


async def test_logins_that_may_not_act_and_lost_identities_get_nothing(site: Site) -> None:
    await ask(site, "mention")
    bob = await rows.make_remote("bob")
    await mention(site, bob, "one")
    await User.objects.filter(pk=site.member.user.pk).aupdate(is_disabled=True)
    assert await mails() == []
    await sql.run("DELETE FROM users_identityaccess WHERE user_id = %s", [site.member.user.pk])
    await mention(site, bob, "two")
    assert await mails() == []
    assert await Alert.objects.acount() == 0


async def test_neither_a_login_nor_an_identity_leaves_any(site: Site) -> None:
    await ask(site, "mention")
    await site.member.user.adelete()
    assert await Alert.objects.acount() == 0
    assert (await site.admin.post(PATH, {"kinds": ["mention"]})).status_code == 303
    assert (await site.admin.post(PATH, {"kinds": ["favourite"]})).status_code == 422
    await delete_alerts_of(site.admin.me)
    assert await Alert.objects.acount() == 0


async def test_whoever_has_the_mail_ends_them_with_one_click(site: Site) -> None:
    """RFC 8058: mail clients send a POST without cookies; a GET, which scanners of mails send too, ends nothing."""
    await ask(site, "mention")
    assert (await site.admin.post(PATH, {"kinds": ["mention"]})).status_code == 303
    await mention(site, await rows.make_remote("bob"), "Hey")
    (mail,) = await mails()
    address = mail.unsubscribe_url.removeprefix(site.domain.base_url)
    assert mail.unsubscribe_url in mail.text.splitlines()
    assert "@mia@" in (await site.nobody.get(address)).text
    assert await Alert.objects.acount() == 2
    one_click = {"List-Unsubscribe": "One-Click"}
    assert (await site.nobody.http.post(address.replace(".", "1.", 1), data=one_click)).status_code == 404
    ended = await site.nobody.http.post(address, data=one_click)
    assert "get any more e-mails about notifications" in ended.text
    assert [alert.user_id async for alert in Alert.objects.all()] == [site.admin.user.pk]
    await ask(site, "mention")
    await ask(site)
    assert await Alert.objects.acount() == 1
