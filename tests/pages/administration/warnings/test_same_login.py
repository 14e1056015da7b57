"""A limit, or covered media, holds for the other identities of the login, on every domain, until it is lifted where it came from."""

from typing import Any

import pytest

from tests.pages.conftest import Site
from tests.users.support import fresh, make_domain, make_person, make_user
from users.audit.models import Act, AuditEntry
from users.identities.models import Identity
from users.logins.models import IdentityAccess, User
from users.logins.services.identities import create_identity
from users.roles.models import MODERATOR

pytestmark = pytest.mark.anyio

LIMIT: tuple[str, dict[str, str], dict[str, str], Act] = (
    "restrict",
    {"restriction": "limited"},
    {"restriction": "none"},
    Act.restrict_person,
)
COVER: tuple[str, dict[str, str], dict[str, str], Act] = ("cover", {"covered": "yes"}, {}, Act.cover_media)


async def _press(site: Site, who: Identity, path: str, form: dict[str, Any]) -> None:
    assert (await site.moderator.post(f"/admin/people/{who.pk}/{path}", form)).status_code == 303


async def _held(*people: Identity) -> list[bool]:
    rows = [await fresh(one) for one in people]
    return [bool(one.staff_restriction) or one.is_sensitized for one in rows]


async def _three(site: Site) -> tuple[User, Identity, Identity, Identity]:
    user = await make_user("una@example.org")
    other = await make_domain("other.test")
    places = {"una": site.domain, "una2": site.domain, "una3": other}
    one, two, three = [await make_person(place, name, user) for name, place in places.items()]
    return user, one, two, three


@pytest.mark.parametrize(("path", "put", "lift", "act"), [LIMIT, COVER], ids=["limit", "cover"])
async def test_it_comes_to_the_other_identities_and_goes_with_the_first(
    site: Site, path: str, put: dict[str, str], lift: dict[str, str], act: Act
) -> None:
    user, one, two, three = await _three(site)
    await _press(site, one, path, {**put, "reason": "Spam"})
    assert await _held(one, two, three, site.member.me) == [True, True, True, False]
    entries = {entry.target_id: entry async for entry in AuditEntry.objects.filter(act=act)}
    assert set(entries) == {one.pk, two.pk, three.pk}
    assert entries[three.pk].domain_id == three.domain_id, "for the staff there"
    assert entries[three.pk].actor_id == site.moderator.user.pk
    assert "una@testserver" not in str(entries[three.pk].details), "whose login it is, is not for them"
    log = (await site.moderator.get("/admin/audit")).text
    assert log.count("with another identity of the login") == 2
    made = await create_identity(user=user, domain=site.domain, username="una4")
    assert await _held(made) == [True]
    await _press(site, one, path, lift)
    assert await _held(one, two, three, made) == [False] * 4
    assert await AuditEntry.objects.filter(act=act, target_id=three.pk).acount() == 2


@pytest.mark.parametrize(("path", "put", "lift", "act"), [LIMIT, COVER], ids=["limit", "cover"])
async def test_lifting_it_takes_back_only_what_it_did(
    site: Site, path: str, put: dict[str, str], lift: dict[str, str], act: Act
) -> None:
    _, one, two, three = await _three(site)
    await _press(site, two, path, put)
    await _press(site, two, path, lift)
    await _press(site, one, path, put)
    await _press(site, two, path, lift)
    assert await _held(one, two, three) == [True, False, True], "freed by name, and only that one"
    await _press(site, two, path, put)
    await _press(site, one, path, lift)
    assert await _held(one, two, three) == [False, True, True], "the second one's holds for the third now"
    await _press(site, two, path, lift)
    assert await _held(one, two, three) == [False, False, False]


async def test_a_suspended_one_and_what_others_share_are_left_alone(site: Site) -> None:
    user, one, two, three = await _three(site)
    await _press(site, two, "restrict", {"restriction": "suspended"})
    shared = await make_person(site.domain, "club", await make_user("club@example.org"))
    await IdentityAccess.objects.acreate(user=user, identity=shared, label="Una")
    staffed = await make_person(site.domain, "team", user)
    boss = await make_user("boss@example.org", MODERATOR)
    await IdentityAccess.objects.acreate(user=boss, identity=staffed)
    await _press(site, one, "restrict", {"restriction": "limited"})
    assert [(await fresh(who)).restriction for who in (one, two, three, shared, staffed)] == [1, 2, 1, 0, 0]
    await _press(site, one, "restrict", {"restriction": "none"})
    assert [(await fresh(who)).restriction for who in (one, two, three)] == [0, 2, 0]
