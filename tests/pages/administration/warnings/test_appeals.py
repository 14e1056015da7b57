"""Appeals: once, in time, by whom the warning is about; decided by staff of the domain, who take back what can be taken back."""

import asyncio
import datetime as dt

import pytest

from activities.posts.models import Post
from core import clock
from core.errors import Invalid, NotAllowed, NotFound
from tests.activities import people as rows
from tests.pages.conftest import Site, Visitor
from tests.users.support import give_role, make_domain, make_person, make_user
from users.audit.models import Act, AuditEntry
from users.identities.models import Identity, Restriction
from users.logins.models import IdentityAccess, Mail, User
from users.moderation import services as moderation
from users.moderation.models import AccountWarning, Appeal, Report
from users.roles.models import MODERATOR

pytestmark = pytest.mark.anyio


async def limited(site: Site, restriction: Restriction = Restriction.limited) -> AccountWarning:
    await moderation.restrict(
        moderator=site.moderator.user, identity_id=site.member.me.pk, restriction=restriction
    )
    return await AccountWarning.objects.select_related("identity").alatest("pk")


async def appealed(site: Site, warning: AccountWarning) -> Appeal:
    return await moderation.appeal(user=site.member.user, warning_id=warning.pk, text="It was not me")


async def decide(visitor: Visitor, appeal: Appeal, decision: str = "approve") -> None:
    answer = await visitor.post(f"/admin/appeals/{appeal.pk}/decide", {"decision": decision})
    assert answer.status_code == 303


async def mia(site: Site) -> Identity:
    return await Identity.objects.aget(pk=site.member.me.pk)


async def test_an_appeal_is_made_and_approved_on_pages(site: Site) -> None:
    warning = await limited(site, Restriction.suspended)
    path = f"/settings/warnings/{warning.pk}"
    assert "Send appeal" in (await site.member.get(path)).text, "who is suspended reads and answers"
    await Mail.objects.all().adelete()
    assert (await site.member.post(path, {"text": "It was <i>not</i> me"})).status_code == 303
    page = (await site.member.get(path)).text
    assert "have not decided yet" in page
    assert "Send appeal" not in page
    assert await Mail.objects.filter(staff_about="appeals", recipient="mo@example.org").aexists()
    page = (await site.moderator.get("/admin/appeals")).text
    assert "It was &lt;i&gt;not&lt;/i&gt; me" in page
    assert "1 appeal is waiting for a decision" in (await site.moderator.get("/admin")).text
    appeal = await Appeal.objects.aget()
    await decide(site.moderator, appeal)
    assert (await mia(site)).restriction == Restriction.none
    assert not (await User.objects.aget(pk=site.member.user.pk)).is_restricted
    assert "approved it" in (await site.member.get(path)).text
    subjects = [
        mail.subject async for mail in Mail.objects.filter(recipient="mia@example.org").order_by("pk")
    ]
    assert "Your appeal for @mia@testserver was approved" in subjects
    assert "No open appeals" in (await site.moderator.get("/admin/appeals")).text
    assert "Approved" in (await site.moderator.get("/admin/appeals?show=decided")).text
    entry = await AuditEntry.objects.aget(act=Act.decide_appeal)
    assert entry.details == {"is_approved": True, "action": "suspend"}


async def test_a_rejected_appeal_leaves_everything(site: Site) -> None:
    warning = await limited(site)
    await decide(site.moderator, await appealed(site, warning), "reject")
    assert (await mia(site)).restriction == Restriction.limited
    assert "rejected it" in (await site.member.get(f"/settings/warnings/{warning.pk}")).text
    assert await Mail.objects.filter(subject__contains="was rejected").aexists()


async def test_an_appeal_is_made_once_in_time_and_in_words(site: Site) -> None:
    warning = await limited(site)
    path = f"/settings/warnings/{warning.pk}"
    for text in ("  ", "x" * 2001):
        assert (await site.member.post(path, {"text": text})).status_code == 422
    await AccountWarning.objects.filter(pk=warning.pk).aupdate(
        created_at=clock.now() - dt.timedelta(days=20, minutes=1)
    )
    answer = await site.member.post(path, {"text": "Late"})
    assert (answer.status_code, "within 20 days" in answer.text) == (422, True)
    await AccountWarning.objects.filter(pk=warning.pk).aupdate(
        created_at=clock.now() - dt.timedelta(days=19, hours=23)
    )
    assert (await site.member.post(path, {"text": "In time"})).status_code == 303
    answer = await site.member.post(path, {"text": "Again"})
    assert (answer.status_code, "already appealed against this" in answer.text) == (422, True)
    assert (await Appeal.objects.aget()).text == "In time"


async def test_nobody_appeals_for_somebody_else(site: Site) -> None:
    warning = await limited(site)
    for user in (site.moderator.user, site.admin.user, await make_user("eve@example.org")):
        with pytest.raises(NotFound):
            await moderation.appeal(user=user, warning_id=warning.pk, text="Not mine")
    assert (
        await site.moderator.post(f"/settings/warnings/{warning.pk}", {"text": "Not mine"})
    ).status_code == 404
    tried = [one async for one in AuditEntry.objects.filter(act="appeal")]
    assert [(one.target_id, one.refusal) for one in tried] == [(warning.pk, "no_such_warning")] * 4
    assert not await Appeal.objects.aexists()


@pytest.mark.slow
async def test_two_appeals_and_two_decisions_at_once_are_one(site: Site) -> None:
    warning = await limited(site)
    path = f"/settings/warnings/{warning.pk}"
    await site.member.get(path)
    made = await asyncio.gather(*[site.member.post(path, {"text": "It was not me"}) for _ in range(2)])
    assert sorted(answer.status_code for answer in made) == [303, 422]
    appeal = await Appeal.objects.aget()
    for visitor in (site.moderator, site.admin):
        await visitor.get("/admin/appeals")
    await asyncio.gather(decide(site.moderator, appeal), decide(site.admin, appeal, "reject"))
    await appeal.arefresh_from_db()
    is_free = (await mia(site)).restriction == Restriction.none
    assert is_free == appeal.is_approved
    assert await AuditEntry.objects.filter(act=Act.decide_appeal, refusal="").acount() == 1


async def test_only_staff_of_the_domain_decide_and_nobody_on_their_own(site: Site) -> None:
    there = await make_domain("other.test")
    zoe = await make_user("zoe@example.org")
    await make_person(there, "zoe", zoe)
    zoe = await give_role(zoe, MODERATOR, there)
    appeal = await appealed(site, await limited(site))
    with pytest.raises(NotFound):
        await moderation.decide_appeal(moderator=zoe, appeal_id=appeal.pk, is_approved=True)
    with pytest.raises(NotAllowed):
        await moderation.decide_appeal(moderator=site.member.user, appeal_id=appeal.pk, is_approved=True)
    # the moderator shares the identity
    await IdentityAccess.objects.acreate(user=site.moderator.user, identity=site.member.me)
    with pytest.raises(NotAllowed, match="Another staff member"):
        await moderation.decide_appeal(moderator=site.moderator.user, appeal_id=appeal.pk, is_approved=True)
    assert (await mia(site)).restriction == Restriction.limited
    await appeal.arefresh_from_db()
    assert appeal.decided_at is None
    refused = [one.refusal async for one in AuditEntry.objects.filter(act=Act.decide_appeal).order_by("pk")]
    assert refused == ["no_such_appeal", "not_permitted", "own_appeal"]


async def test_an_approved_appeal_does_not_lift_what_staff_decided_since(site: Site) -> None:
    first = await appealed(site, await limited(site))
    await limited(site, Restriction.none)
    await limited(site)  # for something else
    await decide(site.moderator, first)
    assert (await mia(site)).restriction == Restriction.limited


async def test_marks_are_taken_away_and_deleted_posts_stay_deleted(site: Site) -> None:
    one, two = [await rows.make_post(site.member.me) for _ in range(2)]
    report = await Report.objects.acreate(target=site.member.me, post_uris=[one.uri, two.uri])
    for post, action in ((one, "sensitive"), (two, "delete")):
        form = {"post": str(post.pk), "action": action}
        assert (await site.moderator.post(f"/admin/reports/{report.pk}", form)).status_code == 303
        warning = await AccountWarning.objects.alatest("pk")
        await decide(site.moderator, await appealed(site, warning))
    assert not (await Post.objects.aget(pk=one.pk)).is_sensitive
    assert (await Post.objects.aget(pk=two.pk)).deleted_at is not None


async def test_a_login_is_freed_by_staff_of_all_its_domains_only(site: Site) -> None:
    there = await make_domain("other.test")
    await make_person(there, "mia", site.member.user)
    await moderation.set_restricted(
        moderator=site.moderator.user, user_id=site.member.user.pk, is_restricted=True
    )
    appeal = await appealed(site, await AccountWarning.objects.aget())
    local = await make_user("loc@example.org")
    await make_person(site.domain, "loc", local)
    local = await give_role(local, MODERATOR, site.domain)
    with pytest.raises(NotAllowed, match="identities on domains where you are not"):
        await moderation.decide_appeal(moderator=local, appeal_id=appeal.pk, is_approved=True)
    assert (await User.objects.aget(pk=site.member.user.pk)).is_restricted
    await decide(site.moderator, appeal)
    assert not (await User.objects.aget(pk=site.member.user.pk)).is_restricted
    with pytest.raises(Invalid):
        await moderation.decide_appeal(moderator=site.moderator.user, appeal_id=appeal.pk, is_approved=False)
