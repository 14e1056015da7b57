"""The front page of a domain: a text, or somebody's profile; and the links at the foot of its pages."""

import pytest
from django import forms

from tests.pages.conftest import Site
from tests.users.support import make_domain
from users.domains.models import Domain
from users.identities.models import Restriction
from web.administration.domain_forms import DomainForm

pytestmark = pytest.mark.anyio

FORM = {
    "title": "Other",
    "sign_up_mode": "closed",
    "is_public": "on",
    "shows_profiles": "on",
    "accent_color": "#123456",
}


async def _save(site: Site, **fields: str) -> int:
    return (await site.admin.post(f"/admin/domains/{site.domain.pk}", FORM | fields)).status_code


async def test_a_text_replaces_the_description(site: Site) -> None:
    edit = f"/admin/domains/{site.domain.pk}/texts/front_page"
    assert edit in (await site.admin.get(f"/admin/domains/{site.domain.pk}")).text
    assert await _save(site, description="In lists of servers") == 303
    content = '<h2>Come in</h2><p>We talk about <b>birds</b>.</p><script>alert(1)</script><img src="https://evil.example/a">'
    assert (await site.admin.post(edit, {"content": content})).status_code == 303
    front = (await site.nobody.get("/")).text
    assert "Come in" in front
    assert "We talk about" in front
    assert "alert(1)" not in front
    assert "evil.example" not in front
    await make_domain("second.test")
    assert "Come in" not in (await site.nobody.get("/", headers={"Host": "second.test"})).text
    assert (await site.moderator.get(edit)).status_code == 404


async def test_the_profile_of_a_domain_of_one_is_its_front(site: Site) -> None:
    assert (await site.nobody.get("/")).status_code == 200
    assert await _save(site, front="@nobody_here") == 422
    assert await _save(site, front="@mia") == 303
    assert 'value="@mia@testserver"' in (await site.admin.get(f"/admin/domains/{site.domain.pk}")).text
    answer = await site.nobody.get("/")
    assert (answer.status_code, answer.headers["location"]) == (303, "/@mia")
    assert (await site.member.get("/")).headers["location"] == "/home"
    site.member.me.restriction = Restriction.suspended
    await site.member.me.asave(update_fields=["restriction"])
    assert (await site.nobody.get("/")).status_code == 200, "nobody is sent to a page that isn't there"


async def test_links_are_at_the_foot_of_pages(site: Site) -> None:
    typed = "Our wiki https://wiki.example/start?a=1&b=2\n\n<b>Status</b> https://status.example/"
    assert await _save(site, footer_links=typed) == 303
    for path in ("/", "/about", "/@mia"):
        page = (await site.nobody.get(path)).text
        assert 'href="https://wiki.example/start?a=1&amp;b=2"' in page, path
        assert ">Our wiki</a>" in page
        assert ">&lt;b&gt;Status&lt;/b&gt;</a>" in page
    assert "Our wiki https://wiki.example" in (await site.admin.get(f"/admin/domains/{site.domain.pk}")).text
    for wrong in (
        "Ours javascript:alert(1)",
        "Ours http://plain.example/",
        "Ours https://me:secret@wiki.example/",
        "Ours //wiki.example/",
        "https://wiki.example/",
        f"{'x' * 41} https://wiki.example/",
        "\u200b\u2060 https://wiki.example/",
        "\u202e\u2066 https://wiki.example/",
        "\u3164\u2800 https://wiki.example/",
        "\n".join(f"Link {n} https://wiki.example/{n}" for n in range(7)),
    ):
        assert await _save(site, footer_links=wrong) == 422, wrong
    domain = await Domain.objects.aget(pk=site.domain.pk)
    assert len(domain.footer_links) == 2, "what is wrong changes nothing"
    turned = "\u202eikiW\u202c ❤️ https://wiki.example/\n\u2067ويكي\u2069 https://ar.example/"
    assert await _save(site, footer_links=turned) == 303
    await domain.arefresh_from_db(fields=["footer_links"])
    assert [label for label, _ in domain.footer_links] == ["ikiW ❤️", "ويكي"], (
        "no label turns its text, or what is beside it"
    )
    assert await _save(site) == 303
    assert "wiki.example" not in (await site.nobody.get("/about")).text


async def test_each_setting_of_a_domain_is_in_one_section(site: Site) -> None:
    page = (await site.admin.get(f"/admin/domains/{site.domain.pk}")).text
    form = page[page.index('<form class="card"') :]
    sections = form.split('role="group"')[1:]
    assert len(sections) == len(DomainForm.SECTIONS)
    for number, ((_, names), shown) in enumerate(zip(DomainForm.SECTIONS, sections, strict=True), 1):
        assert f'aria-labelledby="section-{number}"' in shown
        for name in names:
            assert form.count(f'name="{name}"') == 1, name
            assert f'name="{name}"' in shown, name


def test_a_field_without_a_section_is_an_error() -> None:
    class Grown(DomainForm):
        more = forms.CharField()

    with pytest.raises(LookupError, match="more"):
        list(Grown().sections())
