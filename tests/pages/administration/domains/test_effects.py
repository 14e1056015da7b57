"""Nothing is settable without effect: each option and each column of a domain is set as staff do, and what others get changes.

A new option or column needs a probe here.
"""

import json
from collections.abc import Awaitable, Callable
from typing import Any, NamedTuple

import pytest

from activities.posts.activitypub.post_document import MentionInDocument, PostDocument
from activities.posts.models import Post, Visibility
from activities.publishing.services.receiving import receive_post
from api.services import statistics
from core import clock
from tests.pages.conftest import Site
from tests.users.support import AP, make_remote
from users.domains import options
from users.domains import services as domains
from users.domains.limits import NAMES
from users.domains.models import Domain, Level
from users.logins.models import Invitation
from users.logins.services import logins

pytestmark = [pytest.mark.anyio, pytest.mark.slow]

type Look = Callable[[Site], Awaitable[object]]


class Probe(NamedTuple):
    """A value as staff type it, and something that others see, with what it is after that."""

    typed: Any
    look: Look
    after: object


def has(path: str, text: str, who: str = "nobody", headers: dict[str, str] | None = None) -> Look:
    """Look whether a page has a text."""

    async def look(site: Site) -> bool:
        return text in (await getattr(site, who).get(path, headers=headers or {})).text

    return look


def status(path: str, headers: dict[str, str] | None = None) -> Look:
    """Look how a path answers a visitor."""

    async def look(site: Site) -> int:
        return int((await site.nobody.get(path, headers=headers or {})).status_code)

    return look


async def _new_identity(site: Site) -> int:
    """Look how the form for another identity answers."""
    form = {"username": "bird", "domain": str(site.domain.pk)}
    return int((await site.member.post("/settings/identities", form)).status_code)


async def _session_days(site: Site) -> int:
    """Look for how many days the cookie of a sign-in is kept."""
    await logins.set_password(user=site.member.user, password="correct horse battery")
    form = {"email": site.member.user.email, "password": "correct horse battery"}
    answer = await site.nobody.post("/sign-in", form)
    assert answer.status_code == 303
    age = answer.headers["set-cookie"].lower().partition("max-age=")[2].partition(";")[0]
    site.nobody.http.cookies.clear()
    site.nobody._token = ""
    return round(int(age) / 86400)


async def _counted(site: Site) -> bool:
    """Look whether apps are told how many people there are. The process keeps the numbers for a while."""
    statistics.clear_cache()
    return json.loads((await site.nobody.get("/api/v1/instance")).text)["stats"]["user_count"] > 0


async def _bio(site: Site) -> int:
    """Look how a bio of 400 characters is answered."""
    return int((await site.member.post("/settings", {"name": "Mia", "summary": "x" * 400})).status_code)


async def _invitation_days(site: Site) -> int:
    """Look for how many days a new invitation holds."""
    assert (await site.admin.post("/admin/invitations", {})).status_code == 303
    made = await Invitation.objects.order_by("-id").afirst()
    assert made is not None
    return round((made.expires_at - clock.now()).total_seconds() / 86400)


async def _languages(site: Site) -> object:
    return json.loads((await site.nobody.get("/api/v2/instance")).text)["languages"]


async def _is_held(site: Site) -> bool:
    """Look whether a mention by somebody whom nobody here knows waits."""
    count = await Post.objects.acount()
    author = await make_remote(f"rob{count}", f"far{count}.test")
    me = site.member.me
    note = PostDocument(
        uri=f"{author.uri}/1",
        author_uri=author.uri,
        visibility=Visibility.public,
        published=clock.now(),
        addressed=[me.uri],
        mentions=[MentionInDocument(me.uri)],
    )
    post = await receive_post(author=author, document=note)
    assert post is not None
    return post.state == "sheltered"


async def _audience_of_new_people(site: Site) -> object:
    name = f"bird{await Domain.objects.filter(default_visibility=2).acount()}"
    assert (
        await site.member.post("/settings/identities", {"username": name, "domain": str(site.domain.pk)})
    ).status_code == 303
    actor = await site.member.get("/compose")
    return 'value="2" checked' in actor.text or 'value="2" selected' in actor.text


OPTIONS = {
    "session_days": Probe("12", _session_days, 12),
    "identities_per_login": Probe("1", _new_identity, 422),
    "reserved_names": Probe("bird", _new_identity, 422),
    "publishes_counts": Probe("no", _counted, after=False),
    "publishes_blocks": Probe("yes", status("/api/v1/instance/domain_blocks"), 200),
    "trends_need_review": Probe("yes", has("/admin/trends", "until a moderator", who="admin"), after=True),
    "invite_days": Probe("3", _invitation_days, 3),
    "sign_up_question": Probe("Which bird?", has("/sign-up", "Which bird?"), after=True),
    "minimum_age": Probe("16", has("/api/v2/instance", '"min_age":16'), after=True),
    "sign_up_puzzle": Probe("no", has("/sign-up", "data-puzzle"), after=False),
    "pushes": Probe(
        "no", has("/settings/notifications", "sends no push notifications", who="member"), after=True
    ),
    "quarantine_server_days": Probe("7", _is_held, after=True),
    "quarantine_person_days": Probe("7", _is_held, after=True),
    "language": Probe("de", _languages, ["de"]),
}
MODE_OF = {"invite_days": "invite", "sign_up_question": "approval", "sign_up_puzzle": "open"}

COLUMNS = {
    "title": Probe("Birdland", has("/", "Birdland"), after=True),
    "description": Probe("Of birds", has("/", "Of birds"), after=True),
    "sign_up_mode": Probe("open", has("/", 'href="/sign-up"'), after=True),
    "is_public": Probe("", has("/", 'href="/local"'), after=False),
    "is_local_only": Probe("on", status("/users/mia/outbox", AP), 404),
    "authorized_fetch": Probe("on", status("/users/mia/outbox", AP), 401),
    "contact_email": Probe("help@example.org", has("/about", "mailto:help@example.org"), after=True),
    "accent_color": Probe("#a03060", has("/theme.css", "#a03060"), after=True),
    "shows_profiles": Probe("", status("/@mia"), 401),
    "shows_trends": Probe("", has("/", 'href="/explore"'), after=False),
    "shows_directory": Probe("", status("/directory"), 404),
    "default_visibility": Probe("2", _audience_of_new_people, after=True),
    "crawlers": Probe("none", has("/robots.txt", "Disallow: /\n"), after=True),
    "contact": Probe("@mia", has("/about", "@mia@testserver"), after=True),
    "front": Probe("@mia", status("/"), 303),
    "footer_links": Probe("Wiki https://wiki.example/", has("/", "wiki.example"), after=True),
    "limit_characters": Probe("321", has("/compose", 'data-limit="321"', who="member"), after=True),
    "limit_files": Probe("6", has("/compose", 'name="file_6"', who="member"), after=True),
    "limit_poll_options": Probe("5", has("/compose", 'name="option_5"', who="member"), after=True),
    "limit_bio": Probe("321", _bio, 422),
    "limit_fields": Probe("2", has("/api/v2/instance", '"max_profile_fields":2'), after=True),
}
PICTURES = ("logo_file", "icon_file", "banner_file")
# columns that a form has under another name
FORM_NAMES = {"contact_id": ["contact"], "front_id": ["front"], "limits": [f"limit_{one}" for one in NAMES]}
ELSEWHERE = {
    "mail_name",  # tests/users/logins/test_mails.py
    "limit_edits",  # test_limits.py
    "style_version",  # test_style.py
    "has_local_sign_in",  # a switch of sign-in providers: tests/pages/accounts/providers
    *("id", "name", "service_name", "created_at", "removed_to"),  # nobody sets them
}
BEFORE = {
    "title": "Before",
    "sign_up_mode": "closed",
    "is_public": "on",
    "shows_profiles": "on",
    "shows_trends": "on",
    "shows_directory": "on",
    "accent_color": "#123456",
}


def test_every_option_and_column_has_a_probe() -> None:
    assert set(OPTIONS) == {setting.name for setting in options.ALL}
    columns = {one.name for one in Domain._meta.concrete_fields if not one.name.startswith("state")}
    named = {name for column in columns for name in FORM_NAMES.get(column, [column])}
    assert named == set(COLUMNS) | set(PICTURES) | ELSEWHERE


@pytest.mark.parametrize("name", OPTIONS)
async def test_options_have_an_effect(site: Site, name: str) -> None:
    probe, setting = OPTIONS[name], options.by_name(name)
    await domains.edit_domain(domain=site.domain, sign_up_mode=MODE_OF.get(name, "closed"))
    path = "/admin/options"
    if Level.domain in setting.levels:
        path += f"?domain={site.domain.pk}"
    if probe.look is not _new_identity:  # which makes it
        assert await probe.look(site) != probe.after
    assert (await site.admin.post(path, {name: probe.typed})).status_code == 303
    assert await probe.look(site) == probe.after
    if probe.look is _new_identity:
        assert (await site.admin.post(path, {})).status_code == 303
        assert await probe.look(site) == 303


@pytest.mark.parametrize("name", COLUMNS)
async def test_columns_have_an_effect(site: Site, name: str) -> None:
    probe, path = COLUMNS[name], f"/admin/domains/{site.domain.pk}"
    assert (await site.admin.post(path, BEFORE)).status_code == 303
    assert await probe.look(site) != probe.after
    assert (await site.admin.post(path, BEFORE | {name: probe.typed})).status_code == 303
    assert await probe.look(site) == probe.after


@pytest.mark.parametrize("name", PICTURES)
async def test_pictures_are_shown(site: Site, name: str) -> None:
    await domains.edit_domain(domain=site.domain, **{name: "own.png"})
    assert "own.png" in (await site.nobody.get("/")).text
