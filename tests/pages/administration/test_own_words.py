"""A domain's texts: long texts, contact, announcements; and a form for each option in the database."""

import datetime as dt
import re

import pytest

from activities.announcements.models import Announcement
from core import clock
from tests.pages.conftest import Site
from tests.users.support import give_role, make_domain, make_rules
from users.domains import options
from users.domains import services as domains
from users.domains.models import Level
from users.roles.models import ADMIN, MODERATOR, OWNER, BuiltIn

pytestmark = pytest.mark.anyio


@pytest.mark.slow
async def test_long_texts_are_written_and_read(site: Site) -> None:
    await domains.edit_domain(domain=site.domain, contact_email="help@example.org")
    await make_rules(site.domain, "Be kind")
    for kind, path in (
        ("privacy_policy", "/privacy-policy"),
        ("terms_of_service", "/terms-of-service"),
        ("extended_description", "/about"),
    ):
        edit = f"/admin/domains/{site.domain.pk}/texts/{kind}"
        assert edit in (await site.admin.get(f"/admin/domains/{site.domain.pk}")).text
        assert f'href="{path}"' not in (await site.nobody.get("/about")).text, "nobody wrote it yet"
        if path != "/about":
            assert (await site.nobody.get(path)).status_code == 404
        content = f"<p>We keep little: {kind}</p><script>alert(1)</script>"
        assert (await site.admin.post(edit, {"content": content})).status_code == 303
        page = await site.nobody.get(path)
        assert f"We keep little: {kind}" in page.text
        assert "alert(1)" not in page.text
        assert f"We keep little: {kind}" in (await site.admin.get(edit)).text
        assert (await site.admin.post(edit, {"content": "<script></script>"})).status_code == 422
        assert (await site.moderator.get(edit)).status_code == 404
    assert (await site.admin.get(f"/admin/domains/{site.domain.pk}/texts/x")).status_code == 404
    for path in ("/about", "/", "/@mia"):
        page = (await site.nobody.get(path)).text
        assert "mailto:help@example.org" in page, path
        assert "<li><bdi>Be kind</bdi></li>" in page, path


async def test_about_has_a_default_text(site: Site) -> None:
    page = " ".join((await site.nobody.get("/about")).text.split())
    for words in (
        "A small place on the fediverse",
        "New people can&#x27;t sign up here",
        ">Takahē 1",
        "@testserver",
    ):
        assert words in page
    assert "Only admins see this note" not in page
    own = f'href="/admin/domains/{site.domain.pk}"'
    for visitor in (site.member, site.moderator):
        assert own not in (await visitor.get("/about")).text
    page = " ".join((await site.admin.get("/about")).text.split())
    assert "This page has no description, no rules, no contact address yet." in page
    assert own in page
    for mode, words, offers in (
        ("open", "Anyone can sign up here.", True),
        ("approval", "A moderator reviews each request.", True),
        ("invite", "with an invitation", False),
    ):
        await domains.edit_domain(domain=site.domain, sign_up_mode=mode)
        page = (await site.nobody.get("/about")).text
        assert words in page
        assert ('<a href="/sign-up">Sign up</a>' in page) is offers, mode
    await domains.edit_domain(domain=site.domain, description="Ours", contact_email="help@example.org")
    await make_rules(site.domain, "Be kind")
    page = (await site.admin.get("/about")).text
    assert "Only admins see this note" not in page
    assert "A small place" not in page


async def test_the_end_of_an_announcement_is_typed_in_a_zone_that_the_page_says(site: Site) -> None:
    assert "(UTC, where it is" in (await site.admin.get("/admin/announcements")).text
    at = clock.now().replace(second=0, microsecond=0) + dt.timedelta(days=2)
    for offset in ("", "-120"):
        typed = {"content": "We rest", "ends_at": f"{at:%Y-%m-%dT%H:%M}", "utc_offset": offset}
        answer = await site.admin.post("/admin/announcements", typed)
        end = at + dt.timedelta(minutes=int(offset or 0))
        read = (await site.admin.get(answer.headers["location"])).text
        assert re.search(rf"It is shown until <time [^>]*>{end:%-d %B %Y, %H:%M} UTC</time>\.", read)
        made_at = await Announcement.objects.order_by("-id").afirst()
        assert made_at is not None
        assert made_at.ends_at == end


@pytest.mark.slow
async def test_announcements_are_made_read_and_taken_back(site: Site) -> None:
    form = {"content": "We rest on <b>Sunday</b>", "domain": str(site.domain.pk), "ends_at": ""}
    assert (await site.admin.post("/admin/announcements", form)).status_code == 303
    assert "We rest on" in (await site.admin.get("/admin/announcements")).text
    assert "We rest on" in (await site.member.get("/home")).text
    made = await Announcement.objects.aget()
    answer = await site.member.post(f"/announcements/{made.pk}/read")
    assert answer.headers["location"] == "/home"
    assert "We rest on" not in (await site.member.get("/home")).text
    assert "We rest on" in (await site.moderator.get("/home")).text
    for wrong in ({"content": ""}, {"ends_at": "2001-01-01 00:00"}, {"ends_at": "x"}, {"domain": "999"}):
        assert (await site.admin.post("/admin/announcements", {**form, **wrong})).status_code == 422, wrong
    remove = f"/admin/announcements/{made.pk}/remove"
    assert (await site.moderator.post(remove)).status_code == 404
    assert (await site.admin.post(remove)).status_code == 303
    assert "We rest on" not in (await site.moderator.get("/home")).text
    assert (await site.admin.post(remove)).status_code == 404


@pytest.mark.slow
async def test_every_option_of_server_and_domain_can_be_set(site: Site) -> None:
    values = {
        "session_days": ("12", 12),
        "identities_per_login": ("3", 3),
        "reserved_names": ("king\nqueen", ["king", "queen"]),
        "publishes_counts": ("no", False),
        "publishes_blocks": ("yes", True),
        "trends_need_review": ("yes", True),
        "invite_days": ("2", 2),
        "sign_up_question": ("Which bird?", "Which bird?"),
        "minimum_age": ("16", 16),
        "sign_up_puzzle": ("no", False),
        "pushes": ("no", False),
        "quarantine_server_days": ("7", 7),
        "quarantine_person_days": ("7", 7),
        "language": ("de", "de"),
    }
    assert set(values) == {setting.name for setting in options.ALL}
    domain = f"/admin/options?domain={site.domain.pk}"
    for path, level, owner in (("/admin/options", Level.system, 0), (domain, Level.domain, site.domain.pk)):
        page = (await site.admin.get(path)).text
        of_level = [setting for setting in options.ALL if level in setting.levels]
        for setting in of_level:
            assert f'name="{setting.name}"' in page
        form = {setting.name: values[setting.name][0] for setting in of_level}
        assert (await site.admin.post(path, form)).status_code == 303
        assert await options.values_at(level, owner) == {one.name: values[one.name][1] for one in of_level}
        for wrong in (
            {"session_days": "0"},
            {"session_days": "x"},
            {"language": "klingon"},
            {"publishes_counts": "x"},
        ):
            assert (await site.admin.post(path, {**form, **wrong})).status_code == 422, wrong
        assert (await site.moderator.get(path)).status_code == 404
    assert await options.get(options.SESSION_DAYS, domain=site.domain.pk) == 12
    await site.admin.post(domain, {})
    assert await options.values_at(Level.domain, site.domain.pk) == {}, (
        "an empty field leaves it to the server"
    )
    assert (await site.admin.get("/admin/options?domain=999")).status_code == 404


@pytest.mark.parametrize("role", [OWNER, ADMIN, MODERATOR, None], ids=lambda one: one.name if one else "none")
@pytest.mark.parametrize("place", ["here", "there", "server"])
async def test_staff_of_a_domain_set_its_options_only(site: Site, role: BuiltIn | None, place: str) -> None:
    there = await make_domain("other.test")
    await give_role(site.moderator.user, None)
    if role is not None:
        await give_role(site.moderator.user, role, {"here": site.domain, "there": there}.get(place))
    settles = role in (OWNER, ADMIN)
    for path, may in (
        (f"/admin/options?domain={site.domain.pk}", settles and place in {"here", "server"}),
        (f"/admin/options?domain={there.pk}", settles and place in {"there", "server"}),
        ("/admin/options", settles and place == "server"),
    ):
        assert (await site.moderator.get(path)).status_code == (200 if may else 404), path
        answer = await site.moderator.post(path, {"session_days": "12"})
        assert answer.status_code == (303 if may else 404), path
    for owner in (site.domain, there):
        is_set = settles and place in {"here" if owner is site.domain else "there", "server"}
        assert await options.values_at(Level.domain, owner.pk) == ({"session_days": 12} if is_set else {})
    if settles and place == "here":
        page = (await site.moderator.get(f"/admin/domains/{site.domain.pk}")).text
        assert f'href="/admin/options?domain={site.domain.pk}"' in page
        page = (await site.moderator.get(f"/admin/options?domain={site.domain.pk}")).text
        assert 'href="/admin/options"' not in page, "those of the server are not theirs"
