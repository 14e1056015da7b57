"""Every page, as nobody, a member, a moderator and an admin: who gets it, that it is whole, and that hostile words stay words."""

import re

import pytest

from core.pages.static_files import assets
from tests.activities import people as rows
from tests.pages.conftest import Site
from tests.pages.seed import XSS, fill
from users.identities.models import Identity

pytestmark = pytest.mark.anyio

PUBLIC = ("/", "/local", "/federated", "/explore", "/search", "/search?q=mia", "/sign-in", "/password/forgotten", "/tags/x", "/about", "/@mia",
          "/@mia/replies", "/@mia/media", "/@mia/followers", "/@mia/following")  # fmt: skip
PRIVATE = ("/home", "/notifications", "/notifications?show=mentions", "/bookmarks", "/likes", "/compose", "/scheduled", "/lists", "/filters",
           "/followed-tags", "/settings", "/settings/list",
           "/settings/posting", "/settings/old-posts", "/settings/notifications", "/settings/notifications/policy", "/settings/notifications/digest", "/settings/export", "/waiting", "/settings/appearance", "/settings/identities", "/settings/security", "/settings/security/address", "/settings/security/authenticator", "/settings/security/passkeys", "/settings/warnings", "/severed_relationships", "/settings/apps", "/follow-requests", "/blocks",
           "/mutes", "/more", "/settings/import", "/welcome/profile", "/welcome/people", "/welcome/hashtags", "/welcome/follows",
           "/welcome/app", "/bookmarks/folders", "/bookmarks?q=words", "/catch-up", "/columns")  # fmt: skip
MODERATORS = ("/admin", "/admin/queues", "/admin/media", "/admin/queues/activities.post", "/admin/peers", "/admin/people",
              "/admin/people?kind=restricted&q=mia@test", "/admin/reports", "/admin/reports?show=resolved", "/admin/sign-ups",
              "/admin/trends", "/admin/trends?kind=posts&show=waiting", "/admin/appeals", "/admin/appeals?show=decided", "/admin/audit", "/admin/audit?who=@mia@testserver&act=restrict_person&since=2026-01-01")  # fmt: skip
ADMINS = (
    "/admin/domains",
    "/admin/domains/new",
    "/admin/announcements",
    "/admin/options",
    "/admin/roles",
    "/admin/roles/1",
    "/admin/relays",
    "/admin/emojis",
    "/admin/emojis/servers",
    "/admin/emojis/servers?host=far.test",
)


def _check(html: str) -> None:
    """A whole page with a title, one main part, and a first heading where there is content."""
    assert html.startswith("<!DOCTYPE html>")
    assert re.search(r"<title>[^<]+</title>", html)
    assert html.count("<main ") == 1
    assert 'href="#main"' in html
    assert "{{" not in html.replace("{{ 7|add:7 }}", "")
    assert not re.search(r'\sstyle="|<style|\son\w+="|<script>', html), "inline code or style"


async def test_public_pages_are_for_everyone(site: Site) -> None:
    for path in PUBLIC:
        answer = await site.nobody.get(path)
        assert answer.status_code == 200, path
        _check(answer.text)


@pytest.mark.slow
async def test_private_pages_redirect_visitors_to_sign_in_and_back(site: Site) -> None:
    for path in PRIVATE:
        answer = await site.nobody.get(path)
        assert answer.status_code == 303, path
        assert answer.headers["location"].startswith("/sign-in?next=") or path == "/settings/identities"
        answer = await site.member.get(path)
        assert answer.status_code == 200, path
        _check(answer.text)


@pytest.mark.slow
async def test_operators_pages_are_not_there_for_others(site: Site) -> None:
    for path in MODERATORS + ADMINS:
        assert (await site.nobody.get(path)).status_code == 404, path
        assert (await site.member.get(path)).status_code == 404, path
        answer = await site.moderator.get(path)
        assert answer.status_code == (200 if path in MODERATORS else 404), path
        answer = await site.admin.get(path)
        assert answer.status_code == 200, path
        _check(answer.text)
    for path in (
        "/admin/people/1/restrict",
        "/admin/reports/1/resolve",
        "/admin/invitations",
        "/admin/invitations/1/revoke",
        "/admin/queues/users.identity/retry",
    ):
        assert (await site.member.post(path)).status_code == 404, path


@pytest.mark.slow
async def test_markup_in_texts_is_escaped(site: Site) -> None:
    made = await fill(site.domain, site.admin.me)
    evil = made["evil"]
    pages = (*PRIVATE, *MODERATORS, "/@mallory@evil.test", f"/admin/people/{evil.pk}", "/search?q=<script>alert(1)</script>",
             f"/@ann/{made['mine'].pk}", "/admin/peers?q=<script>", "/admin/people?kind=all&q=<img src=x onerror=x>",
             '/sign-in?next=/"><script>', "/compose?text=</textarea><script>alert(1)</script>", "/tags/<script>")  # fmt: skip
    for path in pages:
        visitor = site.nobody if path.startswith("/sign-in") else site.admin
        answer = await visitor.get(path)
        _check(answer.text)
        for text in XSS[:2]:
            assert text not in answer.text, (path, text)
        assert not re.search(r'(?:href|src)="\s*javascript:', answer.text), path


@pytest.mark.parametrize(
    ("path", "status"),
    [
        ("/nothing-here", 404),
        ("/@nobody", 404),
        ("/local?max_id=x", 400),
        ("/sign-out", 405),
        ("/admin/people/9", 404),
    ],
)
async def test_errors_are_pages_too(site: Site, path: str, status: int) -> None:
    answer = await site.admin.get(path)
    assert answer.status_code == status
    _check(answer.text)
    assert "Front page" in answer.text


async def test_forms_without_a_token_are_refused(site: Site) -> None:
    for path in (
        "/compose",
        "/sign-out",
        "/settings",
        f"/people/{site.moderator.me.pk}/follow",
        "/admin/peers",
    ):
        answer = await site.admin.http.post(path, data={"text": "x"})
        assert answer.status_code == 403, path
        _check(answer.text)
    await site.member.get("/compose")
    answer = await site.member.post("/compose", {"text": "x"}, headers={"Sec-Fetch-Site": "cross-site"})
    assert answer.status_code == 403


@pytest.mark.parametrize(
    "to",
    ["https://evil.test/", "//evil.test", "/\\evil.test", "javascript:alert(1)", "evil", "/\t/evil.test"],
)
async def test_redirects_do_not_lead_to_another_site(site: Site, to: str) -> None:
    answer = await site.member.get("/sign-in", params={"next": to})
    assert answer.headers["location"] == "/"
    answer = await site.member.post(f"/people/{site.moderator.me.pk}/follow", {"next": to})
    assert answer.headers["location"] == "/home"


async def test_visitors_get_to_the_front_page_on_phones_too(site: Site) -> None:
    name = '<header><a class="brand" href="/">'
    assert name in (await site.nobody.get("/local")).text
    assert name not in (await site.member.get("/local")).text


async def test_a_wrong_form_says_so_where_it_is_wrong(site: Site) -> None:
    answer = await site.nobody.post("/sign-in", {"email": "", "password": "x"})
    assert answer.status_code == 422
    field = re.search(r"<input[^>]*id=\"id_email\"[^>]*>", answer.text)
    assert field
    assert 'aria-invalid="true"' in field[0]
    described = re.search(r'aria-describedby="([^"]+)"', field[0])
    assert described
    assert all(f'id="{name}"' in answer.text for name in described[1].split())
    assert (await site.member.post("/compose", {"text": "x" * 600, "visibility": "0"})).status_code == 422


@pytest.mark.slow
async def test_a_page_weighs_little(site: Site) -> None:
    await fill(site.domain, site.member.me)
    page = await site.member.get("/home", headers={"Accept-Encoding": "identity"})
    total, seen = (
        len(page.content),
        dict.fromkeys(re.findall(r'(?:href|src)="(/[^"]+\.(?:css|js)[^"]*)"', page.text)),
    )
    for path in (waiting := list(seen)):
        answer = await site.member.http.get(path, headers={"Accept-Encoding": "identity"})
        total += len(answer.content)
        # and what a script needs before it runs
        more = [
            one
            for one in re.findall(r'^import [^"\n]*"([^"]+)"', answer.text, re.MULTILINE)
            if one not in seen
        ]
        waiting += more
        seen |= dict.fromkeys(more)
    assert assets().url("js/site.js") in page.text
    assert total < 150_000, total


async def test_rows_have_no_empty_lines_but_those_of_code(site: Site) -> None:
    words = await rows.make_post(site.member.me, content="<p>words</p>")
    code = await rows.make_post(site.member.me, content="<pre><code><i>a</i>\n\n\nb</code></pre>")
    page = (await site.nobody.get("/@mia")).text
    shown = {
        post.pk: page.partition(f'data-post="{post.pk}"')[2].partition("</article>")[0]
        for post in (words, code)
    }
    assert "words" in shown[words.pk]
    assert "\n\n" not in shown[words.pk]
    assert "<i>a</i>\n\n\nb" in shown[code.pk]


async def test_a_warning_is_closed_on_the_posts_own_page_too(site: Site) -> None:
    post = await rows.make_post(site.member.me, content="<p>It was the butler</p>", content_warning="Ending")
    page = (await site.nobody.get(f"/@mia/{post.pk}")).text
    assert re.search(r'<details class="warning"><summary data-show="Show" data-hide="Hide">.*Ending', page)
    assert not re.search(r'<details class="warning"[^>]*open', page)


async def test_one_post_and_one_follower(site: Site) -> None:
    await rows.follow(site.admin.me, site.member.me)
    for count, posts, followers in (
        (1, "1</b> post<", "1</b> follower<"),
        (2, "2</b> posts", "2</b> followers"),
    ):
        await Identity.objects.filter(pk=site.member.me.pk).aupdate(posts_count=count, followers_count=count)
        page = (await site.nobody.get("/@mia")).text
        assert posts in page
        assert followers in page
