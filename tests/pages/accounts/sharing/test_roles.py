"""Roles of a shared identity: one table for pages and the API, and a sweep over every form and endpoint."""

import pytest

from activities.posts.models import Post, PostWriter
from api.doing import doing_of as api_doing
from api.oauth.bearer import Auth
from api.routing import table
from tests.activities.people import make_post
from tests.pages.accounts.sharing.support import AUTHOR, EDITOR, OWNER, Shared, share
from tests.pages.conftest import Site
from tests.pages.test_two_presses import TWO_PRESSES
from tests.users.support import make_person
from users.audit.models import AuditEntry
from users.identities.models import Identity
from users.logins.access import Doing, may
from users.logins.models import AccessRole
from web.frame.doing import doing_of as page_doing
from web.urls import urlpatterns

pytestmark = pytest.mark.anyio

# act → the lowest role that may do it, its form on pages ("" if there is none), its call of the API
ACTS: dict[str, tuple[AccessRole, str, str]] = {
    "read home": (AUTHOR, "GET /home", "GET /api/v1/timelines/home"),
    "read notifications": (AUTHOR, "GET /notifications", "GET /api/v1/notifications"),
    "write a post": (AUTHOR, "POST /compose", "POST /api/v1/statuses"),
    "upload": (AUTHOR, "POST /compose/upload", "POST /api/v2/media"),
    "like": (AUTHOR, "POST /posts/{other}/like", "POST /api/v1/statuses/{other}/favourite"),
    "boost": (AUTHOR, "POST /posts/{other}/boost", "POST /api/v1/statuses/{other}/reblog"),
    "bookmark": (AUTHOR, "POST /posts/{other}/bookmark", "POST /api/v1/statuses/{other}/bookmark"),
    "edit another's post": (EDITOR, "POST /posts/{owners}/edit", "PUT /api/v1/statuses/{owners}"),
    "delete another's post": (EDITOR, "POST /posts/{owners}/delete", "DELETE /api/v1/statuses/{owners}"),
    "let another's post expire": (EDITOR, "POST /posts/{owners}/expiry", ""),
    "redraft another's post": (EDITOR, "POST /posts/{owners}/redraft", ""),
    "change who may reply": (
        EDITOR,
        "POST /posts/{owners}/policies",
        "PUT /api/v1/statuses/{owners}/interaction_policy?quote_approval_policy=nobody",
    ),
    "pin": (EDITOR, "POST /posts/{owners}/pin", "POST /api/v1/statuses/{owners}/pin"),
    "change the profile": (EDITOR, "POST /settings", "PATCH /api/v1/accounts/update_credentials"),
    "remove the picture": (EDITOR, "", "DELETE /api/v1/profile/avatar"),
    "follow": (EDITOR, "POST /people/{stranger}/follow", "POST /api/v1/accounts/{stranger}/follow"),
    "block": (EDITOR, "POST /people/{stranger}/block", "POST /api/v1/accounts/{stranger}/block"),
    "mute": (EDITOR, "POST /people/{stranger}/mute", "POST /api/v1/accounts/{stranger}/mute"),
    "accept a follower": (
        EDITOR,
        "POST /follow-requests/{stranger}/accept",
        "POST /api/v1/follow_requests/{stranger}/authorize",
    ),
    "add a list": (EDITOR, "POST /lists", "POST /api/v1/lists"),
    "add a filter": (EDITOR, "POST /filters", "POST /api/v2/filters"),
    "report": (EDITOR, "POST /people/{stranger}/report", "POST /api/v1/reports"),
    "clear notifications": (EDITOR, "POST /notifications/clear", "POST /api/v1/notifications/clear"),
    "choose whose notifications": (
        EDITOR,
        "POST /settings/notifications/policy",
        "PATCH /api/v2/notifications/policy",
    ),
    "delete old posts": (OWNER, "POST /settings/old-posts", ""),
    "export": (OWNER, "GET /settings/export/follows.csv", ""),
    "import": (OWNER, "POST /settings/import", ""),
    "add an alias": (OWNER, "POST /settings/move/aliases/add", "POST /api/v1/accounts/alias"),
    "move": (OWNER, "POST /settings/move/away", "POST /api/v1/accounts/move"),
    "invite": (OWNER, "POST /settings/sharing", ""),
    "change a role": (OWNER, "POST /settings/sharing/1", ""),
    "remove somebody": (OWNER, "POST /settings/sharing/1/remove", ""),
    "take an invitation back": (OWNER, "POST /settings/sharing/invitations/1/take-back", ""),
}


@pytest.fixture
async def shared(site: Site) -> Shared:
    return await share(site)


async def write(site: Site, shared: Shared, role: AccessRole, text: str = "words") -> Post:
    """Write a post in the API with this role."""
    answer = await site.nobody.http.post(
        "/api/v1/statuses", data={"status": text}, headers={"Authorization": f"Bearer {shared.tokens[role]}"}
    )
    assert answer.status_code == 200, answer.text
    return await Post.objects.aget(pk=int(answer.json()["id"]))


@pytest.mark.parametrize("act", ACTS)
async def test_a_role_may_do_what_the_table_says(site: Site, shared: Shared, act: str) -> None:
    """Refused: 403 with the reason, before anything else. Allowed: anything but that (a form may miss a field)."""
    lowest, form, call = ACTS[act]
    stranger = await Identity.objects.exclude(pk=shared.identity.pk).order_by("pk").afirst()
    assert stranger is not None
    for role, person in shared.people.items():
        owners, other = await write(site, shared, OWNER), await write(site, shared, OWNER)
        names = {"owners": owners.pk, "other": other.pk, "stranger": stranger.pk}
        if form:
            method, _, path = form.format(**names).partition(" ")
            answer = await (person.get(path) if method == "GET" else person.post(path, {}))
            is_refused = answer.status_code == 403 and "this account" in answer.text
            assert is_refused == (role < lowest), (act, role, answer.status_code)
        if call:
            method, _, path = call.format(**names).partition(" ")
            bearer = {"Authorization": f"Bearer {shared.tokens[role]}"}
            answer = await site.nobody.http.request(method, path, headers=bearer)
            is_refused = answer.status_code == 403 and "this account" in answer.text
            assert is_refused == (role < lowest), (act, role, answer.status_code, answer.text)


# written down by hand: what authors may do, so that a form or an endpoint that somebody adds is not open to them by mistake
PAGES_OF_AUTHORS = [
    "announcements-react",
    "announcements-read",
    "announcements-unreact",
    "catch-up",
    "compose",
    "drafts-delete",
    "drafts-save",
    "home-read",
    "notifications-read",
    "notifications-read-all",
    "posts-bookmark",
    "posts-boost",
    "posts-delete",
    "posts-deliveries-try",
    "posts-edit",
    "posts-expiry",
    "posts-like",
    "posts-policies",
    "posts-react",
    "posts-redraft",
    "posts-restore",
    "posts-unbookmark",
    "posts-unboost",
    "posts-unlike",
    "posts-unreact",
    "posts-vote",
    "private-mention",
    "private-mentions-unread",
    "scheduled-again",
    "scheduled-cancel",
    "scheduled-draft",
    "share",
    "uploads",
]
CALLS_OF_AUTHORS = """DELETE /api/v1/announcements/<id>/reactions/<name>
    DELETE /api/v1/media/<id>
    DELETE /api/v1/pleroma/statuses/<id>/reactions/<emoji>
    DELETE /api/v1/push/subscription
    DELETE /api/v1/scheduled_statuses/<id>
    DELETE /api/v1/statuses/<id>
    POST /api/v1/announcements/<id>/dismiss
    POST /api/v1/conversations/<id>/read
    POST /api/v1/conversations/<id>/unread
    POST /api/v1/markers
    POST /api/v1/media
    POST /api/v1/polls/<id>/votes
    POST /api/v1/push/subscription
    POST /api/v1/statuses
    POST /api/v1/statuses/<id>/bookmark
    POST /api/v1/statuses/<id>/favourite
    POST /api/v1/statuses/<id>/react/<emoji>
    POST /api/v1/statuses/<id>/reblog
    POST /api/v1/statuses/<id>/unbookmark
    POST /api/v1/statuses/<id>/unfavourite
    POST /api/v1/statuses/<id>/unreact/<emoji>
    POST /api/v1/statuses/<id>/unreblog
    POST /api/v2/media
    PUT /api/v1/announcements/<id>/reactions/<name>
    PUT /api/v1/media/<id>
    PUT /api/v1/pleroma/statuses/<id>/reactions/<emoji>
    PUT /api/v1/push/subscription
    PUT /api/v1/scheduled_statuses/<id>
    PUT /api/v1/statuses/<id>
    PUT /api/v1/statuses/<id>/interaction_policy"""


def test_nothing_else_is_open_to_authors() -> None:
    forms = " ".join(TWO_PRESSES.values()).split()
    assert [
        name for name in sorted(forms) if page_doing(name, is_form=True) is Doing.write
    ] == PAGES_OF_AUTHORS
    calls = [
        f"{route.method} {route.path}"
        for route in table
        if route.auth is Auth.user and api_doing(route.method, route.path, route.scope) is Doing.write
    ]
    assert sorted(calls) == [line.strip() for line in CALLS_OF_AUTHORS.splitlines()]
    unbound = {
        name
        for name in forms
        if page_doing(name, is_form=True) is Doing.read and not name.startswith("admin")
    }
    assert not {name for name in unbound if "sharing" in name} - {"settings-sharing-leave"}
    assert unbound <= {pattern.name for pattern in urlpatterns}


async def test_authors_are_not_offered_what_they_may_not_do(site: Site, shared: Shared) -> None:
    stranger = await make_person(site.domain, "zoe")
    post = await make_post(stranger)
    for role, person in shared.people.items():
        profile, menu = (await person.get("/@zoe")).text, (await person.get(f"/posts/{post.pk}/menu")).text
        offered = [f"/people/{stranger.pk}/{act}" in profile for act in ("follow", "block", "mute", "report")]
        offered += [f"/people/{stranger.pk}/{act}" in menu for act in ("block", "mute", "report")]
        assert set(offered) == {role is not AUTHOR}
        assert "Copy link" in menu
        own = (await person.get(f"/@{shared.identity.username}")).text
        assert ("Edit profile" in own) == (role is not AUTHOR)


@pytest.mark.parametrize("role", [None, *AccessRole])
def test_each_role_may_do_what_those_before_it_may(role: AccessRole | None) -> None:
    done = [doing for doing in (Doing.read, Doing.write, Doing.edit, Doing.own) if may(role, doing)]
    assert len(done) == {None: 0, AUTHOR: 2, EDITOR: 3, OWNER: 4}[role]
    assert done == list(Doing)[: len(done)]


async def test_authors_change_what_they_wrote_themselves(site: Site, shared: Shared) -> None:
    author = shared.people[AUTHOR]
    own = await write(site, shared, AUTHOR)
    bearer = {"Authorization": f"Bearer {shared.tokens[AUTHOR]}"}
    edited = await site.nobody.http.put(
        f"/api/v1/statuses/{own.pk}", data={"status": "better"}, headers=bearer
    )
    assert edited.status_code == 200, edited.text
    assert (await author.get(f"/posts/{own.pk}/edit")).status_code == 200
    assert (await author.post(f"/posts/{own.pk}/delete")).status_code == 303
    assert (await author.post(f"/posts/{own.pk}/restore")).status_code == 303
    settings = await author.get("/settings")
    assert (settings.status_code, settings.headers["location"]) == (302, "/settings/list")
    listed = (await author.get("/settings/list")).text
    assert "/settings/sharing" in listed
    assert "/settings/move" not in listed
    deleted = await site.nobody.http.delete(f"/api/v1/statuses/{own.pk}", headers=bearer)
    assert deleted.status_code == 200, deleted.text
    assert not await PostWriter.objects.filter(post=own.pk).aexists(), "deleted with the post's content"


async def test_refused_attempts_are_in_the_audit_log(site: Site, shared: Shared) -> None:
    await shared.people[AUTHOR].post("/settings", {"name": "Mine now"})
    bearer = {"Authorization": f"Bearer {shared.tokens[AUTHOR]}"}
    await site.nobody.http.patch(
        "/api/v1/accounts/update_credentials", data={"display_name": "Mine now"}, headers=bearer
    )
    assert (await Identity.objects.aget(pk=shared.identity.pk)).name == shared.identity.name
    entries = [one async for one in AuditEntry.objects.filter(act="exceed_role").order_by("pk")]
    assert [one.details["page"] for one in entries] == [
        "settings",
        "PATCH /api/v1/accounts/update_credentials",
    ]
    assert {(one.actor_id, one.refusal) for one in entries} == {
        (shared.people[AUTHOR].user.pk, "editors_only")
    }


async def test_who_wrote_is_seen_by_those_who_share_only(site: Site, shared: Shared) -> None:
    post = await write(site, shared, AUTHOR, "by ann")
    path = f"/@{shared.identity.username}/{post.pk}"
    for role, person in shared.people.items():
        text = (await person.get(path)).text
        assert "Written by" in text
        assert ("@ann@" in text) == (role is not AUTHOR)
        assert ("Written by <bdi>you</bdi>" in text) == (role is AUTHOR)
    assert "Written by" not in (await site.nobody.get(path)).text
    document = await site.nobody.http.get(
        path, headers={"Accept": "application/activity+json"}, follow_redirects=True
    )
    assert "@ann" not in document.text
    assert "ann@example.org" not in document.text
    staff = await site.moderator.get(f"/admin/posts/{post.pk}")
    assert "was written by the login of" in " ".join(staff.text.split())
    await shared.people[AUTHOR].user.adelete()
    assert not await PostWriter.objects.filter(post=post.pk).aexists(), "erased with the login"
    assert "Written by" not in (await site.member.get(path)).text


async def test_a_post_of_somebody_who_shares_with_nobody_has_no_writer(site: Site) -> None:
    assert (await site.member.post("/compose", {"text": "alone", "visibility": "0"})).status_code in {
        200,
        303,
    }
    assert await Post.objects.acount() == 1
    assert not await PostWriter.objects.aexists()
