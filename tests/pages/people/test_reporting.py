"""Telling the moderators from a page, with and without scripts; what they see of it."""

import re

import pytest

from activities.publishing.services import posting
from tests.activities import people as rows
from tests.pages.conftest import Site
from tests.users.support import make_rules, sent
from users.moderation.models import Report

pytestmark = pytest.mark.anyio


async def test_a_post_is_reported_and_the_moderators_read_it(site: Site) -> None:
    await make_rules(site.domain, "Be <kind>", "No adverts")
    post = await rows.make_post(site.admin.me, content="<p>Buy this now</p>")
    path = f"/people/{site.admin.me.pk}/report?post={post.pk}"
    page = (await site.member.get(path)).text
    assert "Buy this now" in page
    assert "Be &lt;kind&gt;" in page
    assert "their moderators" not in page
    form = {"category": "violation", "rules": ["2"], "comment": "An <b>advert</b>"}
    answer = await site.member.post(path, form)
    assert (answer.status_code, answer.headers["location"]) == (303, "/home")
    report = await Report.objects.aget()
    assert (report.category, report.rule_ids, report.post_ids) == ("violation", ["2"], [post.pk])
    read = (await site.moderator.get("/admin/reports")).text
    assert "An &lt;b&gt;advert&lt;/b&gt;" in read
    assert "No adverts" in read
    assert "Violation" in read
    assert f'href="/@ann/{post.pk}"' in read
    assert "Buy this now" in read


async def test_the_reporter_chooses_what_is_wrong(site: Site) -> None:
    path = f"/people/{site.admin.me.pk}/report"
    choices = re.findall(r'<input type="radio" name="category"[^>]*>', (await site.member.get(path)).text)
    assert len(choices) == 4
    assert not [choice for choice in choices if " checked" in choice], "nothing is chosen for the reporter"
    assert all(" required" in choice for choice in choices)
    refused = await site.member.post(path, {"comment": "They are <rude>"})
    assert refused.status_code == 422
    assert re.search(r"What is wrong\?</legend>\s*<ul[^>]*><li>Choose what is wrong\.</li>", refused.text)
    assert "They are &lt;rude&gt;" in refused.text
    assert await Report.objects.acount() == 0


async def test_rules_beside_another_reason_are_asked_about(site: Site) -> None:
    """A report that names rules is one about rules: nothing is changed in silence."""
    await make_rules(site.domain, "Be kind")
    path = f"/people/{site.admin.me.pk}/report"
    answer = await site.member.post(path, {"category": "spam", "rules": ["1"]})
    assert answer.status_code == 422
    assert "or untick the rules" in answer.text
    assert await Report.objects.acount() == 0
    assert (await site.member.post(path, {"category": "spam"})).status_code == 303


async def test_htmx_gets_the_form_alone_with_what_is_wrong_and_then_thanks(site: Site) -> None:
    path = f"/people/{site.admin.me.pk}/report"
    headers = {"HX-Request": "true"}
    wrong = await site.member.post(path, {"category": "boredom"}, headers=headers)
    assert "<html" not in wrong.text
    assert "boredom" in wrong.text
    too_long = await site.member.post(path, {"category": "other", "comment": "x" * 1001}, headers=headers)
    assert "1000" in too_long.text
    assert await Report.objects.acount() == 0
    done = await site.member.post(path, {"category": "other"}, headers=headers)
    assert "Thank you" in done.text
    assert "<form" not in done.text
    assert await Report.objects.acount() == 1


async def test_a_remote_account_is_reported_to_its_server_when_chosen(site: Site) -> None:
    remote = await rows.make_remote("rob")
    path = f"/people/{remote.pk}/report"
    assert "far.test" in (await site.member.get(path)).text
    await site.member.post(path, {"category": "spam"})
    assert await sent() == []
    await site.member.post(path, {"category": "spam", "forward": "on"})
    assert [kind for kind, _, _ in await sent()] == ["Flag"]
    assert "Forwarded to far.test" in (await site.moderator.get("/admin/reports")).text


async def test_unreportable_people_are_refused(site: Site) -> None:
    assert (await site.member.get(f"/people/{site.member.me.pk}/report")).status_code == 404
    assert (await site.member.get("/people/1/report")).status_code == 404
    hidden = await rows.make_post(site.admin.me, visibility=3)
    path = f"/people/{site.admin.me.pk}/report?post={hidden.pk}"
    assert (await site.member.get(path)).status_code == 404
    answer = await site.member.post(path, {"category": "other"})
    assert answer.status_code == 404
    assert await Report.objects.acount() == 0
    answer = await site.nobody.get(f"/people/{site.admin.me.pk}/report")
    assert answer.headers["location"].startswith("/sign-in?next=")


async def test_deleting_a_post_meanwhile_does_not_prevent_the_report(site: Site) -> None:
    post = await rows.make_post(site.admin.me)
    path = f"/people/{site.admin.me.pk}/report?post={post.pk}"
    assert (await site.member.get(path)).status_code == 200
    await posting.delete_post(author=site.admin.me, post_id=post.pk)
    answer = await site.member.post(path, {"category": "other", "comment": "They insult me"})
    assert (answer.status_code, answer.headers["location"]) == (303, "/home")
    report = await Report.objects.aget()
    assert (report.target_id, report.comment, report.post_ids) == (site.admin.me.pk, "They insult me", [])
    assert (await site.member.get(path)).status_code == 404


async def test_the_ways_to_the_form(site: Site) -> None:
    post = await rows.make_post(site.admin.me)
    profile = (await site.member.get("/@ann")).text
    assert f'href="/people/{site.admin.me.pk}/report"' in profile
    menu = (await site.member.get(f"/posts/{post.pk}/menu")).text
    assert f'href="/people/{site.admin.me.pk}/report?post={post.pk}"' in menu
    assert not re.search(r"/report", (await site.admin.get("/@ann")).text)
