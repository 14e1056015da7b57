"""An identity is deleted by the login that owns it, with its password, and nobody else."""

from datetime import timedelta

import pytest
from django.db.models import F

from core import clock
from tests.activities import people as rows
from tests.pages.conftest import Site
from tests.users.hashes import encode
from tests.users.support import fresh, make_person, make_user, sent
from users.domains.models import Domain, SignUpMode
from users.identities.models import Identity, Restriction
from users.logins.models import IdentityAccess, Mail, User
from users.logins.services.deletion import erase_left
from users.moderation import services as moderation
from users.moderation.models import AccountWarning
from users.moderation.services.erasing import erase_overdue
from users.relations.handlers import announce_edits
from users.relations.models import Follow

pytestmark = pytest.mark.anyio

PASSWORD = "correct horse battery"


async def test_an_identity_is_deleted_with_its_handle_and_the_password(site: Site) -> None:
    member = site.member
    await User.objects.filter(pk=member.user.pk).aupdate(password_hash=encode(PASSWORD))
    other = await make_person(site.domain, "other", member.user)
    path = f"/settings/identities/{member.me.pk}/delete"
    assert path in (await member.get("/settings/identities")).text
    assert "at once" in (await member.get(path)).text
    right = {"handle": f"@{member.me.handle.upper()}", "password": PASSWORD}
    for wrong in ({"handle": other.handle}, {"password": "wrong"}, {"password": ""}):
        assert (await member.post(path, {**right, **wrong})).status_code == 422, wrong
    assert (await fresh(member.me)).deleted_at is None
    await User.objects.filter(pk=member.user.pk).aupdate(is_restricted=True)
    answer = await member.post(path, right)
    assert (answer.status_code, answer.headers["location"]) == (303, "/settings/identities")
    page = (await member.get("/settings/identities")).text
    assert "Will be deleted on" in page
    assert "you can keep it until" in page
    assert "can't be undone" in (await member.get(path)).text
    assert (await member.post(path, right)).status_code == 303  # at once
    assert (await fresh(member.me)).deleted_at is not None
    assert (await fresh(other)).deleted_at is None
    assert (await site.nobody.get(f"/@{member.me.username}")).status_code in {404, 410}
    page = await member.get("/settings/identities")
    assert page.status_code == 200
    assert f"@{member.me.handle}</span>" not in page.text
    assert (await member.post(path, right)).status_code == 404


async def _deleted(site: Site, **before: object) -> str:
    """Let the member delete the identity; return the page that keeps it."""
    member = site.member
    await User.objects.filter(pk=member.user.pk).aupdate(password_hash=encode(PASSWORD))
    await Identity.objects.filter(pk=member.me.pk).aupdate(**before)
    path = f"/settings/identities/{member.me.pk}/delete"
    assert (await member.post(path, {"handle": member.me.handle, "password": PASSWORD})).status_code == 303
    return path


async def _let_pass(days: int) -> int:
    """Let days pass and the job run; return how many identities it erased."""
    past = F("leaves_at") - timedelta(days=days)
    await Identity.objects.filter(leaves_at__isnull=False).aupdate(leaves_at=past)
    return await erase_left()


async def test_a_deleted_identity_is_hidden_and_can_be_kept_for_two_weeks(site: Site) -> None:
    mia, ann = site.member.me, site.admin.me
    await rows.follow(ann, mia)
    await rows.follow(await rows.make_remote("fay"), mia)
    post = await rows.make_post(mia, content="<p>Here again</p>")
    shown = f"/@mia/{post.pk}"
    path = await _deleted(site)
    assert "Here again" not in (await site.nobody.get(shown)).text
    assert "Here again" not in (await site.nobody.get("/local")).text
    await announce_edits([await fresh(mia)])
    kind, inboxes, activity = (await sent())[-1]
    assert (kind, inboxes, activity["object"]["suspended"]) == ("Update", ["https://far.test/inbox"], True)
    mail = await Mail.objects.aget(subject__startswith="@mia@testserver will be deleted on")
    assert "Until then you can keep it" in mail.text
    assert await _let_pass(13) == 0

    assert ">Keep<" in (await site.member.get("/settings/identities")).text
    assert (await site.moderator.post(path, {"keep": "1"})).status_code == 404, "somebody else"
    assert (await site.member.post(path, {"keep": "1"})).status_code == 303
    assert (await site.member.post(path, {"keep": "1"})).status_code == 404, "it is kept already"
    assert "Here again" in (await site.nobody.get(shown)).text
    assert await Follow.objects.filter(target=mia.pk, accepted_at__isnull=False).acount() == 2
    await announce_edits([await fresh(mia)])
    assert "suspended" not in (await sent())[-1][2]["object"]
    assert await _let_pass(30) == 0


async def test_after_two_weeks_it_is_erased(site: Site) -> None:
    path = await _deleted(site)
    assert await _let_pass(15) == 1
    assert await _let_pass(1) == 0
    mia = await fresh(site.member.me)
    assert (mia.deleted_at is not None, mia.state) == (True, "deleted")
    assert (await site.member.post(path, {"keep": "1"})).status_code == 404


async def test_an_old_suspension_does_not_erase_it_earlier(site: Site) -> None:
    mia, moderator = site.member.me, site.moderator.user
    for restriction in (Restriction.suspended, Restriction.none):
        await moderation.restrict(moderator=moderator, identity_id=mia.pk, restriction=restriction)
    await AccountWarning.objects.aupdate(created_at=clock.now() - timedelta(days=40))
    await _deleted(site)
    assert await erase_overdue() == 0
    assert (await fresh(mia)).deleted_at is None


@pytest.mark.parametrize("restriction", [Restriction.none, Restriction.limited])
async def test_what_staff_decide_meanwhile_holds_when_it_is_kept(
    site: Site, restriction: Restriction
) -> None:
    mia, moderator = site.member.me, site.moderator.user
    limited = Restriction.none if restriction else Restriction.limited
    path = await _deleted(site, restriction=limited)
    await moderation.restrict(moderator=moderator, identity_id=mia.pk, restriction=restriction)
    assert (await fresh(mia)).is_suspended, "nobody but the owner shows it again"
    await site.member.post(path, {"keep": "1"})
    assert (await fresh(mia)).restriction == restriction


async def test_a_limit_from_before_is_no_way_out(site: Site) -> None:
    path = await _deleted(site, restriction=Restriction.limited)
    await site.member.post(path, {"keep": "1"})
    assert (await fresh(site.member.me)).restriction == Restriction.limited


async def test_a_suspension_replaces_the_deletion(site: Site) -> None:
    """Staff keep what they need for as long as of others, and the owner can't undo that."""
    mia, moderator = site.member.me, site.moderator.user
    path = await _deleted(site)
    await moderation.restrict(moderator=moderator, identity_id=mia.pk, restriction=Restriction.suspended)
    assert (await AccountWarning.objects.alatest("pk")).action == "suspend"
    assert (await User.objects.aget(pk=site.member.user.pk)).is_restricted
    assert (await site.member.post(path, {"keep": "1"})).status_code == 404
    assert await _let_pass(15) == 0
    mia = await fresh(mia)
    assert (mia.is_suspended, mia.leaves_at, mia.deleted_at) == (True, None, None)
    await moderation.restrict(moderator=moderator, identity_id=mia.pk, restriction=Restriction.none)
    assert not (await fresh(mia)).is_suspended
    assert not (await User.objects.aget(pk=site.member.user.pk)).is_restricted


async def test_another_suspension_is_lifted_although_one_identity_leaves(site: Site) -> None:
    other = await make_person(site.domain, "other", site.member.user)
    await _deleted(site)
    for restriction in (Restriction.suspended, Restriction.none):
        await moderation.restrict(
            moderator=site.moderator.user, identity_id=other.pk, restriction=restriction
        )
    assert not (await User.objects.aget(pk=site.member.user.pk)).is_restricted


async def test_the_page_offers_only_domains_that_take_a_new_identity(site: Site) -> None:
    """Who has none left, and was never let in where new people can't join freely, is not led to a form that refuses everything."""
    member = site.member
    await User.objects.filter(pk=member.user.pk).aupdate(password_hash=encode(PASSWORD))
    await Domain.objects.filter(pk=site.domain.pk).aupdate(sign_up_mode=SignUpMode.approval)
    assert "Create identity" in (await member.get("/settings/identities")).text  # lives there
    path = f"/settings/identities/{member.me.pk}/delete"
    assert (await member.post(path, {"handle": member.me.handle, "password": PASSWORD})).status_code == 303
    page = (await member.get("/settings/identities")).text
    assert "Create identity" not in page
    assert "Create one below" not in page
    assert "a moderator has to approve you first" in page
    new = {"username": "again", "domain": str(site.domain.pk)}
    assert (await member.post("/settings/identities", new)).status_code == 422
    admin = (await site.admin.get("/settings/identities")).text
    assert "Create identity" in admin


async def test_deleting_another_logins_identity_is_refused(site: Site) -> None:
    """Not even a login that may act as it."""
    shared = await make_person(site.domain, "band", await make_user("owner@example.org"))
    await IdentityAccess.objects.acreate(user=site.member.user, identity=shared, is_owner=False)
    path = f"/settings/identities/{shared.pk}/delete"
    assert path not in (await site.member.get("/settings/identities")).text
    for visitor, status in ((site.member, 404), (site.admin, 404), (site.nobody, 303)):
        assert (await visitor.get(path)).status_code == status
        assert (await visitor.post(path, {"handle": shared.handle, "password": "x"})).status_code == status
    assert (await fresh(shared)).deleted_at is None
