"""People delete their login themselves: with the password, and with everything that is theirs."""

from datetime import timedelta

import pytest

from api.models import Token
from api.oauth import tokens
from core import clock
from tests.activities import people as rows
from tests.pages.conftest import Site, Visitor
from tests.users.hashes import encode
from tests.users.support import fresh, make_person, make_user
from users.domains import services as domains
from users.domains.models import SignUpMode
from users.identities.models import Identity, Restriction
from users.logins.models import IdentityAccess, Mail, Session, User
from users.logins.services import logins
from users.logins.services.deletion import erase_left
from users.relations.models import Follow
from users.roles.models import OWNER, Permission

pytestmark = pytest.mark.anyio

PASSWORD = "correct horse battery"
PATH = "/settings/security/delete-login"


async def fortnight_later() -> None:
    """Let the job run that erases what was deleted two weeks ago."""
    past = clock.now() - timedelta(seconds=1)
    await Identity.objects.filter(leaves_at__isnull=False).aupdate(leaves_at=past)
    await User.objects.filter(leaves_at__isnull=False).aupdate(leaves_at=past)
    await erase_left()


async def _knows_password(visitor: Visitor) -> None:
    password_hash = encode(PASSWORD)
    await User.objects.filter(pk=visitor.user.pk).aupdate(password_hash=password_hash)


async def test_a_login_goes_with_its_identities_sessions_and_tokens(site: Site) -> None:
    member = site.member
    await _knows_password(member)
    other = await make_person(site.domain, "other", member.user)
    shared = await make_person(site.domain, "band", await make_user("owner@example.org"))
    await IdentityAccess.objects.acreate(user=member.user, identity=shared, is_owner=False)
    headers = {"Authorization": f"Bearer {await tokens.create_token(identity=other, scopes='read')}"}
    app = "/api/v1/accounts/verify_credentials"
    assert (await site.nobody.http.get(app, headers=headers)).status_code == 200
    assert PATH in (await member.get("/settings/security")).text
    page = (await member.get(PATH)).text
    assert "at once" in page
    assert f"@{other.handle}</bdi></li>" in page
    assert f"@{shared.handle}</bdi></li>" not in page

    assert (await member.post(PATH, {"password": "wrong"})).status_code == 422
    assert (await member.post(PATH, {})).status_code == 422
    assert (await fresh(other)).deleted_at is None
    done = await member.post(PATH, {"password": PASSWORD})
    assert (done.status_code, done.headers["location"]) == (303, "/")
    assert "Sign in before then to keep it." in (await member.get("/")).text
    assert (await member.get("/home")).headers["location"].startswith("/sign-in")
    assert (await site.nobody.http.get(app, headers=headers)).status_code == 403
    assert not await Session.objects.filter(user=member.user.pk).aexists()
    await fortnight_later()
    assert (await site.nobody.http.get(app, headers=headers)).status_code == 401
    assert (await site.nobody.get(f"/@{other.username}")).status_code in {404, 410}
    assert [(await fresh(one)).deleted_at is None for one in (member.me, other, shared)] == [
        False,
        False,
        True,
    ]
    assert (await Identity.objects.aget(pk=member.me.pk)).state == "deleted", "as when it is deleted alone"
    assert not await Token.objects.filter(user=member.user.pk).aexists()
    assert await logins.create_user(email=member.user.email, password=PASSWORD), "the address is free"


async def test_an_identity_that_others_own_too_stays(site: Site) -> None:
    """Also if the other owner leaves while the first can still come back: then it goes with the last of them."""
    member, admin = site.member, site.moderator
    shared = await make_person(site.domain, "band", member.user)
    await IdentityAccess.objects.acreate(user=admin.user, identity=shared)
    for visitor in (member, admin):
        await _knows_password(visitor)
    assert f"@{shared.handle}</bdi></li>" not in (await member.get(PATH)).text
    assert (await member.post(PATH, {"password": PASSWORD})).status_code == 303
    assert (await fresh(shared)).leaves_at is None
    assert (await fresh(member.me)).leaves_at is not None
    assert (await admin.post(PATH, {"password": PASSWORD})).status_code == 303
    assert (await fresh(shared)).leaves_at is not None
    await fortnight_later()
    assert (await fresh(shared)).deleted_at is not None


async def test_a_login_without_identities_can_be_deleted(site: Site) -> None:
    member = site.member
    await _knows_password(member)
    await IdentityAccess.objects.filter(user=member.user.pk).adelete()
    assert (await member.post(PATH, {"password": PASSWORD})).status_code == 303
    await fortnight_later()
    assert not await User.objects.filter(pk=member.user.pk).aexists()


async def test_signing_in_within_two_weeks_takes_it_back(site: Site) -> None:
    """With the identities that went with it, their followers and apps; one that was deleted before goes its own way."""
    member, ann = site.member, site.admin.me
    await _knows_password(member)
    earlier = await make_person(site.domain, "earlier", member.user)
    await rows.follow(ann, member.me)
    post = await rows.make_post(member.me, content="<p>Here again</p>")
    headers = {"Authorization": f"Bearer {await tokens.create_token(identity=member.me, scopes='read')}"}
    await member.post(
        f"/settings/identities/{earlier.pk}/delete", {"password": PASSWORD, "handle": earlier.handle}
    )
    await member.post(PATH, {"password": PASSWORD})
    assert "Here again" not in (await site.nobody.get(f"/@mia/{post.pk}")).text
    mail = await Mail.objects.aget(subject__startswith="Your login will be deleted on")
    assert "Sign in before then" in mail.text

    fields = {"email": member.user.email, "password": PASSWORD}
    assert (await site.nobody.post("/sign-in", fields)).status_code == 303
    assert await Mail.objects.filter(subject="Your login stays").aexists()
    assert "Here again" in (await site.nobody.get(f"/@mia/{post.pk}")).text
    assert (await site.nobody.http.get("/api/v1/apps/verify_credentials", headers=headers)).status_code == 200
    assert await Follow.objects.filter(target=member.me.pk, accepted_at__isnull=False).acount() == 1
    await fortnight_later()
    assert [(await fresh(one)).deleted_at is None for one in (member.me, earlier)] == [True, False]
    assert await User.objects.filter(pk=member.user.pk).aexists()


async def test_staff_who_leave_have_no_rights_any_more(site: Site) -> None:
    """Their sessions are over, and apps that kept a token act for them no longer."""
    moderator = site.moderator
    await _knows_password(moderator)
    headers = {
        "Authorization": f"Bearer {await tokens.create_token(identity=moderator.me, scopes='admin:read')}"
    }
    path = "/api/v1/admin/reports"
    assert (await site.nobody.http.get(path, headers=headers)).status_code == 200
    await moderator.post(PATH, {"password": PASSWORD})
    assert (await site.nobody.http.get(path, headers=headers)).status_code == 403
    user = await User.objects.aget(pk=moderator.user.pk)
    assert not user.acts_as_staff
    assert not user.may(Permission.manage_reports)


@pytest.mark.parametrize("state", ["restricted", "suspended"])
async def test_deleting_a_login_does_not_lift_its_suspension(site: Site, state: str) -> None:
    """They would sign up with it again and go on."""
    member = site.member
    await _knows_password(member)
    if state == "restricted":
        await User.objects.filter(pk=member.user.pk).aupdate(is_restricted=True)
    else:
        await Identity.objects.filter(pk=member.me.pk).aupdate(restriction=Restriction.suspended)
    refused = await member.post(PATH, {"password": PASSWORD})
    assert refused.status_code == 422
    assert "Ask the moderators" in refused.text
    assert await User.objects.filter(pk=member.user.pk).aexists()
    assert (await fresh(member.me)).deleted_at is None


async def test_the_last_admin_stays(site: Site) -> None:
    await domains.edit_domain(domain=site.domain, sign_up_mode=SignUpMode.open)
    admin = site.admin
    await _knows_password(admin)
    idle = await make_user("idle@example.org", OWNER, is_disabled=True)
    await make_user("bound@example.org", OWNER, is_restricted=True)
    refused = await admin.post(PATH, {"password": PASSWORD})
    assert refused.status_code == 422
    assert "only admin" in refused.text
    assert (await fresh(admin.me)).deleted_at is None
    await User.objects.filter(pk=idle.pk).aupdate(is_disabled=False)
    assert (await admin.post(PATH, {"password": PASSWORD})).status_code == 303
    await fortnight_later()
    assert not await User.objects.filter(pk=admin.user.pk).aexists()


async def test_visitors_are_redirected_to_sign_in(site: Site) -> None:
    assert (await site.nobody.get(PATH)).headers["location"].startswith("/sign-in")
    assert (await site.nobody.post(PATH, {"password": PASSWORD})).headers["location"].startswith("/sign-in")
