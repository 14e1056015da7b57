"""Phrases of staff's rules: whole words, wildcards, folded text, and time in proportion to the text whatever the phrase."""

import time

import pytest

from activities.shelter.text import PhraseIndex, parse_phrase, spaced_words


def found(phrases: list[str], text: str) -> set[str]:
    index = PhraseIndex({phrase: [typed] for typed in phrases if (phrase := parse_phrase(typed))})
    return set(index.find(spaced_words(text)))


@pytest.mark.parametrize(
    ("typed", "text", "is_there"),
    [
        ("free money", "Get FREE money, now!", True),
        ("free money", "Get free\u200b mo\u200bney", True),
        ("free money", "carefree money", False),
        ("free money", "free moneybags", False),
        ("free*money", "free as in money", True),
        ("free*money", "money for free", False),
        ("free * money", "free money", True),
        ("crypto*", "some cryptocurrency", True),
        ("crypto*", "postcrypto", False),
        ("*coin*", "bitcoins!", True),
        ("*coin*", "co in", False),
        ("*coin", "bitcoin", True),
        ("*coin", "bitcoins", False),
        ("Ｃａｓｉｎｏ", "casino", True),
        ("casíno", "CASINO", True),
        ("円安", "今日は円安です", True),
        ("a", "a b", True),
        ("a", "ab", False),
        ("t.me/x", "see t.me/x/5", True),
        ("(a+)+$", "a", True),
        ("(a+)+$", "aaaa", False),
    ],
)
def test_what_a_phrase_is_in(typed: str, text: str, is_there: bool) -> None:
    assert found([typed], text) == ({typed} if is_there else set())
    others = [f"word{n}" for n in range(200)] + [f"*part{n}*" for n in range(200)]
    assert found([*others, typed], text) == ({typed} if is_there else set())


@pytest.mark.parametrize("typed", ["", "*", "***", "!?", " ", "\u200b"])
def test_what_is_no_phrase(typed: str) -> None:
    assert parse_phrase(typed) is None


def test_a_catastrophic_phrase_takes_no_longer_than_another() -> None:
    """Each of these would take longer than the universe as a backtracking expression, or as naive matching of wildcards."""
    text = spaced_words("a" * 100_000 + " " + "ab " * 10_000)
    started = time.process_time()
    for typed in ("(a+)+$", "*a" * 90 + "*b*z", "a*" * 100 + "z", "*" * 199 + "q", "(a|a)*" * 33 + "c"):
        if (phrase := parse_phrase(typed)) is not None:
            assert not phrase.is_in(text)
    assert time.process_time() - started < 2
