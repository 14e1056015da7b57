"""Mastodon.py, the methods about people: accounts, relationships, lists, profile, search, suggestions, reports."""

import io

import pytest
from mastodon import MastodonNotFoundError

from tests.clients.support.library import Cast
from tests.clients.support.live import Live
from tests.media.files import image

pytestmark = pytest.mark.servers

# test → the methods that it calls; test_library_table.py holds the tables against the library
CALLS = {
    "test_accounts_are_found_and_read": """
        account_verify_credentials me account accounts account_lookup account_search account_statuses account_familiar_followers
        account_follow account_followers account_following status_post account_featured_tags account_lists search search_v2
        directory""",
    "test_relationships_change": """
        account_follow account_unfollow account_remove_from_followers account_block account_unblock account_mute account_unmute
        account_pin account_unpin account_endorse account_unendorse account_note_set account_relationships endorsements blocks mutes
        domain_block domain_blocks domain_unblock me""",
    "test_requests_to_follow_are_answered": """
        account_update_credentials account_follow follow_requests follow_request_authorize follow_request_reject
        account_relationships account_unfollow me""",
    "test_a_profile_is_edited": """
        account_update_credentials account_delete_avatar account_delete_header preferences me profile profile_update""",
    "test_lists_are_kept": """
        list_create list_update list lists list_accounts_add list_accounts list_accounts_delete list_delete account_lists timeline_list
        account_follow account_unfollow me status_post""",
    "test_people_are_suggested": """
        suggestions suggestions_v1 suggestions_v2 suggestion_delete account_follow account_unfollow account_update_credentials me""",
    "test_collections_of_people_are_kept": """
        me collection_create collection account_collections account_in_collections collection_update collection_item_add
        collection_item_delete collection_item_revoke collection_delete account_update_credentials account_follow""",
    "test_an_account_is_reported": "report status_post me instance_rules",
}  # fmt: skip


def test_accounts_are_found_and_read(cast: Cast, live: Live) -> None:
    ada, bob, cy = cast
    assert ada.account_verify_credentials().username == "ada"
    him = bob.me()
    post = bob.status_post("A first post #birds")
    assert ada.account(him).acct == "bob"
    assert [one.acct for one in ada.accounts([him, ada.me()])] == ["bob", "ada"]
    assert ada.account_lookup(f"bob@{live.host}").id == him.id
    assert ada.account_search("bob")[0].id == him.id
    assert bob.account_statuses(him)[0].id == post.id
    assert (
        bob.account_statuses(him, tagged="birds", exclude_replies=True, exclude_reblogs=True)[0].id == post.id
    )
    ada.account_follow(him)
    ada.account_follow(cy.me())
    cy.account_follow(him)
    assert {one.acct for one in ada.account_followers(him)} == {"ada", "cy"}
    assert {one.acct for one in ada.account_following(ada.me())} == {"bob", "cy"}
    assert [one.acct for one in ada.account_familiar_followers(him)[0].accounts] == ["cy"]
    assert ada.account_featured_tags(him) == []
    assert ada.account_lists(him) == []
    assert ada.search("bob", result_type="accounts").accounts[0].id == him.id
    assert ada.search_v2(post.url, resolve=True).statuses[0].id == post.id
    assert ada.directory(local=True, order="active", limit=2) is not None
    with pytest.raises(MastodonNotFoundError):
        ada.account(1)


def test_relationships_change(cast: Cast) -> None:
    ada, bob, _ = cast
    him, her = bob.me(), ada.me()
    assert ada.account_follow(him, reblogs=False, notify=True).showing_reblogs is False
    assert bob.account_relationships(her)[0].followed_by
    assert ada.account_endorse(him).endorsed
    assert ada.endorsements()[0].acct == "bob"
    assert not ada.account_unendorse(him).endorsed
    assert ada.account_pin(him).endorsed
    assert not ada.account_unpin(him).endorsed
    assert ada.account_note_set(him, "met at the sea").note == "met at the sea"
    assert not bob.account_remove_from_followers(her).followed_by
    assert not ada.account_unfollow(him).following
    assert ada.account_mute(him, notifications=False, duration=600).muting
    assert ada.mutes()[0].mute_expires_at is not None
    assert not ada.account_unmute(him).muting
    assert ada.account_block(him).blocking
    assert ada.blocks()[0].acct == "bob"
    assert not ada.account_unblock(him).blocking
    ada.domain_block("far.example")
    assert ada.domain_blocks() == ["far.example"]
    ada.domain_unblock("far.example")
    assert ada.domain_blocks() == []


def test_requests_to_follow_are_answered(cast: Cast) -> None:
    ada, bob, cy = cast
    ada.account_unfollow(bob.me())
    cy.account_unfollow(bob.me())
    assert bob.account_update_credentials(locked=True).locked
    assert ada.account_follow(bob.me()).requested
    assert cy.account_follow(bob.me()).requested
    assert {one.acct for one in bob.follow_requests()} == {"ada", "cy"}
    assert bob.follow_request_authorize(ada.me()).followed_by
    bob.follow_request_reject(cy.me())
    assert ada.account_relationships([bob.me()])[0].following
    assert not cy.account_relationships(bob.me())[0].following
    assert not bob.account_update_credentials(locked=False).locked


def test_a_profile_is_edited(cast: Cast) -> None:
    cy = cast.cy
    picture = io.BytesIO(image())
    me = cy.account_update_credentials(
        display_name="Cy of the Sea", note="Sails", bot=False, discoverable=True, avatar=picture, avatar_mime_type="image/jpeg",
        header=io.BytesIO(image((60, 20))), header_mime_type="image/jpeg", fields=[("Boat", "Anna"), ("Home", "Here")],
    )  # fmt: skip
    assert (me.display_name, me.source.note) == ("Cy of the Sea", "Sails")
    assert [(field.name, field.value) for field in me.fields] == [("Boat", "Anna"), ("Home", "Here")]
    assert "missing" not in me.avatar
    cy.account_delete_avatar()
    assert cy.account_delete_header().avatar != me.avatar
    assert cy.preferences()["posting:default:visibility"] == "public"
    assert cy.profile().display_name == "Cy of the Sea"
    assert cy.profile_update(note="Rows").note == "Rows"
    assert cy.me().source.note == "Rows"


def test_lists_are_kept(cast: Cast) -> None:
    ada, bob, _ = cast
    him = bob.me()
    ada.account_follow(him)
    made = ada.list_create("Friends", replies_policy="followed", exclusive=True)
    assert (made.title, made.replies_policy, made.exclusive) == ("Friends", "followed", True)
    assert ada.list_update(made, "Good friends").title == "Good friends"
    assert ada.list(made).title == "Good friends"
    assert [one.id for one in ada.lists()] == [made.id]
    ada.list_accounts_add(made, [him])
    assert [one.acct for one in ada.list_accounts(made)] == ["bob"]
    assert [one.id for one in ada.account_lists(him)] == [made.id]
    post = bob.status_post("For lists")
    assert post.id in [one.id for one in ada.timeline_list(made)]
    ada.list_accounts_delete(made, [him])
    ada.list_delete(made)
    ada.account_unfollow(him)
    assert ada.lists() == []


def test_people_are_suggested(cast: Cast) -> None:
    ada, bob, cy = cast
    ada.account_follow(bob.me())
    bob.account_follow(cy.me())
    ada.account_unfollow(cy.me())
    cy.account_update_credentials(discoverable=True)
    assert isinstance(ada.suggestions(), list)
    assert isinstance(ada.suggestions_v1(), list)
    found = ada.suggestions_v2()
    assert "cy" in [one.account.acct for one in found]
    ada.suggestion_delete(cy.me())
    assert "cy" not in [one.account.acct for one in ada.suggestions_v2()]


def test_an_account_is_reported(cast: Cast) -> None:
    ada, _, cy = cast
    post = cy.status_post("Buy my boat")
    rule = ada.instance_rules()[0]
    made = ada.report(
        cy.me(), status_ids=[post], comment="Spam", forward=False, category="violation", rule_ids=[rule.id]
    )
    assert (made.category, made.comment, made.action_taken) == ("violation", "Spam", False)
    assert made.status_ids == [post.id]


def test_collections_of_people_are_kept(cast: Cast) -> None:
    ada, bob, cy = cast
    for one in (bob, cy):
        one.account_update_credentials(discoverable=True)
        ada.account_follow(one.me())
    made = ada.collection_create(
        "Bird watchers", description="They know the birds", discoverable=True, account_ids=[bob.me()]
    ).collection
    assert made.name == "Bird watchers"
    shown = bob.collection(made)
    assert shown.collection.description == "They know the birds"
    assert bob.me().id in {one.id for one in shown.accounts}
    assert [one.id for one in cy.account_collections(ada.me()).collections] == [made.id]
    assert [one.id for one in bob.account_in_collections(bob.me()).collections] == [made.id]
    assert ada.collection_update(made, name="Birders").collection.name == "Birders"
    item = ada.collection_item_add(made, cy.me()).collection_item
    cy.collection_item_revoke(made, item)
    assert cy.account_in_collections(cy.me()).collections == []
    his = next(one for one in ada.collection(made).collection["items"] if one.account_id == bob.me().id)
    ada.collection_item_delete(made, his)
    assert bob.account_in_collections(bob.me()).collections == []
    ada.collection_delete(made)
    with pytest.raises(MastodonNotFoundError):
        bob.collection(made)
