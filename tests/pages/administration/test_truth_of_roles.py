"""Each permission, held on this domain, on another, or on the whole server, at each address of the administration: who is let in.

The table is the data; an address or a permission that is missing from it fails. What is refused looks as if it were not there.
"""

import datetime as dt
from typing import Any, NamedTuple

import pytest
from django.urls import URLPattern, get_resolver

from activities.announcements.models import Announcement
from activities.previews.models import PreviewCard
from activities.reviews.models import Publisher
from activities.tags.models import Hashtag
from api.oauth.tokens import create_token
from api.routing import table
from core import clock
from federation.models import Peer
from tests.activities.people import make_post
from tests.pages.conftest import Site, Visitor
from tests.users.support import make_domain, make_person, make_user
from users.access_rules.models import CanonicalEmailBlock, EmailDomainBlock, IpBlock
from users.domains.models import Domain
from users.identities.models import Restriction
from users.logins.models import Invitation, SignUp, User
from users.moderation.models import AccountWarning, Appeal, Report, WarningPreset
from users.roles.models import Permission, Role, RoleGrant
from users.roles.services import put_grant

pytestmark = [pytest.mark.anyio, pytest.mark.slow]

STAFF = None  # any role at all
NO_ROWS = " blocklist subscription relay relays-remove emoji emoji-pack emoji-packs-remove shelter-rule shelter-remove "  # here
OF_SERVERS = "peers peers-allowed peers-blocked blocklists blocklist subscriptions subscription shelter shelter-new shelter-rule"
SETTINGS = ("admin-options", "admin-relays", "admin-relay", "admin-domains-new")
PEERS = [f"admin-{one}" for one in OF_SERVERS.split()]


class Door(NamedTuple):
    """The right to open an address. `where`: "any" (the page shows what is in the reader's scope), "here" (what it names is of this domain), or "server"."""

    needs: Permission | None
    where: str
    posts: dict[str, Any] | None = None  # the form, for an address that takes POST only


P = Permission
DOORS = {
    "admin": Door(STAFF, "any"),
    "admin-sections": Door(STAFF, "any"),
    "admin-reports": Door(P.manage_reports, "any"),
    "admin-report": Door(P.manage_reports, "here"),
    "admin-reports-resolve": Door(P.manage_reports, "here", {"resolved": "yes"}),
    "admin-audit": Door(P.view_audit_log, "any"),
    "admin-audit-export": Door(P.view_audit_log, "any"),
    "admin-people": Door(P.manage_users, "any"),
    "admin-people-ticked": Door(P.manage_users, "any", {"restriction": "limited"}),
    "admin-sign-ups-ticked": Door(P.manage_users, "any", {"action": "approve"}),
    "admin-peers-ticked": Door(P.manage_federation, "server", {"action": "block"}),
    **dict.fromkeys(("admin-hashtags", "admin-trends"), Door(P.manage_taxonomies, "here")),
    "admin-hashtags-decide": Door(P.manage_taxonomies, "here", {"action": "forbid"}),
    "admin-trends-decide": Door(P.manage_taxonomies, "here", {"kind": "tags", "action": "approve"}),
    "admin-person": Door(P.manage_users, "here"),
    "admin-people-restrict": Door(P.manage_users, "here", {"restriction": "limited"}),
    "admin-presets": Door(P.manage_users, "any"),
    "admin-presets-remove": Door(P.manage_users, "here", {}),
    "admin-people-cover": Door(P.manage_users, "here", {"covered": "yes"}),
    "admin-people-warn": Door(P.manage_users, "here", {"message": "Be kind"}),
    "admin-post": Door(P.manage_reports, "here"),
    "admin-appeals": Door(P.manage_appeals, "any"),
    "admin-appeals-decide": Door(P.manage_appeals, "here", {"decision": "approve"}),
    "admin-logins-disable": Door(P.manage_users, "here", {"disabled": "yes"}),
    "admin-logins-address": Door(P.manage_user_access, "here", {}),
    "admin-logins-reset-factor": Door(P.manage_user_access, "here", {}),
    "admin-logins-restrict": Door(P.manage_users, "here", {"restricted": "yes"}),
    "admin-logins-role": Door(P.manage_roles, "server", {"role": ""}),
    "admin-roles": Door(P.manage_roles, "any"),
    "admin-role": Door(P.manage_roles, "here"),
    "admin-roles-factor": Door(P.manage_roles, "here", {}),
    "admin-roles-give": Door(P.manage_roles, "here", {"who": "@mia@testserver", "domain": ""}),
    "admin-roles-delete": Door(P.manage_roles, "here", {}),
    "admin-grants-take": Door(P.manage_roles, "here", {}),
    "admin-sign-ups": Door(P.manage_users, "any"),
    **dict.fromkeys(("admin-sign-ups-approve", "admin-sign-ups-refuse"), Door(P.manage_users, "here", {})),
    "admin-invitations": Door(P.manage_invites, "any"),
    "admin-invitations-revoke": Door(P.manage_invites, "here", {}),
    "admin-access": Door(P.manage_blocks, "any"),
    "admin-access-change": Door(P.manage_blocks, "here"),
    "admin-logins-block-email": Door(P.manage_blocks, "here", {}),
    "admin-access-remove": Door(P.manage_blocks, "here", {}),
    "admin-access-domains": Door(P.manage_blocks, "any"),
    "admin-access-domains-remove": Door(P.manage_blocks, "here", {}),
    "admin-access-emails": Door(P.manage_blocks, "any"),
    "admin-access-emails-remove": Door(P.manage_blocks, "here", {}),
    "admin-domains": Door(P.manage_settings, "any"),
    "admin-domain": Door(P.manage_settings, "here"),
    "admin-domain-pictures": Door(P.manage_settings, "here", {}),
    "admin-domains-texts": Door(P.manage_settings, "here"),
    "admin-federation-mode": Door(P.manage_settings, "server", {"mode": "open"}),
    "admin-shelter-remove": Door(P.manage_federation, "server", {}),
    "admin-shelter-held": Door(P.manage_reports, "server"),
    "admin-shelter-decide": Door(P.manage_reports, "server", {"action": "release"}),
    "admin-relays-remove": Door(P.manage_settings, "server", {}),
    **dict.fromkeys(SETTINGS, Door(P.manage_settings, "server")),
    **dict.fromkeys(("admin-queues", "admin-queue", "admin-media"), Door(P.view_devops, "server")),
    **dict.fromkeys(PEERS, Door(P.manage_federation, "server")),
    "admin-queues-retry": Door(P.view_devops, "server", {}),
    "admin-emojis": Door(P.manage_custom_emojis, "server"),
    "admin-emojis-change": Door(P.manage_custom_emojis, "server", {"action": "enable"}),
    "admin-emojis-export": Door(P.manage_custom_emojis, "server"),
    "admin-emoji": Door(P.manage_custom_emojis, "server"),
    "admin-emojis-packs": Door(P.manage_custom_emojis, "server", {}),
    "admin-emoji-pack": Door(P.manage_custom_emojis, "server"),
    "admin-emoji-packs-remove": Door(P.manage_custom_emojis, "server", {}),
    "admin-emojis-servers": Door(P.manage_custom_emojis, "server"),
    "admin-emojis-copy": Door(P.manage_custom_emojis, "server", {}),
    "admin-announcements": Door(P.manage_announcements, "any"),
    "admin-announcements-remove": Door(P.manage_announcements, "here", {}),
}
# what staff ask in the API; each shows what is in the caller's scope
ENDPOINTS = {
    "GET /api/v1/admin/audit_log": Door(P.view_audit_log, "any"),
    "GET /api/v1/admin/accounts": Door(P.manage_users, "any"),
    "GET /api/v2/admin/accounts": Door(P.manage_users, "any"),
    "GET /api/v1/admin/accounts/<id>": Door(P.manage_users, "here"),
    "POST /api/v1/admin/accounts/<id>/action": Door(
        P.manage_users, "here", {"type": "none", "text": "Be kind"}
    ),
    "POST /api/v1/admin/accounts/<id>/approve": Door(P.manage_users, "here", {}),
    "POST /api/v1/admin/accounts/<id>/reject": Door(P.manage_users, "here", {}),
    "POST /api/v1/admin/accounts/<id>/enable": Door(P.manage_users, "here", {}),
    "POST /api/v1/admin/accounts/<id>/unsensitive": Door(P.manage_users, "here", {}),
    "POST /api/v1/admin/accounts/<id>/unsilence": Door(P.manage_users, "here", {}),
    "POST /api/v1/admin/accounts/<id>/unsuspend": Door(P.manage_users, "here", {}),
    **{
        f"{method} /api/v1/admin/{noun}{one}": Door(
            P.manage_blocks, "here" if one or method == "POST" else "any", form
        )
        for noun, form in (
            ("email_domain_blocks", {"domain": "new.example"}),
            ("ip_blocks", {"ip": "192.0.2.0/24", "severity": "sign_up_block"}),
            ("canonical_email_blocks", {"email": "new@mail.example"}),
        )
        for method, one in (("GET", ""), ("POST", ""), ("GET", "/<id>"), ("DELETE", "/<id>"))
    },
    "PUT /api/v1/admin/ip_blocks/<id>": Door(P.manage_blocks, "here", {"comment": "Bots"}),
    "POST /api/v1/admin/canonical_email_blocks/test": Door(P.manage_blocks, "any", {"email": "a@b.example"}),
    "GET /api/v1/admin/reports": Door(P.manage_reports, "any"),
    "GET /api/v1/admin/reports/<id>": Door(P.manage_reports, "here"),
    "PUT /api/v1/admin/reports/<id>": Door(P.manage_reports, "here", {"category": "legal"}),
    "POST /api/v1/admin/reports/<id>/assign_to_self": Door(P.manage_reports, "here", {}),
    "POST /api/v1/admin/reports/<id>/unassign": Door(P.manage_reports, "here", {}),
    "POST /api/v1/admin/reports/<id>/resolve": Door(P.manage_reports, "here", {}),
    "POST /api/v1/admin/reports/<id>/reopen": Door(P.manage_reports, "here", {}),
    "GET /api/v1/admin/domain_blocks": Door(P.manage_federation, "server"),
    "POST /api/v1/admin/domain_blocks": Door(P.manage_federation, "server", {"domain": "worse.example"}),
    "GET /api/v1/admin/domain_blocks/<id>": Door(P.manage_federation, "server"),
    "PUT /api/v1/admin/domain_blocks/<id>": Door(P.manage_federation, "server", {"severity": "silence"}),
    "DELETE /api/v1/admin/domain_blocks/<id>": Door(P.manage_federation, "server", {}),
    "GET /api/v1/admin/domain_allows": Door(P.manage_federation, "server"),
    "POST /api/v1/admin/domain_allows": Door(P.manage_federation, "server", {"domain": "better.example"}),
    "GET /api/v1/admin/domain_allows/<id>": Door(P.manage_federation, "server"),
    "DELETE /api/v1/admin/domain_allows/<id>": Door(P.manage_federation, "server", {}),
    **{
        f"{method} /api/v1/admin/trends/{noun}": Door(P.manage_taxonomies, "here", form)
        for kind in ("tags", "links", "links/publishers", "statuses")
        for method, noun, form in (
            ("GET", kind, None),
            ("POST", f"{kind}/<id>/approve", {}),
            ("POST", f"{kind}/<id>/reject", {}),
        )
    },
    "GET /api/v1/admin/tags": Door(P.manage_taxonomies, "here"),
    "GET /api/v1/admin/tags/<id>": Door(P.manage_taxonomies, "here"),
    "PUT /api/v1/admin/tags/<id>": Door(P.manage_taxonomies, "here", {"usable": False}),
    "POST /api/v1/admin/measures": Door(P.view_dashboard, "any", {"keys": ["new_users"]}),
    "POST /api/v1/admin/dimensions": Door(P.view_dashboard, "any", {"keys": ["languages"]}),
    "POST /api/v1/admin/retention": Door(
        P.view_dashboard, "any", {"start_at": "2026-01-01", "end_at": "2026-01-02"}
    ),
    # it takes the right to moderate them, too, which no role of one permission has
    "DELETE /api/v1/admin/accounts/<id>": Door(P.administrator, "here", {}),
}
# what no page asks for yet, beside those of Mastodon's names
WITHOUT_PAGES = {
    P.manage_rules,
    P.invite_users,
    P.delete_user_data,
    P.view_dashboard,  # the figures of the overview
}


def opens(door: Door, permission: Permission, place: str) -> bool:
    """The rule of the whole table."""
    if door.needs is STAFF:
        return True
    if permission not in {door.needs, P.administrator}:
        return False
    return place == "server" or door.where == "any" or (door.where == "here" and place == "here")


def _patterns() -> dict[str, URLPattern]:
    found: dict[str, URLPattern] = {}
    waiting: list[Any] = list(get_resolver().url_patterns)
    while waiting:
        one = waiting.pop()
        if isinstance(one, URLPattern):
            if one.name and str(one.pattern).startswith("admin"):
                found[one.name] = one
        else:
            waiting.extend(one.url_patterns)
    return found


def test_every_staff_service_is_in_the_table() -> None:
    assert set(_patterns()) == set(DOORS), "each address of the administration has a row"
    asked = {door.needs for door in DOORS.values() if door.needs is not STAFF}
    assert asked | WITHOUT_PAGES | {P.administrator} == set(Permission)
    assert {f"{route.method} {route.path}" for route in table if "/admin/" in route.path} == set(ENDPOINTS)


async def objects(site: Site) -> dict[str, int | str]:
    """Objects that the addresses name, all of this domain."""
    mia = site.member
    report = await Report.objects.acreate(source=mia.me, target=mia.me, comment="x")
    asking = []
    for name in ("one", "two"):
        user = await make_user(f"{name}@example.org", approved_at=None)
        await SignUp.objects.acreate(user=user, domain=site.domain, username=name)
        asking.append(user.pk)
    staff = await make_user("staff@example.org")
    role = await Role.objects.acreate(name="Gives roles", permissions=int(Permission.manage_roles))
    await put_grant(user_id=staff.pk, role_id=role.pk, domain_id=None)
    soon = clock.now() + dt.timedelta(days=1)
    invitation = await Invitation.objects.acreate(domain=site.domain, expires_at=soon)
    announcement = await Announcement.objects.acreate(
        content="x", domain=site.domain, published_at=clock.now(), updated_at=clock.now()
    )
    own_role = await Role.objects.acreate(
        name="Of here", permissions=int(Permission.manage_roles), domain=site.domain
    )
    helper = await make_user("helper@example.org")
    await make_person(site.domain, "helper", helper)
    await put_grant(user_id=helper.pk, role_id=own_role.pk, domain_id=site.domain.pk)
    grant = await RoleGrant.objects.aget(user=helper)
    await User.objects.filter(pk=mia.user.pk).aupdate(has_totp=True)  # or nothing could be reset
    warning = await AccountWarning.objects.acreate(identity=mia.me, action="silence")
    appeal = await Appeal.objects.acreate(warning=warning, text="It was not me")
    network, email_domain, email = await rules_of(site.domain)
    return {
        "admin-access-change": network.pk,
        "admin-access-remove": network.pk,
        "admin-access-domains-remove": email_domain.pk,
        "admin-access-emails-remove": email.pk,
        "rule_id": 1,
        "preset_id": (await WarningPreset.objects.acreate(text="Be kind", domain=site.domain)).pk,
        "person_id": mia.me.pk,
        "appeal_id": appeal.pk,
        "post_id": (await make_post(mia.me)).pk,
        "user_id": mia.user.pk,
        "admin-sign-ups-approve": asking[0],
        "admin-sign-ups-refuse": asking[1],
        "admin-logins-role": staff.pk,
        "role_id": own_role.pk,
        "grant_id": grant.pk,
        "report_id": report.pk,
        "invitation_id": invitation.pk,
        "announcement_id": announcement.pk,
        "domain_id": site.domain.pk,
        "kind": "privacy_policy",
        "model": "users.identity",
        **dict.fromkeys(("relay_id", "emoji_id", "pack_id", "blocklist_id", "subscription_id"), 1),
        "shelter_id": 1,
    }


async def rules_of(domain: Domain) -> tuple[IpBlock, EmailDomainBlock, CanonicalEmailBlock]:
    """Access rules of a domain, one of each kind."""
    network = await IpBlock.objects.acreate(network="10.0.0.0/8", severity="no_access", domain=domain)
    email_domain = await EmailDomainBlock.objects.acreate(name="odd.example", domain=domain)
    return (
        network,
        email_domain,
        await CanonicalEmailBlock.objects.acreate(email_hash="0" * 64, domain=domain),
    )


def path_of(name: str, pattern: URLPattern, named: dict[str, int | str]) -> str:
    path = f"/{pattern.pattern}"
    for key in pattern.pattern.converters:
        value = named.get(name, named[key])
        start = path.index("<")
        path = f"{path[:start]}{value}{path[path.index('>') + 1 :]}"
    return path


async def holder(site: Site, permission: Permission, place: Domain | None) -> Visitor:
    """The moderator, with a role of this one permission in place of theirs."""
    await User.objects.filter(pk=site.moderator.user.pk).aupdate(rights={}, is_staff=False)
    await RoleGrant.objects.filter(user=site.moderator.user.pk).adelete()
    role = await Role.objects.acreate(name="One thing", permissions=int(permission))
    await put_grant(
        user_id=site.moderator.user.pk, role_id=role.pk, domain_id=place.pk if place is not None else None
    )
    return site.moderator


@pytest.mark.parametrize("place", ["here", "there", "server"])
@pytest.mark.parametrize("permission", list(Permission), ids=lambda one: one.name)
async def test_each_door_opens_for_its_permission_only(
    site: Site, permission: Permission, place: str
) -> None:
    there = await make_domain("other.test")
    await make_person(there, "zoe", await make_user("zoe@example.org"))
    named = await objects(site)
    visitor = await holder(site, permission, {"here": site.domain, "there": there, "server": None}[place])
    wrong = []
    for name, pattern in sorted(_patterns().items(), key=lambda row: ("delete" in row[0], row[0])):
        door, path = DOORS[name], path_of(name, pattern, named)
        may = opens(door, permission, place)
        for method in ("GET", "POST"):
            if door.posts is not None and method == "GET":
                continue
            if method == "GET":
                answer = await visitor.get(path)
            elif door.posts is not None or not may:  # forms of pages are tested where they are
                answer = await visitor.post(path, door.posts or {})
            else:
                continue
            refused = answer.status_code in {403, 404, 405}
            absent = may and f" {name.removeprefix('admin-')} " in NO_ROWS
            if refused == may and not absent:
                wrong.append(
                    (method, name, answer.status_code, "should be let in" if may else "should be refused")
                )
    assert not wrong


@pytest.mark.parametrize("place", ["here", "there", "server"])
@pytest.mark.parametrize("permission", list(Permission), ids=lambda one: one.name)
async def test_each_endpoint_answers_its_permission_only(
    site: Site, permission: Permission, place: str
) -> None:
    there = await make_domain("other.test")
    await make_person(there, "zoe", await make_user("zoe@example.org"))
    visitor = await holder(site, permission, {"here": site.domain, "there": there, "server": None}[place])
    headers = {
        "Authorization": f"Bearer {await create_token(identity=visitor.me, scopes='admin:read admin:write')}"
    }
    ids = await ids_of_endpoints(site)
    wrong = []
    for name, door in sorted(ENDPOINTS.items(), key=lambda row: row[0].startswith("DELETE")):
        method, path = name.split()
        may = opens(door, permission, place)
        path = path.replace(
            "<id>", str(ids.get(name, ids["/".join(path.split("/")[:5])])) if "<" in path else ""
        )
        answer = await visitor.http.request(method, path, json=door.posts or {}, headers=headers)
        expected = {200} if may else {403, 404}
        if answer.status_code not in expected:
            wrong.append((name, answer.status_code, answer.text[:200], may))
    assert not wrong


async def ids_of_endpoints(site: Site) -> dict[str, int]:
    """The objects that the endpoints name, by the endpoint or the beginning of its path."""
    asking = []
    for name in ("one", "two"):
        user = await make_user(f"{name}@example.org", approved_at=None)
        await SignUp.objects.acreate(user=user, domain=site.domain, username=name)
        asking.append(user.pk)
    gone = await make_person(site.domain, "gone", restriction=Restriction.suspended)
    network, email_domain, email = await rules_of(site.domain)
    report = await Report.objects.acreate(source=site.member.me, target=site.member.me, comment="x")
    trends = {
        "tags": (await Hashtag.objects.acreate(name="cats", display_name="Cats")).pk,
        "links": (await PreviewCard.objects.acreate(url="https://news.example/")).pk,
        "links/publishers": (await Publisher.objects.acreate(host="news.example")).pk,
        "statuses": (await make_post(site.member.me)).pk,
    }
    return {
        **{
            f"POST /api/v1/admin/trends/{kind}/<id>/{act}": pk
            for kind, pk in trends.items()
            for act in ("approve", "reject")
        },
        "/api/v1/admin/trends": trends["tags"],
        "/api/v1/admin/tags": trends["tags"],
        "/api/v1/admin/accounts": site.member.me.pk,
        "/api/v1/admin/ip_blocks": network.pk,
        "/api/v1/admin/email_domain_blocks": email_domain.pk,
        "/api/v1/admin/canonical_email_blocks": email.pk,
        "/api/v1/admin/reports": report.pk,
        "/api/v1/admin/domain_blocks": (await Peer.objects.acreate(host="bad.example", policy="blocked")).pk,
        "/api/v1/admin/domain_allows": (await Peer.objects.acreate(host="good.example", policy="allowed")).pk,
        "POST /api/v1/admin/accounts/<id>/approve": asking[0],
        "POST /api/v1/admin/accounts/<id>/reject": asking[1],
        "DELETE /api/v1/admin/accounts/<id>": gone.pk,
    }
