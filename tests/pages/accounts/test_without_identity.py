"""Somebody who is signed in and can act as no identity still has what belongs to the login: security, apps, and a way out."""

import pytest

from api.oauth import tokens
from core import clock
from tests.pages.conftest import Site, Visitor
from tests.users.support import make_domain, make_person
from users.domains.services import edit_domain
from users.identities.models import Identity, Restriction
from users.logins.models import IdentityAccess, Session, User
from users.logins.services.logins import create_user

pytestmark = pytest.mark.anyio

_NEEDS_LOGIN_ONLY = ["/settings/identities", "/settings/security", "/settings/apps", "/more"]
_NEEDS_IDENTITY = [
    "/settings",
    "/settings/posting",
    "/settings/old-posts",
    "/filters",
    "/blocks",
    "/mutes",
    "/home",
    "/compose",
]


async def _lose(visitor: Visitor, how: str) -> None:
    if how == "restricted login":
        await User.objects.filter(pk=visitor.user.pk).aupdate(is_restricted=True)
    elif how == "suspended identity":
        await Identity.objects.filter(pk=visitor.me.pk).aupdate(restriction=Restriction.suspended)
    elif how == "deleted identity":
        await Identity.objects.filter(pk=visitor.me.pk).aupdate(deleted_at=clock.now())
    else:  # as `takahe user create` leaves it
        await IdentityAccess.objects.filter(user=visitor.user.pk).adelete()
        await Session.objects.filter(user=visitor.user.pk).aupdate(identity=None)


@pytest.mark.slow
@pytest.mark.parametrize(
    "how", ["restricted login", "suspended identity", "deleted identity", "never had one"]
)
async def test_the_login_has_its_settings_and_can_sign_out(site: Site, how: str) -> None:
    member = site.member
    await tokens.create_token(identity=member.me, scopes="read", app_name="Old app")
    assert "Old app" in (await member.get("/settings/apps")).text
    await _lose(member, how)
    for path in _NEEDS_LOGIN_ONLY:
        page = await member.get(path)
        assert page.status_code == 200, path
        assert 'action="/sign-out"' in page.text, path
        for needs_identity in _NEEDS_IDENTITY:
            assert f'href="{needs_identity}"' not in page.text, path
    for path in _NEEDS_IDENTITY:
        assert (await member.get(path)).headers["location"] == "/settings/identities", path
    assert 'href="/settings/security"' in (await member.get("/settings/identities")).text
    assert "Old app" in (await member.get("/settings/apps")).text
    assert "Set a password" in (await member.get("/settings/security")).text  # it has none
    assert 'action="/sign-out"' in (await member.get("/about")).text
    others = await member.post("/settings/sessions/end-others")
    assert others.headers["location"] == "/settings/security"
    assert (await member.post("/sign-out")).headers["location"] == "/"
    assert (await member.get("/settings/security")).headers["location"].startswith("/sign-in")


@pytest.mark.parametrize(
    ("how", "is_told"), [("restricted login", False), ("deleted identity", True), ("never had one", True)]
)
async def test_restricted_logins_are_not_told_to_choose_an_identity(
    site: Site, how: str, is_told: bool
) -> None:
    await _lose(site.member, how)
    await site.member.get("/home")
    page = (await site.member.get("/settings/identities")).text
    assert ("an identity first." in page) is is_told


@pytest.mark.parametrize("how", ["restricted login", "suspended identity"])
async def test_restricted_logins_see_the_contact_address(site: Site, how: str) -> None:
    """To the domain they are on; where it has no address, to the one of their suspended identity."""
    elsewhere = await make_domain("other.example", contact_email="elsewhere@example.org")
    for contact in ("", "help@example.org"):
        await edit_domain(domain=site.domain, contact_email=contact)
        await _lose(site.member, how)
        page = (await site.member.get("/settings/identities")).text
        assert ("mailto:help@example.org" in page) is bool(contact)
        assert "elsewhere@" not in page, "nobody is theirs there"
    await edit_domain(domain=site.domain, contact_email="")
    await make_person(elsewhere, "me", site.member.user, restriction=Restriction.suspended)
    page = (await site.member.get("/settings/identities")).text
    assert "@me@other.example" in page
    assert "mailto:elsewhere@example.org" in page


async def test_a_disabled_login_reads_where_to_write_once_its_password_is_right(site: Site) -> None:
    await edit_domain(domain=site.domain, contact_email="help@example.org")
    await create_user(email="out@example.org", password="correct horse battery")
    await User.objects.filter(email="out@example.org").aupdate(is_disabled=True)
    for password, is_said in (("correct horse battery", True), ("wrong horse battery", False)):
        form = {"email": "out@example.org", "password": password}
        page = (await site.nobody.post("/sign-in", form)).text
        assert ("mailto:help@example.org" in page) is is_said


async def test_staff_without_an_identity_find_the_administration(site: Site) -> None:
    await _lose(site.admin, "never had one")
    assert (await User.objects.aget(pk=site.admin.user.pk)).is_admin
    for path in ("/settings/identities", "/more", "/about"):
        assert 'href="/admin"' in (await site.admin.get(path)).text
    page = await site.admin.get("/admin")
    assert (page.status_code, 'action="/sign-out"' in page.text) == (200, True)


async def test_settings_are_for_logins_only(site: Site) -> None:
    for path in _NEEDS_LOGIN_ONLY:
        assert (await site.nobody.get(path)).headers["location"].startswith("/sign-in")
    assert 'action="/sign-out"' not in (await site.nobody.get("/about")).text
