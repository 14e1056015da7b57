"""Every form of the pages, sent empty and with what no field takes: it comes again with what was typed, and with words at what is wrong."""

import dataclasses
import re
from html.parser import HTMLParser
from urllib.parse import urljoin, urlsplit

import pytest

from activities.lists.models import PeopleList
from tests.activities import people as rows
from tests.pages.conftest import Site, Visitor
from users.domains.models import SignUpMode

pytestmark = pytest.mark.anyio

PAGE = {"Accept": "text/html"}
JUNK = "no such thing 🦜 \x01"
_TYPED = {"text", "email", "search", "url", "number", "datetime-local", "color", "textarea", "tel"}


@dataclasses.dataclass
class Form:
    action: str
    hidden: dict[str, str] = dataclasses.field(default_factory=dict)
    typed: dict[str, str] = dataclasses.field(default_factory=dict)  # name: type
    chosen: list[str] = dataclasses.field(default_factory=list)  # checkboxes, radios, selects
    passwords: list[str] = dataclasses.field(default_factory=list)


class Forms(HTMLParser):
    """The forms of a page that are sent with POST."""

    def __init__(self, page: str, path: str) -> None:
        super().__init__()
        self.found: list[Form] = []
        self._path, self._open = path, False
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        has = {name: value or "" for name, value in attrs}
        if tag == "form":
            self._open = has.get("method", "").lower() == "post"
            if self._open:
                self.found.append(Form(urljoin(self._path, has.get("action") or self._path)))
        elif self._open and (name := has.get("name")):
            form, kind = self.found[-1], has.get("type", "text") if tag == "input" else tag
            if kind == "hidden":
                form.hidden[name] = has.get("value", "")
            elif kind in _TYPED:
                form.typed[name] = kind
            elif kind in {"checkbox", "radio", "select"}:
                form.chosen.append(name)
            elif kind == "password":
                form.passwords.append(name)

    def handle_endtag(self, tag: str) -> None:
        if tag == "form":
            self._open = False


async def _pages(site: Site) -> list[tuple[Visitor, str]]:
    """Whoever sees a form, and where it is."""
    mia, ann = site.member.me, site.admin.me
    post = await rows.make_post(ann)
    mine = await PeopleList.objects.acreate(identity=ann, title="mine")
    site.domain.sign_up_mode = SignUpMode.approval
    await site.domain.asave()
    paths = (
        *("/compose", f"/posts/{post.pk}/edit", "/settings", "/settings/posting", "/settings/security"),
        *("/settings/security/delete-login", "/settings/identities", f"/settings/identities/{ann.pk}/delete"),
        *(
            "/lists",
            f"/lists/{mine.pk}/edit",
            f"/people/{mia.pk}/lists",
            f"/people/{mia.pk}/report",
            "/filters",
        ),
        *("/admin/peers", "/admin/domains/new", f"/admin/domains/{site.domain.pk}", "/admin/options"),
        *(f"/admin/domains/{site.domain.pk}/texts/privacy_policy", "/admin/announcements", "/admin/emojis"),
        f"/admin/people/{mia.pk}",
    )
    nobody = ("/sign-in", "/sign-up", "/password/forgotten", f"/interact?uri={post.uri}")
    return [*((site.admin, path) for path in paths), *((site.nobody, path) for path in nobody)]


def _text_of(page: str, name: str) -> str:
    """What stands in a field of a page."""
    area = re.search(rf'<textarea[^>]*name="{name}"[^>]*>\n?(.*?)</textarea>', page, re.DOTALL)
    if area:
        return area[1]
    one = re.search(rf'<input[^>]*name="{name}"[^>]*>', page)
    value = re.search(r'value="([^"]*)"', one[0]) if one else None
    return value[1] if value else ""


def _complaint(form: Form, sent: dict[str, object], page: str) -> str:
    """What is wrong with the answer to a form that was refused; nothing when it came again as it should."""
    if f'<a class="button" href="{form.hidden.get("next")}">Back</a>' in page:
        return ""  # a menu with a button is no form to be filled in: one step leads back to it
    again = [
        one
        for one in Forms(page, form.action).found
        if {*form.typed, *form.chosen} <= {*one.typed, *one.chosen}
    ]
    if not again:
        return "another page came"
    if 'role="alert"' not in page and 'class="errorlist"' not in page:
        return "it does not say what is wrong"
    lost = [name for name in form.typed if sent.get(name) and "no such thing" not in _text_of(page, name)]
    return f"lost: {lost}" if lost else ""


@pytest.mark.slow
async def test_a_form_that_failed_comes_again_with_what_was_typed(site: Site) -> None:
    wrong, refused = [], 0
    for visitor, path in await _pages(site):
        page = await visitor.get(path, headers=PAGE)
        assert page.status_code == 200, path
        for form in Forms(page.text, path).found:
            fields = {*form.typed, *form.chosen, *form.passwords} - set(form.hidden)
            if not fields or "sign-out" in form.action:
                continue
            address = urlsplit(form.action)
            target = f"{address.path}?{address.query}" if address.query else address.path
            junk: dict[str, object] = form.hidden | dict.fromkeys(fields, JUNK)
            for sent in ({**form.hidden}, junk):
                answer = await visitor.post(target, sent, headers=PAGE)
                assert answer.status_code < 500, (path, target)
                if answer.status_code in {302, 303}:
                    continue
                refused += answer.status_code == 422
                if complaint := _complaint(form, sent, answer.text):
                    wrong.append((target, "junk" if sent is junk else "empty", answer.status_code, complaint))
    assert wrong == []
    assert refused > 25


@pytest.mark.slow
async def test_a_refused_button_leads_back_to_where_it_stood(site: Site) -> None:
    post = await rows.make_post(site.admin.me)
    refused = await site.member.post(f"/posts/{post.pk}/pin", {"next": "/local?max_id=5"}, headers=PAGE)
    assert refused.status_code == 422
    assert "You can only pin your own posts." in refused.text
    assert '<a class="button" href="/local?max_id=5">Back</a>' in refused.text
    for elsewhere in ("https://evil.test/", "//evil.test/", "javascript:alert(1)", ""):
        refused = await site.member.post(f"/posts/{post.pk}/pin", {"next": elsewhere}, headers=PAGE)
        assert ">Back</a>" not in refused.text
        assert "evil" not in refused.text
