"""Each permission and each built-in role, held on this domain, on another, or on the whole server, at each address of the administration: who is let in.

The table is the data; an address or a permission that is missing from it fails. What is refused looks as if it were not there.
"""

import datetime as dt
from typing import Any

import pytest
from django.urls import URLPattern, get_resolver

from activities.announcements.models import Announcement
from activities.previews.models import PreviewCard
from activities.reviews.models import Publisher
from activities.tags.models import Hashtag
from api.oauth.tokens import create_token
from api.routing import table
from core import clock
from federation.models import DomainPolicy, Peer
from tests.activities.people import make_post
from tests.pages.administration.doors import DOORS, ENDPOINTS, NO_ROWS, STAFF, WITHOUT_PAGES, P, opens
from tests.pages.conftest import Site, Visitor
from tests.users.support import make_domain, make_person, make_user
from users.access_rules.models import CanonicalEmailBlock, EmailDomainBlock, IpBlock
from users.domains.models import Domain
from users.domains.services import add_rule
from users.emojis.models import Emoji
from users.identities.models import Restriction
from users.logins.models import Invitation, SignUp, User
from users.logins.services.staff import OPERATOR
from users.moderation.models import AccountWarning, Appeal, Report, StaffNote, WarningPreset
from users.roles.models import BUILT_IN, BuiltIn, Permission, Role, RoleGrant
from users.roles.services import put_grant
from users.sign_in_providers.models import SignInProvider

pytestmark = [pytest.mark.anyio, pytest.mark.slow]


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
    asked = {one for door in DOORS.values() if door.needs is not STAFF for one in door.needs}
    assert asked | WITHOUT_PAGES | {P.administrator} == set(Permission)
    assert {f"{route.method} {route.path}" for route in table if "/admin/" in route.path} == set(ENDPOINTS)


async def objects(site: Site) -> dict[str, int | str]:
    """Objects that the addresses name, all of this domain."""
    mia = site.member
    report = await Report.objects.acreate(source=mia.me, target=mia.me, comment="x")
    asking = []
    for name in ("one", "two", "three", "four"):
        user = await make_user(f"{name}@mail.example", approved_at=None)
        await SignUp.objects.acreate(user=user, domain=site.domain, username=name)
        asking.append(user.pk)
    await User.objects.filter(pk__in=asking[2:]).aupdate(confirmed_at=None)
    gone = await make_person(site.domain, "gone", restriction=Restriction.suspended)
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
        "provider_id": (await SignInProvider.objects.acreate(domain=site.domain, name="House")).pk,
        "policy_id": (await DomainPolicy.objects.acreate(domain=site.domain, host="bad.example")).pk,
        "rule_id": (await add_rule(domain=site.domain, text="Be kind")).pk,
        "preset_id": (await WarningPreset.objects.acreate(text="Be kind", domain=site.domain)).pk,
        "person_id": mia.me.pk,
        "appeal_id": appeal.pk,
        "post_id": (await make_post(mia.me)).pk,
        "user_id": mia.user.pk,
        "admin-sign-ups-approve": asking[0],
        "admin-sign-ups-refuse": asking[1],
        "admin-sign-ups-confirm": asking[2],
        "admin-sign-ups-resend": asking[3],
        "admin-people-erase": gone.pk,
        "admin-logins-role": staff.pk,
        "role_id": own_role.pk,
        "grant_id": grant.pk,
        "report_id": report.pk,
        "invitation_id": invitation.pk,
        "announcement_id": announcement.pk,
        "domain_id": site.domain.pk,
        "kind": "privacy_policy",
        "model": "users.identity",
        **dict.fromkeys(("relay_id", "pack_id", "blocklist_id", "subscription_id"), 1),
        "emoji_id": (await Emoji.objects.acreate(shortcode="here", file="a.png", domain=site.domain)).pk,
        "note_id": (await StaffNote.objects.acreate(identity=mia.me, domain_id=site.domain.pk, text="x")).pk,
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


ROWS: list[Permission | BuiltIn] = [*Permission, *BUILT_IN]


async def holder(site: Site, row: Permission | BuiltIn, place: Domain | None) -> Visitor:
    """The moderator, with a built-in role or one of this one permission in place of theirs."""
    await User.objects.filter(pk=site.moderator.user.pk).aupdate(rights={}, is_staff=False)
    await RoleGrant.objects.filter(user=site.moderator.user.pk).adelete()
    if isinstance(row, Permission):
        role_id = (await Role.objects.acreate(name="One thing", permissions=int(row))).pk
    else:
        role_id = row.id
    await put_grant(
        user_id=site.moderator.user.pk, role_id=role_id, domain_id=place.pk if place is not None else None
    )
    return site.moderator


@pytest.mark.parametrize("permission", list(Permission), ids=lambda one: one.name)
def test_the_command_line_may_do_everything_everywhere(permission: Permission) -> None:
    """Who can start it can read the database: its one row, as the services that it calls ask for it."""
    assert all(OPERATOR.may(permission, place) for place in (None, 1, 2))
    assert OPERATOR.pk == 0, "no login, so that nobody can sign in as it"


@pytest.mark.parametrize("place", ["here", "there", "server"])
@pytest.mark.parametrize("row", ROWS, ids=lambda one: one.name)
async def test_each_door_opens_for_its_permission_only(
    site: Site, row: Permission | BuiltIn, place: str
) -> None:
    there = await make_domain("other.test")
    await make_person(there, "zoe", await make_user("zoe@example.org"))
    named = await objects(site)
    visitor = await holder(site, row, {"here": site.domain, "there": there, "server": None}[place])
    wrong = []
    for name, pattern in sorted(
        _patterns().items(), key=lambda row: ("delete" in row[0] or "remove" in row[0], row[0])
    ):
        door, path = DOORS[name], path_of(name, pattern, named)
        may = opens(door, row, place)
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
@pytest.mark.parametrize("row", ROWS, ids=lambda one: one.name)
async def test_each_endpoint_answers_its_permission_only(
    site: Site, row: Permission | BuiltIn, place: str
) -> None:
    there = await make_domain("other.test")
    await make_person(there, "zoe", await make_user("zoe@example.org"))
    visitor = await holder(site, row, {"here": site.domain, "there": there, "server": None}[place])
    headers = {
        "Authorization": f"Bearer {await create_token(identity=visitor.me, scopes='admin:read admin:write')}"
    }
    ids = await ids_of_endpoints(site)
    wrong = []
    for name, door in sorted(ENDPOINTS.items(), key=lambda row: row[0].startswith("DELETE")):
        method, path = name.split()
        may = opens(door, row, place)
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
