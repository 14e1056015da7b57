"""Pages have names, and templates lead to them by these."""

import ast
import re
from pathlib import Path

import pytest
from django.urls import URLPattern, resolve, reverse
from django.urls.exceptions import NoReverseMatch

import activities.urls
import api.urls
import takahe.urls
import users.urls
import web.urls
from core.pages.addresses import path_to
from core.pages.static_files import PREFIX, assets
from web.templatetags.urls import url

ROOT = Path(__file__).resolve().parents[3]
# `/` would be the start of this site, `//` another one
_WRITTEN_OUT = re.compile(r'\b(?:href|action|formaction|hx-get|hx-post|src)="/[a-z@]')


def test_every_page_has_a_name_of_its_own() -> None:
    rooms = (takahe.urls, users.urls, activities.urls, api.urls, web.urls)
    patterns = [one for room in rooms for one in room.urlpatterns if isinstance(one, URLPattern)]
    names = [pattern.name for pattern in patterns]
    assert [str(pattern.pattern) for pattern in patterns if pattern.name is None] == []
    assert [name for name in names if names.count(name) > 1] == []


# Scripts have no table of addresses, nor has the worker, which writes messages to browsers: it would load the URLs of every room.
_WRITERS = [*sorted((ROOT / "static/js").rglob("*.js")), ROOT / "api/push/page_messages.py"]
_PATH = re.compile(r"""(?<!\$=)(["'`])(/[a-z][a-z0-9/._-]*)\1|url=f"(/[^"]+)\"""")
_NO_PAGES = {"/reader"}  # the name of what the service worker keeps


@pytest.mark.parametrize("writer", _WRITERS, ids=lambda path: path.name)
def test_addresses_in_scripts_and_messages_lead_to_pages(writer: Path) -> None:
    for _, path, pattern in _PATH.findall(writer.read_text()):
        if path.startswith(PREFIX):
            assert assets().by_path[path]
        elif path not in _NO_PAGES:
            resolve(path or re.sub(r"\{[^}]*\}", "7", pattern))


@pytest.mark.parametrize("name", ["front", "sign-in", "settings-identities"])
def test_an_address_is_what_django_makes_of_it(name: str) -> None:
    assert url(name) == reverse(name)


def test_parts_of_addresses_are_quoted() -> None:
    for tag in ("moss", "größe", "花子", "100%", "a b?c#d"):
        assert url("tag", name=tag) == reverse("tag", kwargs={"name": tag})
    assert url("profile", handle="ada@far.example") == "/@ada@far.example"
    assert url("tag", name="a/b") == "/tags/a%2Fb"
    assert url("posts-like", post_id=7) == "/posts/7/like"


def test_a_query_is_quoted_and_none_leaves_no_mark() -> None:
    assert path_to("sign-in", {"next": "/lists/1?a=b&c"}) == "/sign-in?next=%2Flists%2F1%3Fa%3Db%26c"
    assert path_to("sign-in", {}) == "/sign-in"


def test_a_name_that_no_page_has_is_an_error() -> None:
    for name, parts in (("nowhere", {}), ("posts-like", {}), ("front", {"post_id": 1})):
        with pytest.raises(NoReverseMatch):
            url(name, **parts)


def test_no_template_writes_an_address_out() -> None:
    for file in sorted((ROOT / "templates").rglob("*.html")):
        found = [line for line in file.read_text().splitlines() if _WRITTEN_OUT.search(line)]
        assert not found, f"{file.relative_to(ROOT)}: {found}"


# The addresses of files are written by core/pages/static_files.py, and `/` alone begins every path.
_LITERAL = re.compile(r"/(?:[a-z@.]|$)")
_BUILT_ON = {"startswith", "removeprefix"}  # asks whether something is a path, and leads nowhere


def _addresses_in(source: str) -> list[str]:
    """Return the literal strings of a module that begin an address; docstrings and the `path` of a cookie are none."""
    tree, harmless = ast.parse(source), set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Expr):
            harmless.add(node.value)
        elif isinstance(node, ast.Call):
            if isinstance(node.func, ast.Attribute) and node.func.attr in _BUILT_ON:
                harmless.update(part for argument in node.args for part in ast.walk(argument))
            elif isinstance(node.func, ast.Attribute) and node.func.attr == "set_cookie":
                harmless.update(keyword.value for keyword in node.keywords if keyword.arg == "path")
    found = [node for node in ast.walk(tree) if isinstance(node, ast.Constant) and node not in harmless]
    return sorted(
        f"{node.lineno}: {node.value}"
        for node in found
        if isinstance(node.value, str) and _LITERAL.match(node.value)
    )


def test_literal_addresses_are_found() -> None:
    source = 'go("/home")\ngo(f"{base}/@{name}")\ngo("/")\nif path.startswith("/a"): ...\n"""/home"""\n'
    assert _addresses_in(source) == ["1: /home", "2: /@", "3: /"]


def test_no_view_writes_an_address_out() -> None:
    for file in sorted((ROOT / "web").rglob("*.py")):
        assert _addresses_in(file.read_text()) == [], file.relative_to(ROOT)
