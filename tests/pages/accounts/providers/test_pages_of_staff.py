"""The pages of sign-in providers for staff."""

import re
from collections.abc import AsyncIterator

import pytest

from tests.pages.accounts.providers.provider import GONE, Provider
from tests.pages.conftest import Site
from tests.support.peers import outbound
from tests.users.support import make_domain, make_user
from users.audit.models import Act, AuditEntry
from users.roles.models import MODERATOR
from users.sign_in_providers.models import ExternalLogin, SignInProvider

pytestmark = [pytest.mark.anyio, pytest.mark.slow]
FORM = {
    "name": "House",
    "client_id": "takahe",
    "client_secret": "s3cret-of-ours",
    "scopes": "profile email groups",
    "groups_claim": "groups",
    "roles": "mods = Moderator\n",
    "creates_logins": "on",
}
_MARK = re.compile(r'name="mark" value="([^"]+)"')


@pytest.fixture
async def provider() -> AsyncIterator[Provider]:
    async with outbound(resolve={"house.test": "127.0.0.1"}), Provider("house.test") as found:
        yield found


async def test_a_provider_is_added_changed_and_removed(site: Site, provider: Provider) -> None:
    page = await site.admin.get("/admin/providers/new")
    mark = _MARK.search(page.text)
    assert mark is not None
    uri = re.search(r'id="redirect-uri"[^>]*value="([^"]+)"', page.text)
    assert uri is not None
    form = {**FORM, "mark": mark[1], "issuer": f"{provider.issuer}/.well-known/openid-configuration"}
    for _ in range(2):  # pressed twice
        made = await site.admin.post("/admin/providers/new", form)
        assert made.status_code == 303, made.text
    row = await SignInProvider.objects.aget()
    assert uri[1] == f"https://testserver/sign-in/with/{row.pk}/done"
    assert (row.scopes, row.roles, row.creates_logins) == (
        "openid profile email groups",
        [["mods", MODERATOR.id]],
        True,
    )
    shown = await site.admin.get(f"/admin/providers/{row.pk}")
    assert "mods = Moderator" in shown.text
    assert "s3cret-of-ours" not in shown.text
    assert uri[1] in shown.text
    changed = {**FORM, "client_secret": "", "roles": "", "name": "Home"}
    assert (await site.admin.post(f"/admin/providers/{row.pk}", changed)).status_code == 303
    row = await SignInProvider.objects.aget()
    assert (row.name, row.client_secret, row.roles) == ("Home", "s3cret-of-ours", [])
    user = await make_user()
    await ExternalLogin.objects.acreate(provider=row, subject="x", user=user)
    assert "1 login has no other way" in (await site.admin.get(f"/admin/providers/{row.pk}")).text
    assert "Home" in (await site.admin.get("/admin/providers")).text
    assert (await site.admin.post(f"/admin/providers/{row.pk}/remove")).status_code == 303
    assert not await SignInProvider.objects.aexists()
    entries = [entry async for entry in AuditEntry.objects.order_by("pk")]
    assert [one.act for one in entries] == [Act.add_provider, Act.change_provider, Act.remove_provider]
    assert not any("s3cret" in str(one.details) for one in entries)


async def test_what_is_wrong_is_said_before_anything_is_stored(site: Site, provider: Provider) -> None:
    await site.admin.get("/admin/providers/new")
    for form, words in [
        ({"issuer": "http://nowhere.test"}, "can&#x27;t be read"),
        ({"issuer": f"{provider.issuer}/elsewhere"}, "it answered 404"),
        ({"issuer": provider.issuer, "roles": "mods = Nobody"}, "There is no such role: mods = Nobody"),
        ({"issuer": provider.issuer, "scopes": 'email "x"'}, "Scopes are words"),
    ]:
        answer = await site.admin.post("/admin/providers/new", {**FORM, **form})
        assert (answer.status_code, words in answer.text) == (422, True), form
    provider.metadata = {"token_endpoint": GONE and None}
    answer = await site.admin.post("/admin/providers/new", {**FORM, "issuer": provider.issuer})
    assert (answer.status_code, "no usable OpenID Connect" in answer.text) == (422, True)
    assert not await SignInProvider.objects.aexists()


async def test_staff_of_a_domain_see_no_provider_of_another(site: Site) -> None:
    other = await make_domain("other.test")
    row = await SignInProvider.objects.acreate(domain=other, name="Secret house", issuer="https://a.example")
    assert "Secret house" in (await site.admin.get("/admin/providers")).text
    assert (await site.moderator.get("/admin/providers")).status_code == 404
    assert (await site.moderator.post(f"/admin/providers/{row.pk}/remove")).status_code == 404
    assert await SignInProvider.objects.aexists()
