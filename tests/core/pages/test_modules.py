"""Scripts as modules: what they import has a hash in its name, and their parts are put in."""

import re
from pathlib import Path

import pytest

from core.pages.static_files import PREFIX, Assets, assets

_FILES = {
    "js/site.js": 'import "./site/part.js";\nexport function t(text) { return text }\nimport("./lazy.js");\n',
    "js/site/part.js": '// what is a part\nimport { t } from "../site.js";\nimport { other } from "../other.js";\nt(other);\nimport("../lazy.js");\n',
    "js/other.js": 'export const other = "/static/css/a.css", none = "/static/none.css";\n',
    "js/lazy.js": 'import { t } from "./site.js";\nt("later");\n',
    "css/a.css": "a{}",
}  # fmt: skip


def _made(folder: Path, **changes: str) -> Assets:
    for name, text in {**_FILES, **changes}.items():
        file = folder / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text)
    return Assets([folder])


def _body(made: Assets, name: str) -> str:
    return made.by_path[made.url(name)].body.decode()


def test_imports_lead_to_names_with_a_hash(tmp_path: Path) -> None:
    made = _made(tmp_path)
    assert _body(made, "js/lazy.js") == f'import {{t}} from "{made.url("js/site.js")}";\nt("later");\n'
    assert f'other = "{made.url("css/a.css")}", none = "/static/none.css"' in _body(made, "js/other.js")
    lazy = made.url("js/lazy.js")
    assert _body(made, "js/site.js").count(f'import("{lazy}")') == 2, "its part's, too"
    assert re.fullmatch(r"/static/js/lazy\.[0-9a-f]{6}\.js", lazy)


def test_a_part_is_put_into_its_script_and_needs_no_request(tmp_path: Path) -> None:
    made = _made(tmp_path)
    body = _body(made, "js/site.js")
    assert body.startswith(f'import {{other}} from "{made.url("js/other.js")}";\n{{\nt(other);\n')
    assert "part" not in body
    assert "from " not in body.partition("\n")[2], "its own names are there already"
    assert made.needed("js/lazy.js") == [made.url("js/site.js"), made.url("js/other.js")]


def test_a_part_exports_nothing(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match=r"js/site/part\.js is a part of js/site\.js, and exports something"):
        _made(tmp_path, **{"js/site/part.js": "export const one = 1;\n"})


def test_a_script_that_is_missing_stops_the_start(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match=r"js/gone\.js"):
        _made(tmp_path, **{"js/other.js": 'import { x } from "./gone.js";\n'})


@pytest.mark.parametrize("changed", ["js/other.js", "js/site/part.js", "css/a.css"])
def test_a_script_gets_another_name_when_what_it_reaches_changes(tmp_path: Path, changed: str) -> None:
    before = _made(tmp_path)
    after = _made(tmp_path, **{changed: _FILES[changed] + ";\n" if changed != "css/a.css" else "b{}"})
    same = "js/other.js" if changed == "js/site/part.js" else ""
    for name in ("js/site.js", "js/lazy.js", "js/other.js"):
        assert (before.url(name) == after.url(name)) == (name == same), name


def test_all_our_scripts_lead_to_files_that_are_there() -> None:
    served = assets().by_path
    scripts = {
        asset.url: asset.body.decode() for asset in served.values() if asset.url.startswith(f"{PREFIX}js/")
    }
    assert len(scripts) > 40
    for url, body in scripts.items():
        for named in re.findall(r'"(/static/[^"]+)"', body):
            assert served[named].url == named, (url, named)
        assert not re.search(r'\bimport\("\.|^import .*"\.', body, re.MULTILINE), url


def test_scripts_share_by_import_alone() -> None:
    """No script relies on a name that another one made global."""
    for file in sorted(Path("static/js").rglob("*.js")):
        text = file.read_text()
        assert not re.search(r"\b(window|globalThis)\.\w+ = ", text), file
        assert '"use strict"' not in text or file.name == "worker.js", file


def test_what_another_script_exports_is_imported_where_it_is_called() -> None:
    """A call of a function that was not imported fails only when it runs, as `t()` in a vote did."""
    texts = {file: file.read_text() for file in sorted(Path("static/js").rglob("*.js"))}
    exported = {
        name
        for text in texts.values()
        for name in re.findall(r"^export (?:async )?function (\w+)", text, re.MULTILINE)
    }
    assert {"t", "tn", "say"} <= exported
    missing = []
    for file, text in texts.items():
        code = re.sub(r"^\s*//.*$", "", text, flags=re.MULTILINE)
        known = set(re.findall(r"\w+", " ".join(re.findall(r"import \{([^}]*)\}", code))))
        known |= set(re.findall(r"(?:function|const|let) (\w+)", code)) | set(re.findall(r", (\w+) = ", code))
        known |= set(re.findall(r"^\s+(?:async )?(\w+)\([^)]*\) \{", code, re.MULTILINE))  # methods
        called = set(re.findall(r"(?<![\w.$])(\w+)\(", code)) & exported
        missing += [f"{file}: {name}" for name in sorted(called - known)]
    assert missing == []


def test_pages_have_two_scripts_that_are_no_modules() -> None:
    """One has to run before the page is painted, and htmx is not ours."""
    classic = [
        tag
        for file in sorted(Path("templates").rglob("*.html"))
        for tag in re.findall(r"<script[^>]*>", file.read_text())
        if 'type="module"' not in tag and "ld+json" not in tag
    ]
    assert [re.findall(r'"([^"]+\.js)"', tag) for tag in classic] == [
        ["js/first.js"],
        ["django_htmx/htmx.min.js"],
    ]
