"""The first days: what a new person is shown, step by step, without JavaScript."""

import html
import re

import pytest

from activities.tags.models import FollowedTag
from tests.activities import people as rows
from tests.pages.conftest import Site
from users.identities.models import Identity
from users.imports.models import FollowImport
from users.logins.services.identities import create_identity
from users.relations.models import Follow

pytestmark = pytest.mark.anyio

PAGE = {"Accept": "text/html"}
STEPS = ("profile", "people", "hashtags", "follows", "app")


async def begin(site: Site, step: int = 1) -> None:
    await Identity.objects.filter(pk=site.member.me.pk).aupdate(first_step=step)


async def test_a_new_identity_is_led_and_an_old_one_is_not(site: Site) -> None:
    assert "New here?" not in (await site.member.get("/home", headers=PAGE)).text
    made = await create_identity(user=site.member.user, domain=site.domain, username="mira")
    assert made.first_step == 1
    await begin(site)
    assert "New here?" in (await site.member.get("/home", headers=PAGE)).text
    for path in ("/local", "/welcome/people", "/bookmarks"):
        assert "New here?" not in (await site.member.get(path, headers=PAGE)).text


async def test_all_steps_one_after_the_other(site: Site) -> None:
    await begin(site)
    bird = await rows.make_remote("bird")
    forms = {
        "profile": {"name": "Mia M.", "summary": "I like #birds"},
        "people": {"person": str(site.admin.me.pk)},
        "hashtags": {"tags": "#birds, cooking"},
        "follows": {"addresses": bird.handle},
        "app": {},
    }
    for number, step in enumerate(STEPS, 1):
        answer = await site.member.get("/welcome", headers=PAGE)
        assert answer.headers["location"] == f"/welcome/{step}"
        page = (await site.member.get(f"/welcome/{step}", headers=PAGE)).text
        assert f"Step {number} of 5" in page
        answer = await site.member.post(f"/welcome/{step}", forms[step])
        assert answer.status_code == 303, step
    assert answer.headers["location"] == "/home"
    me = await Identity.objects.aget(pk=site.member.me.pk)
    assert (me.name, me.summary_source, me.first_step) == ("Mia M.", "I like #birds", 0)
    assert [row.target_id async for row in Follow.objects.filter(source=me.pk)] == [site.admin.me.pk]
    assert await FollowedTag.objects.filter(identity=me.pk).acount() == 2
    assert await FollowImport.objects.filter(identity=me.pk, address=bird.handle).aexists()
    assert "New here?" not in (await site.member.get("/home", headers=PAGE)).text
    page = (await site.member.get("/settings/import", headers=PAGE)).text
    assert "0 followed, 1 waiting" in page


async def test_each_step_and_all_of_them_can_be_skipped(site: Site) -> None:
    await begin(site)
    for step in STEPS[:3]:
        answer = await site.member.post(f"/welcome/{step}", {"later": "yes", "tags": "x" * 900})
        assert answer.status_code == 303
    assert (await site.member.get("/welcome", headers=PAGE)).headers["location"] == "/welcome/follows"
    assert (await site.member.post("/welcome/skip")).headers["location"] == "/home"
    assert "New here?" not in (await site.member.get("/home", headers=PAGE)).text
    assert "Skip all steps" not in (await site.member.get("/welcome/app", headers=PAGE)).text


async def test_only_offered_people_are_followed(site: Site) -> None:
    hidden = await rows.make_remote("hidden", is_discoverable=False)
    answer = await site.member.post("/welcome/people", {"person": str(hidden.pk)}, headers=PAGE)
    assert answer.status_code == 422
    assert not await Follow.objects.aexists()


async def test_followed_people_are_not_suggested(site: Site) -> None:
    page = (await site.member.get("/welcome/people", headers=PAGE)).text
    assert re.search(rf'value="{site.admin.me.pk}"', page)
    await rows.follow(site.member.me, site.admin.me)
    await rows.block(site.member.me, site.moderator.me)
    page = (await site.member.get("/welcome/people", headers=PAGE)).text
    assert not re.search(rf'value="({site.admin.me.pk}|{site.moderator.me.pk})"', page)


@pytest.mark.parametrize("path", ["/welcome/hashtags", "/welcome/follows", "/settings/import"])
async def test_errors_stand_at_their_field(site: Site, path: str) -> None:
    answer = await site.member.post(path, {"tags": "#?!", "addresses": "no address <b>"}, headers=PAGE)
    assert answer.status_code == 422
    assert 'aria-invalid="true"' in answer.text
    assert "<b>" not in answer.text.replace("<b>File", "").partition("</form>")[0]


async def test_a_file_of_follows_is_read(site: Site) -> None:
    await site.member.get("/settings/import", headers=PAGE)
    content = b"Account address,Show boosts\nbob@far.test,true\n"
    for file, status in ((content, 303), (b"\xff\xfe\x00binary", 422)):
        answer = await site.member.post(
            "/settings/import", {"addresses": ""}, files={"file": ("x.csv", file)}, headers=PAGE
        )
        assert answer.status_code == status
    assert [row.address async for row in FollowImport.objects.all()] == ["bob@far.test"]


async def test_unreadable_lines_are_named_and_the_others_followed(site: Site) -> None:
    lines = [
        "Account address,Show boosts",
        "bob@far.test,true",
        "",
        "@mia@testserver,true",
        "<i>nobody</i>",
        "bob@far.test",
    ]
    files = {"file": ("x.csv", "\n".join(lines).encode())}
    answer = await site.member.post("/settings/import", {"addresses": ""}, files=files, headers=PAGE)
    assert answer.status_code == 303
    text = html.unescape((await site.member.get("/settings/import", headers=PAGE)).text)
    assert "One account will be looked up and followed. Skipped: line 5 “<i>nobody</i>”." in text
    assert "mia@testserver”" not in text
    many = "\n".join(["eve@far.test", *(f"{number} \U0001f426" * 20 for number in range(50))])
    await site.member.post("/settings/import", {"addresses": many}, headers=PAGE)
    text = (await site.member.get("/settings/import", headers=PAGE)).text
    assert re.search(r"Skipped: line 2 .*, \d\d more\.", text), "the cookie of the notice has 4 KB"


async def test_errors_of_a_file_stand_at_the_file(site: Site) -> None:
    for file, words in ((b"\x89PNG\r\n\x1a\n\0", "This is not a CSV file."), (b"a\nb", "Line 1: “a”")):
        answer = await site.member.post(
            "/settings/import", {"addresses": ""}, files={"file": ("x.csv", file)}, headers=PAGE
        )
        assert answer.status_code == 422
        assert words in answer.text.partition('name="addresses"')[2], "after the first field"
        assert "PNG" not in answer.text


async def test_there_is_no_other_step(site: Site) -> None:
    assert (await site.member.get("/welcome/nothing", headers=PAGE)).status_code == 404
    assert (await site.nobody.get("/welcome", headers=PAGE)).status_code == 303
