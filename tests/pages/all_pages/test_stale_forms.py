"""A form is executed as the identity that it was made for, or not at all; and then its words are kept."""

import re
from html import unescape
from typing import Any

import httpx
import pytest

from activities.posts.models import Like, Post
from tests.activities import people as rows
from tests.pages.conftest import Site, Visitor
from tests.users.hashes import encode
from tests.users.support import make_domain, make_person
from users.identities.models import Identity
from users.logins.cookies import cookie_name
from users.logins.models import Session, User
from users.moderation.models import Report
from users.relations.models import Follow

pytestmark = pytest.mark.anyio

TEXT = "A long walk along the river, and not one word of it may get lost."
_HIDDEN = re.compile(r'<input type="hidden" name="([^"]+)" value="([^"]*)">')


def hidden(html: str) -> dict[str, str]:
    """The hidden fields of the last form of a page."""
    return {name: unescape(value) for name, value in _HIDDEN.findall(html[html.rindex("<form") :])}


async def other_self(visitor: Visitor, site: Site) -> Identity:
    """Another identity of the same login, which it speaks as from now on."""
    other = await make_person(site.domain, "other", visitor.user)
    assert (await visitor.post(f"/settings/identities/{other.pk}/speak")).status_code == 303
    return other


async def form_of(visitor: Visitor, path: str) -> dict[str, str]:
    page = await visitor.get(path)
    assert page.status_code == 200
    return hidden(page.text)


async def test_a_stale_tab_writes_nothing_and_keeps_the_words(site: Site) -> None:
    form = await form_of(site.member, "/compose")
    assert form["acting_as"] == site.member.me.handle
    other = await other_self(site.member, site)
    words: dict[str, Any] = {**form, "text": TEXT, "visibility": "0"}
    refused = await site.member.post("/compose", words)
    assert refused.status_code == 409
    assert TEXT in refused.text
    assert "mia@testserver" in refused.text
    assert await Post.objects.acount() == 0
    again = hidden(refused.text)
    assert (again["text"], again["acting_as"]) == (TEXT, other.handle)
    assert (await site.member.post("/compose", again)).status_code == 303
    assert (await Post.objects.aget()).author_id == other.pk


async def test_no_button_of_a_stale_tab_has_an_effect(site: Site) -> None:
    author = await rows.make_remote("fan")
    post = await rows.make_post(author, content="<p>hello</p>")
    acting_as = {"acting_as": site.member.me.handle}
    await other_self(site.member, site)
    for path in (
        f"/posts/{post.pk}/like",
        f"/posts/{post.pk}/boost",
        f"/posts/{post.pk}/bookmark",
        f"/posts/{post.pk}/vote",
        f"/people/{author.pk}/follow",
        f"/people/{author.pk}/block",
        f"/people/{author.pk}/report",
        "/settings",
    ):
        assert (
            await site.member.post(path, {**acting_as, "comment": "x", "name": "x"})
        ).status_code == 409, path
    assert not await Like.objects.aexists()
    assert not await Follow.objects.aexists()
    assert not await Report.objects.aexists()


async def test_switching_back_and_signing_out_work_from_a_stale_tab(site: Site) -> None:
    stale = {"acting_as": site.member.me.handle}
    await other_self(site.member, site)
    assert (
        await site.member.post(f"/settings/identities/{site.member.me.pk}/speak", stale)
    ).status_code == 303
    await site.member.post(f"/settings/identities/{site.member.me.pk}/speak")
    assert (await site.member.post("/sign-out", {"acting_as": "other@testserver"})).status_code == 303


async def test_words_survive_the_end_of_a_session(site: Site) -> None:
    form = await form_of(site.member, "/compose")
    await Session.objects.filter(user=site.member.user).adelete()
    await User.objects.filter(pk=site.member.user.pk).aupdate(password_hash=encode("correct horse battery"))
    refused = await site.member.post("/compose", {**form, "text": TEXT, "visibility": "0"})
    assert (refused.status_code, TEXT in refused.text) == (401, True)
    assert "Your session ended before this was posted. Sign in and you can send it." in refused.text
    entry = {"email": site.member.user.email, "password": "correct horse battery"}
    wrong = await site.member.post(
        "/sign-in", {**hidden(refused.text), **entry, "password": "wrong password"}
    )
    assert wrong.status_code != 200
    assert "What you wrote has been kept." in wrong.text, "nobody thinks that it is lost"
    assert "has been kept" not in (await site.nobody.get("/sign-in")).text
    signed_in = await site.member.post("/sign-in", {**hidden(wrong.text), **entry})
    assert (signed_in.status_code, TEXT in signed_in.text) == (200, True)
    assert "<h1>Ready to send</h1>" in signed_in.text
    take_session_cookie(site.member, site, signed_in)
    assert await Post.objects.acount() == 0
    assert (await site.member.post("/compose", hidden(signed_in.text))).status_code == 303
    assert (await Post.objects.aget()).source == TEXT


async def test_a_post_with_pictures_is_led_back_to_the_composer(site: Site) -> None:
    """Sending it from the page that kept its words would post it without them."""
    form = await form_of(site.member, "/compose")
    other = await other_self(site.member, site)
    words = {
        **form,
        "text": TEXT,
        "visibility": "1",
        "content_warning": "Rivers",
        "new_description_2": "A boat",
    }
    refused = await site.member.post("/compose", words, files={"file_2": ("a.png", b"x", "image/png")})
    assert refused.status_code == 409
    for shown in ("choose them again", "Continue in the composer", "Who can see it: Unlisted"):
        assert shown in refused.text, shown
    labels = re.findall(r'<label for="words-\d">([^<]+)</label>', refused.text)
    assert labels == ["Post", "Content warning", "Picture description"]
    button = re.search(r'<button name="(\w+)" value="1">Continue', refused.text)
    assert button
    answer = await site.member.post("/compose", {**hidden(refused.text), button[1]: "1"})
    assert (answer.status_code, await Post.objects.acount()) == (200, 0)
    for kept in (TEXT, 'value="Rivers"', "A boat", '<option value="1" selected', f"@{other.handle}"):
        assert kept in answer.text, kept
    assert '<details class="extra files" open' in answer.text


async def test_words_survive_when_the_pictures_beside_them_are_large(site: Site) -> None:
    """It was a 413 before anybody looked at the words. The files are read and dropped: nobody is there to keep them for."""
    await site.member.get("/more")
    await Session.objects.all().adelete()
    for path, words in (
        ("/compose", {"acting_as": site.member.me.handle, "text": TEXT, "visibility": "0"}),
        ("/settings", {"acting_as": site.member.me.handle, "summary": TEXT}),
    ):
        large = {"icon": ("a.png", b"x" * 3_000_000, "image/png")}
        refused = await site.member.post(path, words, files=large)
        assert refused.status_code == 401, path
        assert TEXT in refused.text
        assert hidden(refused.text)["kept_files"] == "1", path
    assert ">About you</label>" in refused.text, "by the name that the form gives it"
    for nobodys, files in (
        ({"text": TEXT}, large),
        ({"acting_as": "mia@testserver", "text": "x" * 2_100_000}, None),
    ):
        assert (await site.nobody.post("/compose", nobodys, files=files)).status_code == 413


async def test_the_loss_of_files_is_told_after_the_sign_in_too(site: Site) -> None:
    form = await form_of(site.member, "/compose")
    await User.objects.filter(pk=site.member.user.pk).aupdate(password_hash=encode("correct horse battery"))
    await Session.objects.filter(user=site.member.user).adelete()
    entry = {"email": site.member.user.email, "password": "correct horse battery"}
    sent = {**form, "text": TEXT, "visibility": "0"}
    answer = await site.member.post("/compose", sent, files={"file_1": ("a.png", b"x", "image/png")})
    assert "choose them again" in answer.text
    answer = await site.member.post(
        "/sign-in", {**hidden(answer.text), **entry, "password": "wrong password"}
    )
    answer = await site.member.post("/sign-in", {**hidden(answer.text), **entry})
    assert answer.status_code == 200
    assert "choose them again" in answer.text
    assert "Continue in the composer" in answer.text


def take_session_cookie(visitor: Visitor, site: Site, answer: httpx.Response) -> None:
    """Keep the session's cookie: this client speaks plain HTTP, over which it sends no secure cookies by itself."""
    name = cookie_name(site.domain)
    cookie = next(c for c in answer.headers.get_list("set-cookie") if c.startswith(name))
    visitor.http.cookies.set(name, cookie.partition("=")[2].partition(";")[0])


async def test_words_survive_the_loss_of_all_cookies_in_any_number_of_rounds(site: Site) -> None:
    form = {**await form_of(site.member, "/compose"), "text": TEXT, "visibility": "0"}
    await User.objects.filter(pk=site.member.user.pk).aupdate(password_hash=encode("correct horse battery"))
    entry = {"email": site.member.user.email, "password": "correct horse battery"}
    ours = {"Sec-Fetch-Site": "same-origin"}
    send = site.member.http.post
    site.member.http.cookies.clear()
    answer = await send("/compose", data=form, headers=ours)
    for _ in range(2):  # the browser loses its cookies each time
        site.member.http.cookies.clear()
        answer = await send("/sign-in", data={**hidden(answer.text), **entry}, headers=ours)
        assert (answer.status_code, TEXT in answer.text) == (403, True)
    wrong = {**hidden(answer.text), **entry, "password": "wrong password"}
    answer = await send("/sign-in", data=wrong, headers=ours)
    assert answer.status_code not in {200, 403}
    answer = await send("/sign-in", data={**hidden(answer.text), **entry}, headers=ours)
    assert (answer.status_code, TEXT in answer.text) == (200, True)
    take_session_cookie(site.member, site, answer)
    assert await Post.objects.acount() == 0
    assert (await send("/compose", data=hidden(answer.text), headers=ours)).status_code == 303
    assert (await Post.objects.aget()).source == TEXT


async def test_a_sign_in_that_was_refused_works_when_it_is_sent_again(site: Site) -> None:
    ours = {"Sec-Fetch-Site": "same-origin"}
    await User.objects.filter(pk=site.member.user.pk).aupdate(password_hash=encode("correct horse battery"))
    entry = {"email": site.member.user.email, "password": "correct horse battery"}
    page = await site.nobody.get("/sign-in?next=/lists")
    site.nobody.http.cookies.clear()
    refused = await site.nobody.http.post("/sign-in", data={**hidden(page.text), **entry}, headers=ours)
    assert refused.status_code == 403
    again = await site.nobody.http.post("/sign-in", data={**hidden(refused.text), **entry}, headers=ours)
    assert (again.status_code, again.headers.get("location")) == (303, "/lists")


async def test_a_post_from_another_site_replaces_no_cookie(site: Site) -> None:
    refused = await site.nobody.http.post("/sign-in", data={}, headers={"Sec-Fetch-Site": "cross-site"})
    assert (refused.status_code, refused.headers.get("set-cookie")) == (403, None)


async def test_words_survive_an_expired_token_and_those_of_other_sites_are_not_shown(site: Site) -> None:
    form = {
        **await form_of(site.member, "/compose"),
        "text": TEXT,
        "visibility": "0",
        "csrfmiddlewaretoken": "x" * 64,
    }
    for site_of, shown in (("same-origin", True), ("cross-site", False), ("same-site", False)):
        headers = {"Sec-Fetch-Site": site_of}
        refused = await site.member.post("/compose", form, headers=headers)
        assert (refused.status_code, TEXT in refused.text) == (403, shown), site_of
    assert await Post.objects.acount() == 0


async def test_a_self_of_another_domain_stays_on_the_domain_that_it_reads(site: Site) -> None:
    """A link or redirect to the other domain would lead to a browser that is signed out there."""
    elsewhere = await make_domain("b.test")
    me = await make_person(elsewhere, "mia", site.member.user)
    assert (await site.member.post(f"/settings/identities/{me.pk}/speak")).status_code == 303
    form = await form_of(site.member, "/compose")
    written = await site.member.post("/compose", {**form, "text": TEXT, "visibility": "0"})
    post = await Post.objects.aget()
    assert written.headers["location"] == f"/@mia@b.test/{post.pk}"
    for path in (written.headers["location"], "/@mia@b.test", "/home", "/local"):
        page = await site.member.get(path)
        assert page.status_code == 200, path
        assert 'href="https://b.test' not in re.sub(r"<link[^>]*>", "", page.text), path
    feed = re.search(r'href="([^"]+/feed\.rss)">RSS', (await site.member.get("/@mia@b.test")).text)
    assert feed
    assert TEXT in (await site.member.get(feed[1])).text, "not that of the name on this domain"
