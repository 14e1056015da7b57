"""Rules of staff on incoming posts, through the signed inbox: what is held, and what becomes of it."""

import asyncio
from typing import Any

import httpx
import pytest

from activities.notifications.models import Notification
from activities.posts.models import Post
from activities.posts.queries.visibility import may_see
from activities.publishing.services.sheltering import drop_posts, release_posts
from activities.shelter.models import ShelteredPost, ShelterRule
from activities.shelter.services.rules import add_rule, change_rule, remove_rule
from activities.timelines.models import HomeEntry
from core import clock
from core.db import sql
from core.errors import Invalid, NotAllowed, NotFound
from stator.workers.worker import Worker
from tests.activities.people import follow, make_post
from tests.federation.approvals.asking import PUBLIC, ended
from tests.federation.conftest import running
from tests.support.peers import Actor, MastodonPeer
from tests.support.waiting import wait_until
from tests.users.support import give_role, make_user
from users.audit.models import AuditEntry
from users.identities.models import Identity, Restriction
from users.logins.models import Mail, User
from users.logins.services.staff import OPERATOR
from users.moderation.models import Report
from users.moderation.services.people import restrict
from users.roles.models import MODERATOR

pytestmark = [pytest.mark.anyio, pytest.mark.usefixtures("worker")]

_RESTING = "SELECT count(*) = 0 FROM activities_post WHERE state IN ('early', 'new', 'edited', 'deleted')"


async def published() -> None:
    """Let a worker publish the posts that there are."""
    async with running(Worker([Post], with_jobs=False, poll_s=0.5, drain_s=1)):
        await wait_until(lambda: sql.value(_RESTING))


async def rule(**values: Any) -> ShelterRule:
    return await add_rule(
        **({"moderator": OPERATOR, "name": "Spam", "action": "hold", "mode": "active"} | values)
    )


class Storm:
    """Ana, who writes to ada from another server."""

    def __init__(self, local: httpx.AsyncClient, peer: MastodonPeer, ana: Actor, ada: Identity) -> None:
        self.local, self.peer, self.ana, self.ada = local, peer, ana, ada
        self.count = 0

    def note(self, content: str, *, mentions: bool = True, **more: Any) -> dict[str, Any]:
        tag = {"type": "Mention", "href": self.ada.uri, "name": f"@{self.ada.username}@{self.ada.host}"}
        return self.peer.note(
            self.ana,
            f"<p>{content}</p>",
            tag=[tag] if mentions else [],
            cc=[self.ada.uri] if mentions else [],
            **more,
        )

    async def sends(self, note: dict[str, Any], kind: str = "Create") -> Post | None:
        self.count += 1
        activity = self.peer.activity(self.ana, kind, note, to=[PUBLIC])
        message = await ended(self.local, self.peer, self.ana, activity, self.count)
        assert message.state in {"handled", "skipped"}, message.state_error
        return await Post.objects.select_related("author").filter(uri=note["id"]).afirst()

    async def told(self, post: Post) -> tuple[int, int]:
        """How often ada was notified of the post, and has it at home."""
        await published()
        return (
            await Notification.objects.filter(identity=self.ada, post=post).acount(),
            await HomeEntry.objects.filter(identity=self.ada, post=post).acount(),
        )


@pytest.fixture
async def storm(
    local: httpx.AsyncClient, peer: MastodonPeer, known: Actor, ada: Identity, her: Identity
) -> Storm:
    return Storm(local, peer, known, ada)


async def test_a_held_post_is_hidden_and_comes_as_it_would_have(storm: Storm, her: Identity) -> None:
    await follow(storm.ada, her)
    made = await rule(phrases=["cheap pills"])
    post = await storm.sends(storm.note("Cheap  PILLS here"))
    other = await storm.sends(storm.note("cheap and pills"))
    assert post is not None
    assert other is not None
    assert post.state == "sheltered"
    assert other.state == "new"
    assert not await may_see(storm.ada, post.pk)
    assert not await may_see(None, post.pk)
    assert await storm.told(post) == (0, 0)
    assert await storm.told(other) == (1, 1)
    row = await ShelterRule.objects.aget(pk=made.pk)
    assert row.matches == 1
    assert [one["uri"] for one in row.examples] == [post.uri]

    assert await release_posts(moderator=OPERATOR, post_ids=[post.pk]) == 1
    assert await storm.told(post) == (1, 1)
    assert await may_see(storm.ada, post.pk)
    assert not await ShelteredPost.objects.aexists()
    with pytest.raises(NotFound):
        await release_posts(moderator=OPERATOR, post_ids=[post.pk])


async def test_the_author_is_limited_once_and_never_freed_a_little(storm: Storm, her: Identity) -> None:
    await rule(action="limit", phrases=["cheap pills"], name="Pills")
    for count in range(2):
        assert await storm.sends(storm.note(f"Cheap pills {count}")) is not None
    her = await Identity.objects.aget(pk=her.pk)
    assert her.restriction == Restriction.limited
    entries = [entry async for entry in AuditEntry.objects.filter(act="restrict_person")]
    assert [(one.actor_id, one.target_id, one.reason) for one in entries] == [(None, her.pk, "Pills")]

    await restrict(moderator=OPERATOR, identity_id=her.pk, restriction=Restriction.none)
    await change_rule(
        moderator=OPERATOR,
        rule_id=(await ShelterRule.objects.aget()).pk,
        name="Pills",
        action="limit",
        mode="trial",
        phrases=["cheap pills"],
    )
    await storm.sends(storm.note("Cheap pills on trial"))
    assert (await Identity.objects.aget(pk=her.pk)).restriction == Restriction.none


async def test_the_author_of_the_parent_does_not_see_a_held_reply(storm: Storm) -> None:
    mine = await make_post(storm.ada)
    await rule(link_hosts=["bad.example"])
    note = storm.note('<a href="https://www.bad.example/x">x</a>', inReplyTo=mine.uri)
    post = await storm.sends(note)
    assert post is not None
    assert post.state == "sheltered"
    assert not await may_see(storm.ada, post.pk)
    assert (await Post.objects.aget(pk=mine.pk)).replies_count == 0
    await release_posts(moderator=OPERATOR, post_ids=[post.pk])
    assert (await Post.objects.aget(pk=mine.pk)).replies_count == 1
    assert await may_see(storm.ada, post.pk)


async def test_a_reply_that_needs_approval_waits_for_it_after_its_release(storm: Storm) -> None:
    mine = await make_post(storm.ada, reply_policy=16)
    await rule(phrases=["pills"])
    post = await storm.sends(storm.note("pills", inReplyTo=mine.uri))
    assert post is not None
    assert await storm.told(post) == (0, 0)
    await release_posts(moderator=OPERATOR, post_ids=[post.pk])
    assert (await Post.objects.aget(pk=post.pk)).state == "held"


async def test_a_dropped_post_leaves_only_its_address(storm: Storm, her: Identity) -> None:
    await follow(storm.ada, her)
    await rule(action="drop", hosts=["test"], phrases=["pills", "casino*"])
    post = await storm.sends(note := storm.note("casinos"))
    assert post is not None
    assert (post.content, post.state) == ("", "gone")
    assert not await may_see(storm.ada, post.pk)
    assert await storm.sends(note | {"content": "harmless"}, "Update") is not None
    assert (await Post.objects.aget(pk=post.pk)).state == "gone"
    assert await storm.told(post) == (0, 0)


async def test_marking_and_reporting(storm: Storm, her: Identity) -> None:
    await make_user("mo@example.org", MODERATOR)
    await give_role(await make_user("here@example.org"), MODERATOR, storm.ada.domain)
    await rule(action="mark", min_strangers=1)
    await rule(
        action="report", name="New and loud", min_mentions=1, known_less_than_h=24, younger_than_h=87600
    )
    for _ in range(2):
        post = await storm.sends(storm.note("hello"))
        assert post is not None
        assert post.is_sensitive
        assert post.state == "new"
    assert [report.comment async for report in Report.objects.filter(target=her)] == ["New and loud"]
    mails = Mail.objects.filter(staff_about="reports")
    assert [mail.recipient async for mail in mails] == ["mo@example.org"], "staff of the whole server read it"
    await follow(storm.ada, her)
    friendly = await storm.sends(storm.note("hello"))
    assert friendly is not None
    assert not friendly.is_sensitive


async def test_an_edit_is_held_again_and_notifies_nobody_twice(storm: Storm, her: Identity) -> None:
    await follow(storm.ada, her)
    await rule(phrases=["pills"])
    post = await storm.sends(note := storm.note("harmless"))
    assert post is not None
    assert await storm.told(post) == (1, 1)
    later = clock.now().isoformat()
    edited = await storm.sends(note | {"content": "<p>pills</p>", "updated": later}, "Update")
    assert edited is not None
    assert edited.state == "sheltered"
    assert not await may_see(storm.ada, post.pk)
    await release_posts(moderator=OPERATOR, post_ids=[post.pk])
    assert await storm.told(post) == (1, 1)
    assert await may_see(storm.ada, post.pk)


async def test_a_held_post_is_deleted_by_its_author_or_by_staff(storm: Storm) -> None:
    await rule(phrases=["pills"])
    first, second = await storm.sends(note := storm.note("pills")), await storm.sends(storm.note("pills"))
    assert first is not None
    assert second is not None
    await storm.sends({"id": note["id"], "type": "Tombstone"}, "Delete")
    assert await drop_posts(moderator=OPERATOR, post_ids=[first.pk, second.pk]) == 2
    await published()
    assert {post.state async for post in Post.objects.filter(pk__in=[first.pk, second.pk])} == {"gone"}


async def test_a_trial_only_counts_and_a_rule_that_is_off_does_nothing(storm: Storm) -> None:
    trial = await rule(mode="trial", action="drop", phrases=["pills"])
    post = await storm.sends(storm.note("pills"))
    assert post is not None
    assert post.state == "new"
    assert (await ShelterRule.objects.aget(pk=trial.pk)).matches == 1
    await change_rule(
        moderator=OPERATOR, rule_id=trial.pk, name="Spam", action="drop", mode="off", phrases=["pills"]
    )
    assert await storm.sends(storm.note("pills")) is not None
    assert (await ShelterRule.objects.aget(pk=trial.pk)).matches == 1
    await remove_rule(moderator=OPERATOR, rule_id=trial.pk)


async def test_examples_are_few_and_say_nothing_of_private_posts(storm: Storm) -> None:
    made = await rule(mode="trial", phrases=["pills"])
    for _ in range(11):
        await storm.sends(storm.note("pills"))
    private = storm.note("pills") | {"to": [storm.ada.uri], "cc": []}
    assert await storm.sends(private) is not None
    row = await ShelterRule.objects.aget(pk=made.pk)
    assert row.matches == 12
    assert len(row.examples) == 10
    assert row.examples[0]["uri"] == ""


async def test_rules_are_for_staff_of_the_whole_server(storm: Storm) -> None:
    of_domain = await give_role(await make_user("dana@example.org"), MODERATOR, storm.ada.domain)
    made = await rule(phrases=["pills"])
    post = await storm.sends(storm.note("pills"))
    assert post is not None
    values = {"name": "x", "action": "drop", "mode": "active", "phrases": ["x"]}
    for user in (of_domain, User(pk=5, email="")):
        for refused in (
            add_rule(moderator=user, **values),
            change_rule(moderator=user, rule_id=made.pk, **values),
            remove_rule(moderator=user, rule_id=made.pk),
            release_posts(moderator=user, post_ids=[post.pk]),
            drop_posts(moderator=user, post_ids=[post.pk]),
        ):
            with pytest.raises(NotAllowed):
                await refused
    assert (await Post.objects.aget(pk=post.pk)).state == "sheltered"
    assert await ShelterRule.objects.acount() == 1


@pytest.mark.parametrize(
    ("values", "field"),
    [
        ({}, "conditions"),
        ({"phrases": ["***"]}, "phrases"),
        ({"phrases": ["x"] * 501}, "values"),
        ({"phrases": ["x" * 201]}, "values"),
        ({"hosts": ["no host"]}, "hosts"),
        ({"min_mentions": 0}, "numbers"),
        ({"name": " ", "phrases": ["x"]}, "rule_name"),
        ({"action": "explode", "phrases": ["x"]}, "rule_action"),
        ({"mode": "now", "phrases": ["x"]}, "mode"),
    ],
)
async def test_what_is_no_rule(db: None, values: dict[str, Any], field: str) -> None:
    with pytest.raises(Invalid) as refused:
        await rule(**values)
    assert refused.value.field == field


async def test_a_huge_text_and_hostile_rules_do_not_stop_the_queue(storm: Storm) -> None:
    for number in range(20):
        await rule(mode="trial", phrases=[f"*{'a*' * 90}{number}z", "(a+)+$", f"*aaa{number}*"])
    await rule(phrases=["the end"])
    async with asyncio.timeout(10):
        post = await storm.sends(storm.note("a" * 60_000 + " <b>a</b>" * 3000 + " the end"))
    assert post is not None
    assert post.state == "sheltered"
