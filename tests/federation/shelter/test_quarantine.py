"""Mentions by people who are new to this server, through the signed inbox: whom they reach, and who accepts them."""

import datetime as dt
from typing import Any

import pytest

from activities.notifications.models import Notification, NotificationPermission
from activities.notifications.queries.requests import pending_counts, requests, what_waits
from activities.notifications.services.policy import accept_requests, dismiss_requests
from activities.posts.models import Post
from activities.posts.queries.visibility import may_see
from activities.publishing.activitypub import parse_post
from activities.publishing.handlers.quarantine import end_quarantine
from activities.publishing.services.receiving import receive_post
from activities.publishing.services.sheltering import drop_posts, release_posts
from activities.shelter.models import ShelteredPost
from activities.shelter.queries import quarantine
from core import clock
from core.db import async_atomic, sql
from core.db.paging import Page
from core.errors import NotAllowed, NotFound
from tests.activities.people import block, follow, make_post
from tests.federation.shelter.test_shelter import Storm, published, rule, storm
from tests.users.support import give_role, make_person, make_user
from users.domains import options
from users.domains.models import Domain, Level
from users.identities.models import Identity
from users.logins.services.staff import OPERATOR
from users.relations import events
from users.roles.models import MODERATOR

pytestmark = [pytest.mark.anyio, pytest.mark.usefixtures("worker")]

__all__ = ["storm"]


@pytest.fixture
async def bea(storm: Storm) -> Identity:
    return await make_person(await Domain.objects.aget(), "bea")


async def turn_on(days: int = 7, setting: options.Setting[int] = options.QUARANTINE_PERSON_DAYS) -> None:
    await options.set_value(setting, days)


async def sent(storm: Storm, text: str = "hello", *also: Identity, **more: Any) -> Post:
    note = storm.note(text, **more)
    for one in also:
        note["tag"].append({"type": "Mention", "href": one.uri, "name": f"@{one.username}@{one.host}"})
        note["cc"].append(one.uri)
    post = await storm.sends(note)
    assert post is not None
    return post


async def asked(who: Identity) -> list[int]:
    return [one.id for one in await requests(who, Page())]


async def test_a_mention_by_somebody_new_waits_until_it_is_accepted(storm: Storm, her: Identity) -> None:
    await turn_on()
    post = await sent(storm, "hello ada")
    assert post.state == "sheltered"
    assert not await may_see(storm.ada, post.pk)
    assert not await may_see(None, post.pk)
    assert await storm.told(post) == (1, 0)  # the row of the request
    assert await Notification.objects.filter(is_filtered=False).acount() == 0
    assert (await what_waits(storm.ada)).held == 1
    assert (await what_waits(storm.ada)).filtered == 0
    assert await pending_counts(storm.ada) == (1, 1)
    (request,) = await requests(storm.ada, Page())
    assert request.is_held
    assert request.last_post is not None
    assert "hello ada" in request.last_post.shown.content

    await accept_requests(identity=storm.ada, request_ids=[request.id], strict=True)
    await published()
    assert await may_see(storm.ada, post.pk)
    assert await asked(storm.ada) == []
    assert await Notification.objects.filter(identity=storm.ada, post=post, is_filtered=False).aexists()
    later = await sent(storm, "hello again")
    assert later.state == "new"
    assert await Notification.objects.filter(identity=storm.ada, post=post, is_filtered=False).aexists()
    assert not await ShelteredPost.objects.aexists()


@pytest.mark.parametrize(
    ("knows", "is_held"),
    [
        ("nothing", True),
        ("follows", False),
        ("asked to follow", True),
        ("wrote", False),
        ("wrote to others", True),
        ("accepted", False),
        ("off", False),
        ("new server", True),
        ("old server", False),
        ("off for her domain", False),
    ],
)
async def test_who_is_a_stranger(storm: Storm, her: Identity, knows: str, *, is_held: bool) -> None:
    """The truth table: what ada and her server know of ana, and whether a mention waits."""
    if "server" in knows:
        await turn_on(7, options.QUARANTINE_SERVER_DAYS)
    elif knows != "off":
        await turn_on()
    match knows:
        case "follows":
            await follow(storm.ada, her)
        case "asked to follow":
            await follow(storm.ada, her, accepted=False)
        case "wrote":
            await make_post(storm.ada, mentions=(her,))
        case "wrote to others":
            await make_post(storm.ada)
        case "accepted":
            await NotificationPermission.objects.acreate(identity=storm.ada, actor=her)
        case "old server":
            await sql.run(
                "INSERT INTO federation_peer (host, first_seen_at) VALUES (%s, now() - interval '8 days')",
                [storm.peer.host],
            )
        case "off for her domain":
            domain = storm.ada.domain_id
            await options.set_value(options.QUARANTINE_PERSON_DAYS, 0, level=Level.domain, owner=domain or 0)
        case _:
            pass
    post = await sent(storm)
    assert (post.state == "sheltered") is is_held
    assert await ShelteredPost.objects.acount() == is_held


async def test_nobody_is_new_for_ever(storm: Storm, her: Identity) -> None:
    await turn_on(7)
    for days, is_kept in ((0, True), (6, True), (8, False), (100, False)):
        with clock.shifted(dt.timedelta(days=days)):
            assert bool((await quarantine.newcomer(her, [storm.ada.pk])).kept_from) is is_kept


async def test_who_knows_the_author_gets_the_post_at_once_and_strangers_do_not_hear_of_it(
    storm: Storm, her: Identity, bea: Identity
) -> None:
    await turn_on()
    await follow(bea, her)
    post = await sent(storm, "hello", bea)
    assert post.state == "new"
    await published()
    rows = Notification.objects.filter(post=post, kind="mention")
    assert {(row.identity_id, row.is_filtered) async for row in rows} == {
        (bea.pk, False),
        (storm.ada.pk, True),
    }
    assert (await what_waits(storm.ada)).filtered == 1
    assert (await what_waits(storm.ada)).held == 0


async def test_accepting_releases_only_to_oneself(storm: Storm, her: Identity, bea: Identity) -> None:
    await turn_on()
    post = await sent(storm, "hello", bea)
    (request,) = await asked(storm.ada)
    await accept_requests(identity=storm.ada, request_ids=[request])
    await published()
    rows = Notification.objects.filter(post=post, is_filtered=False)
    assert [row.identity_id async for row in rows] == [storm.ada.pk]
    assert len(await asked(bea)) == 1
    assert not await NotificationPermission.objects.filter(identity=bea).aexists()


async def test_a_held_mention_of_another_is_out_of_reach(storm: Storm, her: Identity, bea: Identity) -> None:
    await turn_on()
    post = await sent(storm)
    (request,) = await asked(storm.ada)
    for act in (accept_requests, dismiss_requests):
        with pytest.raises(NotFound):
            await act(identity=bea, request_ids=[request], strict=True)
    await follow(bea, her)
    assert await asked(bea) == []
    assert not await may_see(bea, post.pk)
    post = await Post.objects.aget(pk=post.pk)
    assert post.state == "sheltered"
    of_domain = await give_role(await make_user("dana@example.org"), MODERATOR, storm.ada.domain)
    for decide in (release_posts, drop_posts):
        with pytest.raises(NotAllowed):
            await decide(moderator=of_domain, post_ids=[post.pk])


async def test_dismissing_leaves_it_to_staff(storm: Storm, her: Identity) -> None:
    await turn_on()
    post = await sent(storm)
    (request,) = await asked(storm.ada)
    await dismiss_requests(identity=storm.ada, request_ids=[request], strict=True)
    assert await asked(storm.ada) == []
    assert not await what_waits(storm.ada)
    await sent(storm)
    assert len(await asked(storm.ada)) == 1
    assert await drop_posts(moderator=OPERATOR, post_ids=[post.pk]) == 1


async def test_staff_release_it_as_any_held_post_and_drop_it(storm: Storm, her: Identity) -> None:
    await turn_on()
    first, second = await sent(storm), await sent(storm)
    assert await release_posts(moderator=OPERATOR, post_ids=[first.pk]) == 1
    assert await drop_posts(moderator=OPERATOR, post_ids=[second.pk]) == 1
    await published()
    rows = Notification.objects.filter(identity=storm.ada)
    assert [(row.post_id, row.is_filtered) async for row in rows] == [(first.pk, False)]
    assert (await Post.objects.aget(pk=second.pk)).state == "gone"
    assert not await what_waits(storm.ada)
    assert not await NotificationPermission.objects.aexists(), "staff decide on a post, not for ada"


async def test_following_accepts(storm: Storm, her: Identity) -> None:
    await turn_on()
    post = await sent(storm)
    made = await follow(storm.ada, her)
    async with async_atomic():
        await events.on_follow.emit(made.source, made.target)
    await published()
    assert await may_see(storm.ada, post.pk)
    assert await Notification.objects.filter(post=post, is_filtered=False).aexists()


async def test_a_flood_does_not_fill_the_table(
    storm: Storm, her: Identity, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Of one author and of all hosts of a site only so many wait; the others are not stored."""
    await turn_on()
    monkeypatch.setattr(quarantine, "MOST_HELD_OF_AUTHOR", 2)
    for count in range(4):
        await storm.sends(storm.note(f"buy {count}"))
    assert await ShelteredPost.objects.acount() == 2
    assert await Post.objects.filter(author=her).acount() == 2
    assert await Notification.objects.acount() == 2
    monkeypatch.setattr(quarantine, "MOST_HELD_OF_AUTHOR", 20)
    monkeypatch.setattr(quarantine, "MOST_HELD_OF_SITE", 3)
    for count in range(4):
        await storm.sends(storm.note(f"sell {count}"))
    assert await ShelteredPost.objects.acount() == 3
    await sql.run("UPDATE activities_shelteredpost SET site = 'sub.of-another.example'")
    await sent(storm)


async def test_an_edit_mentions_nobody_through_the_back_door(
    storm: Storm, her: Identity, bea: Identity
) -> None:
    """A post to those who know its author is edited to mention a stranger; a fetched one is delivered later."""
    await turn_on()
    await follow(bea, her)
    note = storm.note("harmless", mentions=False)
    post = await storm.sends(note)
    assert post is not None
    await published()
    again = storm.note("ada!")
    later = clock.now().isoformat()
    assert await storm.sends(again | {"id": note["id"], "updated": later}, "Update") is not None
    await published()
    rows = Notification.objects.filter(identity=storm.ada, kind="mention")
    assert [(row.post_id, row.is_filtered) async for row in rows] == [(post.pk, True)]


async def test_a_fetched_post_that_is_delivered_later_waits_too(storm: Storm, her: Identity) -> None:
    await turn_on()
    note = storm.note("hello")
    document = parse_post(note, author_followers_url=her.followers_url)
    fetched = await receive_post(author=her, document=document, delivered=False)
    assert fetched is not None
    assert fetched.state == "fanned_out"
    post = await storm.sends(note)
    assert post is not None
    assert post.state == "sheltered"
    assert not await may_see(storm.ada, post.pk)
    (request,) = await asked(storm.ada)
    await accept_requests(identity=storm.ada, request_ids=[request])
    assert await may_see(storm.ada, post.pk)


async def test_a_rule_is_stronger_than_the_addressee(storm: Storm, her: Identity) -> None:
    """A harmless text waits, and is edited to what a rule holds: nobody but staff releases it."""
    await turn_on()
    await rule(phrases=["pills"])
    post = await sent(storm, "pills")
    assert await asked(storm.ada) == []
    waiting = await storm.sends(note := storm.note("harmless"))
    assert waiting is not None
    (request,) = await asked(storm.ada)
    edit = note | {"content": "<p>pills</p>", "updated": clock.now().isoformat()}
    assert await storm.sends(edit, "Update") is not None
    assert await asked(storm.ada) == []
    await accept_requests(identity=storm.ada, request_ids=[request])
    assert not await may_see(storm.ada, waiting.pk)
    assert await release_posts(moderator=OPERATOR, post_ids=[post.pk, waiting.pk]) == 2
    await published()
    assert await Notification.objects.filter(is_filtered=False).acount() == 2


async def test_a_private_message_addressed_without_a_mention_waits_too(storm: Storm, her: Identity) -> None:
    await turn_on()
    post = await sent(storm, "psst", mentions=False, to=[storm.ada.uri])
    assert post.state == "sheltered"
    (request,) = await asked(storm.ada)
    assert not await may_see(storm.ada, post.pk)
    await accept_requests(identity=storm.ada, request_ids=[request])
    assert await may_see(storm.ada, post.pk)


async def test_a_blocked_author_asks_for_nothing(storm: Storm, her: Identity) -> None:
    await turn_on()
    await block(storm.ada, her)
    assert (await sent(storm)).state == "sheltered"
    assert await asked(storm.ada) == []
    assert not await what_waits(storm.ada)


async def test_what_nobody_accepted_ends_after_a_month(storm: Storm, her: Identity) -> None:
    await turn_on()
    await rule(phrases=["pills"])
    post, held = await sent(storm), await sent(storm, "pills")
    with clock.shifted(dt.timedelta(days=29)):
        assert await end_quarantine() == 0
    with clock.shifted(dt.timedelta(days=31)):
        assert await end_quarantine() == 1
    await published()
    assert (await Post.objects.aget(pk=post.pk)).state == "gone"
    assert (await Post.objects.aget(pk=held.pk)).state == "sheltered"
    assert not await what_waits(storm.ada)
