"""Mastodon.py, the methods for staff. The first person of the play is the owner of the server."""

import pytest
from mastodon import MastodonAPIError, MastodonNotFoundError

from tests.clients.seed import WAITING, email_of
from tests.clients.support.library import Cast

pytestmark = pytest.mark.servers

CALLS = {
    "test_accounts_are_listed": "me admin_accounts admin_accounts_v1 admin_accounts_v2 admin_account",
    "test_sign_ups_are_decided": "admin_accounts_v2 admin_account_approve admin_account_reject admin_account",
    "test_accounts_are_moderated": """
        me admin_account admin_account_moderate admin_account_enable admin_account_unsilence admin_account_unsuspend
        admin_account_unsensitive admin_account_delete""",
}


def test_accounts_are_listed(cast: Cast) -> None:
    ada, bob = cast.ada, cast.bob.me()
    assert {"ada", "bob"} <= {one["username"] for one in ada.admin_accounts()}
    assert [one["username"] for one in ada.admin_accounts_v1(username="bo")] == ["bob"]
    assert [one["username"] for one in ada.admin_accounts_v1(staff_only=True)] == ["ada"]
    assert ada.admin_accounts_v1(remote=True, by_domain="nowhere.test") == []
    found = ada.admin_accounts_v2(origin="local", status="active", email=email_of("bob"), limit=5)
    assert [one.id for one in found] == [bob.id]
    assert ada.admin_accounts_v2(permissions="staff", role_ids=[3])[0].role.name == "Owner"
    assert ada.admin_account(bob).email == email_of("bob")


def test_sign_ups_are_decided(cast: Cast) -> None:
    ada = cast.ada
    waiting = {one.username: one for one in ada.admin_accounts_v2(status="pending")}
    assert set(waiting) == set(WAITING)
    admitted = ada.admin_account_approve(waiting["dawn"])
    assert (admitted.username, admitted.approved) == ("dawn", True)
    assert ada.admin_account_reject(waiting["dusk"]).username == "dusk"
    with pytest.raises(MastodonNotFoundError):
        ada.admin_account(waiting["dusk"])
    assert ada.admin_accounts_v2(status="pending") == []


def test_accounts_are_moderated(cast: Cast) -> None:
    ada, cy = cast.ada, cast.cy.me()
    ada.admin_account_moderate(cy, text="Be kind")
    ada.admin_account_moderate(cy, "silence", send_email_notification=False)
    assert ada.admin_account(cy).silenced
    assert not ada.admin_account_unsilence(cy).silenced
    ada.admin_account_moderate(cy, "disable", text="Bye")
    assert not ada.admin_account_enable(cy).disabled
    with pytest.raises(MastodonAPIError, match="sensitive"):
        ada.admin_account_moderate(cy, "sensitive")
    assert not ada.admin_account_unsensitive(cy).sensitized
    ada.admin_account_moderate(cy, "suspend")
    assert not ada.admin_account_unsuspend(cy).suspended
    with pytest.raises(MastodonAPIError, match="not allowed"):
        ada.admin_account_delete(cy)
    ada.admin_account_moderate(cy, "suspend")
    assert ada.admin_account_delete(cy).suspended
