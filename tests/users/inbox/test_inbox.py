"""Incoming activities about users: what other servers may and may not do. The messages are verified."""

import datetime as dt
from typing import Any

import pytest

from core import clock
from federation.models import Policy
from federation.peers import set_policy
from tests.users.inbox.messages import activity, receive
from tests.users.support import fresh, make_domain, make_person, make_remote
from users.identities.models import Identity
from users.moderation.models import Report
from users.relations.models import Block, Follow
from users.relations.queries import relationships

pytestmark = pytest.mark.anyio


# --- blocks ----------------------------------------------------------------------------------------------------------


@pytest.mark.slow
async def test_a_block_from_elsewhere_parts_and_its_undo_ends_it(ada: Identity, bob: Identity) -> None:
    await receive(activity(bob, "Follow", ada.uri))
    block = activity(bob, "Block", ada.uri)
    assert await receive(block) == ("handled", "")
    assert await Follow.objects.acount() == 0
    assert (await relationships.relationships(ada, [bob.pk]))[0].blocked_by is True
    eve = await make_remote("eve", "evil.example")
    assert (await receive(activity(eve, "Undo", block)))[0] == "skipped"
    assert await receive(activity(bob, "Undo", block)) == ("handled", "")
    assert await Block.objects.acount() == 0


# --- profiles --------------------------------------------------------------------------------------------------------


def _document(actor: Identity, **changes: Any) -> dict[str, Any]:
    return {
        "id": actor.uri,
        "type": "Person",
        "preferredUsername": actor.username,
        "inbox": actor.inbox_url,
        "followers": actor.followers_url,
        "name": "Robert",
        "summary": "<p>new <script>alert(1)</script></p>",
        **changes,
    }


async def test_an_actor_changes_its_own_profile_only(bob: Identity) -> None:
    eve = await make_remote("eve", "evil.example")
    assert await receive(activity(bob, "Update", _document(bob))) == ("handled", "")
    now = await fresh(bob)
    assert (now.name, now.summary, now.handle) == ("Robert", "<p>new </p>", "bob@remote.example")
    for document in (_document(bob, name="Owned"), _document(eve, id=bob.uri, name="Owned")):
        assert (await receive(activity(eve, "Update", document)))[0] in {"failed", "skipped"}
    neighbour = await make_remote("carol")
    assert (await receive(activity(neighbour, "Update", _document(bob, name="Owned"))))[0] == "failed"
    assert (await fresh(bob)).name == "Robert"


async def test_a_new_name_or_host_in_an_update_is_not_believed(bob: Identity) -> None:
    await make_person(await make_domain("two.example"), "admin")
    document = _document(bob, preferredUsername="admin", webfinger="admin@two.example")
    assert await receive(activity(bob, "Update", document)) == ("handled", "")
    now = await fresh(bob)
    assert (now.handle, now.state) == ("bob@remote.example", "outdated")


async def test_unusable_and_unknown_updates_leave_no_trace(bob: Identity) -> None:
    stranger = Identity(
        uri="https://new.example/users/new", username="new", inbox_url="https://new.example/i"
    )
    assert (await receive(activity(stranger, "Update", _document(stranger))))[0] == "skipped"
    assert (await receive(activity(bob, "Update", _document(bob, inbox=None, name="X"))))[0] == "failed"
    assert (await receive(activity(bob, "Update", {"id": bob.uri, "type": "Person"})))[0] == "skipped"
    assert (await fresh(bob)).name == ""


async def test_an_actor_deletes_itself_only(bob: Identity) -> None:
    eve = await make_remote("eve", "evil.example")
    for value in (bob.uri, {"id": bob.uri, "type": "Person"}):
        assert (await receive(activity(eve, "Delete", value)))[0] in {"failed", "skipped"}
    assert (await fresh(bob)).deleted_at is None
    assert await receive(activity(bob, "Delete", bob.uri)) == ("handled", "")
    now = await fresh(bob)
    assert (now.state, now.deleted_at is not None) == ("deleted", True)
    assert (await receive(activity(bob, "Delete", bob.uri)))[0] == "skipped"


# --- reports ---------------------------------------------------------------------------------------------------------


async def test_a_report_is_kept_for_the_moderators(ada: Identity, bob: Identity) -> None:
    post = f"{ada.uri}/statuses/1"
    flag = activity(
        bob, "Flag", [ada.uri, post, "https://elsewhere.example/1", 5], content="  rude\x07 things "
    )
    assert await receive(flag) == ("handled", "")
    assert await receive(flag) == ("handled", "")
    report = await Report.objects.aget()
    assert (report.target_id, report.source_id, report.comment) == (ada.pk, None, "rude things")
    assert report.post_uris == [post, "https://elsewhere.example/1"]
    assert await receive(activity(bob, "Flag", post)) == ("handled", "")
    assert (await receive(activity(bob, "Flag", [bob.uri])))[0] == "skipped"
    assert await Report.objects.acount() == 2


async def test_reports_of_a_refused_server_are_dropped_with_the_reason(ada: Identity, bob: Identity) -> None:
    """Also those of the hosts below it; what we report to it, and all else that it sends, is as before."""
    below = await make_remote("eve", "sub.remote.example")
    other = await make_remote("cem", "other.example")
    await set_policy(host="remote.example", policy=Policy.open, reject_reports=True)
    for sender in (bob, below):
        said = ("skipped", "reports of this server are refused")
        assert await receive(activity(sender, "Flag", [ada.uri])) == said
    assert await Report.objects.acount() == 0
    assert await receive(activity(bob, "Follow", ada.uri)) == ("handled", "")
    assert await receive(activity(other, "Flag", [ada.uri])) == ("handled", "")
    await set_policy(host="remote.example", policy=Policy.open)
    assert await receive(activity(bob, "Flag", [ada.uri])) == ("handled", "")
    assert await Report.objects.acount() == 2


async def test_a_host_may_send_so_many_reports_a_day(
    ada: Identity, bob: Identity, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("users.moderation.inbox.MAX_REPORTS_PER_HOST", 2)
    ends = [await receive(activity(bob, "Flag", [ada.uri], content=str(number))) for number in range(3)]
    assert ends == [("handled", "")] * 2 + [("skipped", "this host has sent 2 reports today")]
    assert await Report.objects.acount() == 2
    with clock.shifted(dt.timedelta(hours=25)):
        assert (await receive(activity(bob, "Flag", [ada.uri], content="3")))[0] == "handled"


async def test_the_deleted_do_nothing_any_more(ada: Identity) -> None:
    gone = await make_remote("gone", deleted_at=clock.now())
    for kind in ("Follow", "Block"):
        state, _ = await receive(activity(gone, kind, ada.uri))
        assert state in {"failed", "skipped"}
    assert await Follow.objects.acount() == await Block.objects.acount() == 0
