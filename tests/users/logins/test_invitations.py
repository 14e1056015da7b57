"""Invitations: whom they let in, for how long, and what takes them back."""

import datetime as dt
from contextlib import nullcontext
from typing import Any
from urllib.parse import parse_qs

import pytest
from django.core import signing

from core import clock
from core.errors import BadInput, NotAllowed, NotFound
from tests.users.support import make_domain, make_user
from users.domains.models import SignUpMode
from users.logins import queries as reads
from users.logins.handlers import remove_expired_invitations
from users.logins.models import Invitation, User
from users.logins.services import invitations, sign_up
from users.logins.services.staff import OPERATOR
from users.roles.models import MODERATOR

pytestmark = pytest.mark.anyio
ASKED = {
    "email": "new@example.org",
    "password": "correct horse battery",
    "username": "newbie",
    "address": "10.0.0.1",
}


def _split(invitation: Invitation) -> tuple[str, str]:
    """Return what stands before the path of an invitation's link, and its token."""
    base, _, query = invitations.link_of(invitation).partition("/sign-up?")
    [token] = parse_qs(query)["invite"]
    return base, token


async def test_invitations_are_for_one_domain_and_some_days(db: None) -> None:
    domain = await make_domain("example.com", sign_up_mode=SignUpMode.invite)
    other = await make_domain("other.example", sign_up_mode=SignUpMode.invite)
    moderator = await make_user("m@example.org", MODERATOR)
    with pytest.raises(NotAllowed):
        await invitations.invite(domain=domain, moderator=await make_user("member@example.org"))
    made = await invitations.invite(domain=domain, moderator=moderator)
    base, invite = _split(made)
    assert base == "https://example.com"
    await sign_up.check_may_sign_up(domain=domain, invite=invite)
    for where, what in ((other, invite), (domain, invite + "x"), (domain, "x")):
        with pytest.raises(BadInput):
            await sign_up.check_may_sign_up(domain=where, invite=what)
    with pytest.raises(NotAllowed):
        await sign_up.check_may_sign_up(domain=domain)
    with clock.shifted(dt.timedelta(days=8)):
        with pytest.raises(BadInput):
            await sign_up.check_may_sign_up(domain=domain, invite=invite)
        assert await Invitation.objects.acount() == 1
        await remove_expired_invitations()
        assert not await Invitation.objects.aexists()


async def test_a_revoked_invitation_is_refused(db: None) -> None:
    domain = await make_domain("example.com", sign_up_mode=SignUpMode.invite)
    moderator = await make_user("m@example.org", MODERATOR)
    made = await invitations.invite(domain=domain, moderator=moderator)
    kept = await invitations.invite(domain=domain, moderator=moderator)
    token = _split(made)[1]
    assert await sign_up.sign_up(domain=domain, **ASKED, invite=token) is not None
    assert await sign_up.sign_up(domain=domain, **ASKED, invite=token) is not None, (
        "the button, pressed twice"
    )
    assert [(one.pk, one.sign_ups) for one in await reads.invitations(scope=None, limit=9)] == [
        (kept.pk, 0),
        (made.pk, 1),
    ]
    with pytest.raises(NotAllowed):
        await invitations.revoke(moderator=await make_user("x@example.org"), invitation_id=made.pk)
    await invitations.revoke(moderator=moderator, invitation_id=made.pk)
    with pytest.raises(NotFound):
        await invitations.revoke(moderator=moderator, invitation_id=made.pk)
    other = {**ASKED, "email": "other@example.org", "username": "other"}
    with pytest.raises(BadInput):
        await sign_up.sign_up(domain=domain, **other, invite=token)
    with pytest.raises(BadInput):  # it was revoked while the form was being sent
        await sign_up.make_login(
            domain=domain,
            email="o@example.org",
            password=ASKED["password"],
            username="o",
            invitation_id=made.pk,
        )
    assert not await reads.users_with_address("o@example.org").aexists()
    assert await sign_up.sign_up(domain=domain, **other, invite=_split(kept)[1]) is not None


@pytest.mark.parametrize(
    "change",
    [{"is_staff": False}, {"is_disabled": True}, {"is_restricted": True}],
    ids=lambda one: next(iter(one)),
)
async def test_an_invitation_counts_as_long_as_its_maker_may_invite(db: None, change: dict[str, Any]) -> None:
    domain = await make_domain("example.com", sign_up_mode=SignUpMode.invite)
    moderator = await make_user("m@example.org", MODERATOR)
    token = _split(await invitations.invite(domain=domain, moderator=moderator))[1]
    operators = _split(await invitations.invite(domain=domain, moderator=OPERATOR))[1]
    await User.objects.filter(pk=moderator.pk).aupdate(**change)
    with pytest.raises(BadInput):
        await sign_up.check_may_sign_up(domain=domain, invite=token)
    await sign_up.check_may_sign_up(domain=domain, invite=operators)
    assert [one.made_by for one in await reads.invitations(scope=None, limit=9)] == [None]


async def test_links_from_before_invitations_were_stored_end_by_their_age(db: None) -> None:
    domain = await make_domain("example.com", sign_up_mode=SignUpMode.invite)
    made_at = int(clock.now().timestamp())
    for given, lets_in in (
        ({"d": domain.pk, "t": made_at, "n": "abcdef01"}, True),
        ({"d": domain.pk + 1, "t": made_at, "n": "abcdef01"}, False),
        ({"d": domain.pk, "t": made_at - 8 * 86_400, "n": "abcdef01"}, False),
    ):
        old = signing.dumps(given, salt="users.invite")
        with nullcontext() if lets_in else pytest.raises(BadInput):
            await sign_up.check_may_sign_up(domain=domain, invite=old)
