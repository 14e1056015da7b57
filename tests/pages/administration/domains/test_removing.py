"""The page on which a domain is removed: its name is typed, it can be kept, and what is left is shown."""

import pytest

from tests.pages.conftest import Site
from tests.support.queries import counted
from tests.users.support import make_domain, make_person, make_user
from users.domains.models import Domain, SignUpMode
from users.roles.models import OWNER
from users.roles.services import put_grant

pytestmark = pytest.mark.anyio


async def test_a_domain_is_removed_by_its_name_and_kept(site: Site) -> None:
    red = await make_domain("red.test", sign_up_mode=SignUpMode.open)
    page, path = f"/admin/domains/{red.pk}", f"/admin/domains/{red.pk}/remove"
    assert "Type the name of the domain" in (await site.admin.get(page)).text
    for typed in ("", "red", "testserver"):
        answer = await site.admin.post(path, {"name": typed})
        assert "Type red.test." in (await site.admin.get(answer.headers["location"])).text, typed
    assert (await Domain.objects.aget(pk=red.pk)).state == "served"
    await site.admin.post(path, {"name": "red.test"})
    shown = (await site.admin.get(page)).text
    assert "red.test will be removed on " in shown
    assert ">Keep<" in shown
    assert ">Pause<" not in shown
    assert (await Domain.objects.aget(pk=red.pk)).sign_up_mode == SignUpMode.closed
    await site.admin.post(path, {"keep": "1"})
    assert "Type the name of the domain" in (await site.admin.get(page)).text


async def test_what_is_left_is_shown(site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    red = await make_domain("red.test")
    for name in ("ria", "rob"):
        await make_person(red, name)
    await Domain.objects.filter(pk=red.pk).aupdate(state="closing")
    await make_domain("later.test", title="x")  # the cache of domains is read again
    async with counted(monkeypatch) as asked:
        page = (await site.admin.get(f"/admin/domains/{red.pk}")).text
    assert "<dd>2</dd>" in page
    assert len(asked) <= 12
    assert "removed" in (await site.admin.get("/admin/domains")).text
    assert (await site.nobody.get("/", headers={"Host": "red.test"})).status_code == 410
    assert "was closed by its operators" in (await site.nobody.get("/", headers={"Host": "red.test"})).text


async def test_owners_of_a_domain_pause_it_and_do_not_remove_it(site: Site) -> None:
    red = await make_domain("red.test")
    owner = await make_user("owner@example.org")
    await put_grant(user_id=owner.pk, role_id=OWNER.id, domain_id=site.domain.pk)
    await put_grant(user_id=site.moderator.user.pk, role_id=OWNER.id, domain_id=red.pk)
    page = (await site.moderator.get(f"/admin/domains/{red.pk}")).text
    assert ">Pause<" in page
    assert "Type the name of the domain" not in page
    answer = await site.moderator.post(f"/admin/domains/{red.pk}/remove", {"name": "red.test"})
    assert answer.status_code == 404
