"""Texts in the one spelling in which they are searched."""

import time

import pytest

from core.texts import asked_grams, fold, fold_name, grams_of, query_of, vector_of


def test_case_width_accents_and_invisible_marks() -> None:
    for text, folded in (
        ("Ｍüller", "muller"),
        ("Crème Brûlée", "creme brulee"),
        ("Straße", "strasse"),
        ("Łódź ŒUVRE Ærø", "lodz oeuvre aero"),
        ("İSTANBUL ısı", "istanbul isi"),
        ("ΣΊΣΥΦΟΣ σίσυφος", "σισυφοσ σισυφοσ"),
        ("Ёлка за́мок", "елка замок"),
        ("мой Ўдар Їжак", "мой ўдар їжак"),  # letters of their own
        ("don’t donʼt don‘t", "don't don't don't"),
        ("ﾊﾅｺ が", "ハナコ が"),
        ("مُحَمَّد", "محمد"),
        ("שָׁלוֹם", "שלום"),
        ("\u200eRob\u202c\u00adert\ufeff", "robert"),
        ("각", "각"),
    ):
        assert fold(text) == folded, text
        assert fold(folded) == folded, text


def test_words_and_phrases() -> None:
    assert vector_of("Don’t snake_case don't") == "'don':1,5 't':2,6 'snake':3 'case':4"
    assert vector_of("검색은 C++ 🌻") == "'검색':1 '색은':2 '은':3 'c':4 '🌻':5"
    assert query_of("don’t") == "'don' <1> 't'"
    assert query_of("검색") == "'검색'"
    assert query_of("검") == "'검':*"
    assert query_of("東京tower") == "'東京' <2> 'tower'"
    assert query_of("'\\ & | !") == ""


def test_what_is_asked_is_among_what_is_stored() -> None:
    name = fold_name("Seán O’Brien 山田花子 김민수 Jo")
    for part in ("sean", "se", "s", "o'brien", "rien", "田花", "花", "민수", "jo", "jo obr"):
        assert set(asked_grams(fold_name(part))) <= set(grams_of(name)), part


@pytest.mark.parametrize(
    "text", ["a", "é", "검", "e\u0301", "\u0301", "\u064b", "'", "🌻 ", "x y", "ﷺ", "и\u0306"]
)
def test_hostile_texts_are_read_in_linear_time(text: str) -> None:
    def cpu_s(size: int) -> float:
        start = time.process_time()
        vector_of(text * (size // len(text)))
        query_of(text * (size // len(text)))
        return time.process_time() - start

    assert cpu_s(40_000) <= 40 * max(cpu_s(4_000), 0.005)
    cpu_s(1_000_000)
