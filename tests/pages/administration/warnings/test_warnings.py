"""Acts of staff on somebody are warnings that this person reads: on pages, in a mail and as a notification."""

import json

import pytest

from activities.notifications.models import Notification
from activities.posts.models import Post
from activities.publishing.handlers.fan_out import publish_edit
from api.oauth.tokens import create_token
from core.errors import NotAllowed, NotFound
from tests.activities import people as rows
from tests.pages.conftest import Site
from tests.users.support import give_role, make_domain, make_person, make_user, sent
from users.audit.models import Act, AuditEntry
from users.identities.models import Restriction
from users.logins.models import IdentityAccess, Mail
from users.moderation import services as moderation
from users.moderation.models import AccountWarning, Report
from users.moderation.queries import warning_for, warnings_for_page
from users.roles.models import MODERATOR

pytestmark = pytest.mark.anyio


async def test_a_warning_in_words_reaches_page_mail_and_apps(site: Site) -> None:
    mia = site.member
    path = f"/admin/people/{mia.me.pk}/warn"
    assert (await site.moderator.post(path, {"message": "  Be <b>kind</b>  "})).status_code == 303
    warning = await AccountWarning.objects.aget()
    assert (warning.action, warning.text) == ("none", "Be <b>kind</b>")
    page = (await mia.get("/settings/warnings")).text
    assert f'href="/settings/warnings/{warning.pk}"' in page
    page = (await mia.get(f"/settings/warnings/{warning.pk}")).text
    assert "Be &lt;b&gt;kind&lt;/b&gt;" in page
    mail = await Mail.objects.aget(recipient="mia@example.org")
    assert mail.subject == "A warning: @mia@testserver"
    assert "Be <b>kind</b>" in mail.text
    assert f"/settings/warnings/{warning.pk}" in mail.text
    token = await create_token(identity=mia.me, scopes="read")
    head = {"Authorization": f"Bearer {token}"}
    (told,) = (await mia.http.get("/api/v1/notifications", headers=head)).json()
    assert (told["type"], told["account"]["id"]) == ("moderation_warning", str(mia.me.pk))
    shown = told["moderation_warning"]
    assert (shown["id"], shown["action"], shown["text"]) == (str(warning.pk), "none", "Be <b>kind</b>")
    assert (shown["status_ids"], shown["appeal"], shown["target_account"]["id"]) == (
        None,
        None,
        str(mia.me.pk),
    )
    groups = (await mia.http.get("/api/v2/notifications", headers=head)).json()["notification_groups"]
    assert groups[0]["moderation_warning"] == shown
    assert "a warning</a> from the moderators" in (await mia.get("/notifications")).text
    entry = await AuditEntry.objects.aget(act=Act.warn_person)
    assert (entry.actor_id, entry.target_name, entry.details) == (
        site.moderator.user.pk,
        "mia@testserver",
        {"message": "Be <b>kind</b>"},
    )
    assert "Be &lt;b&gt;kind" in (await site.moderator.get(f"/admin/people/{mia.me.pk}")).text


async def test_a_warning_needs_words_and_somebody_here(site: Site) -> None:
    far = await rows.make_remote("fay")
    for person_id, message in ((site.member.me.pk, "  "), (site.member.me.pk, "x" * 2001), (far.pk, "Hey")):
        answer = await site.admin.post(f"/admin/people/{person_id}/warn", {"message": message})
        assert answer.status_code == 303
    assert not await AccountWarning.objects.aexists()
    assert not await Mail.objects.aexists()


@pytest.mark.parametrize(("restriction", "action"), [("limited", "silence"), ("suspended", "suspend")])
async def test_a_restriction_is_one_warning_however_often_it_is_pressed(
    site: Site, restriction: str, action: str
) -> None:
    path = f"/admin/people/{site.member.me.pk}/restrict"
    report = await Report.objects.acreate(target=site.member.me)
    form = {"restriction": restriction, "message": "Enough", "reason": "For staff", "report": str(report.pk)}
    for _ in range(2):
        assert (await site.moderator.post(path, form)).status_code == 303
    warning = await AccountWarning.objects.aget()
    assert (warning.action, warning.text, warning.report_id) == (action, "Enough", report.pk)
    mail = await Mail.objects.aget(recipient="mia@example.org")
    assert "Enough" in mail.text
    assert "For staff" not in mail.text
    page = (await site.member.get(f"/settings/warnings/{warning.pk}")).text
    assert "Enough" in page, "who is suspended still reads it"
    assert "For staff" not in page
    await site.moderator.post(path, {"restriction": "none"})
    assert await AccountWarning.objects.acount() == 1


@pytest.mark.parametrize(("act", "action"), [("disable", "disable"), ("restrict", "freeze")])
async def test_an_act_on_a_login_is_read_by_that_login_only(site: Site, act: str, action: str) -> None:
    """A login that shares the identity does not read what another one did."""
    other = await make_user("other@example.org")
    await site.member.me.arefresh_from_db()
    await IdentityAccess.objects.acreate(user=other, identity=site.member.me)
    form = {"disabled": "yes", "restricted": "yes", "message": "Stop"}
    path = f"/admin/logins/{site.member.user.pk}/{act}"
    for _ in range(2):
        assert (await site.moderator.post(path, form)).status_code == 303
    warning = await AccountWarning.objects.aget()
    assert (warning.action, warning.user_id, warning.text) == (action, site.member.user.pk, "Stop")
    assert [mail.recipient async for mail in Mail.objects.all()] == ["mia@example.org"]
    assert not await Notification.objects.aexists()
    assert await warning_for(other, warning.pk) is None
    assert await warnings_for_page(other) == []
    assert [one.pk for one in await warnings_for_page(site.member.user)] == [warning.pk]


async def test_posts_of_a_report_are_marked_as_sensitive(site: Site) -> None:
    """As an edit of the author: with a version before it, and an Update to who has the post."""
    mia = site.member.me
    await rows.follow(await rows.make_remote("fay"), mia)
    post = await rows.make_post(mia, content="<p>Look</p>")
    report = await Report.objects.acreate(target=mia, post_uris=[post.uri])
    path = f"/admin/reports/{report.pk}"
    form = {"post": str(post.pk), "action": "sensitive", "message": "Cover it"}
    assert (await site.moderator.post(path, form)).status_code == 303
    post = await Post.objects.select_related("author").aget(pk=post.pk)
    assert post.is_sensitive
    assert post.edited_at is not None
    await publish_edit([post])
    assert [kind for kind, _, _ in await sent()] == ["Update"]
    warning = await AccountWarning.objects.aget()
    assert (warning.action, warning.post_ids, warning.report_id) == (
        "mark_statuses_as_sensitive",
        [post.pk],
        report.pk,
    )
    page = (await site.member.get(f"/settings/warnings/{warning.pk}")).text
    assert f'href="/@mia/{post.pk}"' in page
    answer = await site.moderator.post(path, form)
    assert answer.status_code == 422
    assert "already marked as sensitive" in answer.text
    assert await AccountWarning.objects.acount() == 1


async def test_deleted_posts_are_a_warning(site: Site) -> None:
    post = await rows.make_post(site.member.me)
    report = await Report.objects.acreate(target=site.member.me, post_uris=[post.uri])
    form = {"post": str(post.pk), "action": "delete", "message": "Spam"}
    assert (await site.moderator.post(f"/admin/reports/{report.pk}", form)).status_code == 303
    warning = await AccountWarning.objects.aget()
    assert (warning.action, warning.post_ids) == ("delete_statuses", [post.pk])
    mail = await Mail.objects.aget(recipient="mia@example.org")
    assert mail.subject == "Posts deleted: @mia@testserver"


async def test_nobody_is_warned_by_who_may_not(site: Site) -> None:
    """Staff of another domain, moderators of admins, oneself, and reports of others: refused, and nothing half done."""
    there = await make_domain("other.test")
    zoe = await make_user("zoe@example.org")
    await make_person(there, "zoe", zoe)
    zoe = await give_role(zoe, MODERATOR, there)
    mia, mo = site.member, site.moderator
    with pytest.raises(NotFound):
        await moderation.warn(moderator=zoe, identity_id=mia.me.pk, message="Hey")
    with pytest.raises(NotAllowed):
        await moderation.warn(moderator=mia.user, identity_id=mo.me.pk, message="Hey")
    with pytest.raises(NotAllowed):
        await moderation.warn(moderator=mo.user, identity_id=site.admin.me.pk, message="Hey")
    with pytest.raises(NotAllowed):
        await moderation.warn(moderator=mo.user, identity_id=mo.me.pk, message="Hey")
    elsewhere = await Report.objects.acreate(target=mo.me)
    for report_id in (elsewhere.pk, 1):
        with pytest.raises(NotFound):
            await moderation.restrict(
                moderator=mo.user,
                identity_id=mia.me.pk,
                restriction=Restriction.limited,
                report_id=report_id,
            )
    await mia.me.arefresh_from_db()
    assert mia.me.restriction == Restriction.none
    assert not await AccountWarning.objects.aexists()
    assert not await Mail.objects.aexists()
    refused = [one async for one in AuditEntry.objects.filter(act=Act.warn_person)]
    assert sorted(one.refusal for one in refused) == [
        "no_such_person",
        "not_permitted",
        "restriction_of_yourself",
        "staff_of_admins",
    ]


async def test_warnings_of_others_are_not_there(site: Site) -> None:
    await moderation.warn(moderator=site.admin.user, identity_id=site.moderator.me.pk, message="For mo")
    warning = await AccountWarning.objects.aget()
    path = f"/settings/warnings/{warning.pk}"
    assert (await site.member.get(path)).status_code == 404
    assert (await site.member.post(path, {"text": "Not me"})).status_code == 404
    assert "For mo" not in (await site.member.get("/settings/warnings")).text
    assert (await site.nobody.get(path)).status_code == 303
    token = await create_token(identity=site.member.me, scopes="read")
    answer = await site.member.http.get("/api/v1/notifications", headers={"Authorization": f"Bearer {token}"})
    assert "For mo" not in json.dumps(answer.json())
