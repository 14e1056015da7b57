"""Pages have names, and templates lead to them by these."""

import re
from pathlib import Path

import pytest
from django.urls import reverse
from django.urls.exceptions import NoReverseMatch

from web.templatetags.urls import url
from web.urls import urlpatterns

ROOT = Path(__file__).resolve().parents[2]
# `/` would be the start of this site, `//` another one
_WRITTEN_OUT = re.compile(r'\b(?:href|action|formaction|hx-get|hx-post|src)="/[a-z@]')


def test_every_page_has_a_name_of_its_own() -> None:
    names = [pattern.name for pattern in urlpatterns]
    assert None not in names
    assert len(names) == len(set(names))


@pytest.mark.parametrize("name", ["front", "sign-in", "settings-identities"])
def test_an_address_is_what_django_makes_of_it(name: str) -> None:
    assert url(name) == reverse(name)


def test_parts_of_addresses_are_quoted() -> None:
    for tag in ("moss", "größe", "花子", "100%", "a b?c#d"):
        assert url("tag", name=tag) == reverse("tag", kwargs={"name": tag})
    assert url("profile", handle="ada@far.example") == "/@ada@far.example"
    assert url("tag", name="a/b") == "/tags/a%2Fb"
    assert url("posts-like", post_id=7) == "/posts/7/like"


def test_a_name_that_no_page_has_is_an_error() -> None:
    for name, parts in (("nowhere", {}), ("posts-like", {}), ("front", {"post_id": 1})):
        with pytest.raises(NoReverseMatch):
            url(name, **parts)


def test_no_template_writes_an_address_out() -> None:
    for file in sorted((ROOT / "templates").rglob("*.html")):
        found = [line for line in file.read_text().splitlines() if _WRITTEN_OUT.search(line)]
        assert not found, f"{file.relative_to(ROOT)}: {found}"
