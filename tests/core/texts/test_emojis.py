"""Shortcodes in HTML become pictures, but not where they are spoken of."""

from core.texts.emojis import replace_shortcodes


def test_code_and_tags_stay_as_they_are() -> None:
    html = '<p>:a: <code>:a: &lt;</code> <a href=":a:">:a:</a></p><pre><code>:a:\n</code></pre>:a:'
    made = replace_shortcodes(html, {"a": "A"})
    assert made == '<p>A <code>:a: &lt;</code> <a href=":a:">A</a></p><pre><code>:a:\n</code></pre>A'
