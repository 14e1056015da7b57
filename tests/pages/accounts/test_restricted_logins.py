"""Somebody who was suspended does not go on under another name, until staff say otherwise."""

import datetime as dt

import pytest

from activities.posts.models import Post
from activities.scheduled_posts.handlers import publish
from activities.scheduled_posts.models import ScheduledPost
from api.models import Token
from api.oauth import tokens
from core import clock
from core.errors import BadInput, NotAllowed
from stator.outcomes import Kind
from tests.pages.conftest import Site
from tests.users.support import fresh, make_domain, make_person, make_user
from users.domains import services as domains
from users.domains.models import SignUpMode
from users.identities.models import Identity, Restriction
from users.logins.models import AccessRole, IdentityAccess, User
from users.logins.services import identities, logins
from users.sharing import services as sharing

pytestmark = pytest.mark.anyio
_NEW = {"username": "again"}


async def _suspend(site: Site, identity: Identity, restriction: str = "suspended") -> None:
    answer = await site.moderator.post(f"/admin/people/{identity.pk}/restrict", {"restriction": restriction})
    assert answer.status_code == 303


async def _is_restricted(user: User) -> bool:
    return (await User.objects.aget(pk=user.pk)).is_restricted


@pytest.mark.slow
@pytest.mark.parametrize("mode", [SignUpMode.open, SignUpMode.closed])
async def test_suspending_keeps_the_login_from_going_on(site: Site, mode: SignUpMode) -> None:
    member = site.member
    await member.get("/more")
    await domains.edit_domain(domain=site.domain, sign_up_mode=mode)
    other = await make_person(site.domain, "second", member.user)
    friend = await make_user("friend@example.org")
    plain = await tokens.create_token(identity=other, scopes="read write")
    headers = {"Authorization": f"Bearer {plain}"}
    tomorrow = (clock.now() + dt.timedelta(days=1)).isoformat()
    await site.nobody.http.post(
        "/api/v1/statuses", data={"status": "later", "scheduled_at": tomorrow}, headers=headers
    )
    await ScheduledPost.objects.all().aupdate(scheduled_at=clock.now())
    await member.post(f"/settings/identities/{other.pk}/speak")
    await _suspend(site, member.me)

    assert (await member.get("/compose")).headers["location"] == "/settings/identities"
    await member.post("/compose", {"text": "hello again"})
    assert (await member.post(f"/settings/identities/{other.pk}/speak")).status_code == 403
    page = await member.get("/settings/identities")
    assert "Your login is restricted" in page.text
    made = await member.post("/settings/identities", {**_NEW, "domain": str(site.domain.pk)})
    assert made.status_code == 422
    assert "Your login is restricted" in made.text
    answer = await site.nobody.http.post("/api/v1/statuses", data={"status": "hello again"}, headers=headers)
    assert answer.status_code == 403
    assert (await publish(await ScheduledPost.objects.aget())).kind is Kind.FAILED
    with pytest.raises(NotAllowed):
        await sharing.invite(
            identity=other,
            user=await User.objects.aget(pk=member.user.pk),
            invitee=friend.email,
            role=AccessRole.editor,
        )
    assert not await Post.objects.aexists()
    assert not await Identity.objects.filter(username="again").aexists()

    await _suspend(site, member.me, "none")
    answer = await site.nobody.http.post("/api/v1/statuses", data={"status": "I am back"}, headers=headers)
    assert answer.status_code == 200
    assert (await member.post(f"/settings/identities/{other.pk}/speak")).status_code == 303


@pytest.mark.slow
async def test_a_restriction_lasts_until_staff_lift_it(site: Site) -> None:
    """Neither deleting the suspended identity nor freeing another one is enough; a moderator's word is."""
    user = site.member.user
    await site.member.get("/more")
    other = await make_person(site.domain, "second", user)
    await _suspend(site, site.member.me)
    await _suspend(site, other)
    await _suspend(site, other, "none")
    assert await _is_restricted(user), "one is suspended still"
    await Identity.objects.filter(pk=site.member.me.pk).aupdate(deleted_at=clock.now())
    assert (await site.member.get("/compose")).headers["location"] == "/settings/identities"
    await _suspend(site, other, "limited")
    assert await _is_restricted(user), "limiting and freeing says nothing about what was suspended"
    path = f"/admin/logins/{user.pk}/restrict"
    assert (await site.member.post(path)).status_code == 404
    assert (await site.moderator.post(path)).status_code == 303
    assert not await _is_restricted(user)
    await site.member.post(f"/settings/identities/{other.pk}/speak")
    assert (await site.member.get("/compose")).status_code == 200


async def test_a_login_that_staff_restricted_is_not_freed_with_an_identity(site: Site) -> None:
    user = site.member.user
    await site.member.get("/more")
    path = f"/admin/logins/{user.pk}/restrict"
    await site.moderator.post(path, {"restricted": "yes"})
    await _suspend(site, site.member.me)
    await _suspend(site, site.member.me, "none")
    assert await _is_restricted(user)
    await site.moderator.post(path)
    assert not await _is_restricted(user)
    await _suspend(site, site.member.me)
    await _suspend(site, site.member.me, "none")
    assert not await _is_restricted(user), "what staff took back is forgotten"


async def test_restricted_logins_get_no_token(site: Site) -> None:
    """Not for a restricted or disabled login, nor for a suspended identity; another login with access gets one."""
    me, user = site.member.me, site.member.user
    for field in ("is_restricted", "is_disabled"):
        await User.objects.filter(pk=user.pk).aupdate(**{field: True})
        with pytest.raises(BadInput):
            await tokens.create_token(identity=me)
        await User.objects.filter(pk=user.pk).aupdate(**{field: False})
    await User.objects.filter(pk=user.pk).aupdate(is_restricted=True)
    friend = await make_user("friend@example.org")
    await IdentityAccess.objects.acreate(user=friend, identity=me, is_owner=False)
    assert await tokens.create_token(identity=me)
    await Identity.objects.filter(pk=me.pk).aupdate(restriction=Restriction.suspended)
    with pytest.raises(BadInput):
        await tokens.create_token(identity=await fresh(me))
    assert [token.user_id async for token in Token.objects.all()] == [friend.pk]


@pytest.mark.slow
async def test_a_suspended_identity_is_no_home_on_a_closed_domain(site: Site) -> None:
    """Whom staff let act again elsewhere still can't join anew where they were suspended."""
    member = site.member
    await member.get("/more")
    second = await make_domain("second.test")
    await make_person(second, "elsewhere", member.user)
    await _suspend(site, member.me)
    await site.moderator.post(f"/admin/logins/{member.user.pk}/restrict")
    made = await member.post("/settings/identities", {**_NEW, "domain": str(site.domain.pk)})
    assert made.status_code == 422
    made = await member.post("/settings/identities", {**_NEW, "domain": str(second.pk)})
    assert made.status_code == 303


async def test_moderators_see_the_other_identities_and_may_disable_members(site: Site) -> None:
    member = site.member
    await make_person(site.domain, "second", member.user, restriction=Restriction.limited)
    page = await site.moderator.get(f"/admin/people/{member.me.pk}")
    assert "@second@testserver" in page.text
    assert f"/admin/logins/{member.user.pk}/disable" in page.text
    assert member.user.email not in page.text
    await site.moderator.post(f"/admin/logins/{member.user.pk}/disable", {"disabled": "yes"})
    assert (await site.member.get("/home")).headers["location"].startswith("/sign-in")
    await site.moderator.post(f"/admin/logins/{member.user.pk}/disable")
    assert not (await User.objects.aget(pk=member.user.pk)).is_disabled
    for staff in (site.admin.user, site.moderator.user):
        for what in ("disable", "restrict"):
            answer = await site.moderator.post(
                f"/admin/logins/{staff.pk}/{what}", {"disabled": "yes", "restricted": "yes"}
            )
            assert answer.status_code == 403
        found = await User.objects.aget(pk=staff.pk)
        assert not found.is_disabled
        assert not found.is_restricted


async def test_a_restricted_moderator_is_none(site: Site) -> None:
    await site.admin.post(f"/admin/logins/{site.moderator.user.pk}/restrict", {"restricted": "yes"})
    assert (await site.moderator.get("/admin")).status_code == 404
    assert (await fresh(site.moderator.me)).restriction == Restriction.none


async def test_every_login_of_a_shared_identity_is_restricted(site: Site) -> None:
    friend = await make_user("friend@example.org")
    await IdentityAccess.objects.acreate(user=friend, identity=site.member.me, is_owner=False)
    own = await make_person(site.domain, "own", friend)
    session, _ = await logins.open_session(user=friend, address="10.0.0.1", user_agent="")
    await _suspend(site, site.member.me)
    assert await _is_restricted(friend)
    assert session.identity_id is not None
    await _suspend(site, site.member.me, "none")
    assert not await _is_restricted(friend)
    assert (await fresh(own)).restriction == Restriction.none


@pytest.mark.parametrize("lifted", [False, True])
async def test_a_limit_and_covered_media_hold_for_new_identities(site: Site, lifted: bool) -> None:
    member = site.member
    await _suspend(site, member.me, "limited")
    await site.moderator.post(f"/admin/people/{member.me.pk}/cover", {"covered": "yes"})
    if lifted:
        await _suspend(site, member.me, "none")
        await site.moderator.post(f"/admin/people/{member.me.pk}/cover", {"covered": ""})
    other = await make_domain("other.test", sign_up_mode=SignUpMode.open)
    for domain, name in ((site.domain, "second"), (other, "third")):
        new = await identities.add_identity(user=member.user, domain=domain, username=name)
        shown = await fresh(new)
        expected = (Restriction.none, False) if lifted else (Restriction.limited, True)
        assert (shown.restriction, shown.is_sensitized) == expected, name
