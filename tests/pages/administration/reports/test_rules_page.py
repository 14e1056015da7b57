"""The rules of a domain: written and ordered by its staff, read in the reader's language, named by reports for good."""

import asyncio

import pytest

from core.errors import NotFound
from tests.pages.conftest import Site
from tests.users.support import give_role, make_domain, make_rules
from users.domains import services as domains
from users.domains.models import Rule, SignUpMode
from users.domains.queries import clear_domain_cache, domain_by_id
from users.moderation.models import Report
from users.roles.models import ADMIN

pytestmark = pytest.mark.anyio
PATH = "/admin/rules"
DE = {"Accept-Language": "de"}


async def numbers(site: Site) -> list[tuple[str, str]]:
    """The rules as apps read them."""
    answer = await site.nobody.http.get("/api/v1/instance/rules")
    return [(rule["id"], rule["text"]) for rule in answer.json()]


async def test_a_removed_rule_leaves_the_others_and_earlier_reports_as_they_were(site: Site) -> None:
    for text in ("Be kind", "No adverts", "No spoilers"):
        assert (await site.admin.post(PATH, {"text": text})).status_code == 303
    about = f"/people/{site.moderator.me.pk}/report"
    form = {"category": "violation", "rules": ["1", "2"]}
    assert (await site.member.post(about, form)).status_code == 303
    first = await Rule.objects.aget(number=1)
    assert (await site.admin.post(f"{PATH}/{first.pk}/remove")).status_code == 303
    assert await numbers(site) == [("2", "No adverts"), ("3", "No spoilers")]
    read = (await site.admin.get(f"/admin/reports/{(await Report.objects.aget()).pk}")).text
    assert "Be kind" in read
    assert "No adverts" in read
    assert "No spoilers" not in read
    assert (await site.admin.post(PATH, {"text": "New"})).status_code == 303
    assert ("4", "New") in await numbers(site), "the number of a removed rule is not used again"
    assert (await site.member.post(about, form)).status_code == 422, "nobody can name a removed rule"
    for path in (f"{PATH}/{first.pk}", f"{PATH}/{first.pk}/move", f"{PATH}/{first.pk}/remove"):
        assert (await site.admin.post(path, {"text": "x"})).status_code == 404


async def test_a_rule_is_read_in_the_language_of_the_reader(site: Site) -> None:
    await domains.edit_domain(domain=site.domain, sign_up_mode=SignUpMode.open)
    assert (await site.admin.post(PATH, {"text": "Be <kind>", "hint": "To all"})).status_code == 303
    rule = await Rule.objects.aget()
    form = {"text": "Be <kind>", "hint": "To all", "text_de": "Seid nett", "hint_de": "Zu allen"}
    assert (await site.admin.post(f"{PATH}/{rule.pk}", form)).status_code == 303
    assert 'value="Seid nett"' in (await site.admin.get(f"{PATH}/{rule.pk}")).text
    report = f"/people/{site.admin.me.pk}/report"
    for visitor, path in ((site.nobody, "/about"), (site.nobody, "/sign-up"), (site.member, report)):
        assert "Be &lt;kind&gt;" in (await visitor.get(path)).text, path
        german = (await visitor.get(path, headers=DE)).text
        assert "Seid nett" in german, path
        assert "Be &lt;kind&gt;" not in german, path
        french = (await visitor.get(path, headers={"Accept-Language": "fr"})).text
        assert "Be &lt;kind&gt;" in french, "without a translation as it was written"
    assert "Zu allen" in (await site.nobody.get("/about", headers=DE)).text
    shown = (await site.nobody.http.get("/api/v1/instance/rules")).json()
    translations = {"de": {"text": "Seid nett", "hint": "Zu allen"}}
    assert shown == [{"id": "1", "text": "Be <kind>", "hint": "To all", "translations": translations}]
    for wrong in ({"text": " "}, {"text": "x" * 501}, {"text": "x", "hint_de": "x" * 2001}):
        assert (await site.admin.post(f"{PATH}/{rule.pk}", wrong)).status_code == 422
    assert (await site.admin.post(PATH, {"text": ""})).status_code == 422


async def test_editing_the_domain_leaves_its_rules_alone(site: Site) -> None:
    await domains.add_rule(domain=site.domain, text="Be kind", hint="To all")
    path = f"/admin/domains/{site.domain.pk}"
    assert f'href="{PATH}?domain={site.domain.pk}"' in (await site.admin.get(path)).text
    form = {"title": "New", "sign_up_mode": "open", "accent_color": "#ffcc00"}
    assert (await site.admin.post(path, form)).status_code == 303
    assert await numbers(site) == [("1", "Be kind")]
    assert "To all" in (await site.nobody.get("/about")).text


async def test_rules_have_an_order(site: Site) -> None:
    await make_rules(site.domain, "One", "Two", "Three")
    two = await Rule.objects.aget(number=2)
    for way, expected in (("up", "213"), ("up", "213"), ("down", "123"), ("down", "132"), ("down", "132")):
        assert (await site.admin.post(f"{PATH}/{two.pk}/move", {"way": way})).status_code == 303
        assert "".join(number for number, _text in await numbers(site)) == expected


async def test_rules_of_another_domain_are_not_there(site: Site) -> None:
    there = await make_domain("other.test")
    await make_rules(there, "Theirs")
    theirs = await Rule.objects.aget()
    await give_role(site.moderator.user, None)
    await give_role(site.moderator.user, ADMIN, site.domain)
    assert (await site.moderator.get(f"{PATH}?domain={there.pk}")).status_code == 404
    assert (await site.moderator.post(f"{PATH}?domain={there.pk}", {"text": "x"})).status_code == 404
    for path in (f"{PATH}/{theirs.pk}", f"{PATH}/{theirs.pk}/remove", f"{PATH}/{theirs.pk}/move"):
        assert (await site.moderator.post(path, {"text": "x", "way": "up"})).status_code == 404
    with pytest.raises(NotFound):
        await domains.remove_rule(domain=site.domain, rule_id=theirs.pk)
    assert [rule.text async for rule in Rule.objects.filter(removed_at=None)] == ["Theirs"]


@pytest.mark.slow
async def test_two_rules_written_at_once_have_two_numbers(site: Site) -> None:
    await site.admin.get(PATH)
    answers = await asyncio.gather(*[site.admin.post(PATH, {"text": f"Rule {n}"}) for n in range(5)])
    assert [answer.status_code for answer in answers] == [303] * 5
    clear_domain_cache()
    domain = await domain_by_id(site.domain.pk)
    assert domain is not None
    assert domain.rule_ids == ["1", "2", "3", "4", "5"]
