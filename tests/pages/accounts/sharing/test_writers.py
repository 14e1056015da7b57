"""Writers of the posts of a shared account: its people see them in rows and in the API, and strangers can't tell them apart."""

from typing import Any

import pytest

from activities.posts.models import PostWriter
from api.oauth import tokens
from api.oauth.apps import register_app
from tests.activities.people import make_post
from tests.pages.accounts.sharing.support import AUTHOR, EDITOR, OWNER, Shared, share
from tests.pages.conftest import Site
from tests.support.queries import counted
from tests.users.support import make_person, make_user
from users.logins.models import AccessRole, IdentityAccess
from users.logins.services.deletion import delete_login

pytestmark = pytest.mark.anyio


@pytest.fixture
async def shared(site: Site) -> Shared:
    return await share(site)


async def call(site: Site, token: str, method: str, path: str, **more: Any) -> Any:
    headers = {"Authorization": f"Bearer {token}"} if token else {}
    answer = await site.nobody.http.request(method, path, headers=headers, **more)
    assert answer.status_code == 200, answer.text
    return answer.json()


async def write(site: Site, token: str, text: str) -> int:
    return int((await call(site, token, "POST", "/api/v1/statuses", data={"status": text}))["id"])


async def _token(site: Site, shared: Shared, role: AccessRole, app_name: str) -> str:
    """Issue a token of another app to one of those who share the account."""
    app, _ = await register_app(
        name=app_name, redirect_uris=["urn:ietf:wg:oauth:2.0:oob"], scopes="read write", website=""
    )
    _, text = await tokens.issue(
        app=app, scopes="read write", user=shared.people[role].user, identity=shared.identity
    )
    return text


async def _stranger(site: Site) -> str:
    """Return the token of somebody who follows the account, and shares nothing."""
    user = await make_user("zoe@example.org")
    zoe = await make_person(site.domain, "zoe")
    await IdentityAccess.objects.acreate(user=user, identity=zoe)
    app, _ = await register_app(
        name="App", redirect_uris=["urn:ietf:wg:oauth:2.0:oob"], scopes="read write follow", website=""
    )
    _, text = await tokens.issue(app=app, scopes="read write follow", user=user, identity=zoe)
    return text


async def test_rows_say_who_wrote_to_those_who_share(site: Site, shared: Shared) -> None:
    """Also the second reader of a row: rows are kept by what they look like (web/templatetags/post_rows.py)."""
    await write(site, shared.tokens[AUTHOR], "by ann")
    author, label = shared.people[AUTHOR], f"by <bdi>@{shared.people[AUTHOR].me.handle}</bdi>"
    for _ in range(2):
        assert label in (await shared.people[OWNER].get("/home")).text
        assert label in (await shared.people[EDITOR].get("/home")).text
        mine = (await author.get("/home")).text
        assert "by <bdi>you</bdi>" in mine
        assert label not in mine
    profile = f"/@{shared.identity.username}"
    assert label in (await shared.people[EDITOR].get(profile)).text
    assert "by <bdi>" not in (await site.nobody.get(profile)).text
    await write(site, shared.tokens[OWNER], "by the owner")
    assert "by <bdi>the first owner</bdi>" in (await author.get("/home")).text
    await IdentityAccess.objects.filter(user=author.user.pk, identity=shared.identity.pk).adelete()
    assert "by <bdi>somebody who has left</bdi>" in (await shared.people[OWNER].get("/home")).text


async def test_rows_say_who_boosted(site: Site, shared: Shared) -> None:
    post = await make_post(await make_person(site.domain, "yuri"))
    await call(site, shared.tokens[EDITOR], "POST", f"/api/v1/statuses/{post.pk}/reblog")
    profile = f"/@{shared.identity.username}"
    shown = (await shared.people[OWNER].get(profile)).text
    assert f"by <bdi>@{shared.people[EDITOR].me.handle}</bdi>" in shown
    assert "by <bdi>" not in (await site.nobody.get(profile)).text


async def test_an_account_of_one_says_nothing(site: Site) -> None:
    assert (await site.member.post("/compose", {"text": "alone", "visibility": "0"})).status_code < 400
    assert "by <bdi>" not in (await site.member.get("/home")).text


async def test_the_api_says_who_wrote_to_those_who_share(site: Site, shared: Shared) -> None:
    post_id = await write(site, shared.tokens[AUTHOR], "by ann #birds")
    await write(site, shared.tokens[OWNER], "by the owner")
    label, path = f"@{shared.people[AUTHOR].me.handle}", f"/api/v1/statuses/{post_id}"
    for role in AccessRole:
        found = await call(site, shared.tokens[role], "GET", path)
        assert found["written_by"] == {"name": label, "me": role is AUTHOR}
        home = await call(site, shared.tokens[role], "GET", "/api/v1/timelines/home")
        assert [one["written_by"]["name"] for one in home] == [None, label]
        assert [one["written_by"]["me"] for one in home] == [role is OWNER, role is AUTHOR]
    for token in ("", await _stranger(site)):
        assert "written_by" not in await call(site, token, "GET", path)
        for one in await call(site, token, "GET", "/api/v1/timelines/tag/birds"):
            assert "written_by" not in one
        for one in await call(site, token, "GET", f"/api/v1/accounts/{shared.identity.pk}/statuses"):
            assert "written_by" not in one


async def test_strangers_cannot_tell_writers_apart_by_their_apps(site: Site, shared: Shared) -> None:
    ids = [
        await write(site, await _token(site, shared, role, f"App of {role.name}"), role.name)
        for role in (OWNER, AUTHOR)
    ]
    stranger = await _stranger(site)
    for post_id, name in zip(ids, ("App of owner", "App of author"), strict=True):
        path, page = f"/api/v1/statuses/{post_id}", f"/@{shared.identity.username}/{post_id}"
        for token in ("", stranger):
            assert "application" not in await call(site, token, "GET", path)
        assert "App of" not in (await site.nobody.get(page)).text
        for role, person in shared.people.items():
            assert (await call(site, shared.tokens[role], "GET", path))["application"]["name"] == name
            assert name in (await person.get(page)).text


async def test_an_account_of_one_shows_its_app(site: Site) -> None:
    token = await _stranger(site)
    post_id = await write(site, token, "hello")
    assert (await call(site, "", "GET", f"/api/v1/statuses/{post_id}"))["application"]["name"] == "App"
    other = await make_user("new@example.org")
    access = await IdentityAccess.objects.aget(identity__username="zoe")
    await IdentityAccess.objects.acreate(user=other, identity_id=access.identity_id, is_owner=False)
    found = await call(site, "", "GET", f"/api/v1/statuses/{post_id}")
    assert "application" not in found, "shared from now on: what this one used is nobody's business, either"


async def test_the_app_stays_hidden_when_the_writer_is_gone(site: Site, shared: Shared) -> None:
    post_id = await write(site, shared.tokens[EDITOR], "by mo")
    await IdentityAccess.objects.filter(user=shared.people[AUTHOR].user.pk).adelete()
    await delete_login(user=shared.people[EDITOR].user)
    assert not await PostWriter.objects.aexists()
    assert await IdentityAccess.objects.filter(identity=shared.identity.pk).acount() == 1
    assert "application" not in await call(site, "", "GET", f"/api/v1/statuses/{post_id}")


OWN_ACTS = ("edit", "policies", "redraft", "expiry", "delete", "deliveries", "pin")


async def test_menus_offer_authors_only_what_they_may_do(site: Site, shared: Shared) -> None:
    theirs = await write(site, shared.tokens[OWNER], "by the owner")
    own = await write(site, shared.tokens[AUTHOR], "by ann")
    for role, person in shared.people.items():
        for post_id in (theirs, own):
            is_changed = role is not AUTHOR or post_id == own
            for path in (f"/posts/{post_id}/menu", f"/@{shared.identity.username}/{post_id}"):
                text = (await person.get(path)).text
                offered = {act for act in OWN_ACTS if f"/posts/{post_id}/{act}" in text}
                expected = set(OWN_ACTS) if role is not AUTHOR else {*OWN_ACTS} - {"pin"}
                assert offered == (expected if is_changed else set()), (role, path)
                assert f"/people/{shared.identity.pk}/" not in text.partition("<footer>")[2]
            status = (await person.get(f"/posts/{post_id}/deliveries")).status_code
            assert status == (200 if is_changed else 403)


async def test_writers_cost_no_statement_a_row(
    site: Site, shared: Shared, monkeypatch: pytest.MonkeyPatch
) -> None:
    """An author's page with boosts takes one more than an editor's, however many posts it has."""
    yuri, numbers = await make_person(site.domain, "yuri"), []
    for _ in range(3):
        await write(site, shared.tokens[OWNER], "by the owner")
        post = await make_post(yuri)
        await call(site, shared.tokens[OWNER], "POST", f"/api/v1/statuses/{post.pk}/reblog")
        found = []
        for role in (AUTHOR, EDITOR):
            await shared.people[role].get(f"/@{shared.identity.username}")
            async with counted(monkeypatch) as seen:
                await shared.people[role].get(f"/@{shared.identity.username}")
            found.append(len(seen))
        numbers.append(found)
    assert numbers[0] == numbers[2], numbers
    assert numbers[0][0] == numbers[0][1] + 1, numbers
