import gzip

import pytest
from django.template import engines

from core.pages.static_files import Assets, _slim, assets, static_files
from tests.core.asgi_app import http_for, make_app

pytestmark = pytest.mark.anyio


@pytest.fixture
async def http():
    async with http_for(make_app(middleware=[static_files])) as http:
        yield http


async def test_a_hashed_file_is_kept_forever_and_a_plain_name_briefly(http):
    address = assets().url("django_htmx/htmx.min.js")
    answer = await http.get(address)
    assert answer.status_code == 200
    assert answer.headers["cache-control"] == "public, max-age=31536000, immutable"
    assert answer.headers["content-encoding"] == "gzip"
    assert answer.headers["content-type"].startswith("text/javascript")
    assert answer.headers["x-content-type-options"] == "nosniff"
    plain = await http.get("/static/django_htmx/htmx.min.js", headers={"Accept-Encoding": "identity"})
    assert plain.headers["cache-control"] == "public, max-age=300"
    assert plain.content == answer.content
    assert gzip.decompress(assets().by_path[address].gzipped) == plain.content


async def test_validators_head_and_unknown_names(http):
    address = assets().url("django_htmx/htmx.min.js")
    tag = (await http.get(address)).headers["etag"]
    again = await http.get(address, headers={"If-None-Match": tag})
    assert (again.status_code, again.content) == (304, b"")
    head = await http.head(address)
    assert (head.status_code, head.content) == (200, b"")
    for wrong in ("/static/nothing.css", "/static/../settings.py", "/static/%2e%2e/settings.py", "/static/"):
        assert (await http.get(wrong)).status_code == 404
    assert (await http.post(address)).status_code == 404


def test_the_tag_writes_hashed_urls_and_style_sheets_link_to_them(tmp_path):
    (tmp_path / "css").mkdir()
    (tmp_path / "img").mkdir()
    (tmp_path / "img" / "a.svg").write_text("<svg/>")
    (tmp_path / "css" / "b.css").write_text("b{}")
    (tmp_path / "css" / "a.css").write_text(
        '@import url("b.css"); x{background:url(../img/a.svg)} y{background:url(data:x)}'
    )
    made = Assets([tmp_path])
    css = made.by_path[made.url("css/a.css")].body.decode()
    assert f'url("{made.url("img/a.svg")}")' in css
    assert f'url("{made.url("css/b.css")}")' in css
    assert "url(data:x)" in css
    with pytest.raises(KeyError, match=r"there are: css/a\.css, css/b\.css, img/a\.svg"):
        made.url("css/c.css")
    html = engines["django"].from_string('{% asset "django_htmx/htmx.min.js" %}').render()
    assert html == assets().url("django_htmx/htmx.min.js")


def test_style_sheets_lose_comments_and_spare_space_only() -> None:
    css = b"""/* one */ a , b:hover > c {\n  width: calc(100% - 1rem);\n content: "a  ; /* b */"; }\n@media (x) and (y) { d { e: f } }\n"""
    assert _slim(css) == (
        b"""a,b:hover>c{width:calc(100% - 1rem);content:"a  ; /* b */"}@media (x) and (y){d{e:f}}"""
    )


def test_a_style_sheet_holds_those_that_it_imports(tmp_path) -> None:
    (tmp_path / "css/site").mkdir(parents=True)
    (tmp_path / "css/site.css").write_text(
        '@import "site/one.css";\n@import "site/two.css";\nb { color: red }\n'
    )
    (tmp_path / "css/site/one.css").write_text("i { color: green } /* a comment */\n")
    (tmp_path / "css/site/two.css").write_text("u { color: blue }\n")
    body = Assets([tmp_path]).by_path["/static/css/site.css"].body
    assert body == b"i{color: green}u{color: blue}b{color: red}".replace(b": ", b":")
