"""Rules on the hashes of attached files: stated by the document, known from a copy, or found when the file is copied."""

import hashlib
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from activities.media.models import Attachment
from activities.posts.models import Post
from activities.posts.queries.visibility import may_see
from activities.publishing.services.sheltering import release_posts
from activities.shelter.models import FileMatch, ShelteredPost, ShelterRule
from activities.shelter.queries.rules import forget_rules
from activities.shelter.queries.trials import try_rule
from core.config import config
from core.crypto.keys import base58
from core.db import own_connection, release_connection
from core.errors import Invalid
from federation.media import eviction
from federation.media.addresses import proxied_url
from federation.media.flights import stop_flights
from federation.models import RemoteFileKind
from stator.workers.worker import Worker
from tests.federation.conftest import running
from tests.federation.media.conftest import PNG, Origin, file, stored
from tests.federation.media.conftest import origin as origin
from tests.federation.shelter.test_shelter import Storm, rule
from tests.federation.shelter.test_shelter import storm as storm
from tests.media import files
from tests.support.waiting import wait_until
from users.identities.models import Identity, Restriction
from users.logins.services.staff import OPERATOR
from users.moderation.models import Report

pytestmark = [pytest.mark.anyio, pytest.mark.usefixtures("worker")]

SHA256 = hashlib.sha256(PNG).hexdigest()
OTHER = files.image((41, 30), "PNG")


@pytest.fixture(autouse=True)
async def _media(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[None]:
    monkeypatch.setattr(config(), "media_dir", str(tmp_path / "media"))
    yield
    await stop_flights()


def url_of(origin: Origin, path: str) -> str:
    """Return the URL of a file of the server, under a name that the fixtures of federation resolve."""
    return f"http://far.test:{origin.peer.port}{path}"


def attached(url: str, **more: Any) -> dict[str, Any]:
    return {"type": "Document", "mediaType": "image/png", "url": url, **more}


async def look(storm: Storm, url: str) -> None:
    """Let a reader load the file, and the worker judge what it finds."""
    await release_connection()
    ours = proxied_url(url, RemoteFileKind.attachment, owner=storm.ana.uri)
    assert (await storm.local.get(ours)).status_code == 200
    await stored()
    await judged()


async def judged() -> None:
    async def rested() -> bool:
        async with own_connection():
            return not await FileMatch.objects.filter(state="waiting").aexists()

    async with running(Worker([FileMatch], with_jobs=False, poll_s=0.5, drain_s=1)):
        await wait_until(rested)


async def state_of(post: Post | None) -> str:
    assert post is not None
    return str((await Post.objects.aget(pk=post.pk)).state)


async def test_a_post_is_held_once_its_file_was_copied(storm: Storm, origin: Origin) -> None:
    made = await rule(hashes=[SHA256.upper()])
    origin.answers["/other.png"] = file(OTHER)
    urls = [url_of(origin, "/one.png"), url_of(origin, "/other.png")]
    post, other = [await storm.sends(storm.note("Look", attachment=[attached(url)])) for url in urls]
    assert await state_of(post) == "new", "nobody knows the bytes yet"
    for url in urls:
        await look(storm, url)
    assert await state_of(post) == "sheltered"
    assert await state_of(other) == "new"
    assert post is not None
    assert not await may_see(storm.ada, post.pk)
    counted = await ShelterRule.objects.aget(pk=made.pk)
    assert (counted.matches, [one["uri"] for one in counted.examples]) == (1, [post.uri])
    held = await ShelteredPost.objects.aget()
    assert (held.post_id, held.rule_name) == (post.pk, "Spam")


async def test_a_released_post_is_not_held_again_when_its_file_is_copied_again(
    storm: Storm, origin: Origin
) -> None:
    await rule(hashes=[SHA256])
    url = url_of(origin, "/one.png")
    post = await storm.sends(storm.note("Look", attachment=[attached(url)]))
    await look(storm, url)
    assert post is not None
    await release_posts(moderator=OPERATOR, post_ids=[post.pk])
    assert await eviction.evict_to(0) == 1
    await look(storm, url)
    assert origin.asked.count("/one.png") == 2
    assert await state_of(post) != "sheltered"
    assert (await ShelterRule.objects.aget()).matches == 1


async def test_what_is_known_from_a_copy_counts_on_arrival_and_more_than_the_document(
    storm: Storm, origin: Origin
) -> None:
    url = url_of(origin, "/one.png")
    first = await storm.sends(storm.note("First", attachment=[attached(url)]))
    await look(storm, url)
    await rule(hashes=[SHA256])
    assert await state_of(first) == "new", "it was here before the rule"
    lie = "z" + base58(bytes((0x12, 32)) + hashlib.sha256(b"another").digest())
    post = await storm.sends(storm.note("Look", attachment=[attached(url, digestMultibase=lie)]))
    assert await state_of(post) == "sheltered"


async def test_a_digest_in_the_document_counts_on_arrival(storm: Storm, origin: Origin) -> None:
    await rule(hashes=[SHA256])
    said = "z" + base58(bytes((0x12, 32)) + bytes.fromhex(SHA256))
    url = url_of(origin, "/one.png")
    post = await storm.sends(storm.note("Look", attachment=[attached(url, digestMultibase=said)]))
    assert await state_of(post) == "sheltered"
    await look(storm, url)
    assert (await ShelterRule.objects.aget()).matches == 1, "it is not counted again when it is copied"


@pytest.mark.parametrize("digest", ["z", "zzzz", "u1234", 7, None, "z" + base58(bytes(34)), {"a": 1}])
async def test_other_digests_are_ignored(storm: Storm, origin: Origin, digest: object) -> None:
    await rule(hashes=[SHA256])
    post = await storm.sends(
        storm.note("Look", attachment=[attached(url_of(origin, "/x.png"), digestMultibase=digest)])
    )
    assert await state_of(post) == "new"
    assert (await Attachment.objects.aget()).sha256 == ""


@pytest.mark.parametrize("action", ["drop", "mark", "report", "limit", "trial"])
async def test_each_action_applies_to_a_copied_file(
    storm: Storm, origin: Origin, her: Identity, action: str
) -> None:
    trial = action == "trial"
    await rule(hashes=[SHA256], action="drop" if trial else action, mode="trial" if trial else "active")
    url = url_of(origin, "/one.png")
    posts = [await storm.sends(storm.note(f"Look {n}", attachment=[attached(url)])) for n in range(3)]
    await look(storm, url)
    found = [await Post.objects.aget(pk=post.pk) for post in posts if post]
    assert [one.deleted_at is not None for one in found] == [action == "drop"] * 3
    assert [one.is_sensitive for one in found] == [action == "mark"] * 3
    assert await Report.objects.acount() == (action == "report")
    limited = (await Identity.objects.aget(pk=her.pk)).restriction == Restriction.limited
    assert limited == (action == "limit")
    assert (await ShelterRule.objects.aget()).matches == 3
    assert not await FileMatch.objects.filter(state="failed").aexists()


async def test_the_other_conditions_have_to_be_met_too(storm: Storm, origin: Origin) -> None:
    await rule(hashes=[SHA256], phrases=["cheap pills"])
    url = url_of(origin, "/one.png")
    posts = [
        await storm.sends(storm.note(said, attachment=[attached(url)])) for said in ("Cheap pills", "A cat")
    ]
    await look(storm, url)
    assert [await state_of(post) for post in posts] == ["sheltered", "new"]


async def test_a_rule_is_tried_on_copied_files(storm: Storm, origin: Origin) -> None:
    url = url_of(origin, "/one.png")
    await storm.sends(storm.note("Look", attachment=[attached(url)]))
    await look(storm, url)
    tried = await try_rule(await rule(hashes=[SHA256], mode="trial"))
    assert (tried.checked, tried.matches) == (1, 1)


async def test_a_rule_made_while_a_file_is_copied_is_no_hindrance(storm: Storm, origin: Origin) -> None:
    """A rule that is removed before the worker looks judges nothing."""
    made = await rule(hashes=[SHA256])
    url = url_of(origin, "/one.png")
    post = await storm.sends(storm.note("Look", attachment=[attached(url)]))
    await release_connection()
    assert (
        await storm.local.get(proxied_url(url, RemoteFileKind.attachment, owner=storm.ana.uri))
    ).status_code == 200
    await stored()
    assert await FileMatch.objects.filter(state="waiting").acount() == 1
    await ShelterRule.objects.filter(pk=made.pk).adelete()
    forget_rules()
    await judged()
    assert await state_of(post) == "new"


@pytest.mark.parametrize("typed", ["abc", "g" * 64, SHA256 + "0"])
async def test_what_is_no_hash_is_refused(storm: Storm, typed: str) -> None:
    with pytest.raises(Invalid):
        await rule(hashes=[typed])
