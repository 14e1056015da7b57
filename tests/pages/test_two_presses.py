"""A button that is pressed twice, without scripts: both requests are on their way before the first answer."""

import asyncio
import re
from typing import Any

import pytest

from activities.announcements.models import Announcement
from activities.filters.models import Filter
from activities.lists.models import PeopleList
from tests.pages.conftest import Site, Visitor
from users.collections.models import Collection
from users.domains.models import SignUpMode
from users.identities.models import Identity
from users.logins.models import SignUp, User
from users.moderation.models import Report
from web.urls import urlpatterns

pytestmark = pytest.mark.anyio

# What a second press of each page's button does. "once": the form carries a mark, and the second press finds what the first has made.
# "named": a name, an address or a pair of two ids is there once. "state": it sets what the first has set. "ended": nothing is left to end,
# and a page may say so. "none": it stores nothing that stays. "read": it has no button, or is a GET.
TWO_PRESSES = {
    "once": "admin-people-note admin-reports-note admin-rules admin-people-warn admin-presets compose private-mention lists circles collections filters posts-filter people-report admin-announcements admin-invitations admin-shelter-new",
    "named": """settings-sharing admin-providers-new sign-in-with-username settings-warning settings-passkeys columns-add bookmarks-folders setup sign-up settings-identities admin-access admin-logins-block-email admin-access-domains admin-access-emails admin-subscriptions admin-domains-new admin-roles admin-roles-give admin-peers admin-policies people-follow people-block people-mute people-endorse blocked-servers settings-featured tags-follow posts-like posts-react
        admin-emojis admin-emojis-copy admin-emoji-pack admin-relays posts-boost posts-bookmark posts-pin posts-vote announcements-read announcements-react people-lists people-circles collections-add lists-add circles-add admin-domains-texts""",
    "state": """settings-sharing-access settings-notifications-staff staff-mails-stop admin-rule admin-policy admin-rules-move admin-reports-assign admin-sign-ups-confirm admin-sign-ups-resend
        admin-provider admin-providers-switch admin-blocklists admin-blocklist admin-subscription admin-roles-factor columns-move columns-width posts-lift catch-up posts-expiry posts-policies posts-deliveries-try posts-restore bookmarks-folders-edit posts-folder welcome-skip posts-mute posts-unmute welcome-step settings-import password-reset settings-address settings-address-confirm confirm confirm-new-password settings-identities-speak settings settings-reading settings-appearance settings-posting settings-old-posts settings-security settings-authenticator settings-recovery-codes settings-passkeys-rename settings-notifications settings-notifications-renew settings-notifications-policy settings-notifications-digest settings-notifications-mail alerts-stop digest-stop
        filters-edit lists-edit circle collections-edit posts-edit drafts-save people-note people-follow-options admin-domain admin-domain-pictures admin-domains-style admin-options admin-people-restrict admin-people-cover admin-people-ticked admin-peers-ticked admin-hashtags-decide admin-trends-decide admin-logins-role admin-logins-address admin-role admin-logins-disable
        admin-logins-restrict admin-federation-mode admin-relay admin-emoji admin-emojis-change settings-move-aliases-add settings-move-away
        admin-shelter-rule admin-shelter-try admin-reports-resolve admin-domains-pause admin-access-change admin-report admin-sign-ups-approve admin-queues-retry scheduled-again home-read notifications-read notifications-read-all
        private-mentions-unread lists-feed follow-requests-accept requests-accept""",
    "ended": """settings-sharing-remove settings-sharing-leave settings-sharing-take-back settings-invitations-accept settings-invitations-refuse admin-people-erase admin-reports-forward admin-notes-remove admin-rules-remove admin-policies-remove
        admin-providers-remove settings-providers-disconnect admin-post admin-appeals-decide settings-passkeys-remove settings-authenticator-off admin-logins-reset-factor columns-remove bookmarks-folders-delete lists-feed-revoke sign-out oauth-end-session settings-move-aliases-remove settings-move-undo admin-emoji-packs-remove admin-relays-remove settings-notifications-off settings-notifications-remove settings-sessions-end settings-sessions-end-others settings-login-delete settings-identities-delete admin-domains-remove
        notifications-filtered-accept notifications-filtered-dismiss follow-requests-reject requests-reject people-unfollow people-remove-follower people-unblock people-unmute blocked-servers-unblock settings-featured-remove admin-sign-ups-refuse admin-sign-ups-ticked
        settings-apps-revoke settings-apps-revoke-all tags-unfollow lists-delete lists-remove circles-delete circles-remove collections-delete collections-remove collections-leave filters-delete private-mentions-remove notifications-clear notifications-dismiss suggestions-dismiss
        admin-shelter-remove admin-shelter-decide admin-roles-delete admin-grants-take admin-announcements-remove admin-presets-remove admin-access-remove admin-access-domains-remove admin-access-emails-remove admin-invitations-revoke scheduled-cancel scheduled-draft drafts-delete posts-redraft posts-quotes-revoke posts-delete posts-unlike posts-unreact announcements-unreact posts-unboost posts-unbookmark posts-unpin""",
    "none": "sign-in-with settings-providers-connect share settings-notifications-trial uploads admin-emojis-packs sign-in sign-in-code sign-in-passkey password-forgotten oauth-authorize interact",
}


def test_every_form_states_what_two_presses_do() -> None:
    said = " ".join(TWO_PRESSES.values()).split()
    assert len(said) == len(set(said))
    takes_forms = {pattern.name for pattern in urlpatterns if "POST" in methods_of(pattern.callback)}
    assert takes_forms == set(said)


def methods_of(view: Any) -> tuple[str, ...]:
    """Return what `methods` was given, from the closures of the decorators around a view."""
    for cell in view.__closure__ or ():
        content = cell.cell_contents
        if isinstance(content, tuple) and all(isinstance(one, str) for one in content):
            return content
    inner = getattr(view, "__wrapped__", None)
    return methods_of(inner) if inner is not None else ()


@pytest.mark.parametrize("kind", ["lists", "collections", "filters", "report", "announcements"])
async def test_two_presses_make_one(site: Site, kind: str) -> None:
    forms: dict[str, tuple[Visitor, str, dict[str, Any], Any, str]] = {
        "collections": (
            site.member,
            "/collections",
            {"collection_name": "Friends"},
            Collection,
            "collection_name",
        ),
        "lists": (site.member, "/lists", {"title": "Friends", "replies_policy": "list"}, PeopleList, "title"),
        "filters": (
            site.member,
            "/filters",
            {"title": "Sport", "words": "ball", "contexts": ["home"], "action": "warn", "expires_in": "0"},
            Filter,
            "title",
        ),
        "report": (
            site.member,
            f"/people/{site.admin.me.pk}/report",
            {"category": "spam", "comment": "Adverts"},
            Report,
            "comment",
        ),
        "announcements": (
            site.admin,
            "/admin/announcements",
            {"content": "Back soon"},
            Announcement,
            "content",
        ),
    }
    person, path, form, model, typed = forms[kind]
    once = re.search(r'name="once" value="([^"]+)"', (await person.get(path)).text)
    assert once
    form = {**form, "once": once[1]}
    answers = await asyncio.gather(*(person.post(path, form) for _ in range(3)))
    assert {answer.status_code for answer in answers} == {303}
    assert len({answer.headers["location"] for answer in answers}) == 1
    assert await model.objects.acount() == 1
    assert (await person.post(path, form)).status_code == 303
    assert await model.objects.acount() == 1
    refused = await person.post(path, {**form, typed: "x" * 100_000})
    assert refused.status_code == 422
    assert f'name="once" value="{once[1]}"' in refused.text, "what was refused may be sent again"
    other = await person.post(path, {**form, typed: "From the history, with other words"})
    assert other.status_code == 303
    assert await model.objects.acount() == 2


async def test_a_report_with_scripts_is_made_once(site: Site) -> None:
    path, headers = f"/people/{site.admin.me.pk}/report", {"HX-Request": "true"}
    once = re.search(r'name="once" value="([^"]+)"', (await site.member.get(path)).text)
    assert once
    form = {"category": "spam", "once": once[1]}
    for _ in range(2):
        assert "Thank you" in (await site.member.post(path, form, headers=headers)).text
    assert await Report.objects.acount() == 1


async def test_a_new_identity_is_made_once_and_used(site: Site) -> None:
    await site.domain.__class__.objects.aupdate(sign_up_mode=SignUpMode.open)
    form = {"domain": str(site.domain.pk), "username": "second"}
    for _ in range(2):
        answer = await site.admin.post("/settings/identities", form)
        assert (answer.status_code, answer.headers["location"]) == (303, "/settings")
    assert await Identity.objects.filter(username="second").acount() == 1
    taken = await site.member.post("/settings/identities", form)
    assert taken.status_code == 422, "another's is still taken"


async def test_a_sign_up_that_is_sent_twice_waits_once(site: Site) -> None:
    await site.domain.__class__.objects.aupdate(sign_up_mode=SignUpMode.approval)
    form = {"username": "nia", "email": "nia@example.net", "password": "seven small boats", "reason": "Cats"}
    answers = await asyncio.gather(*(site.nobody.post("/sign-up", form) for _ in range(2)))
    assert {answer.status_code for answer in answers} == {200}
    assert await SignUp.objects.acount() == 1
    assert await User.objects.filter(email="nia@example.net").acount() == 1
    for change in ({"password": "eight small boats"}, {"username": "nia2"}, {"reason": "Dogs"}):
        assert (await site.nobody.post("/sign-up", form | change)).status_code == 200
    assert await SignUp.objects.acount() == 4, "somebody else may know the address"
