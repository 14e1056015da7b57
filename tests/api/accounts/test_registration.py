"""Signing up from an app, as far as the domain lets people in, and confirming the address."""

import re
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest

from core.config import config
from tests.api.support.world import Speaker, World
from tests.support.post_office import PostOffice, text_of
from tests.users import support
from users.domains import options
from users.domains import services as domains
from users.domains.models import Domain, Level, SignUpMode
from users.domains.queries import clear_domain_cache
from users.logins.models import Invitation, User
from users.logins.services import confirmation, invitations, sign_up
from users.logins.services.staff import OPERATOR
from users.moderation.services import access_rules
from users.roles.models import MODERATOR

pytestmark = pytest.mark.anyio

NEW: dict[str, Any] = {
    "username": "newbie",
    "email": "new@example.org",
    "password": "correct horse battery",
    "agreement": "true",
    "locale": "en",
}
PATH = "/api/v1/accounts"


async def _mode(world: World, mode: SignUpMode) -> Domain:
    changed = await domains.edit_domain(domain=world.domain, sign_up_mode=mode)
    clear_domain_cache()
    return changed


async def _signed_up(world: World, **changed: Any) -> Speaker:
    token = await world.app.post(PATH, "Token", data={**NEW, **changed})
    return Speaker(world.http, token["access_token"], None)


async def test_without_mails_the_token_works_at_once(
    world: World, post: PostOffice, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(config(), "confirm_email", False)
    await _mode(world, SignUpMode.open)
    new = await _signed_up(world)
    assert (await new.get("/api/v1/accounts/verify_credentials"))["username"] == "newbie"
    assert await post.arrived() == []


@pytest.mark.slow
async def test_open_the_token_works_once_the_address_is_confirmed(world: World, post: PostOffice) -> None:
    await _mode(world, SignUpMode.open)
    new = await _signed_up(world)
    await new.refused(
        "GET",
        "/api/v1/accounts/verify_credentials",
        403,
        "Your login is missing a confirmed e-mail address",
    )
    assert await new.get("/api/v1/emails/check_confirmation") is False
    (mail,) = await post.arrived()
    assert mail["To"] == "new@example.org"
    found = re.search(r"/confirm/(\S+)", text_of(mail))
    assert found
    await confirmation.confirm(token=found[1], password=NEW["password"], address="192.0.2.1")
    assert await new.get("/api/v1/emails/check_confirmation") is True
    account = await new.get("/api/v1/accounts/verify_credentials", "CredentialAccount")
    assert account["username"] == "newbie"
    await new.refused(
        "POST",
        "/api/v1/emails/confirmations",
        403,
        "This method is only available while the e-mail is awaiting confirmation",
    )


@pytest.mark.slow
async def test_approval_wants_a_reason_and_waits_for_a_moderator(world: World) -> None:
    await _mode(world, SignUpMode.approval)
    answer = await world.app.refused("POST", PATH, 422, "Validation failed: Reason can't be blank", data=NEW)
    assert answer.json()["details"] == {"reason": [{"error": "ERR_BLANK", "description": "can't be blank"}]}
    new = await _signed_up(world, reason="I like trains")
    user = await User.objects.aget(email="new@example.org")
    assert user.sign_up_reason == "I like trains"
    await User.objects.filter(pk=user.pk).aupdate(confirmed_at=user.created_at)
    path = "/api/v1/accounts/verify_credentials"
    await new.refused("GET", path, 403, "Your login is currently pending approval")
    await sign_up.approve(moderator=await support.make_user("m@example.org", MODERATOR), user_id=user.pk)
    await new.get(path)


@pytest.mark.slow
async def test_an_invitation_lets_one_in_where_one_is_needed(world: World) -> None:
    domain = await _mode(world, SignUpMode.invite)
    await world.app.refused("POST", PATH, 403, "This action is not allowed", data=NEW)
    await world.app.refused(
        "POST", PATH, 403, "This action is not allowed", data={**NEW, "invite_code": "forged"}
    )
    moderator = await support.make_user("m@example.org", MODERATOR)
    made = await invitations.invite(domain=domain, moderator=moderator)
    [invite] = parse_qs(urlsplit(invitations.link_of(made)).query)["invite"]
    await _signed_up(world, invite_code=invite)
    assert (await Invitation.objects.aget()).sign_ups == 1


async def test_closed_registration_refuses(world: World) -> None:
    await world.app.refused("POST", PATH, 403, "This action is not allowed", data=NEW)
    assert await User.objects.acount() == 2


async def test_everything_that_is_wrong_is_named_at_once(world: World) -> None:
    await _mode(world, SignUpMode.open)
    answer = await world.app.refused(
        "POST",
        PATH,
        422,
        "Validation failed: Username must contain only letters, numbers and underscores, Password can't be blank,"
        " Agreement must be accepted",
        data={"username": "new bie", "email": "new@example.org", "password": "", "agreement": "false"},
    )
    assert {
        name: [one["error"] for one in problems] for name, problems in answer.json()["details"].items()
    } == {
        "username": ["ERR_INVALID"],
        "password": ["ERR_BLANK"],
        "agreement": ["ERR_ACCEPTED"],
    }


@pytest.mark.parametrize(
    ("field", "value", "code"),
    [
        ("username", "", "ERR_BLANK"),
        ("username", "x" * 31, "ERR_TOO_LONG"),
        ("username", "аda", "ERR_INVALID"),
        ("username", "admin", "ERR_RESERVED"),
        ("username", "ADA", "ERR_TAKEN"),
        ("email", "", "ERR_BLANK"),
        ("email", "nobody", "ERR_INVALID"),
        ("email", "Ada@Example.org", "ERR_TAKEN"),
        ("password", "short", "ERR_TOO_SHORT"),
        ("password", "x" * 300, "ERR_TOO_LONG"),
        ("password", "aaaaaaaaaa", "ERR_INVALID"),
        ("password", "PassWord123", "ERR_INVALID"),
    ],
)
async def test_each_mistake_has_its_code(world: World, field: str, value: str, code: str) -> None:
    await _mode(world, SignUpMode.open)
    answer = await world.app.refused("POST", PATH, 422, data={**NEW, field: value})
    assert [one["error"] for one in answer.json()["details"][field]] == [code]
    assert await User.objects.acount() == 2


async def test_only_an_app_that_registered_for_it_may_sign_people_up(world: World) -> None:
    await _mode(world, SignUpMode.open)
    await world.nobody.refused("POST", PATH, 401, "The access token is invalid", data=NEW)
    await world.ada.refused(
        "POST", PATH, 403, "This method requires an client credentials authentication", data=NEW
    )
    assert await User.objects.acount() == 2


async def test_sign_ups_have_a_limit_of_their_own(world: World) -> None:
    await _mode(world, SignUpMode.open)
    for _ in range(5):
        await world.app.refused("POST", PATH, 422, data={**NEW, "password": "short"})
    await world.app.refused("POST", PATH, 429, "Too many requests", data=NEW)


@pytest.mark.slow
async def test_the_mail_comes_again_at_another_address_and_only_for_the_app_that_made_the_login(
    world: World, post: PostOffice
) -> None:
    await _mode(world, SignUpMode.open)
    new = await _signed_up(world)
    path = "/api/v1/emails/confirmations"
    await new.post(path, "{}")
    await new.post(path, "{}", data={"email": "newer@example.org"})
    assert [mail["To"] for mail in await post.arrived()] == [
        "new@example.org",
        "new@example.org",
        "newer@example.org",
    ]
    await new.refused(
        "POST",
        path,
        422,
        "Validation failed: Email has already been taken",
        data={"email": "ADA@example.org"},
    )
    await new.refused("POST", path, 422, data={"email": "nobody"})
    assert await User.objects.filter(email="newer@example.org").aexists()
    await world.ada.refused(
        "POST",
        path,
        403,
        "This method is only available to the application the user originally signed-up with",
    )


async def test_rules_on_addresses_and_networks_count_for_apps(world: World) -> None:
    await _mode(world, SignUpMode.open)
    await access_rules.block_email_domain(moderator=OPERATOR, name="spam.example", domain=world.domain)
    await access_rules.block_email_domain(moderator=OPERATOR, name="odd.example", allows_with_approval=True)
    answer = await world.app.refused("POST", PATH, 422, data={**NEW, "email": "a@x.SPAM.example"})
    [problem] = answer.json()["details"]["email"]
    assert problem["error"] == "ERR_BLOCKED"
    assert not await User.objects.filter(email__endswith="spam.example").aexists()
    await _signed_up(world, email="a@odd.example")
    assert (await User.objects.aget(email="a@odd.example")).approved_at is None
    rule = await access_rules.add_ip_rule(
        moderator=OPERATOR, network="127.0.0.0/8", severity="sign_up_block", address=""
    )
    await world.app.refused("POST", PATH, 403, "This action is not allowed", data={**NEW, "username": "b"})
    await access_rules.change_ip_rule(
        moderator=OPERATOR, rule_id=rule.pk, severity="sign_up_requires_approval", address=""
    )
    await _signed_up(world, username="b", email="b@fine.example")
    assert (await User.objects.aget(email="b@fine.example")).approved_at is None


async def test_apps_learn_what_is_asked(world: World) -> None:
    async def said() -> tuple[Any, ...]:
        shown = (await world.nobody.get("/api/v2/instance", "Instance"))["registrations"]
        return shown["reason_required"], shown["reason_question"], shown["min_age"], shown["message"]

    of_domain: dict[str, Any] = {"level": Level.domain, "owner": world.domain.pk}
    await options.set_value(options.SIGN_UP_QUESTION, "Which bird do you like?", **of_domain)
    await options.set_value(options.MINIMUM_AGE, 16, **of_domain)
    await _mode(world, SignUpMode.open)
    assert await said() == (False, None, 16, None), "nobody reads an answer"
    await _mode(world, SignUpMode.approval)
    assert await said() == (True, "Which bird do you like?", 16, None)
    for mode, words in ((SignUpMode.invite, "an invitation"), (SignUpMode.closed, "at the moment")):
        await _mode(world, mode)
        *_, message = await said()
        assert words in message


async def test_both_are_asked_and_the_answer_stands_with_its_question(world: World, post: PostOffice) -> None:
    of_domain: dict[str, Any] = {"level": Level.domain, "owner": world.domain.pk}
    await options.set_value(options.SIGN_UP_QUESTION, "Which bird do you like?", **of_domain)
    await options.set_value(options.MINIMUM_AGE, 16, **of_domain)
    await _mode(world, SignUpMode.approval)
    answer = await world.app.ask("POST", PATH, data=NEW)
    assert answer.status_code == 422
    assert set(answer.json()["details"]) == {"reason", "date_of_birth"}
    young = {"reason": "The takahē", "date_of_birth": "2999-01-01"}
    refused = await world.app.ask("POST", PATH, data={**NEW, **young})
    assert set(refused.json()["details"]) == {"date_of_birth"}
    assert not await User.objects.filter(email="new@example.org").aexists()
    await _signed_up(world, reason="The takahē", date_of_birth="1990-02-28")
    user = await User.objects.aget(email="new@example.org")
    assert (user.sign_up_question, user.sign_up_reason) == ("Which bird do you like?", "The takahē")
    assert "1990" not in str([getattr(user, one.attname) for one in User._meta.concrete_fields])


async def test_a_date_of_birth_is_asked_where_a_minimum_age_is_set(world: World, post: PostOffice) -> None:
    await _mode(world, SignUpMode.open)
    await options.set_value(options.MINIMUM_AGE, 16, level=Level.domain, owner=world.domain.pk)
    for date, code in (("", "ERR_BLANK"), ("1.1.1990", "ERR_INVALID"), ("2999-01-01", "ERR_BELOW_LIMIT")):
        answer = await world.app.ask("POST", PATH, data={**NEW, "date_of_birth": date})
        assert answer.status_code == 422
        assert [one["error"] for one in answer.json()["details"]["date_of_birth"]] == [code]
    await _signed_up(world, date_of_birth="1990-02-28")
