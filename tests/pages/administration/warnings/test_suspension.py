"""Suspending hides somebody and keeps what they have; peers are told of it and of its end; all is back when it is lifted."""

import datetime as dt

import pytest

from core import clock
from tests.activities import people as rows
from tests.pages.conftest import Site
from tests.users.support import sent
from users.audit.models import Act, AuditEntry
from users.identities.models import Identity, IdentityGraph, Restriction
from users.moderation import services as moderation
from users.moderation.models import AccountWarning
from users.moderation.services.erasing import erase_overdue
from users.relations.handlers import announce_edits
from users.relations.models import Follow

pytestmark = pytest.mark.anyio


async def restrict(site: Site, restriction: Restriction) -> Identity:
    await moderation.restrict(
        moderator=site.moderator.user, identity_id=site.member.me.pk, restriction=restriction
    )
    return await Identity.objects.aget(pk=site.member.me.pk)


async def test_followers_servers_are_told_of_a_suspension_and_of_its_end(site: Site) -> None:
    await rows.follow(await rows.make_remote("fay"), site.member.me)
    for restriction, is_suspended in ((Restriction.suspended, True), (Restriction.none, False)):
        identity = await restrict(site, restriction)
        assert identity.state == IdentityGraph.edited.name
        await announce_edits([identity])
        kind, inboxes, activity = (await sent())[-1]
        assert (kind, inboxes) == ("Update", ["https://far.test/inbox"])
        assert activity["object"].get("suspended", False) is is_suspended
        assert (activity["object"]["name"] == "") is is_suspended
        await Identity.objects.filter(pk=identity.pk).aupdate(state=IdentityGraph.steady.name)


async def test_limiting_is_not_told(site: Site) -> None:
    await rows.follow(await rows.make_remote("fay"), site.member.me)
    for restriction in (Restriction.limited, Restriction.none):
        assert (await restrict(site, restriction)).state == IdentityGraph.steady.name


async def test_posts_and_follows_are_hidden_and_come_back(site: Site) -> None:
    mia, ann = site.member.me, site.admin.me
    await rows.follow(ann, mia)
    await rows.follow(mia, ann)
    post = await rows.make_post(mia, content="<p>Here again</p>")
    path = f"/@mia/{post.pk}"
    await restrict(site, Restriction.suspended)
    assert "Here again" not in (await site.nobody.get(path)).text
    assert "Here again" not in (await site.nobody.get("/local")).text
    assert await Follow.objects.acount() == 2
    await restrict(site, Restriction.none)
    assert "Here again" in (await site.nobody.get(path)).text
    assert await Follow.objects.filter(accepted_at__isnull=False).acount() == 2


async def suspended_for(site: Site, days: float) -> AccountWarning:
    await restrict(site, Restriction.suspended)
    warning = await AccountWarning.objects.alatest("pk")
    await AccountWarning.objects.filter(pk=warning.pk).aupdate(
        created_at=clock.now() - dt.timedelta(days=days)
    )
    return warning


async def test_after_thirty_days_the_identity_is_erased(site: Site) -> None:
    await suspended_for(site, 29.9)
    assert await erase_overdue() == 0
    await AccountWarning.objects.aupdate(created_at=clock.now() - dt.timedelta(days=30.1))
    assert await erase_overdue() == 1
    assert await erase_overdue() == 0
    identity = await Identity.objects.aget(pk=site.member.me.pk)
    assert identity.deleted_at is not None
    assert identity.state == IdentityGraph.deleted.name
    entry = await AuditEntry.objects.aget(act=Act.erase_person)
    assert (entry.actor_id, entry.target_name, entry.domain_id) == (None, "mia@testserver", site.domain.pk)


async def test_who_was_freed_or_appealed_or_has_no_warning_stays(site: Site) -> None:
    warning = await suspended_for(site, 19)
    appeal = await moderation.appeal(user=site.member.user, warning_id=warning.pk, text="Not me")
    await AccountWarning.objects.aupdate(created_at=clock.now() - dt.timedelta(days=40))
    assert await erase_overdue() == 0, "an appeal waits"
    await moderation.decide_appeal(moderator=site.moderator.user, appeal_id=appeal.pk, is_approved=False)
    await restrict(site, Restriction.none)
    assert await erase_overdue() == 0, "freed"
    await restrict(site, Restriction.suspended)
    assert await erase_overdue() == 0, "the last suspension counts"
    await AccountWarning.objects.all().adelete()
    assert await erase_overdue() == 0, "from before there were warnings"
    assert (await Identity.objects.aget(pk=site.member.me.pk)).deleted_at is None
