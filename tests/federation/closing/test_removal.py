"""A domain is removed: its people are told, other servers get Deletes, nothing of it stays but its name, and others lose nothing."""

import datetime as dt

import pytest
from django.db.models import F

from activities.media.models import Attachment
from activities.posts.models import Post
from activities.reviews.models import Review
from core import clock
from core.db import own_connection, sql
from core.errors import BadInput
from federation.models import Delivery, OutgoingActivity
from stator import StatefulModel
from stator.workers.worker import Worker
from tests.activities.people import follow, make_post
from tests.federation.conftest import running
from tests.support.waiting import wait_until
from tests.users.support import AP, give_role, make_domain, make_person, make_remote, make_user
from users.audit.models import Act, AuditEntry
from users.closing.services import keep_domain, remove_domain
from users.domains import options
from users.domains.models import Domain, DomainText, Level, Option, SignUpMode
from users.domains.queries import clear_domain_cache
from users.domains.services import create_domain, publish_text
from users.emojis.models import Emoji
from users.identities.models import Identity
from users.logins.models import DomainAccess, IdentityAccess, Invitation, Mail, SignUp, User
from users.roles.models import MODERATOR, RoleGrant
from users.statistics.models import DomainStats

pytestmark = pytest.mark.anyio

RED = "red.test"


async def _state() -> str:
    async with own_connection():
        return (await Domain.objects.aget(name=RED)).state


async def _until(state: str, *queues: type[StatefulModel]) -> None:
    """Let the worker work, without its pauses between steps."""

    async def is_so() -> bool:
        async with own_connection():
            await sql.run(
                "UPDATE users_domain SET state_due_at = now() WHERE state IN ('closing', 'emptying')"
            )
        return await _state() == state

    async with running(Worker(queues or None, with_jobs=False, poll_s=0.2, drain_s=1)):
        await wait_until(is_so)


async def _red() -> tuple[Domain, Identity, User]:
    """A domain with a person, whose login has nothing else, and one of everything else that a domain has."""
    red = await make_domain(RED, sign_up_mode=SignUpMode.open)
    user = await make_user("rita@example.org")
    rita = await make_person(red, "rita", user)
    await DomainAccess.objects.acreate(user=user, domain=red)
    post = await make_post(rita, content="<p>Red</p>")
    await Attachment.objects.acreate(author=rita, post=post, kind="image", url="https://red.test/media/a.png")
    await Emoji.objects.acreate(shortcode="rose", domain=red, file="rose.png", static_file="rose.png")
    await Invitation.objects.acreate(domain=red, expires_at=clock.now() + dt.timedelta(days=1))
    await publish_text(domain=red, kind="privacy_policy", content="<p>We keep little.</p>")
    await options.set_value(options.LANGUAGE, "de", level=Level.domain, owner=red.pk)
    await Review.objects.acreate(kind="tag", target_id=1, domain_id=red.pk, is_trendable=True)
    numbers = dict.fromkeys(
        ("people", "posts", "active_month", "active_half_year", "logins_month", "peers"), 1
    )
    await DomainStats.objects.acreate(domain=red, counted_at=clock.now(), **numbers)
    asking = await make_user("sue@example.org", approved_at=None)
    await SignUp.objects.acreate(user=asking, domain=red, username="sue")
    return red, rita, user


async def test_its_people_are_told_and_it_can_be_kept(local):
    red, rita, user = await _red()
    second = await make_person(red, "second", user)
    await make_person(red, "bot")  # nobody's
    with pytest.raises(BadInput):
        await remove_domain(domain=red, typed="testserver")
    await remove_domain(domain=red, typed=" RED.test ")
    await _until("leaving", Domain)
    mails = [mail async for mail in Mail.objects.all()]
    assert [mail.recipient for mail in mails] == ["rita@example.org"], "each login once"
    assert mails[0].subject.startswith("red.test will close on ")
    assert f"{clock.now() + dt.timedelta(days=14):%Y}" in mails[0].subject
    assert "@rita@red.test" in mails[0].text
    assert "https://red.test/settings/move" in mails[0].text
    red = await Domain.objects.aget(pk=red.pk)
    assert red.sign_up_mode == SignUpMode.closed
    assert (await local.get("/about", headers={"Host": RED})).status_code == 200, "its people can still move"
    await keep_domain(domain=red)
    await _until("served")
    assert await Identity.objects.filter(pk__in=[rita.pk, second.pk], deleted_at=None).acount() == 2
    acts = [entry.act async for entry in AuditEntry.objects.filter(target_name=RED).order_by("id")]
    assert acts[1:] == [Act.remove_domain, Act.keep_domain]


async def test_after_two_weeks_nothing_but_the_name_is_left(local, peer):
    here = await Domain.objects.aget(name="testserver")
    red, rita, _user = await _red()
    both = await make_user("both@example.org")
    ben, ada = await make_person(red, "ben", both), await make_person(here, "ada", both)
    for place in (red, here):
        await DomainAccess.objects.acreate(user=both, domain=place)
    await give_role(both, MODERATOR, red)
    kept = await make_post(ada, content="<p>Kept</p>")
    await follow(await make_remote("ana", peer.host, shared_inbox_url=f"{peer.base_url}/inbox"), rita)
    await remove_domain(domain=red, typed=RED)
    await _until("leaving")
    two_weeks = dt.timedelta(days=14, minutes=1)
    await Domain.objects.filter(name=RED).aupdate(
        state_due_at=F("state_due_at") - two_weeks, state_changed_at=F("state_changed_at") - two_weeks
    )
    await _until("gone")

    async def are_told() -> bool:
        async with own_connection():
            return not await Delivery.objects.filter(status=0).aexists()

    async with running(Worker(with_jobs=False, poll_s=0.2, drain_s=1)):
        await wait_until(are_told)
    told = {request.json()["object"] for request in peer.inbox if request.json()["type"] == "Delete"}
    assert told == {rita.uri, ben.uri}
    posts = [(one.pk, one.content, one.state) async for one in Post.objects.order_by("-id")]
    assert posts[0][0] == kept.pk
    assert [rest for _, *rest in posts[1:]] == [["", "gone"]], "its address answers 410 for a month"
    assert [one.email async for one in User.objects.all()] == ["both@example.org"]
    assert [one.identity_id async for one in IdentityAccess.objects.all()] == [ada.pk]
    assert (await User.objects.aget()).rights == {}
    for model in (Attachment, Invitation, DomainText, SignUp, Option, Review, RoleGrant, DomainStats):
        assert not await model.objects.filter().aexists(), model
    assert not await Emoji.objects.filter(shortcode="rose").aexists()
    assert [one.domain_id async for one in DomainAccess.objects.all()] == [here.pk]
    people = Identity.objects.filter(domain=red.pk).order_by("id")
    assert [(one.handle, one.state, one.name) async for one in people] == [
        ("rita@red.test", "gone", ""),
        ("ben@red.test", "gone", ""),
    ]
    assert await AuditEntry.objects.filter(act=Act.erase_domain, target_name=RED).acount() == 1
    with pytest.raises(BadInput):
        await create_domain(name=RED)
    clear_domain_cache()  # which is some seconds old
    for path, headers in (
        ("/", {}),
        ("/about", {}),
        ("/api/v2/instance", {}),
        ("/sign-in", {}),
        ("/users/rita", AP),
    ):
        answer = await local.get(path, headers={"Host": RED, **headers})
        assert answer.status_code == 410, path
    assert (await local.post("/inbox", headers={"Host": RED}, content=b"{}")).status_code == 410
    assert (await local.get("/about")).status_code == 200


async def test_at_once_skips_the_two_weeks_and_can_not_be_taken_back(local):
    red, _rita, _user = await _red()
    await remove_domain(domain=red, typed=RED, at_once=True)
    with pytest.raises(Exception, match="can't be kept"):
        await keep_domain(domain=red)
    await _until("gone")
    assert not await Mail.objects.aexists()


async def test_the_last_domain_stays(local):
    here = await Domain.objects.aget(name="testserver")
    with pytest.raises(Exception, match="only domain"):
        await remove_domain(domain=here, typed="testserver")
    red = await make_domain(RED)
    await remove_domain(domain=red, typed=RED)
    with pytest.raises(Exception, match="only domain"):
        await remove_domain(domain=here, typed="testserver")


async def test_few_are_deleted_at_a_time(local):
    """Their Deletes must not hold up what others send."""
    red = await make_domain(RED)
    for number in range(60):
        await make_person(red, f"p{number}")
    await remove_domain(domain=red, typed=RED, at_once=True)
    async with running(Worker([Domain], with_jobs=False, poll_s=0.2, drain_s=1)):

        async def begun() -> bool:
            async with own_connection():
                await sql.run("UPDATE users_domain SET state_due_at = now() WHERE state = 'closing'")
                return await Identity.objects.filter(deleted_at__isnull=False).acount() >= 50

        await wait_until(begun)
        async with own_connection():
            await sql.run("UPDATE users_domain SET state_due_at = now()")
    assert await Identity.objects.filter(state="deleted").acount() == 50
    await _until("gone")
    assert await Identity.objects.filter(state="gone").acount() == 60
    assert not await OutgoingActivity.objects.exclude(activity_type="Delete").aexists()
