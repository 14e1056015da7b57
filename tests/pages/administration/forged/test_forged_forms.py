"""Forms that another site sends in the browser of staff, and pages that it shows in a frame: at every address of the administration."""

from typing import Any

import pytest
from django.urls import URLPattern, get_resolver, reverse

from tests.pages.conftest import Site
from users.audit.models import AuditEntry

pytestmark = [pytest.mark.anyio, pytest.mark.slow]


def _addresses() -> list[str]:
    """The paths of all pages of staff, with the ids of nothing: what is refused is refused before anything is looked up."""
    found: list[str] = []
    waiting: list[Any] = list(get_resolver().url_patterns)
    while waiting:
        one = waiting.pop()
        if not isinstance(one, URLPattern):
            waiting.extend(one.url_patterns)
        elif one.name and str(one.pattern).startswith("admin"):
            kinds = {name: type(kind).__name__ for name, kind in one.pattern.converters.items()}
            samples = {name: 1 if kind == "IntConverter" else "x" for name, kind in kinds.items()}
            found.append(reverse(one.name, kwargs=samples))
    return sorted(found)


async def test_no_form_of_staff_is_accepted_from_another_site(site: Site) -> None:
    """Not without a token, with a made-up one, with that of somebody else, or with the right one sent from another origin."""
    admin = site.admin
    await site.nobody.get("/sign-in")
    others = site.nobody.http.cookies["csrftoken"]
    await admin.get("/more")
    right = {"csrfmiddlewaretoken": admin._token}
    accepted = []
    for path in _addresses():
        for form, headers in (
            ({}, {}),
            ({"csrfmiddlewaretoken": "x" * 64}, {}),
            ({"csrfmiddlewaretoken": others}, {}),
            (right, {"Origin": "https://evil.example"}),
            (right, {"Origin": "null"}),
        ):
            answer = await admin.http.post(path, data={"confirm": "1", **form}, headers=headers)
            if answer.status_code not in {403, 405}:
                accepted.append((path, form, headers, answer.status_code))
    assert len(_addresses()) > 100
    own = {"Origin": site.domain.base_url.replace("https:", "http:")}
    seen = await admin.http.post("/admin/announcements", data=right, headers=own)
    assert seen.status_code == 422, "its own form reaches the view"
    assert accepted == []
    assert not await AuditEntry.objects.aexists(), "nothing was done"


async def test_no_page_of_staff_is_shown_in_a_frame(site: Site) -> None:
    """Also not the error pages of those that do not exist, and not the answers to forms."""
    framed = []
    for path in _addresses():
        for answer in (await site.admin.get(path), await site.admin.http.post(path)):
            policy = answer.headers.get("content-security-policy", "")
            if "frame-ancestors 'none'" not in policy or answer.headers.get("x-frame-options") != "DENY":
                framed.append((path, answer.status_code, policy))
    assert framed == []
