"""Moderators share reports: they take and assign them, write notes, forward them later, freeze logins, and tell who reported."""

import re

import pytest

from tests.activities import people as rows
from tests.pages.conftest import Site
from tests.support.post_office import PostOffice, text_of
from tests.users.support import give_role, make_domain, make_person, make_remote, make_user, sent
from users.audit.models import Act, AuditEntry
from users.logins.models import Mail, User
from users.logins.services import logins
from users.moderation.models import AccountWarning, Report, StaffNote
from users.roles.models import ADMIN, MODERATOR, Permission, Role
from users.roles.services import put_grant

pytestmark = pytest.mark.anyio


async def reported(site: Site) -> tuple[Report, str]:
    """Mia was reported by ann."""
    made = await Report.objects.acreate(source=site.admin.me, target=site.member.me, comment="Rude")
    return made, f"/admin/reports/{made.pk}"


async def test_a_report_is_taken_assigned_and_left(site: Site) -> None:
    report, path = await reported(site)
    there = await make_domain("other.test")
    zoe = await make_user("zoe@example.org")
    await make_person(there, "zoe", zoe)
    await give_role(zoe, MODERATOR, there)
    page = (await site.moderator.get(path)).text
    assert "@mo@testserver</option>" in page
    assert "@ann@testserver</option>" in page
    assert "zoe" not in page, "staff of another domain do not handle it"
    assert "Take it" in page
    for to in (site.moderator.user.pk, site.admin.user.pk, None):
        assert (await site.moderator.post(f"{path}/assign", {"to": str(to or "")})).status_code == 303
        await report.arefresh_from_db()
        assert report.assigned_to == to
    page = (await site.moderator.get(path)).text
    for stranger in (zoe.pk, site.member.user.pk, 0):
        assert (await site.moderator.post(f"{path}/assign", {"to": str(stranger)})).status_code == 404
    await report.arefresh_from_db()
    assert report.assigned_to is None
    assert await AuditEntry.objects.filter(act=Act.assign_report, refusal="").acount() == 3


async def test_notes_are_read_by_staff_of_the_person_only(site: Site) -> None:
    _, path = await reported(site)
    person = f"/admin/people/{site.member.me.pk}"
    assert (await site.moderator.post(f"{path}/note", {"text": "Was <warned> before"})).status_code == 303
    assert (await site.admin.post(f"{person}/note", {"text": "Seems sorry"})).status_code == 303
    for page in (path, person):
        read = (await site.moderator.get(page)).text
        assert "Was &lt;warned&gt; before" in read
        assert "Seems sorry" in read
        assert "@mo@testserver</bdi>" in read
    assert path in (await site.moderator.get(person)).text, "the note leads to its report"
    for text in (" ", "x" * 2001):
        assert (await site.moderator.post(f"{person}/note", {"text": text})).status_code == 303
    assert await StaffNote.objects.acount() == 2
    far = await make_remote("far")
    there = await make_domain("other.test")
    theirs = await Report.objects.acreate(source=await make_person(there, "zoe"), target=far)
    await site.admin.post(f"/admin/reports/{theirs.pk}/note", {"text": "A secret of theirs"})
    ours = await Report.objects.acreate(source=site.member.me, target=far)
    await give_role(site.moderator.user, None)
    await give_role(site.moderator.user, ADMIN, site.domain)
    assert "A secret of theirs" not in (await site.moderator.get(f"/admin/reports/{ours.pk}")).text
    assert "A secret of theirs" in (await site.admin.get(f"/admin/reports/{ours.pk}")).text
    secret = await StaffNote.objects.aget(text="A secret of theirs")
    assert (await site.moderator.post(f"/admin/notes/{secret.pk}/remove")).status_code == 404
    sorry = await StaffNote.objects.aget(text="Seems sorry")
    assert (await site.moderator.post(f"/admin/notes/{sorry.pk}/remove")).status_code == 303
    assert "Seems sorry" not in (await site.moderator.get(person)).text


async def test_a_note_is_written_once(site: Site) -> None:
    _, path = await reported(site)
    once = re.search(r'name="once" value="([^"]+)"', (await site.moderator.get(path)).text)
    assert once
    for _ in range(2):
        answer = await site.moderator.post(f"{path}/note", {"text": "Known", "once": once[1]})
        assert answer.status_code == 303
    assert await StaffNote.objects.acount() == 1


async def test_a_report_is_forwarded_later_and_once(site: Site) -> None:
    far = await rows.make_remote("lena", "far.test")
    report = await Report.objects.acreate(source=site.member.me, target=far, comment="Adverts")
    path = f"/admin/reports/{report.pk}"
    assert "Forward to far.test" in (await site.moderator.get(path)).text
    for _ in range(2):
        assert (await site.moderator.post(f"{path}/forward")).status_code == 303
    [(kind, inboxes, activity)] = await sent()
    assert (kind, len(inboxes), activity["content"]) == ("Flag", 1, "Adverts")
    assert site.member.me.uri not in str(activity), "nobody there learns who reported"
    page = (await site.moderator.get(path)).text
    assert "Forwarded to far.test" in page
    assert f"{path}/forward" not in page
    _, ours = await reported(site)
    assert f"{ours}/forward" not in (await site.moderator.get(ours)).text
    assert (await site.moderator.post(f"{ours}/forward")).status_code == 303
    assert len(await sent()) == 1, "there is nobody to forward it to"


async def test_a_login_is_frozen_from_the_report(site: Site) -> None:
    report, path = await reported(site)
    freeze = f"/admin/logins/{site.member.user.pk}/restrict"
    assert freeze in (await site.moderator.get(path)).text
    form = {"restricted": "yes", "report": str(report.pk), "message": "Take a rest", "next": path}
    other = await Report.objects.acreate(target=site.admin.me)
    refused = await site.moderator.post(freeze, {**form, "report": str(other.pk)})
    assert refused.status_code == 404, "a report about somebody else"
    answer = await site.moderator.post(freeze, form)
    assert (answer.status_code, answer.headers["location"]) == (303, path)
    assert (await User.objects.aget(pk=site.member.user.pk)).is_restricted
    warning = await AccountWarning.objects.aget()
    assert (warning.action, warning.report_id, warning.identity_id, warning.text) == (
        "freeze",
        report.pk,
        site.member.me.pk,
        "Take a rest",
    )
    page = (await site.moderator.get(path)).text
    assert freeze not in page
    _, about_staff = await Report.objects.acreate(target=site.admin.me), f"/admin/reports/{other.pk}"
    assert "/restrict" not in re.findall(
        r"/admin/logins/\d+(/restrict)", (await site.moderator.get(about_staff)).text
    )


async def test_who_reported_is_told_once_it_is_resolved(site: Site, post: PostOffice) -> None:
    _, path = await reported(site)
    assert "Message to who reported this" in (await site.moderator.get(path)).text
    form = {"resolved": "yes", "message": "We talked to them."}
    for _ in range(2):
        assert (await site.moderator.post(f"{path}/resolve", form)).status_code == 303
    [mail] = await post.arrived()
    assert (mail["To"], mail["Subject"]) == ("ann@example.org", "Your report about @mia@testserver")
    assert "We talked to them." in text_of(mail)
    far = await Report.objects.acreate(target=site.member.me, source=await rows.make_remote("lena"))
    assert "to-reporter" not in (await site.moderator.get(f"/admin/reports/{far.pk}")).text
    await Mail.objects.all().adelete()
    await site.moderator.post(f"/admin/reports/{far.pk}/resolve", {"resolved": "yes"})
    assert not await Mail.objects.aexists()


async def used_from(user: User, address: str) -> None:
    await logins.open_session(user=user, address=address, user_agent="test", domain=None)


async def test_sign_up_and_addresses_are_shown_to_those_who_may_read_them(site: Site) -> None:
    """On the pages of a report and a person; others from an address only if they are of the reader's domains."""
    _, path = await reported(site)
    there = await make_domain("other.test")
    mia = site.member.user
    await User.objects.filter(pk=mia.pk).aupdate(
        sign_up_question="Which bird?", sign_up_reason="A <takahe>", invited_by=site.admin.user.pk
    )
    ben, zoe = await make_user("ben@example.org"), await make_user("zoe@example.org")
    await make_person(site.domain, "ben", ben)
    await make_person(there, "zoe", zoe)
    for user in (mia, ben, zoe):
        await used_from(user, "192.0.2.7")
    person = f"/admin/people/{site.member.me.pk}"
    for page in (path, person):
        read = (await site.admin.get(page)).text
        for words in (
            "Which bird?",
            "A &lt;takahe&gt;",
            "@ann@testserver",
            "192.0.2.7",
            "@ben@testserver",
            "zoe",
        ):
            assert words in read, (page, words)
        read = (await site.moderator.get(page)).text
        assert "A &lt;takahe&gt;" in read
        assert "192.0.2.7" not in read, "their role does not read addresses"
    await give_role(site.moderator.user, None)
    await give_role(site.moderator.user, ADMIN, site.domain)
    for page in (path, person):
        read = (await site.moderator.get(page)).text
        assert "@ben@testserver" in read
        assert "zoe" not in read
    role = await Role.objects.acreate(name="Reports", permissions=int(Permission.manage_reports))
    await put_grant(user_id=site.moderator.user.pk, role_id=role.pk, domain_id=site.domain.pk)
    assert "takahe&gt;" not in (await site.moderator.get(path)).text, (
        "sign-ups are of those who manage people"
    )
