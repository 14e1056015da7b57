"""Pages for one's own things: signing up, the first run, where a post went, apps, what a new post starts with."""

import datetime as dt
import re
from pathlib import Path

import httpx
import pytest
from PIL import Image

from activities.media.handlers import remove_discarded_files
from activities.notifications.models import Notification, NotificationKind
from activities.posts.models import Visibility
from api.oauth import tokens
from core import clock
from core.config import config
from core.pages.static_files import assets
from core.setup_token import is_loopback, setup_token
from takahe.asgi import application
from tests.activities import people as rows
from tests.media import files as pictures
from tests.media.conftest import folder as folder
from tests.pages.conftest import Site
from tests.support.post_office import PostOffice
from tests.users.support import fresh
from users.domains import services as domains
from users.domains.models import SignUpMode
from users.logins.models import IdentityAccess, Mail, MailGraph, User

pytestmark = pytest.mark.anyio


@pytest.mark.slow
async def test_profile_pictures_are_uploads_only(site: Site, folder: Path) -> None:
    await site.member.get("/settings")
    words = {
        "name": "Mia",
        "icon_url": "https://x.example/a.png",
        "icon_description": "me",
        "image_url": "https://x.example/b.png",
    }
    upload = {"icon": ("a.jpg", pictures.image((900, 500)), "image/jpeg")}
    assert (await site.member.post("/settings", words, files=upload)).status_code == 303
    me = await fresh(site.member.me)
    assert (me.icon_url, me.image_url) == (f"https://testserver/media/{me.icon_file}", "")
    assert me.icon_description == "me"
    assert len(pictures.stored(folder)) == 1
    broken = await site.member.post(
        "/settings", {"name": "Other"}, files={"image": ("a.png", b"<svg/>", "image/png")}
    )
    assert (broken.status_code, (await fresh(me)).name) == (422, "Mia")
    for name in ("\u200b\u200d", "Mia\nAdmin"):
        assert (await site.member.post("/settings", {"name": name})).status_code == 422
    assert (await site.member.post("/settings", {"name": "Mia", "without_icon": "on"})).status_code == 303
    assert (await fresh(me)).icon_file == ""
    await remove_discarded_files()
    assert pictures.stored(folder) == []


@pytest.mark.slow
@pytest.mark.parametrize(
    ("crop", "corners"),
    [
        ("0.5,0,0.5,1", "blue blue"),  # of a picture that is red on the left
        ("0.25,0,0.5,1", "red blue"),
        ("0.1,0.2,0.3,0.54", "red red"),
        ("0.9,0,0.9,1", "blue blue"),
        ("", "red blue"),
        ("nan,0,1,1", "red blue"),
        ("0,0,0,0", "red blue"),
        ("1,2,3", "red blue"),
    ],
)
async def test_a_part_of_a_picture_is_shown(crop: str, corners: str, site: Site, folder: Path) -> None:
    """What names no part of it leaves the middle, as without scripts."""
    await site.member.get("/settings")
    upload = {"icon": ("a.jpg", pictures.image((900, 500)), "image/jpeg")}
    answer = await site.member.post("/settings", {"name": "Mia", "icon_crop": crop}, files=upload)
    assert answer.status_code == 303
    assert colours_of(pictures.stored(folder)[0]) == corners


@pytest.mark.slow
async def test_parts_are_those_of_the_upright_picture(site: Site, folder: Path) -> None:
    await site.member.get("/settings")
    upload = {"image": ("a.jpg", pictures.with_exif(), "image/jpeg")}  # upright red above blue
    assert (
        await site.member.post("/settings", {"name": "Mia", "image_crop": "0,0.8,1,0.1"}, files=upload)
    ).status_code == 303
    assert colours_of(pictures.stored(folder)[0], (1500, 500)) == "blue blue"


def colours_of(file: Path, size: tuple[int, int] = (400, 400)) -> str:
    """The colours on the left and on the right."""
    with Image.open(file) as picture:
        assert picture.size == size
        shades = [picture.convert("RGB").getpixel((at, 9)) for at in (9, size[0] - 9)]
    return " ".join("red" if shade[0] > shade[2] else "blue" for shade in shades)  # type: ignore[index]


@pytest.mark.slow
async def test_forged_picture_addresses_do_not_delete_files(site: Site, folder: Path) -> None:
    """The victim's file was unlinked a minute after one's own picture, whose address ended in its name, was removed."""
    await site.moderator.get("/settings")
    upload = {"icon": ("a.jpg", pictures.image((900, 500)), "image/jpeg")}
    assert (await site.moderator.post("/settings", {"name": "Mo"}, files=upload)).status_code == 303
    victim = await fresh(site.moderator.me)
    before = pictures.stored(folder)
    names = {
        "icon_url": f"https://x.example/{victim.icon_file}",
        "image_url": victim.icon_url,
        "icon_file": victim.icon_file,
        "image_file": victim.icon_file,
    }
    app = await tokens.create_token(identity=site.member.me, scopes="write", app_name="x")
    api = {"Authorization": f"Bearer {app}"}
    for remove in ("form", "api"):
        assert (await site.member.post("/settings", {"name": "Mia", **names})).status_code == 303
        me = await fresh(site.member.me)
        assert {getattr(me, name) for name in names} == {""}
        if remove == "form":
            off = {"name": "Mia", "without_icon": "on", "without_image": "on"}
            assert (await site.member.post("/settings", off)).status_code == 303
        else:
            for kind in ("avatar", "header"):
                answer = await site.nobody.http.delete(f"/api/v1/profile/{kind}", headers=api)
                assert answer.status_code == 200
        await remove_discarded_files()
        assert pictures.stored(folder) == before


async def test_what_is_wrong_with_a_sign_up_has_the_focus(site: Site) -> None:
    await domains.edit_domain(domain=site.domain, sign_up_mode=SignUpMode.approval)
    assert "autofocus" not in (await site.nobody.get("/sign-up")).text
    form = {"username": "newbie", "email": "nowhere", "password": "short", "reason": ""}
    page = (await site.nobody.post("/sign-up", form)).text
    assert "Please correct: E-mail address, Password." in page
    assert re.findall(r'name="(\w+)"(?=[^<>]*autofocus)', page) == ["email"]
    form |= {"email": "new@example.org", "username": "a b"}
    page = (await site.nobody.post("/sign-up", form)).text
    assert "Please correct: Username, Password." in page
    assert re.findall(r'name="(\w+)"(?=[^<>]*autofocus)', page) == ["username"]


@pytest.mark.slow
@pytest.mark.parametrize("mode", [SignUpMode.open, SignUpMode.approval])
async def test_signing_up(site: Site, mode: SignUpMode, post: PostOffice) -> None:
    assert (await site.nobody.get("/sign-up")).status_code == 403
    await domains.edit_domain(domain=site.domain, sign_up_mode=mode)
    await domains.add_rule(domain=site.domain, text="Be kind")
    assert "Be kind" in (await site.nobody.get("/sign-up")).text
    form = {"username": "newbie", "email": "new@example.org", "password": "short"}
    assert (await site.nobody.post("/sign-up", form)).status_code == 422
    form["password"] = "correct horse battery"
    done = await site.nobody.post("/sign-up", form)
    assert (done.status_code, "new@example.org" in done.text) == (200, True)
    found = re.search(r"https://testserver(/confirm/\S+)", await post.last_text())
    assert found
    opened = await site.nobody.get(found[1])
    assert (opened.status_code, "@newbie@testserver" in opened.text) == (200, True)
    assert (await User.objects.aget(email="new@example.org")).confirmed_at is None, "opening it is not enough"
    assert (await site.nobody.post(found[1])).status_code == 422, "nor is a press without the password"
    answer = await site.nobody.post(found[1], {"password": form["password"]})
    entry = {"email": "new@example.org", "password": "correct horse battery"}
    if mode == SignUpMode.open:
        assert answer.headers["location"] == "/welcome"
        assert (await site.nobody.post("/sign-in", entry)).status_code == 303
    else:
        assert "moderator" in answer.text
        assert (await site.nobody.post("/sign-in", entry)).status_code == 403
    assert (await site.nobody.get("/confirm/forged")).status_code == 422, "said before the button is pressed"
    assert (await site.nobody.post("/confirm/forged")).status_code == 422


async def test_a_reset_that_was_answered_is_not_lost_with_the_process(site: Site, post: PostOffice) -> None:
    """The mail's row is there when the answer is: nothing that matters happens after it."""
    for address, recipient in (("mia@example.org", "mia@example.org"), ("nobody@example.org", "")):
        answer = await site.nobody.post("/password/forgotten", {"email": address})
        assert answer.headers["location"] == "/sign-in"
        mail = await Mail.objects.order_by("-pk").afirst()
        assert mail is not None
        assert (mail.recipient, mail.state) == (recipient, MailGraph.waiting)
    assert [mail["To"] for mail in await post.arrived()] == ["mia@example.org"]
    kept = {mail.state: mail.text async for mail in Mail.objects.all()}
    assert kept == {"sent": "", "unaddressed": ""}, "no secret link is kept"


async def test_setting_up_from_elsewhere_requires_the_token(
    db: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    from django.conf import settings

    async def ask(host: str, client: str = "127.0.0.1", query: str = "") -> int:
        transport = httpx.ASGITransport(application, client=(client, 40000))
        async with httpx.AsyncClient(transport=transport, base_url=f"http://{host}") as http:
            return (await http.get(f"/setup{query}")).status_code

    token = setup_token(settings.SECRET_KEY)
    assert await ask("localhost:8000") == 200
    assert await ask("localhost:8000", "203.0.113.7") == 403
    assert await ask("example.com") == 403, "behind a proxy that hides who asks"
    assert await ask("example.com", query=f"?token={token}") == 200
    assert await ask("example.com", query=f"?token={token[:-1]}") == 403
    monkeypatch.setattr(config(), "bind", "0.0.0.0")
    assert await ask("localhost:8000") == 403


@pytest.mark.parametrize(
    ("address", "expected"),
    [("127.0.0.1", True), ("127.9.9.9:80", True), ("::1", True), ("[::1]:8000", True), ("localhost:8000", True),
     ("a.localhost", True), ("0.0.0.0", False), ("::", False), ("10.0.0.1", False), ("localhost.evil.test", False), ("", False)],
)  # fmt: skip
def test_loopback_addresses_are_recognised(address: str, expected: bool) -> None:
    assert is_loopback(address) is expected


async def test_apps_are_listed_and_taken_back(site: Site) -> None:
    plain = await tokens.create_token(
        identity=site.member.me, scopes="read write:statuses", app_name="Tusky <b>"
    )
    page = await site.member.get("/settings/apps")
    assert "Tusky &lt;b&gt;" in page.text
    assert "Change your posts and timelines" in page.text
    path = re.search(r'action="(/settings/apps/\d+/revoke)"', page.text)
    assert path
    assert (await site.moderator.post(path[1])).status_code == 404
    await site.member.post(path[1])
    headers = {"Authorization": f"Bearer {plain}"}
    answer = await site.nobody.http.get("/api/v1/accounts/verify_credentials", headers=headers)
    assert answer.status_code == 401


async def test_an_app_shows_device_and_address_of_its_last_use_and_writes_them_rarely(site: Site) -> None:
    plain = await tokens.create_token(identity=site.member.me, scopes="read", app_name="Tusky")
    assert "10.9.8.7" not in (await site.member.get("/settings/apps")).text
    for hours, address, agent in (
        (0, "10.9.8.7", "Mozilla/5.0 (X11; Linux x86_64) Firefox/140.0"),
        (0, "10.9.8.8", "Other/1"),
        (2, "10.9.8.9", "<b>Tusky/25.0 (Android 15)"),
    ):
        with clock.shifted(dt.timedelta(hours=hours)):
            answer = await site.nobody.http.get(
                "/api/v1/accounts/verify_credentials",
                headers={
                    "Authorization": f"Bearer {plain}",
                    "User-Agent": agent,
                    "X-Forwarded-For": address,
                },
            )
            assert answer.status_code == 200
            page = (await site.member.get("/settings/apps")).text
        if hours:
            assert "10.9.8.9" in page
            assert "&lt;b&gt;Tusky/25.0" in page
            assert "10.9.8.7" not in page
        else:
            assert "10.9.8.7" in page
            assert "Firefox on Linux" in page
            assert "10.9.8.8" not in page


async def test_all_apps_are_taken_back_at_once_page_by_page(site: Site) -> None:
    for count in range(21):
        await tokens.create_token(identity=site.member.me, app_name=f"App {count}")
    others = await tokens.create_token(identity=site.moderator.me, app_name="Not mine")
    page = await site.member.get("/settings/apps")
    assert "App 20<" in page.text
    assert "App 0<" not in page.text
    older = re.search(r'href="(\?max_id=\d+)"', page.text)
    assert older
    assert "App 0<" in (await site.member.get(f"/settings/apps{older[1]}")).text
    answer = await site.member.post("/settings/apps/revoke")
    assert answer.headers["location"] == "/settings/apps"
    assert "No apps" in (await site.member.get("/settings/apps")).text
    headers = {"Authorization": f"Bearer {others}"}
    assert (
        await site.nobody.http.get("/api/v1/accounts/verify_credentials", headers=headers)
    ).status_code == 200


async def test_a_new_post_starts_as_the_settings_say(site: Site) -> None:
    form = {"default_visibility": str(Visibility.followers.value), "default_language": "de"}
    assert (await site.member.post("/settings/posting", form)).status_code == 303
    assert (await fresh(site.member.me)).default_language == "de"
    page = (await site.member.get("/settings/posting")).text
    assert '<option value="de" selected>Deutsch' in page, "by its name"
    assert '<option value="">The server&#x27;s language</option>' in page
    assert "My default" not in page
    await type(site.member.me).objects.filter(pk=site.member.me.pk).aupdate(default_language="xx-Odd")
    assert '<option value="xx-Odd" selected>' in (await site.member.get("/settings/posting")).text, (
        "it is kept"
    )
    assert (await site.member.post("/settings/posting", form)).status_code == 303
    page = (await site.member.get("/compose")).text
    assert '<option value="2" selected>' in page
    assert 'value="de"' in page
    assert (
        await site.member.post("/settings/posting", {**form, "default_language": "<x>"})
    ).status_code == 422


async def test_the_composer_starts_with_the_default_quote_policy(site: Site) -> None:
    form = {"default_visibility": str(Visibility.public.value), "default_quote_policy": "0"}
    assert (await site.member.post("/settings/posting", form)).status_code == 303
    for path in ("/settings/posting", "/compose"):
        chosen = (await site.member.get(path)).text.partition('quote_policy"')[2].partition("</select>")[0]
        assert '<option value="0" selected>' in chosen
    await site.member.post("/settings/posting", {**form, "default_quote_policy": "2"})
    assert (await fresh(site.member.me)).default_quote_policy == 2
    assert (
        await site.member.post("/settings/posting", {**form, "default_quote_policy": "7"})
    ).status_code == 422


async def test_clearing_notifications(site: Site) -> None:

    await Notification.objects.acreate(identity=site.member.me, kind="follow", actor=site.admin.me)
    assert "follows you" in (await site.member.get("/notifications")).text
    assert (await site.member.post("/notifications/clear")).status_code == 303
    assert "No notifications yet" in (await site.member.get("/notifications")).text


@pytest.mark.slow
async def test_a_notification_looks_like_none_of_what_the_style_sheet_names(site: Site) -> None:
    """The row of a quote was drawn with the frame of a quoted post, as both were called `quote`."""

    css = "".join(assets().by_path[f"/static/css/{name}.css"].body.decode() for name in ("site", "more"))
    for kind in NotificationKind:
        post = await rows.make_post(site.member.me)
        await Notification.objects.acreate(identity=site.member.me, kind=kind, actor=site.admin.me, post=post)
    page = (await site.member.get("/notifications")).text
    found = re.findall(r'<article class="post event ([^" ]+)', page)
    assert {"of-quote", "of-poll"} <= set(found)
    for name in found:
        rules = re.findall(rf"[^{{}},]*\.{re.escape(name)}(?![\w-])[^{{}},]*", css)
        assert all(".sign" in rule for rule in rules), name


async def test_a_button_pressed_with_htmx_answers_with_itself_only(site: Site) -> None:
    post = await rows.make_post(site.admin.me)
    form = {"next": "/home"}
    answer = await site.member.post(f"/posts/{post.pk}/like?place=123", form, headers={"HX-Request": "true"})
    assert answer.text.startswith("<button")
    assert answer.text.count("<button") == 1
    assert 'id="like-123"' in answer.text
    assert 'aria-pressed="true"' in answer.text
    answer = await site.member.post(f"/posts/{post.pk}/unlike", form)
    assert (answer.status_code, answer.headers["location"]) == (303, f"/home#post-{post.pk}")


@pytest.mark.parametrize(
    ("mode", "said", "asks"),
    [
        (SignUpMode.open, "Anyone can sign up on testserver, so", False),
        (SignUpMode.approval, "Anyone can ask to join testserver and moderators decide", True),
        (SignUpMode.closed, "testserver isn't accepting new people, so", False),
        (SignUpMode.invite, "testserver accepts people who have an invitation link", False),
    ],
)
async def test_how_people_join_is_said_in_sentences(
    site: Site, mode: SignUpMode, said: str, asks: bool
) -> None:
    """And whoever has no identity here, and never had one, reads that a moderator has to let them in."""
    await domains.edit_domain(domain=site.domain, sign_up_mode=mode)
    assert said in (await site.moderator.get("/admin/sign-ups")).text
    assert "approve you first" not in (await site.member.get("/settings/identities")).text
    await IdentityAccess.objects.filter(user=site.member.user.pk).adelete()
    own = (await site.member.get("/settings/identities")).text
    assert ("On testserver, a moderator has to approve you first." in own) is asks
    assert ("Create identity" in own) is (mode == SignUpMode.open)
