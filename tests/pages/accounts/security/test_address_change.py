"""Another e-mail address: asked for with the password, and confirmed in both mailboxes."""

import re

import pytest

from core.config import config
from tests.pages.conftest import Site, Visitor
from tests.support.post_office import PostOffice, text_of
from tests.users.hashes import encode
from tests.users.support import make_user
from users.audit.models import Act, AuditEntry
from users.identities.models import Identity, Restriction
from users.logins.models import Mail, Session, SignUp, User
from users.logins.services import logins

pytestmark = pytest.mark.anyio

PASSWORD, NEW = "correct horse battery", "new@example.org"
PATH = "/settings/security/address"
ASKED = {"email": NEW, "password": PASSWORD}


@pytest.fixture
async def member(site: Site) -> Visitor:
    await User.objects.filter(pk=site.member.user.pk).aupdate(password_hash=encode(PASSWORD))
    return site.member


async def _mails(post: PostOffice) -> list[tuple[str, str]]:
    return [(str(mail["To"]), text_of(mail)) for mail in await post.arrived()]


def _link(text: str) -> str:
    found = re.search(r"https://testserver(/change-address/\S+)", text)
    assert found, text
    return found[1]


async def _address(who: Visitor) -> str:
    return (await User.objects.aget(pk=who.user.pk)).email


async def _ask_and_confirm_old(site: Site, member: Visitor, post: PostOffice) -> str:
    assert (await member.post(PATH, ASKED)).status_code == 303
    first = _link((await _mails(post))[-1][1])
    assert (await site.nobody.get(first)).status_code == 200
    assert (await site.nobody.post(first)).status_code == 303
    return first


async def test_an_address_changes_when_both_mailboxes_said_yes(
    site: Site, member: Visitor, post: PostOffice
) -> None:
    old = member.user.email
    sessions = await Session.objects.filter(user=member.user.pk).acount()
    assert PATH in (await member.get("/settings/security")).text
    assert old in (await member.get(PATH)).text
    done = await member.post(PATH, ASKED)
    assert (done.status_code, done.headers["location"]) == (303, "/settings/security")
    assert f"just sent to {old}" in (await member.get("/settings/security")).text
    ((to, text),) = await _mails(post)
    assert (to, NEW in text, "@mia@testserver" in text) == (old, True, True)
    first = _link(text)

    shown = await site.nobody.get(first)
    assert old in shown.text
    assert NEW in shown.text
    assert len(await _mails(post)) == 1, "a mail scanner looked at it"
    assert (await site.nobody.post(first)).status_code == 303
    assert await _address(member) == old
    to, text = (await _mails(post))[-1]
    assert to == NEW
    second = _link(text)
    assert (await site.nobody.get(second)).status_code == 200
    assert await _address(member) == old
    done = await member.post(second)
    assert (done.status_code, done.headers["location"]) == (303, "/settings/security")
    assert await _address(member) == NEW
    told = {to for to, text in await _mails(post) if "instead of" in text and "/change-address/" not in text}
    assert told == {NEW, old}
    assert await Session.objects.filter(user=member.user.pk).acount() == sessions
    assert (await member.get("/home")).status_code == 200
    for used in (first, second):
        assert (await site.nobody.get(used)).status_code == 422
        assert (await site.nobody.post(used)).status_code == 422
    await logins.authenticate(email=NEW, password=PASSWORD, address="127.0.0.1")


@pytest.mark.parametrize(
    ("changed", "words"),
    [
        ({"password": "wrong horse"}, "The password is wrong"),
        ({"password": ""}, "required"),
        ({"email": "nobody"}, "not an e-mail address"),
        ({"email": ""}, "required"),
        ({"email": "a@example.org\nBcc: all@example.org"}, "not an e-mail address"),
        ({"email": "MIA@Example.Org "}, "already has this address"),
    ],
)
async def test_what_is_wrong_stands_at_its_field_and_mails_nobody(
    site: Site, member: Visitor, changed: dict[str, str], words: str
) -> None:
    await User.objects.filter(pk=member.user.pk).aupdate(email="mia@example.org")
    refused = await member.post(PATH, ASKED | changed)
    assert refused.status_code == 422
    assert words in refused.text
    assert not await Mail.objects.aexists()


async def test_a_new_password_ends_the_links(site: Site, member: Visitor, post: PostOffice) -> None:
    """Whoever stole the password asked for the change, and the owner reads the mail."""
    first = await _ask_and_confirm_old(site, member, post)
    second = _link((await _mails(post))[-1][1])
    await logins.set_password(user=member.user, password="another horse battery")
    for link in (first, second):
        assert (await site.nobody.post(link)).status_code == 422
    assert await _address(member) != NEW


async def test_forged_links_and_those_of_other_mails_do_nothing(
    site: Site, member: Visitor, post: PostOffice
) -> None:
    assert (await member.post(PATH, ASKED)).status_code == 303
    first = _link((await _mails(post))[-1][1])
    await logins.request_reset(email=member.user.email, domain=site.domain, address="127.0.0.1")
    reset = (await _mails(post))[-1][1]
    found = re.search(r"/password/reset/(\S+)", reset)
    assert found
    for token in (
        first[:-1] + ("A" if first[-1] != "A" else "B"),
        f"/change-address/{found[1]}",
        "/change-address/x",
    ):
        assert (await site.nobody.get(token)).status_code == 422, token
        assert (await site.nobody.post(token)).status_code == 422, token
    assert await _address(member) != NEW


async def test_nobody_learns_who_has_a_login(site: Site, member: Visitor, post: PostOffice) -> None:
    """The owner of the other login is told, and whoever asked sees what they would see for any address."""
    await make_user(NEW)
    first = await _ask_and_confirm_old(site, member, post)
    to, text = (await _mails(post))[-1]
    assert to == NEW
    assert "/change-address/" not in text
    assert f"just sent to {NEW}" in (await site.nobody.get("/sign-in")).text
    assert (await site.nobody.post(first)).status_code == 303


async def test_a_stranger_gets_few_mails(site: Site, member: Visitor, post: PostOffice) -> None:
    first = await _ask_and_confirm_old(site, member, post)
    for _ in range(9):
        assert (await site.nobody.post(first)).status_code == 303
    assert len([to for to, _ in await _mails(post) if to == NEW]) <= 6


async def test_who_gets_the_address_meanwhile_keeps_it(site: Site, member: Visitor, post: PostOffice) -> None:
    await _ask_and_confirm_old(site, member, post)
    second = _link((await _mails(post))[-1][1])
    other = await make_user(NEW)
    refused = await site.nobody.post(second)
    assert refused.status_code == 422
    assert await _address(member) != NEW
    assert (await User.objects.aget(pk=other.pk)).email == NEW


async def test_a_sign_up_that_nobody_confirmed_does_not_hold_the_address(
    site: Site, member: Visitor, post: PostOffice
) -> None:
    await _ask_and_confirm_old(site, member, post)
    second = _link((await _mails(post))[-1][1])
    planted = await User.objects.acreate(email=NEW, password_hash=encode("planted by somebody"))
    await SignUp.objects.acreate(user=planted, domain=site.domain, username="planted")
    assert (await site.nobody.post(second)).status_code == 303
    assert await _address(member) == NEW
    assert not await User.objects.filter(pk=planted.pk).aexists()


@pytest.mark.parametrize("state", ["restricted", "suspended", "disabled"])
async def test_who_is_suspended_does_not_free_the_address(
    site: Site, member: Visitor, post: PostOffice, state: str
) -> None:
    """They would sign up with the old one and go on. A link from before counts no more for a login that is disabled."""
    first = await _ask_and_confirm_old(site, member, post)
    if state == "suspended":
        await Identity.objects.filter(pk=member.me.pk).aupdate(restriction=Restriction.suspended)
    else:
        await User.objects.filter(pk=member.user.pk).aupdate(**{f"is_{state}": True})
    second = _link((await _mails(post))[-1][1])
    for link in (first, second):
        assert (await site.nobody.post(link)).status_code in {403, 422}
    assert (await member.post(PATH, ASKED)).status_code == (303 if state == "disabled" else 422)
    assert len(await _mails(post)) == 2, "nothing more was mailed"
    assert await _address(member) != NEW


async def test_where_no_mails_are_sent_the_change_is_made_at_once(
    site: Site, member: Visitor, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(config(), "confirm_email", False)
    assert (await member.post(PATH, ASKED)).status_code == 303
    assert await _address(member) == NEW
    taken = await make_user("taken@example.org")
    refused = await member.post(PATH, ASKED | {"email": taken.email})
    assert refused.status_code == 422
    assert "already a login" in refused.text


async def test_staff_change_the_address_of_a_lost_mailbox(
    site: Site, member: Visitor, post: PostOffice
) -> None:
    path = f"/admin/logins/{member.user.pk}/address"
    person = f"/admin/people/{member.me.pk}"
    assert path in (await site.admin.get(person)).text
    assert path not in (await site.moderator.get(person)).text
    assert (await site.moderator.post(path, {"email": NEW})).status_code == 404
    await make_user("taken@example.org")
    for wrong in ("", "nobody", "mia@example.org", "taken@example.org", "a@example.org\nBcc: b@example.org"):
        assert (await site.admin.post(path, {"email": wrong})).status_code == 303
    own = f"/admin/logins/{site.admin.user.pk}/address"
    assert (await site.admin.post(own, {"email": NEW})).status_code == 403
    assert await _mails(post) == []
    assert (await site.admin.post(path, {"email": NEW})).status_code == 303
    ((to, text),) = await _mails(post)
    assert (to, await _address(member)) == (NEW, "mia@example.org"), "the new mailbox has to confirm it"
    assert (await site.nobody.post(_link(text))).status_code == 303
    assert await _address(member) == NEW
    told = {to for to, text in await _mails(post) if "instead of" in text and "/change-address/" not in text}
    assert told == {NEW, "mia@example.org"}
    entry = await AuditEntry.objects.aget(act=Act.change_address, refusal="")
    assert (entry.actor_id, entry.target_id) == (site.admin.user.pk, member.user.pk)
