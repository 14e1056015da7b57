"""The menu of accounts: the other identities of a login, each a tap away."""

import re

import pytest

from tests.pages.conftest import Site
from users.identities.models import Identity, Restriction
from users.logins.models import User
from users.logins.services import identities

pytestmark = pytest.mark.anyio

MENU = "/settings/identities/menu"


async def test_the_menu_has_the_other_identities_of_the_login(site: Site) -> None:
    assert "<form" not in (await site.member.get(MENU)).text, "there is no other one"
    login = await User.objects.aget(identityaccess__identity=site.member.me)
    other = await identities.create_identity(user=login, domain=site.domain, username="mia_writes")
    page = (await site.member.get(MENU)).text
    assert "<html" not in page
    assert re.findall(r'action="([^"]+)"', page) == [f"/settings/identities/{other.pk}/speak"]
    assert "@mia_writes@testserver" in page
    assert "@mia@testserver" not in re.sub(r'name="acting_as" value="[^"]+"', "", page)
    assert (await site.nobody.get(MENU)).status_code == 303
    await Identity.objects.filter(pk=other.pk).aupdate(restriction=Restriction.suspended)
    assert "<form" not in (await site.member.get(MENU)).text, "nobody can use a suspended one"
