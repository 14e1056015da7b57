"""Links in texts, by a table of our own: one linker for posts, profiles and pages."""

import re
from html import unescape
from pathlib import Path

import pytest

from core.texts import Kind, field_to_html, to_html, tokens
from core.texts.html import sanitise


def _decoded(text: str) -> str:
    return re.sub(
        r"\\(u[0-9a-f]{4}|[nt\\])",
        lambda found: (
            chr(int(found[1][1:], 16)) if found[1][0] == "u" else {"n": "\n", "t": "\t", "\\": "\\"}[found[1]]
        ),
        text,
    )


def _cases() -> list[tuple[str, list[tuple[str, str]]]]:
    cases = []
    for line in Path(__file__).with_name("link_table.txt").read_text(encoding="utf-8").splitlines():
        if line.startswith("# ") or not line:
            continue
        text, links = line.split(" => ")
        pairs = [] if links == "-" else [_pair(_decoded(link)) for link in links.split(" ")]
        cases.append((_decoded(text), pairs))
    return cases


def _pair(link: str) -> tuple[str, str]:
    written, bar, href = link.partition("|http") if "|http" in link else (link, "", "")
    if not bar and "|gemini" in link:
        written, bar, href = link.partition("|gemini")
        return written, "gemini" + href
    return written, "http" + href if bar else written


CASES = _cases()


def test_the_table_is_long() -> None:
    assert len(CASES) >= 200
    assert len({text for text, _ in CASES}) == len(CASES)


@pytest.mark.parametrize(("text", "links"), CASES, ids=[ascii(text)[:60] for text, _ in CASES])
def test_where_links_begin_and_end(text: str, links: list[tuple[str, str]]) -> None:
    found = list(tokens(text))
    assert [(token.raw, token.name) for token in found if token.kind is Kind.LINK] == links
    assert "".join(token.raw for token in found) == text


@pytest.mark.parametrize(("text", "links"), CASES, ids=[ascii(text)[:60] for text, _ in CASES])
def test_posts_and_fields_link_the_same_and_the_sanitiser_of_other_servers_keeps_it(
    text: str, links: list[tuple[str, str]]
) -> None:
    hrefs = [href for _, href in links]
    for html in (to_html(text), field_to_html(text), sanitise(to_html(text.replace("\0", "")))):
        assert [unescape(href) for href in re.findall(r'<a href="([^"]*)"', html)] == hrefs


def test_a_turned_direction_ends_with_its_line() -> None:
    found = [
        token.raw
        for token in tokens("\u202ehttps://moc.elpmaxe #a\nhttps://example.com")
        if token.kind is Kind.LINK
    ]
    assert found == ["https://example.com"]


def test_the_mentioned_handle_is_the_one_that_is_shown() -> None:
    """Mentions find their host as links do."""
    for text in ("@eve@a\u202eb.com", "@eve@a.com\u200b.b.com", "\u202e@moc.elpmaxe@eve"):
        assert [token for token in tokens(text) if token.kind is Kind.MENTION] == []
    for text in ("@eve@example。com", "@eve@www.example．com", "@eve@mybank｡com"):
        assert [token for token in tokens(text) if token.kind is Kind.MENTION] == []
    assert [token.host for token in tokens("@eve@a.com。") if token.kind is Kind.MENTION] == ["a.com"]
    assert [token.host for token in tokens("@eve@a.com\u200b!") if token.kind is Kind.MENTION] == ["a.com"]
