"""Numbers as each language writes them."""

import pytest
from django.template import engines
from django.utils import translation

from core.errors import Invalid
from core.languages import LANGUAGES
from core.numbers import Number, decimal_words, short_words
from web.error_messages import error_message


@pytest.mark.parametrize(
    ("language", "whole", "four_digits", "decimal"),
    [
        ("en", "1,234,567", "1,234", "1,234.5"),
        ("de", "1.234.567", "1.234", "1.234,5"),
        ("es", "1.234.567", "1234", "1234,5"),
        ("fr", "1\u202f234\u202f567", "1\u202f234", "1\u202f234,5"),
        ("pt-br", "1.234.567", "1.234", "1.234,5"),
        ("uk", "1\xa0234\xa0567", "1\xa0234", "1\xa0234,5"),
        ("ja", "1,234,567", "1,234", "1,234.5"),
        ("ar", "1,234,567", "1,234", "1,234.5"),
    ],
)
def test_a_number_in_full(language: str, whole: str, four_digits: str, decimal: str) -> None:
    with translation.override(language):
        assert str(Number(1_234_567)) == whole
        assert str(Number(1234)) == four_digits
        assert (str(Number(999)), str(Number(0)), str(Number(-7))) == ("999", "0", "-7")
        assert decimal_words(1234.5) == decimal
        assert "{count} / {count:,}".format(count=Number(1234)) == f"{four_digits} / {four_digits}"


@pytest.mark.parametrize(
    ("language", "shown"),
    [
        ("en", ["999", "1k", "1.2k", "12k", "999k", "5.6M"]),
        ("de", ["999", "1\xa0Tsd.", "1,2\xa0Tsd.", "12\xa0Tsd.", "999\xa0Tsd.", "5,6\xa0Mio."]),
        ("es", ["999", "1\xa0mil", "1,2\xa0mil", "12\xa0mil", "999\xa0mil", "5,6\xa0M"]),
        ("fr", ["999", "1\xa0k", "1,2\xa0k", "12\xa0k", "999\xa0k", "5,6\xa0M"]),
        ("pt-br", ["999", "1\xa0mil", "1,2\xa0mil", "12\xa0mil", "999\xa0mil", "5,6\xa0mi"]),
        ("uk", ["999", "1\xa0тис.", "1,2\xa0тис.", "12\xa0тис.", "999\xa0тис.", "5,6\xa0млн"]),
        ("ja", ["999", "1,000", "1,234", "1.2万", "99万", "567万"]),
        ("ar", ["999", "1\xa0ألف", "1.2\xa0ألف", "12\xa0ألف", "999\xa0ألف", "5.6\xa0مليون"]),
    ],
)
def test_a_count_beside_a_sign(language: str, shown: list[str]) -> None:
    with translation.override(language):
        assert [short_words(count) for count in (999, 1000, 1234, 12_345, 999_999, 5_678_901)] == shown


def test_every_language_has_its_way() -> None:
    seen = set()
    for language in LANGUAGES:
        with translation.override(language):
            seen.add(short_words(12_345))
    assert len(seen) == len(LANGUAGES) - 1  # Spanish and Brazilian Portuguese shorten thousands alike


def test_a_text_that_counts_writes_its_number_in_the_language() -> None:
    text = engines["django"].from_string(
        "{% load i18n %}{% blocktranslate count counter=n|number %}{{ counter }} post{% plural %}{{ counter }} posts{% endblocktranslate %}"
    )
    with translation.override("de"):
        assert text.render({"n": 12_345}) == "12.345 Beiträge"
        assert text.render({"n": 1}) == "1 Beitrag"


def test_an_error_writes_its_numbers_in_the_language() -> None:
    problem = Invalid("status", "text.too_long", most=12_345)
    with translation.override("de"):
        assert "12.345" in error_message(problem)
    with translation.override("en"):
        assert "12,345" in error_message(problem)
