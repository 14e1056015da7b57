"""Mastodon.py, the methods for staff. The first person of the play is the owner of the server."""

import datetime as dt

import pytest
from mastodon import MastodonAPIError, MastodonNotFoundError

from tests.clients.seed import WAITING, email_of
from tests.clients.support.library import Cast

pytestmark = pytest.mark.servers

CALLS = {
    "test_servers_are_blocked_and_allowed": """
        admin_domain_blocks admin_create_domain_block admin_update_domain_block admin_delete_domain_block
        admin_domain_allows admin_domain_allow admin_create_domain_allow admin_delete_domain_allow""",
    "test_reports_are_settled": """
        me report admin_reports admin_report admin_report_assign admin_report_unassign admin_report_resolve
        admin_report_reopen""",
    "test_accounts_are_listed": "me admin_accounts admin_accounts_v1 admin_accounts_v2 admin_account",
    "test_sign_ups_are_decided": "admin_accounts_v2 admin_account_approve admin_account_reject admin_account",
    "test_accounts_are_moderated": """
        me admin_account admin_account_moderate admin_account_enable admin_account_unsilence admin_account_unsuspend
        admin_account_unsensitive admin_account_delete""",
}


CALLS |= {
    "test_figures_are_read": "tag admin_measures admin_dimensions admin_retention",
    "test_trends_are_reviewed": """
        status_post admin_trending_tags admin_approve_trending_tag admin_reject_trending_tag trending_tags
        admin_trending_links admin_approve_trending_link admin_reject_trending_link
        admin_trending_statuses admin_approve_trending_status admin_reject_trending_status""",
    "test_e_mail_domains_are_blocked": """
        admin_create_email_domain_block admin_email_domain_blocks admin_email_domain_block admin_delete_email_domain_block""",
    "test_networks_are_blocked": """
        admin_create_ip_block admin_ip_blocks admin_ip_block admin_update_ip_block admin_delete_ip_block""",
    "test_mailboxes_are_blocked": """
        admin_create_canonical_email_block admin_canonical_email_blocks admin_canonical_email_block
        admin_test_canonical_email_block admin_delete_canonical_email_block""",
}


def test_e_mail_domains_are_blocked(cast: Cast) -> None:
    ada = cast.ada
    made = ada.admin_create_email_domain_block("spam.example")
    assert [one.domain for one in ada.admin_email_domain_blocks(limit=5)] == ["spam.example"]
    assert ada.admin_email_domain_block(made.id).domain == "spam.example"
    ada.admin_delete_email_domain_block(made.id)
    assert ada.admin_email_domain_blocks() == []


def test_networks_are_blocked(cast: Cast) -> None:
    ada = cast.ada
    made = ada.admin_create_ip_block("198.51.100.0/24", "sign_up_block", comment="Bots", expires_in=3600)
    assert [one.ip for one in ada.admin_ip_blocks()] == ["198.51.100.0/24"]
    assert ada.admin_ip_block(made).comment == "Bots"
    assert ada.admin_update_ip_block(made, severity="no_access").severity == "no_access"
    ada.admin_delete_ip_block(made)
    with pytest.raises(MastodonAPIError, match="Your own address"):
        ada.admin_create_ip_block("127.0.0.0/8", "no_access")


def test_mailboxes_are_blocked(cast: Cast) -> None:
    ada = cast.ada
    made = ada.admin_create_canonical_email_block(email="J.Doe@mail.example")
    assert [one.id for one in ada.admin_canonical_email_blocks()] == [made.id]
    assert ada.admin_canonical_email_block(made.id) == made
    assert [one.id for one in ada.admin_test_canonical_email_block("jdoe+x@mail.example")] == [made.id]
    ada.admin_delete_canonical_email_block(made.id)


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
    ada.admin_account_moderate(cy, "sensitive")
    assert ada.admin_account(cy).sensitized
    assert not ada.admin_account_unsensitive(cy).sensitized
    ada.admin_account_moderate(cy, "suspend")
    assert not ada.admin_account_unsuspend(cy).suspended
    with pytest.raises(MastodonAPIError, match="not allowed"):
        ada.admin_account_delete(cy)
    ada.admin_account_moderate(cy, "suspend")
    assert ada.admin_account_delete(cy).suspended


def test_reports_are_settled(cast: Cast) -> None:
    ada, bob = cast.ada, cast.bob
    made = ada.report(bob.me(), comment="Too loud")
    found = [one for one in ada.admin_reports(target_account_id=bob.me()) if one.id == made.id]
    assert [(one.comment, one.target_account.username) for one in found] == [("Too loud", "bob")]
    assert ada.admin_report(made.id).account.username == "ada"
    assert ada.admin_report_assign(made.id).assigned_account.username == "ada"
    assert ada.admin_report_unassign(made.id).assigned_account is None
    assert ada.admin_report_resolve(made.id).action_taken
    assert made.id in [one.id for one in ada.admin_reports(resolved=True)]
    assert not ada.admin_report_reopen(made.id).action_taken


def test_servers_are_blocked_and_allowed(cast: Cast) -> None:
    ada = cast.ada
    made = ada.admin_create_domain_block("bad.example", "silence", reject_media=True, public_comment="Spam")
    assert (made.severity, made.reject_media, made.private_comment) == ("silence", True, "Spam")
    assert ada.admin_update_domain_block(made.id, "suspend").severity == "suspend"
    assert ada.admin_domain_blocks(made.id).domain == "bad.example"
    assert [one.id for one in ada.admin_domain_blocks(limit=5)] == [made.id]
    ada.admin_delete_domain_block(made.id)
    assert ada.admin_domain_blocks() == []
    good = ada.admin_create_domain_allow("good.example")
    assert ada.admin_domain_allow(good.id).domain == "good.example"
    assert [one.id for one in ada.admin_domain_allows()] == [good.id]
    ada.admin_delete_domain_allow(good.id)
    assert ada.admin_domain_allows() == []


def test_trends_are_reviewed(cast: Cast) -> None:
    ada = cast.ada
    [tag] = ada.admin_trending_tags(limit=5)
    assert (tag.name, tag.trendable, tag.requires_review) == ("Trending", True, True)
    assert not ada.admin_reject_trending_tag(tag.id).trendable
    assert ada.trending_tags() == []
    assert ada.admin_approve_trending_tag(tag.id).trendable
    [link] = ada.admin_trending_links()
    assert ada.admin_reject_trending_link(link.id).title == "News"
    assert ada.admin_approve_trending_link(link.id).url == link.url
    post = ada.status_post("Everybody reads this")
    assert ada.admin_trending_statuses() == []
    assert ada.admin_reject_trending_status(post).id == post.id
    assert ada.admin_approve_trending_status(post).id == post.id


def test_figures_are_read(cast: Cast) -> None:
    ada, now = cast.ada, dt.datetime.now(dt.UTC)
    tag = ada.tag("trending").id
    host = "far.example"
    found = ada.admin_measures(
        now - dt.timedelta(days=2), now, active_users=True, new_users=True, interactions=True, opened_reports=True,
        resolved_reports=True, tag_accounts=tag, tag_uses=tag, tag_servers=tag, instance_accounts=host,
        instance_media_attachments=host, instance_reports=host, instance_statuses=host, instance_follows=host, instance_followers=host,
    )  # fmt: skip
    assert len({one.key for one in found}) == 14
    assert all(len(one.data) == 3 for one in found)
    [uses] = [one for one in found if one.key == "tag_uses"]
    assert (int(uses.total), uses.data[-1].value) == (9, 9)
    # not software_versions: the library takes versions for numbers, and makes nothing of them
    found = ada.admin_dimensions(
        now - dt.timedelta(days=2), now, languages=True, sources=True, servers=True, space_usage=True,
        tag_servers=tag, tag_languages=tag, instance_accounts=host, instance_languages=host,
    )  # fmt: skip
    assert len({one.key for one in found}) == 8
    [space] = [one for one in found if one.key == "space_usage"]
    assert {one.key for one in space.data} == {"postgresql", "media"}
    cohorts = ada.admin_retention(now - dt.timedelta(days=2), now, "day")
    assert len(cohorts) == 3
    assert ada.admin_retention(now - dt.timedelta(days=2), now, "month")[0].frequency == "month"
