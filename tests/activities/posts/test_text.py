"""HTML made from the text of posts."""

import pytest

from activities.posts import text as texts
from core.texts import Handle, handles, hashtags, to_html, tokens

BASE = {"own_host": "home.test", "base_url": "https://home.test"}
ALICE = {Handle("alice", "home.test"): "https://home.test/@alice"}


def html(text: str) -> str:
    return to_html(text, profile_urls=ALICE, **BASE)


def test_paragraphs_and_line_breaks() -> None:
    assert html("one\ntwo\r\n\r\n\r\nthree") == "<p>one<br>two</p><p>three</p>"


def test_markup_is_text() -> None:
    assert html("<script>&\"'") == "<p>&lt;script&gt;&amp;\"'</p>"


def test_known_people_become_links_and_others_stay_text() -> None:
    assert html("hi @Alice, @bob") == (
        '<p>hi <span class="h-card" translate="no"><a href="https://home.test/@alice" class="u-url mention">'
        "@<span>Alice</span></a></span>, @bob</p>"
    )


def test_links_are_shortened_as_mastodon_does() -> None:
    assert html("see https://www.example.com/a/very/long/path/indeed.") == (
        '<p>see <a href="https://www.example.com/a/very/long/path/indeed" target="_blank" rel="nofollow noopener" translate="no">'
        '<span class="invisible">https://www.</span><span class="ellipsis">example.com/a/very/long/path/i</span>'
        '<span class="invisible">ndeed</span></a>.</p>'
    )


def test_hashtags_of_every_script() -> None:
    assert hashtags("#Café #हिन्दी #日本語 #a_b x#no #123 /#no &#39; #Café #CAFÉ ＃ｗｉｄｅ") == {
        "cafe": "Café",
        "हिन्दी": "हिन्दी",
        "日本語": "日本語",
        "a_b": "a_b",
        "wide": "ｗｉｄｅ",
    }
    assert (
        '<a href="https://home.test/tags/cafe" class="mention hashtag" rel="tag">#<span>Café</span></a>'
        in html("#Café")
    )


def test_mentions_are_found() -> None:
    text = "@alice @Bob@Far.test. @carol@exämple.test me@mail.test @dan@localhost:8000 https://x.test/@eve @alice"
    assert handles(text, "home.test") == [
        Handle("alice", "home.test"),
        Handle("bob", "far.test"),
        Handle("carol", "xn--exmple-cua.test"),
        Handle("dan", "localhost:8000"),
    ]


@pytest.mark.parametrize(
    ("text", "length"),
    [
        ("hello", 5),
        ("https://example.com/" + "x" * 300, 23),
        ("@alice@a-very-long-host.example hi", 9),
        ("e\u0301", 1),
        ("👨‍👩‍👧‍👦 🇩🇪🇫🇷 👍🏽", 6),
        ("日本", 2),
    ],
)
def test_length_is_counted_as_mastodon_does(text: str, length: int) -> None:
    assert texts.length(text) == length


def test_characters_that_postgres_refuses_are_left_out() -> None:
    assert texts.clean("a\0b\ud800c") == "abc"


def test_pieces_joined_are_the_text() -> None:
    text = "a @b #c https://d.test/e, (#f) @g@h.test! #1 ##x @@y"
    assert "".join(token.raw for token in tokens(text)) == text
