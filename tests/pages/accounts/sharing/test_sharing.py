"""Inviting people to write as an account, answering, changing roles, leaving; and those who try what is not theirs."""

import asyncio
import datetime as dt

import pytest

from activities.posts.models import Post
from activities.scheduled_posts.handlers import publish
from activities.scheduled_posts.models import ScheduledPost
from api.models import Token
from core import clock
from tests.pages.accounts.sharing.support import AUTHOR, EDITOR, OWNER, share
from tests.pages.conftest import Site, Visitor
from tests.users.support import make_domain, make_person, make_user
from users.audit.models import AuditEntry
from users.identities.models import Identity, Restriction
from users.logins.models import AccessRole, IdentityAccess, Mail, Session, User
from users.logins.passwords import hash_password
from users.logins.services.identities import open_domains
from users.sharing import handlers, services
from users.sharing.models import MAX_OPEN, SharingInvitation

pytestmark = pytest.mark.anyio

PASSWORD = "seven small boats"


async def invite(person: Visitor, invitee: str, role: AccessRole = AUTHOR, **more: str) -> int:
    """Send the form, and return the status of the answer."""
    form = {"invitee": invitee, "role": role.name, **more}
    return (await person.post("/settings/sharing", form)).status_code


async def access(site: Site, person: Visitor) -> IdentityAccess | None:
    return await IdentityAccess.objects.filter(user=person.user.pk, identity=site.member.me.pk).afirst()


async def the_invitation() -> SharingInvitation:
    return await SharingInvitation.objects.order_by("-pk").alatest("pk")


@pytest.mark.parametrize("invitee", ["@mo", "@mo@example.org", "Mo@Example.org"])
async def test_who_is_invited_accepts_and_writes(site: Site, invitee: str) -> None:
    """By name with or without the domain, or by address in any spelling."""
    invitee = invitee.replace("@mo@example.org", f"@{site.moderator.me.handle}")
    assert await invite(site.member, invitee) == 303
    invitation = await the_invitation()
    mail = await Mail.objects.aget()
    assert (mail.recipient, "invites you to write as" in mail.text) == ("mo@example.org", True)
    assert "You would be an author" in mail.text
    listed = await site.member.get("/settings/sharing")
    assert invitation.label in listed.text
    assert await access(site, site.moderator) is None, "nothing before they accept"
    assert f"invitations/{invitation.pk}/accept" in (await site.moderator.get("/settings/identities")).text
    assert (await site.moderator.post(f"/settings/invitations/{invitation.pk}/accept")).status_code == 303
    made = await access(site, site.moderator)
    assert made is not None
    assert (made.role, made.label) == (AUTHOR, invitation.label)
    assert "You are now" in (await site.moderator.get("/home")).text
    written = await site.moderator.post("/compose", {"text": "hello", "visibility": "0"})
    assert written.status_code == 303
    assert [one.subject async for one in Mail.objects.filter(recipient="mia@example.org")] == [
        f"{invitation.label} writes as @{site.member.me.handle} now"
    ]
    assert [one.act async for one in AuditEntry.objects.order_by("pk")] == [
        "share_identity",
        "share_identity",
    ]


async def test_nobody_accepts_for_somebody_else(site: Site) -> None:
    await invite(site.member, "@mo", OWNER)
    await User.objects.filter(pk=site.member.user.pk).aupdate(password_hash=await hash_password(PASSWORD))
    await invite(site.member, "@mo")
    invitation = await the_invitation()
    for what in ("accept", "refuse"):
        assert (await site.admin.post(f"/settings/invitations/{invitation.pk}/{what}")).status_code == 404
        answer = await site.nobody.post(f"/settings/invitations/{invitation.pk}/{what}")
        assert answer.headers["location"].startswith("/sign-in")
    assert await access(site, site.admin) is None
    assert await SharingInvitation.objects.filter(pk=invitation.pk).aexists()


async def test_an_address_that_is_not_confirmed_accepts_nothing(site: Site) -> None:
    """Anybody can sign up with an address that isn't theirs."""
    await invite(site.member, "mo@example.org")
    await User.objects.filter(pk=site.moderator.user.pk).aupdate(confirmed_at=None)
    invitation = await the_invitation()
    assert "Invitations" not in (await site.moderator.get("/settings/identities")).text
    answer = await site.moderator.post(f"/settings/invitations/{invitation.pk}/accept")
    assert answer.status_code in {403, 404}
    assert await access(site, site.moderator) is None


async def test_inviting_does_not_tell_whether_an_address_has_a_login(site: Site) -> None:
    answers = []
    for address in ("mo@example.org", "nobody@example.org"):
        answer = await site.member.post("/settings/sharing", {"invitee": address, "role": "author"})
        shown = (await site.member.get("/settings/sharing")).text
        assert f"Invited {address}." in shown
        answers.append(
            (
                answer.status_code,
                answer.headers["location"],
                await Mail.objects.filter(recipient=address).acount(),
            )
        )
    assert answers[0] == answers[1]


async def test_a_login_with_two_names_is_not_recognised_by_the_second(site: Site) -> None:
    """Who knows one name of somebody must not learn that another is the same person."""
    other = await make_person(site.domain, "secret", site.moderator.user)
    for number, name in enumerate(("@mo", f"@{other.handle}")):
        assert await invite(site.member, name) == 303, number
        invitation = await the_invitation()
        assert (await site.moderator.post(f"/settings/invitations/{invitation.pk}/accept")).status_code == 303
    await site.member.get("/settings/sharing")  # says once whom they invited
    shown = (await site.member.get("/settings/sharing")).text
    assert site.moderator.me.handle in shown
    assert other.handle not in shown
    assert await IdentityAccess.objects.filter(identity=site.member.me.pk).acount() == 2


async def test_an_invitation_counts_once(site: Site) -> None:
    await invite(site.member, "@mo")
    assert await invite(site.member, "@mo") == 422, "it is open already"
    invitation = await the_invitation()
    path = f"/settings/invitations/{invitation.pk}/accept"
    answers = await asyncio.gather(*(site.moderator.post(path) for _ in range(3)))
    assert sorted(answer.status_code for answer in answers) == [303, 404, 404]
    assert await IdentityAccess.objects.filter(identity=site.member.me.pk).acount() == 2


async def test_a_mailbox_is_invited_once_however_it_is_written(site: Site) -> None:
    """Each invitation is a mail, and twenty spellings would be all that an account may have open."""
    assert await invite(site.member, "new.one@example.org") == 303
    for spelling in ("New.One@Example.ORG", "new.one+again@example.org", "newone@example.org"):
        assert await invite(site.member, spelling) == 422, spelling
    assert await invite(site.member, "other@example.org") == 303
    assert await SharingInvitation.objects.acount() == 2
    assert await Mail.objects.filter(recipient__icontains="one").acount() == 1
    assert await invite(site.member, "mo@example.org") == 303
    invitation = await the_invitation()
    assert (await site.moderator.post(f"/settings/invitations/{invitation.pk}/accept")).status_code == 303
    assert await invite(site.member, "mo+more@example.org") == 422, "writes here already"


@pytest.mark.parametrize("why", ["expired", "taken back", "refused", "inviter removed", "suspended"])
async def test_an_invitation_that_ended_is_not_accepted(site: Site, why: str) -> None:
    me, mo = site.member, site.moderator
    await invite(me, "@mo")
    invitation = await the_invitation()
    match why:
        case "expired":
            await SharingInvitation.objects.aupdate(expires_at=clock.now() - dt.timedelta(seconds=1))
        case "taken back":
            assert (
                await me.post(f"/settings/sharing/invitations/{invitation.pk}/take-back")
            ).status_code == 303
        case "refused":
            assert (await mo.post(f"/settings/invitations/{invitation.pk}/refuse")).status_code == 303
        case "inviter removed":
            await IdentityAccess.objects.acreate(user=site.admin.user, identity=me.me, label="@ann")
            assert (await me.post("/settings/sharing/leave")).status_code == 303
        case "suspended":
            await Identity.objects.filter(pk=me.me.pk).aupdate(restriction=Restriction.suspended)
    assert (await mo.post(f"/settings/invitations/{invitation.pk}/accept")).status_code == 404
    assert await access(site, mo) is None


async def test_expired_invitations_are_deleted(site: Site) -> None:
    await invite(site.member, "@mo")
    await SharingInvitation.objects.aupdate(expires_at=clock.now() - dt.timedelta(seconds=1))
    await handlers.remove_expired_invitations()
    assert not await SharingInvitation.objects.aexists()


async def test_who_is_limited_joins_nobody(site: Site) -> None:
    """Else a limited person would speak on as somebody else's account."""
    await Identity.objects.filter(pk=site.moderator.me.pk).aupdate(restriction=Restriction.limited)
    await invite(site.member, "@mo")
    invitation = await the_invitation()
    answer = await site.moderator.post(f"/settings/invitations/{invitation.pk}/accept")
    assert (answer.status_code, "Moderators limited" in answer.text) == (403, True)


async def test_owners_are_made_with_the_password_only(site: Site) -> None:
    """An open browser must not be enough to take an account over."""
    await User.objects.filter(pk=site.member.user.pk).aupdate(password_hash=await hash_password(PASSWORD))
    for wrong in ("", "eight small boats"):
        assert await invite(site.member, "@mo", OWNER, password=wrong) == 422
    assert not await SharingInvitation.objects.aexists()
    assert await invite(site.member, "@mo", OWNER, password=PASSWORD) == 303
    shared = await share(site)
    editor = await access(site, shared.people[EDITOR])
    assert editor is not None
    path = f"/settings/sharing/{editor.pk}"
    assert (await site.member.post(path, {"role": "owner"})).status_code == 422
    assert (await site.member.post(path, {"role": "owner", "password": PASSWORD})).status_code == 303
    assert await IdentityAccess.objects.filter(pk=editor.pk, is_owner=True).aexists()
    mail = await Mail.objects.filter(recipient="mo@example.org").alatest("pk")
    assert "You are an owner of" in mail.text


async def test_an_owner_by_invitation_was_not_admitted_to_the_domain(site: Site) -> None:
    """Else anybody with an identity on a closed domain could let others in."""
    closed = await make_domain("closed.example")
    band = await make_person(closed, "band", site.member.user)
    user = await User.objects.aget(pk=site.moderator.user.pk)
    user.rights = {}
    await services.give_access(identity=band, user=user, role=OWNER)
    assert closed not in await open_domains(user, [closed, site.domain])
    assert closed in await open_domains(await User.objects.aget(pk=site.member.user.pk), [closed])


@pytest.mark.parametrize("who", [EDITOR, AUTHOR])
async def test_only_owners_share(site: Site, who: AccessRole) -> None:
    shared = await share(site)
    person, owner = shared.people[who], await access(site, site.member)
    mine = await access(site, person)
    assert owner is not None
    assert mine is not None
    seen = (await person.get("/settings/sharing")).text
    assert "Invite somebody" not in seen
    for path, form in (
        ("/settings/sharing", {"invitee": "x@example.org", "role": "owner"}),
        (f"/settings/sharing/{mine.pk}", {"role": "owner"}),
        (f"/settings/sharing/{owner.pk}/remove", {}),
    ):
        assert (await person.post(path, form)).status_code == 403
    for act in (
        services.invite(user=person.user, identity=shared.identity, invitee="x@example.org", role=OWNER),
        services.change_role(user=person.user, identity=shared.identity, access_id=mine.pk, role=OWNER),
        services.remove(user=person.user, identity=shared.identity, access_id=owner.pk),
        services.take_back(user=person.user, identity=shared.identity, invitation_id=1),
    ):
        with pytest.raises(services.NotAllowed):
            await act
    assert (await access(site, person)) == mine
    assert {one.refusal async for one in AuditEntry.objects.exclude(refusal="")} == {"owners_only"}
    deleted = await person.post(
        f"/settings/identities/{shared.identity.pk}/delete",
        {"handle": shared.identity.handle, "password": "x"},
    )
    assert deleted.status_code == 404


async def test_who_is_removed_is_out_at_once(site: Site) -> None:
    shared = await share(site)
    editor = shared.people[EDITOR]
    held = await access(site, editor)
    assert held is not None
    assert (await site.member.post(f"/settings/sharing/{held.pk}/remove")).status_code == 303
    bearer = {"Authorization": f"Bearer {shared.tokens[EDITOR]}"}
    assert (await site.nobody.http.get("/api/v1/timelines/home", headers=bearer)).status_code == 401
    assert await Token.objects.filter(user=editor.user.pk, revoked_at=None).acount() == 0
    assert (await editor.post("/compose", {"text": "x"})).status_code == 303, "to choose an identity"
    assert not await Session.objects.filter(user=editor.user.pk, identity=shared.identity.pk).aexists()
    mail = await Mail.objects.filter(recipient="mo@example.org").alatest("pk")
    assert "ended your access" in mail.text
    back = await editor.post(f"/settings/identities/{shared.identity.pk}/speak")
    assert back.status_code == 404
    others = {"Authorization": f"Bearer {shared.tokens[AUTHOR]}"}
    assert (await site.nobody.http.get("/api/v1/timelines/home", headers=others)).status_code == 200


async def test_a_lower_role_counts_at_once_for_tokens(site: Site) -> None:
    shared = await share(site)
    held = await access(site, shared.people[EDITOR])
    assert held is not None
    bearer = {"Authorization": f"Bearer {shared.tokens[EDITOR]}"}
    profile = "/api/v1/accounts/update_credentials"
    changed = await site.nobody.http.patch(profile, data={"display_name": "We"}, headers=bearer)
    assert changed.status_code == 200
    assert (await site.member.post(f"/settings/sharing/{held.pk}", {"role": "author"})).status_code == 303
    refused = await site.nobody.http.patch(profile, data={"display_name": "Me"}, headers=bearer)
    assert refused.status_code == 403
    assert (await Identity.objects.aget(pk=shared.identity.pk)).name == "We"


async def test_the_last_owner_stays_until_they_hand_over(site: Site) -> None:
    shared = await share(site)
    own, editor = await access(site, site.member), await access(site, shared.people[EDITOR])
    assert own is not None
    assert editor is not None
    left = await site.member.post("/settings/sharing/leave")
    assert (left.status_code, "needs an owner" in left.text) == (422, True)
    assert (await site.member.post(f"/settings/sharing/{own.pk}", {"role": "author"})).status_code == 422
    await site.member.post(f"/settings/sharing/{own.pk}/remove")
    assert await IdentityAccess.objects.filter(pk=own.pk, is_owner=True).aexists()
    await User.objects.filter(pk=shared.people[EDITOR].user.pk).aupdate(is_disabled=True)
    await IdentityAccess.objects.filter(pk=editor.pk).aupdate(is_owner=True)
    assert (await site.member.post("/settings/sharing/leave")).status_code == 422, (
        "a disabled one can't take over"
    )
    await User.objects.filter(pk=shared.people[EDITOR].user.pk).aupdate(is_disabled=False)
    assert (await site.member.post("/settings/sharing/leave")).status_code == 303
    assert await access(site, site.member) is None


async def test_of_two_owners_who_leave_at_once_one_remains(site: Site) -> None:
    for _ in range(4):
        await IdentityAccess.objects.filter(identity=site.member.me.pk).adelete()
        people = [site.member, site.moderator]
        for person in people:
            await IdentityAccess.objects.acreate(user=person.user, identity=site.member.me)
            await Session.objects.filter(user=person.user.pk).aupdate(identity=site.member.me)
        answers = await asyncio.gather(*(one.post("/settings/sharing/leave") for one in people))
        assert sorted(answer.status_code for answer in answers) == [303, 422]
        assert await IdentityAccess.objects.filter(identity=site.member.me.pk, is_owner=True).acount() == 1


async def test_everyone_else_can_leave(site: Site) -> None:
    shared = await share(site)
    for role in (EDITOR, AUTHOR):
        assert (await shared.people[role].get("/settings/sharing/leave")).status_code == 200
        assert (await shared.people[role].post("/settings/sharing/leave")).status_code == 303
    assert await IdentityAccess.objects.filter(identity=shared.identity.pk).acount() == 1
    subjects = [one.subject async for one in Mail.objects.filter(recipient="mia@example.org")]
    assert subjects == [f"Somebody left @{shared.identity.handle}"] * 2


async def test_authors_cancel_their_own_scheduled_posts_only(site: Site) -> None:
    shared = await share(site)
    at = (clock.now() + dt.timedelta(hours=1)).isoformat()
    ids = {}
    for role, token in shared.tokens.items():
        bearer = {"Authorization": f"Bearer {token}"}
        answer = await site.nobody.http.post(
            "/api/v1/statuses", data={"status": f"by {role}", "scheduled_at": at}, headers=bearer
        )
        assert answer.status_code == 200, answer.text
        ids[role] = answer.json()["id"]
    author = {"Authorization": f"Bearer {shared.tokens[AUTHOR]}"}
    path = "/api/v1/scheduled_statuses/"
    assert (await site.nobody.http.delete(f"{path}{ids[OWNER]}", headers=author)).status_code == 403
    assert (await shared.people[AUTHOR].post(f"/scheduled/{ids[EDITOR]}/cancel")).status_code == 403
    assert (await site.nobody.http.delete(f"{path}{ids[AUTHOR]}", headers=author)).status_code == 200
    editor = {"Authorization": f"Bearer {shared.tokens[EDITOR]}"}
    assert (await site.nobody.http.delete(f"{path}{ids[OWNER]}", headers=editor)).status_code == 200
    assert await ScheduledPost.objects.acount() == 1


async def test_a_scheduled_post_of_somebody_who_was_removed_returns_to_the_account(site: Site) -> None:
    """It was published as the account, and nobody was shown as its writer."""
    shared = await share(site)
    bearer = {"Authorization": f"Bearer {shared.tokens[AUTHOR]}"}
    at = (clock.now() + dt.timedelta(minutes=6)).isoformat()
    form = {"status": "After I am gone", "scheduled_at": at}
    assert (await site.nobody.http.post("/api/v1/statuses", data=form, headers=bearer)).status_code == 200
    access = await IdentityAccess.objects.aget(user=site.admin.user, identity=shared.identity)
    await site.member.post(f"/settings/sharing/{access.pk}/remove")
    assert not await IdentityAccess.objects.filter(pk=access.pk).aexists()
    row = await ScheduledPost.objects.aget()
    row.scheduled_at = clock.now()
    await publish(row)
    assert not await Post.objects.filter(author=shared.identity.pk).aexists()
    await row.arefresh_from_db()
    assert row.reason
    assert "After I am gone" in (await site.member.get("/scheduled")).text


async def test_so_many_are_invited_and_no_more(site: Site) -> None:
    for number in range(MAX_OPEN):
        assert await invite(site.member, f"p{number}@example.org") == 303
    assert await invite(site.member, "more@example.org") == 422
    assert await SharingInvitation.objects.acount() == MAX_OPEN
    assert await Mail.objects.acount() == MAX_OPEN


@pytest.mark.parametrize(
    "invitee", ["@nobody", "@mo@elsewhere.example", "nonsense here", "a@b", "", "x" * 300]
)
async def test_who_is_not_there_is_not_invited(site: Site, invitee: str) -> None:
    assert await invite(site.member, invitee) == 422
    assert not await SharingInvitation.objects.aexists()


async def test_a_restricted_login_shares_and_joins_nothing(site: Site) -> None:
    await invite(site.member, "@mo")
    invitation = await the_invitation()
    await User.objects.filter(pk=site.moderator.user.pk).aupdate(is_restricted=True)
    assert (await site.moderator.post(f"/settings/invitations/{invitation.pk}/accept")).status_code == 403
    lone = await make_user("lone@example.org")
    person = await make_person(site.domain, "lone", lone)
    lone.is_restricted = True
    with pytest.raises(services.NotAllowed):
        await services.invite(user=lone, identity=person, invitee="@mo", role=AUTHOR)
