"""An identity is deleted by the login that owns it, with its password, and nobody else."""

import pytest

from tests.pages.conftest import Site
from tests.users.hashes import encode
from tests.users.support import fresh, make_person, make_user
from users.domains.models import Domain, SignUpMode
from users.logins.models import IdentityAccess, User

pytestmark = pytest.mark.anyio

PASSWORD = "correct horse battery"


async def test_an_identity_is_deleted_with_its_handle_and_the_password(site: Site) -> None:
    member = site.member
    await User.objects.filter(pk=member.user.pk).aupdate(password_hash=encode(PASSWORD))
    other = await make_person(site.domain, "other", member.user)
    path = f"/settings/identities/{member.me.pk}/delete"
    assert path in (await member.get("/settings/identities")).text
    assert "can't be undone" in (await member.get(path)).text
    right = {"handle": f"@{member.me.handle.upper()}", "password": PASSWORD}
    for wrong in ({"handle": other.handle}, {"password": "wrong"}, {"password": ""}):
        assert (await member.post(path, {**right, **wrong})).status_code == 422, wrong
    assert (await fresh(member.me)).deleted_at is None
    await User.objects.filter(pk=member.user.pk).aupdate(is_restricted=True)
    answer = await member.post(path, right)
    assert (answer.status_code, answer.headers["location"]) == (303, "/settings/identities")
    assert (await fresh(member.me)).deleted_at is not None
    assert (await fresh(other)).deleted_at is None
    assert (await site.nobody.get(f"/@{member.me.username}")).status_code in {404, 410}
    page = await member.get("/settings/identities")
    assert page.status_code == 200
    assert f"@{member.me.handle}</span>" not in page.text
    assert (await member.post(path, right)).status_code == 404


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
