"""Mastodon.py, the methods about the server and the signed-in person's own things: instance, OAuth, notifications, conversations, markers."""

import base64
import hashlib
import secrets

import pytest
import requests
from mastodon import Mastodon, MastodonAPIError, MastodonUnauthorizedError

from api.version import VERSION
from tests.clients.seed import NEWS, PASSWORD, RULE, SCOPES, TERMS, email_of
from tests.clients.support.library import Cast, until
from tests.clients.support.live import Live
from tests.clients.support.signing_in import CALLBACK, let_in, sign_in
from tests.support.waiting import PATIENCE_S

pytestmark = pytest.mark.servers

CALLS = {
    "test_the_server_describes_itself": """
        instance instance_v1 instance_v2 instance_activity instance_peers instance_nodeinfo instance_rules instance_extended_description
        instance_translation_languages instance_domain_blocks instance_languages custom_emojis retrieve_mastodon_version
        verify_minimum_version get_approx_server_time get_supported_version set_language clear_caches
        oauth_authorization_server_info instance_terms_of_service""",
    "test_announcements_are_read": """
        announcements announcement_dismiss announcement_reaction_create announcement_reaction_delete""",
    "test_an_app_signs_in": """
        create_app auth_request_url log_in me app_verify_credentials persistable_login_credentials revoke_access_token""",
    "test_signing_up_in_an_app": """
        create_app create_account email_resend_confirmation log_in me""",
    "test_notifications_are_read": """
        status_post status_favourite status_reblog account_follow account_unfollow me notifications notifications_unread_count
        notifications_dismiss notifications_clear grouped_notifications grouped_notification grouped_notification_accounts
        dismiss_grouped_notification unread_grouped_notifications_count""",
    "test_notifications_of_unknown_accounts_are_filtered": """
        me account_unfollow notifications_policy update_notifications_policy status_post notification_requests notification_request
        accept_notification_request dismiss_notification_request accept_multiple_notification_requests
        dismiss_multiple_notification_requests notifications_merged notifications""",
    "test_conversations_and_reading_positions": """
        me account_follow status_post notifications conversations conversations_read markers_get markers_set""",
}


def test_the_server_describes_itself(cast: Cast, live: Live) -> None:
    ada = cast.ada
    assert ada.instance().domain == live.host
    assert ada.instance_v1().uri == live.host
    assert ada.instance_v2().configuration.vapid.public_key is not None
    assert len(ada.instance_activity()) == 12
    assert ada.instance_peers() == []
    assert ada.instance_nodeinfo().software.name == "takahe"
    assert [rule.text for rule in ada.instance_rules()] == [RULE]
    assert ada.instance_extended_description().content is not None
    assert ada.instance_translation_languages() == {}
    assert ada.instance_domain_blocks() == []
    assert "en" in [language.code for language in ada.instance_languages()]
    assert ada.custom_emojis() == []
    assert ada.retrieve_mastodon_version() == VERSION
    assert ada.verify_minimum_version("4.2.0")
    assert ada.get_approx_server_time().year > 2000
    assert ada.get_supported_version() >= "4.6"
    ada.set_language("en")
    ada.clear_caches()
    info = ada.oauth_authorization_server_info()
    assert info.code_challenge_methods_supported == ["S256"]
    assert ada.instance_terms_of_service().content == TERMS


def test_announcements_are_read(cast: Cast) -> None:
    ada = cast.ada
    (party,) = ada.announcements()
    assert party.content == NEWS
    ada.announcement_reaction_create(party, "🎉")
    assert [(one.name, one.count, one.me) for one in ada.announcements()[0].reactions] == [("🎉", 1, True)]
    ada.announcement_reaction_delete(party, "🎉")
    ada.announcement_dismiss(party)
    assert ada.announcements()[0].read


def test_an_app_signs_in(cast: Cast, live: Live) -> None:
    """Registration, codes to copy and by redirect, PKCE, revoking; and what must not work."""
    ada = cast.ada
    token = sign_in(ada, "ada")
    assert ada.me().acct == "ada"
    assert ada.app_verify_credentials().name == "An app"
    assert ada.persistable_login_credentials().startswith(token)
    ada.revoke_access_token(allow_http=True)
    with pytest.raises(MastodonUnauthorizedError):
        Mastodon(access_token=token, api_base_url=live.base_url).me()

    address = ada.auth_request_url(
        redirect_uris=CALLBACK, scopes=SCOPES.split(), state="s 1", lang="en", allow_http=True
    )
    verifier = secrets.token_urlsafe(48)
    challenge = base64.urlsafe_b64encode(hashlib.sha256(verifier.encode()).digest()).rstrip(b"=").decode()
    given = let_in(f"{address}&code_challenge={challenge}&code_challenge_method=S256", "bob")
    assert given["state"] == "s 1"
    form = {
        "grant_type": "authorization_code", "client_id": ada.client_id, "client_secret": ada.client_secret, "redirect_uri": CALLBACK,
        "code": given["code"],
    }  # fmt: skip
    done = requests.post(
        f"{live.base_url}/oauth/token", data={**form, "code_verifier": verifier}, timeout=PATIENCE_S
    )
    assert done.status_code == 200, done.text
    assert Mastodon(access_token=done.json()["access_token"], api_base_url=live.base_url).me().acct == "bob"
    again = requests.post(
        f"{live.base_url}/oauth/token", data={**form, "code_verifier": verifier}, timeout=PATIENCE_S
    )
    assert (again.status_code, again.json()["error"]) == (400, "invalid_grant")


def test_signing_up_in_an_app(cast: Cast, live: Live) -> None:
    """The new person's token is there at once, and of use when the address is confirmed. A password for a token: only where it is allowed."""
    ada, new = cast.ada, {"email": "dee@example.com", "password": PASSWORD}
    library = ada.library
    library.client_id, library.client_secret = ada.create_app(
        "An app", scopes=SCOPES.split(), api_base_url=live.base_url
    )
    token, error = ada.create_account("dee", agreement=False, **new, return_detailed_error=True)
    assert (token, error.details.agreement[0].error) == (None, "ERR_ACCEPTED")
    assert ada.create_account("dee", agreement=True, **new, scopes=["read", "write"])
    ada.email_resend_confirmation()
    with pytest.raises(MastodonAPIError, match="confirmed e-mail address"):
        ada.me()
    assert ada.log_in(email_of("bob"), PASSWORD, scopes=["read"], allow_http=True)
    assert ada.me().acct == "bob"


def test_notifications_are_read(cast: Cast) -> None:
    ada, bob, cy = cast
    ada.notifications_clear()
    post = ada.status_post("Tell me")
    bob.status_favourite(post)
    cy.status_favourite(post)
    bob.status_reblog(post)
    bob.account_follow(ada.me())
    cy.status_post("Hello @ada")
    found = until(lambda: len(ada.notifications()) == 5 and ada.notifications())
    assert sorted(one.type for one in found) == ["favourite", "favourite", "follow", "mention", "reblog"]
    assert ada.notifications(found[0]).id == found[0].id
    assert {one.type for one in ada.notifications(types=["follow", "reblog"])} == {"follow", "reblog"}
    assert len(ada.notifications(exclude_types=["favourite"], account_id=bob.me())) == 2
    assert ada.notifications_unread_count().count == 5
    grouped = ada.grouped_notifications(grouped_types=["favourite"], expand_accounts="full")
    likes = next(group for group in grouped.notification_groups if group.type == "favourite")
    assert likes.notifications_count == 2
    assert ada.grouped_notification(likes.group_key).notification_groups[0].group_key == likes.group_key
    assert {one.acct for one in ada.grouped_notification_accounts(likes.group_key)} == {"bob", "cy"}
    assert ada.unread_grouped_notifications_count() == 4
    ada.dismiss_grouped_notification(likes.group_key)
    ada.notifications_dismiss(ada.notifications()[0])
    assert len(ada.notifications()) == 2
    ada.notifications_clear()
    assert ada.notifications() == []
    bob.account_unfollow(ada.me())


def test_notifications_of_unknown_accounts_are_filtered(cast: Cast) -> None:
    ada, bob, cy = cast
    assert ada.notifications_policy().for_not_following == "accept"
    ada.account_unfollow(bob.me())
    assert ada.update_notifications_policy(for_not_following="filter").for_not_following == "filter"
    for stranger in (bob, cy):
        stranger.status_post("Are you there, @ada?")
    until(lambda: len(ada.notification_requests()) == 2)
    waiting = {one.account.acct: one for one in ada.notification_requests()}
    assert set(waiting) == {"bob", "cy"}
    assert ada.notification_request(waiting["bob"]).account.acct == "bob"
    ada.accept_notification_request(waiting["bob"])
    assert "bob" in [one.account.acct for one in ada.notifications()]
    ada.dismiss_notification_request(waiting["cy"])
    assert ada.notification_requests() == []
    for settle in (ada.dismiss_multiple_notification_requests, ada.accept_multiple_notification_requests):
        cy.status_post("And now, @ada?")
        settle(until(ada.notification_requests))
        assert ada.notification_requests() == []
    assert ada.notifications_merged()
    ada.update_notifications_policy(for_not_following="accept")


def test_conversations_and_reading_positions(cast: Cast) -> None:
    ada, bob, _ = cast
    ada.account_follow(bob.me())  # private mentions of strangers would wait
    note = bob.status_post("For your eyes, @ada", visibility="direct")
    talk = until(ada.conversations)[0]
    assert (talk.unread, talk.last_status.id, [one.acct for one in talk.accounts]) == (True, note.id, ["bob"])
    until(lambda: note.id in [one.status.id for one in ada.notifications(types=["mention"])])
    assert not ada.conversations_read(talk).unread
    assert ada.markers_get() == {}
    assert (
        ada.markers_set(["home", "notifications"], [note, until(ada.notifications)[0]])["home"].last_read_id
        == note.id
    )
    assert ada.markers_get(["home"])["home"].version >= 0
