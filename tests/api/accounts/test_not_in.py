"""Pending sign-ups appear nowhere: in no page, document, search, list or count. Once admitted they do."""

import re
from typing import Any

import pytest

from tests.api.support.world import World
from tests.support.memory import forget_everything
from tests.support.post_office import PostOffice
from tests.users import support
from users.domains import services as domains
from users.domains.models import SignUpMode
from users.identities.models import Identity
from users.logins.models import User
from users.logins.services import confirmation, sign_up
from users.roles.models import MODERATOR

pytestmark = [pytest.mark.anyio, pytest.mark.slow]
_AP = {"Accept": "application/activity+json"}
_PLACES = (
    ("/@newbie", {}),
    ("/@newbie", _AP),
    ("/users/newbie", _AP),
    ("/users/newbie/outbox", _AP),
    ("/users/newbie/followers", _AP),
    ("/.well-known/webfinger?resource=acct:newbie@testserver", {}),
    ("/api/v1/accounts/lookup?acct=newbie", {}),
)


async def _places(world: World) -> set[int]:
    return {(await world.http.get(path, headers=headers)).status_code for path, headers in _PLACES}


async def _numbers(world: World) -> tuple[Any, ...]:
    """How many people the server says it has, wherever it says so."""
    forget_everything()
    nodeinfo = (await world.http.get("/nodeinfo/2.1")).json()
    instance = await world.nobody.get("/api/v1/instance")
    activity = await world.nobody.get("/api/v1/instance/activity")
    return (
        nodeinfo["usage"]["users"]["total"],
        instance["stats"]["user_count"],
        int(activity[0]["registrations"]),
    )


async def _found(world: World) -> set[str]:
    """Where people find them: search, the directory, suggestions, and the mention in a post."""
    found = set()
    for name, path in (
        ("search", "/api/v2/search?q=newbie&type=accounts&resolve=true"),
        ("handle", "/api/v2/search?q=@newbie@testserver&type=accounts&resolve=true"),
        ("accounts", "/api/v1/accounts/search?q=newb"),
        ("directory", "/api/v1/directory?local=true&order=new"),
        ("suggestions", "/api/v2/suggestions"),
    ):
        if "newbie" in str(await world.ada.get(path)):
            found.add(name)
    post = await world.ada.post("/api/v1/statuses", data={"status": "hello @newbie and @newbie@testserver"})
    if post["mentions"]:
        found.add("mention")
    return found


@pytest.mark.parametrize("mode", [SignUpMode.open, SignUpMode.approval])
async def test_unapproved_people_are_invisible_everywhere(
    world: World, post: PostOffice, mode: SignUpMode
) -> None:
    await domains.edit_domain(domain=world.domain, sign_up_mode=mode)
    before = await _numbers(world)
    new = await sign_up.make_login(
        domain=world.domain, email="new@example.org", password="correct horse battery", username="newbie"
    )
    assert new is not None
    moderator = await support.make_user("m@example.org", MODERATOR)

    async def is_nowhere() -> None:
        assert await _places(world) == {404}
        assert await _found(world) == set()
        assert await _numbers(world) == before
        assert not await Identity.objects.filter(username="newbie").aexists()

    await is_nowhere()
    if mode == SignUpMode.approval:
        await sign_up.approve(moderator=moderator, user_id=new.pk)
        await is_nowhere()
    link = re.search(r"(/confirm/\S+)", await post.last_text())
    assert link
    asked = await world.http.get(link[1])
    assert "@newbie@testserver" in asked.text
    await confirmation.confirm(
        token=link[1].removeprefix("/confirm/"), password="correct horse battery", address="192.0.2.1"
    )
    assert (await User.objects.aget(pk=new.pk)).is_admitted
    assert await _places(world) == {200}
    assert await _found(world) >= {"search", "handle", "accounts", "mention"}
    assert await _numbers(world) == tuple(number + 1 for number in before)


async def test_a_token_of_a_sign_up_that_was_replaced_is_worth_nothing(
    world: World, post: PostOffice
) -> None:
    """An attacker's app keeps no way into the login that the address's owner makes and confirms."""
    await domains.edit_domain(domain=world.domain, sign_up_mode=SignUpMode.open)
    new = {"email": "new@example.org", "password": "correct horse battery", "agreement": "true"}
    planted = await world.app.post("/api/v1/accounts", data={**new, "username": "planted"})
    owned = await world.app.post(
        "/api/v1/accounts", data={**new, "username": "owned", "password": "only the owner knows"}
    )
    link = re.search(r"/confirm/(\S+)", await post.last_text())
    assert link
    await confirmation.confirm(token=link[1], password="only the owner knows", address="192.0.2.1")

    async def status(token: str) -> int:
        headers = {"Authorization": f"Bearer {token}"}
        return (await world.http.get("/api/v1/accounts/verify_credentials", headers=headers)).status_code

    assert (await status(planted["access_token"]), await status(owned["access_token"])) == (401, 200)
