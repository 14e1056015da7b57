"""Markdown of posts: a safe part of it, with the links, mentions and hashtags of plain text."""

import time
from collections.abc import Iterator

import pytest

from activities.posts.markdown import markdown_to_html, spoken
from core.texts import Handle
from core.texts.html import sanitise

BOB = {Handle("bob", "h.test"): "https://h.test/@bob"}


def html(text: str) -> str:
    return markdown_to_html(text, own_host="h.test", base_url="https://h.test", profile_urls=BOB)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("**a** *b* ~~c~~ `d*e*`", "<p><strong>a</strong> <em>b</em> <del>c</del> <code>d*e*</code></p>"),
        ("a\nb\n\nc", "<p>a<br>b</p><p>c</p>"),
        ("- a\n- b", "<ul><li>a</li><li>b</li></ul>"),
        ("1. a\n2. b", "<ol><li>a</li><li>b</li></ol>"),
        ("1984. A year", '<ol start="1984"><li>A year</li></ol>'),
        ("> a", "<blockquote><p>a</p></blockquote>"),
        ("```py\n<b>\n```", "<pre><code>&lt;b&gt;\n</code></pre>"),
        (r"\*a\* snake_case", "<p>*a* snake_case</p>"),
        ("# a", "<p># a</p>"),
        (
            "[a](https://b.org/_c_)",
            '<p><a href="https://b.org/_c_" target="_blank" rel="nofollow noopener">a</a></p>',
        ),
    ],
)
def test_what_is_written(text: str, expected: str) -> None:
    assert html(text) == expected
    assert sanitise(expected) == expected, "other servers and ours keep it"


@pytest.mark.parametrize(
    "text",
    [
        "<script>x</script>",
        '<b onclick="x">',
        "[a](javascript:alert(1))",
        "[a](JAVASCRIPT:x)",
        "[a](data:text/html,x)",
        '[a](https://b.org"onclick=x)',
        "![a](https://b.org/a.png)",
        "[a](<https://b.org/ onclick=x>)",
        "`<img src=x>`",
        "```<b>\n<i>\n```",
    ],
)
def test_nothing_else_becomes_html(text: str) -> None:
    made = html(text)
    for bad in ("<script", "<b", "<img", "<i>", 'javascript:alert(1)"', "onclick=x>", "data:"):
        assert bad not in made.replace("[a](data:", "").replace("<blockquote", ""), made
    assert 'href="javascript' not in made.lower()


def test_names_and_addresses_keep_their_signs() -> None:
    made = html("https://a.org/x_y_z_ **#tag** @bob `@bob #no`")
    assert 'href="https://a.org/x_y_z_"' in made
    assert '<strong><a href="https://h.test/tags/tag"' in made
    assert made.count('href="https://h.test/@bob"') == 1
    assert spoken("@bob `@eve`\n\n```\n@mallory\n```\n> #a_b").split() == ["@bob", "#a_b"]
    assert spoken("[@bob and *#tag*](https://a.test) @eve [@mia](javascript:x)").split() == ["@eve", "@mia"]


@pytest.mark.parametrize("piece", ["*", "a**b", "[", "[a](", "`", "> ", "- ", "_a__b_", "[*", "~~a", "```\n", "\\", "<", "![a"])  # fmt: skip
def test_time_grows_with_the_length(piece: str) -> None:
    def costs(size: int) -> Iterator[float]:
        text = (piece * size)[:size]
        for _ in range(3):
            start = time.process_time()
            html(text)
            yield time.process_time() - start

    bound = 12 * min(costs(2000)) + 0.05
    assert any(cost < bound for cost in costs(8000))  # the least of three, and mostly one is enough
