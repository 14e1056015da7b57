"""Days in the languages of pages."""

import datetime as dt

from django.utils import translation

from core.languages import day_words, short_day_words

DAY = dt.date(2026, 3, 5)


def test_english() -> None:
    assert day_words(DAY) == "5 March 2026"
    assert (short_day_words(DAY, with_year=True), short_day_words(DAY, with_year=False)) == (
        "5 Mar 2026",
        "5 Mar",
    )


def test_french() -> None:
    with translation.override("fr"):
        assert day_words(DAY) == "5 mars 2026"
        assert short_day_words(dt.date(2026, 2, 5), with_year=False) == "5 févr."


def test_portuguese() -> None:
    with translation.override("pt-br"):
        assert day_words(DAY) == "5 de março de 2026"
        assert short_day_words(dt.date(2026, 2, 5), with_year=False).startswith("5 de fev")


def test_german() -> None:
    with translation.override("de"):
        assert day_words(DAY) == "5. März 2026"
        assert short_day_words(DAY, with_year=False) == "5. März"
