"""Staff find people by address, role and state, help sign-ups whose mail is lost, say why they refuse one, and erase for good."""

import re

import pytest

from tests.pages.conftest import Site
from tests.support.post_office import PostOffice, text_of
from tests.users.support import give_role, make_domain, make_person, make_user
from users.domains.services import edit_domain
from users.identities.models import Identity, Restriction
from users.logins.models import Mail, SignUp, User
from users.logins.services import logins
from users.moderation import services as moderation
from users.roles.models import ADMIN, MODERATOR

pytestmark = pytest.mark.anyio
PEOPLE = "/admin/people"


def handles(text: str) -> set[str]:
    """The people of the table."""
    return set(re.findall(r">Select (\w+)@", text))


async def test_people_are_found_by_address_role_and_state(site: Site) -> None:
    there = await make_domain("other.test")
    for name, domain in (("ben", site.domain), ("zoe", there)):
        user = await make_user(f"{name}@example.org")
        await make_person(domain, name, user)
        await logins.open_session(user=user, address="192.0.2.7", user_agent="test", domain=domain)
    await Identity.objects.filter(username="ben").aupdate(restriction=Restriction.limited)
    for query, found in (
        ("email=BEN@example.org", {"ben"}),
        ("email=nobody@example.org", set()),
        ("address=192.0.2.7", {"ben", "zoe"}),
        ("address=192.0.2.7&q=ze", set()),
        ("address=192.0.2.7&q=zo", {"zoe"}),
        (f"role={MODERATOR.id}", {"mo"}),
        ("role=x", set()),
        ("status=silenced", {"ben"}),
        ("status=suspended", set()),
    ):
        assert handles((await site.admin.get(f"{PEOPLE}?{query}")).text) == found, query
    await give_role(site.moderator.user, None)
    await give_role(site.moderator.user, ADMIN, site.domain)
    assert handles((await site.moderator.get(f"{PEOPLE}?address=192.0.2.7")).text) == {"ben"}


async def test_addresses_find_nobody_for_those_who_do_not_read_them(site: Site) -> None:
    page = (await site.moderator.get(f"{PEOPLE}?email=mia@example.org")).text
    assert 'name="email"' not in page
    assert {"mia", "mo", "ann"} <= handles(page), "the filter is left out"


async def asks(site: Site, name: str, **more: object) -> User:
    user = await make_user(f"{name}@mail.example", approved_at=None, **more)
    await SignUp.objects.acreate(user=user, domain=site.domain, username=name)
    return user


async def test_why_a_sign_up_is_refused_is_mailed(site: Site, post: PostOffice) -> None:
    await asks(site, "eve")
    user = await User.objects.aget(email="eve@mail.example")
    assert "Give a reason" in (await site.moderator.get("/admin/sign-ups")).text
    path = f"/admin/sign-ups/{user.pk}/refuse"
    assert (await site.moderator.post(path, {"message": "x" * 2001})).status_code == 422
    assert (await site.moderator.post(path, {"message": "We are <full>."})).status_code == 303
    [mail] = await post.arrived()
    assert (mail["To"], "We are <full>." in text_of(mail)) == ("eve@mail.example", True)
    assert not await User.objects.filter(pk=user.pk).aexists()


@pytest.mark.slow
async def test_a_sign_up_whose_mail_is_lost_is_helped(site: Site, post: PostOffice) -> None:
    """Also one that needs no approval."""
    await edit_domain(domain=site.domain, sign_up_mode="open")
    lost = await asks(site, "lost", confirmed_at=None)
    await User.objects.filter(pk=lost.pk).aupdate(approved_at=lost.created_at)
    page = (await site.moderator.get("/admin/sign-ups")).text
    assert "lost@mail.example" in page
    assert f"/admin/sign-ups/{lost.pk}/approve" not in page, "there is nothing to approve"
    assert (await site.moderator.post(f"/admin/sign-ups/{lost.pk}/resend")).status_code == 303
    [mail] = await post.arrived()
    assert mail["To"] == "lost@mail.example"
    assert "/confirm/" in text_of(mail)
    assert (await site.moderator.post(f"/admin/sign-ups/{lost.pk}/confirm")).status_code == 303
    assert (await User.objects.aget(pk=lost.pk)).confirmed_at is not None
    assert await Identity.objects.filter(username="lost", host=site.domain.name).aexists()
    assert (await site.moderator.post(f"/admin/sign-ups/{lost.pk}/confirm")).status_code == 303, (
        "pressed twice"
    )
    assert not await Mail.objects.filter(state="waiting").aexists()


async def test_a_suspended_person_is_erased_by_those_who_may(site: Site) -> None:
    person = f"{PEOPLE}/{site.member.me.pk}"
    erase = f"{person}/erase"
    assert erase not in (await site.admin.get(person)).text
    assert (await site.admin.post(erase, {"sure": "yes"})).status_code == 403, "not suspended"
    await moderation.restrict(
        moderator=site.admin.user, identity_id=site.member.me.pk, restriction=Restriction.suspended
    )
    assert erase not in (await site.moderator.get(person)).text
    assert (await site.moderator.post(erase, {"sure": "yes"})).status_code == 404
    assert erase in (await site.admin.get(person)).text
    assert (await site.admin.post(erase)).status_code == 303
    assert (await Identity.objects.aget(pk=site.member.me.pk)).deleted_at is None, "the box was not ticked"
    assert (await site.admin.post(erase, {"sure": "yes"})).status_code == 303
    assert (await Identity.objects.aget(pk=site.member.me.pk)).deleted_at is not None
