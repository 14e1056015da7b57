"""A sign-up that moves to another address while it is confirmed: what was sent to the first address proves nothing about the second."""

import re
from typing import Any

import pytest

from core.db import async_atomic
from core.errors import BadInput
from tests.support.post_office import PostOffice, text_of
from tests.users.support import make_domain
from users.domains import services as domains
from users.domains.models import Domain, SignUpMode
from users.identities.models import Identity
from users.logins.models import SignUp, User
from users.logins.services import admission, confirmation, logins, sign_up

pytestmark = [pytest.mark.anyio, pytest.mark.slow]
FIRST, VICTIM = "attacker@example.org", "victim@example.org"
PASSWORD, ANOTHER = "correct horse battery", "another good password"


@pytest.fixture
async def domain(db: None) -> Domain:
    return await make_domain("example.com", sign_up_mode=SignUpMode.open)


async def _sign_up(domain: Domain, name: str = "planted", email: str = FIRST) -> User:
    user = await sign_up.make_login(domain=domain, email=email, password=PASSWORD, username=name)
    assert user is not None
    return user


async def _link(post: PostOffice, about: str) -> str:
    found = re.search(rf"/{about}/(\S+)", "\n".join(map(text_of, await post.arrived())))
    assert found
    return found[1]


def _moves_before(
    monkeypatch: pytest.MonkeyPatch, module: Any, name: str, user: User, domain: Domain
) -> None:
    """Let the sign-up ask for the mail at another address just before this step."""
    step = getattr(module, name)

    async def moved(*args: Any, **named: Any) -> Any:
        monkeypatch.setattr(module, name, step)
        await sign_up.confirm_again(user=await User.objects.aget(pk=user.pk), domain=domain, email=VICTIM)
        return await step(*args, **named)

    monkeypatch.setattr(module, name, moved)


@pytest.mark.parametrize(
    ("module", "step"), [(logins, "hash_password"), (admission, "key_pair_for"), (admission, "lock_login")]
)
async def test_a_reset_link_confirms_only_the_address_that_it_was_sent_to(
    domain: Domain, post: PostOffice, monkeypatch: pytest.MonkeyPatch, module: Any, step: str
) -> None:
    user = await _sign_up(domain)
    owner = await _sign_up(domain, "victor", VICTIM)
    await logins.request_reset(email=FIRST, domain=domain, address="10.0.0.1")
    token = await _link(post, "password/reset")
    _moves_before(monkeypatch, module, step, user, domain)
    with pytest.raises(BadInput):
        await logins.reset_password(token=token, password=ANOTHER, address="10.0.0.1")
    assert not await Identity.objects.aexists()
    assert {pk async for pk in User.objects.values_list("pk", flat=True)} == {user.pk, owner.pk}
    assert not await User.objects.filter(confirmed_at__isnull=False).aexists()


@pytest.mark.parametrize("way", ["password", "browser", "new password"])
@pytest.mark.parametrize("step", ["key_pair_for", "lock_login"])
async def test_a_link_confirms_only_the_address_that_it_was_sent_to(
    domain: Domain, post: PostOffice, monkeypatch: pytest.MonkeyPatch, way: str, step: str
) -> None:
    user = await _sign_up(domain)
    owner = await _sign_up(domain, "victor", VICTIM)
    (text,) = [text for text in map(text_of, await post.arrived()) if "@planted@" in text]
    token = re.search(r"/confirm/(\S+)", text)[1]  # type: ignore[index]
    mark = confirmation.browser_token(user)
    _moves_before(monkeypatch, confirmation, step, user, domain)
    if way == "password":
        opened = confirmation.confirm(token=token, password=PASSWORD, address="10.0.0.1")
    elif way == "browser":
        opened = confirmation.confirm_in_browser(token=token, mark=mark, address="10.0.0.1")
    else:
        opened = confirmation.confirm_with_new_password(token=token, password=ANOTHER, address="10.0.0.1")
    with pytest.raises(BadInput):
        await opened
    assert not await Identity.objects.aexists()
    assert {pk async for pk in User.objects.values_list("pk", flat=True)} == {user.pk, owner.pk}
    assert not await User.objects.filter(confirmed_at__isnull=False).aexists()


@pytest.mark.parametrize("step", ["key_pair_for", "lock_login", "admit"])
async def test_a_link_whose_sign_up_ends_meanwhile_is_no_longer_valid(
    domain: Domain, post: PostOffice, monkeypatch: pytest.MonkeyPatch, step: str
) -> None:
    """Another sign-up of the address was confirmed at the same moment. That nothing is found would say something else."""
    user = await _sign_up(domain)
    link = await _link(post, "confirm")
    other = await _sign_up(domain, "other")
    run = getattr(confirmation, step)

    async def ended(*args: Any, **named: Any) -> Any:
        monkeypatch.setattr(confirmation, step, run)
        async with async_atomic():
            await admission.admit(user_id=other.pk, pair=None, is_confirmed=True)
        return await run(*args, **named)

    monkeypatch.setattr(confirmation, step, ended)
    with pytest.raises(BadInput):
        await confirmation.confirm(token=link, password=PASSWORD, address="10.0.0.1")
    assert not await User.objects.filter(pk=user.pk, confirmed_at__isnull=False).aexists()


async def test_a_name_that_moderators_look_at_stays(domain: Domain, post: PostOffice) -> None:
    """A reset of a sign-up that is confirmed and waits for approval sets a password and nothing else."""
    domain = await domains.edit_domain(domain=domain, sign_up_mode=SignUpMode.approval)
    user = await _sign_up(domain, "me")
    await confirmation.confirm(token=await _link(post, "confirm"), password=PASSWORD, address="10.0.0.1")
    await logins.request_reset(email=FIRST, domain=domain, address="10.0.0.1")
    token = await _link(post, "password/reset")
    await logins.reset_password(token=token, password=ANOTHER, address="10.0.0.1", username="other")
    assert (await SignUp.objects.aget(user=user.pk)).username == "me"
