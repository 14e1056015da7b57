"""Telling the moderators about people and posts."""

import pytest

from activities.posts.models import Visibility
from federation.models import OutgoingActivity
from federation.registry import SYSTEM_ACTOR
from tests.activities import people as rows
from tests.api.support.world import World
from tests.users.support import make_rules, sent
from users.domains.queries import clear_domain_cache
from users.identities.models import Identity
from users.moderation.models import Report

pytestmark = pytest.mark.anyio

PATH = "/api/v1/reports"


async def test_a_report_of_posts_is_kept_for_the_moderators(world: World) -> None:
    post = await world.post(world.bea, "rude")
    answer = await world.ada.post(
        PATH,
        "Report",
        data={
            "account_id": world.bea.id,
            "status_ids[]": [str(post.pk)],
            "comment": "Rude",
            "category": "spam",
            "forward": "true",
        },
    )
    assert (answer["category"], answer["comment"], answer["action_taken"]) == ("spam", "Rude", False)
    assert answer["status_ids"] == [str(post.pk)]
    assert answer["forwarded"] is False  # there is nobody else to tell
    assert answer["target_account"]["id"] == world.bea.id
    kept = await Report.objects.aget(pk=int(answer["id"]))
    assert (kept.source_id, kept.target_id, kept.post_uris) == (world.ada.me.pk, world.bea.me.pk, [post.uri])
    assert await sent() == []


async def test_a_report_is_not_forwarded_without_a_clear_yes(world: World) -> None:
    form = {"account_id": str(world.remote.pk), "forward": "maybe"}
    assert (await world.ada.post(PATH, "Report", data=form))["forwarded"] is False
    assert await sent() == []


async def test_a_forwarded_report_reaches_the_other_server_without_a_name(world: World) -> None:
    post = await rows.make_post(world.remote)
    answer = await world.ada.post(
        PATH,
        "Report",
        json={
            "account_id": str(world.remote.pk),
            "status_ids": [str(post.pk)],
            "comment": "Look",
            "forward": True,
        },
    )
    assert answer["forwarded"] is True
    ((kind, inboxes, document),) = await sent()
    assert (kind, inboxes) == ("Flag", [world.remote.inbox_url])
    assert document["actor"] == "https://testserver/actor"
    assert document["object"] == [world.remote.uri, post.uri]
    assert document["content"] == "Look"
    assert world.ada.me.uri not in str(document)

    assert (await OutgoingActivity.objects.aget()).signer == SYSTEM_ACTOR


async def test_rules_make_it_a_violation(world: World) -> None:
    await make_rules(world.domain, "Be kind", "No adverts")
    clear_domain_cache()
    answer = await world.ada.post(
        PATH, "Report", data={"account_id": world.bea.id, "rule_ids[]": ["2"], "category": "other"}
    )
    assert (answer["category"], answer["rule_ids"]) == ("violation", ["2"])
    await world.ada.refused(
        "POST",
        PATH,
        422,
        "Validation failed: Rule ids does not reference valid rules",
        data={"account_id": world.bea.id, "rule_ids[]": ["3"]},
    )


async def test_unreportable_targets_are_refused(world: World) -> None:
    bea = {"account_id": world.bea.id}
    hidden = await world.post(world.bea, visibility=Visibility.mentioned)
    others = await world.post(world.ada)
    for given, status, error in (
        ({}, 400, None),
        ({"account_id": "12"}, 404, "Record not found"),
        ({**bea, "status_ids[]": [str(hidden.pk)]}, 404, "Record not found"),
        ({**bea, "status_ids[]": [str(others.pk)]}, 404, "Record not found"),
        ({**bea, "status_ids[]": ["abc"]}, 422, None),
        ({**bea, "category": "boredom"}, 422, "Validation failed: Category is not included in the list"),
        (
            {**bea, "comment": "x" * 1001},
            422,
            "Validation failed: Comment is too long (maximum is 1000 characters)",
        ),
    ):
        await world.ada.refused("POST", PATH, status, error, data=given)
    assert await Report.objects.acount() == 0


async def test_reporting_a_deleted_account_is_410(world: World) -> None:
    await Identity.objects.filter(pk=world.bea.me.pk).aupdate(deleted_at=world.bea.me.created_at)
    await world.ada.refused("POST", PATH, 410, data={"account_id": world.bea.id})
