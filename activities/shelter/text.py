"""Looking for many phrases in a text at once. Pure.

A phrase never becomes a regular expression: it is split at `*` into pieces, which are looked for one after the other. Looking for a piece
takes time in proportion to the text, whatever both contain.
"""

import re
from collections.abc import Iterable, Mapping
from typing import NamedTuple

from core.texts.folding import fold, is_spaceless

_WORD = re.compile(r"\w+")
_GRAM = 3
_LONGEST_FORM = 18  # characters that one can become when it is folded


class Phrase(NamedTuple):
    """A phrase as typed, and the pieces of folded text that occur one after the other in every text that contains it."""

    typed: str
    pieces: tuple[str, ...]

    def is_in(self, text: str) -> bool:
        """Return whether a text from `spaced_words` contains it. Taking the first place of each piece is always right: `*` is any text."""
        at = 0
        for piece in self.pieces:
            at = text.find(piece, at)
            if at < 0:
                return False
            at += len(piece) - piece.endswith(" ")  # the space may begin the next piece
        return True


def spaced_words(text: str) -> str:
    """Return the folded words of a text, with one space before and after each."""
    return f" {' '.join(_WORD.findall(fold(text, most=_LONGEST_FORM * len(text))))} "


def parse_phrase(typed: str) -> Phrase | None:
    """Return a phrase: `free money` as whole words, `crypto*` as the beginning of a word, `*coin*` as any part. None without a letter.

    Words of scripts without spaces are found as any part.
    """
    parts = typed.split("*")
    pieces = []
    for number, part in enumerate(parts):
        words = spaced_words(part)
        bare = words.strip()
        if not bare:
            continue
        begins = (number == 0 or not part[0].isalnum()) and not is_spaceless(bare[0])
        ends = (number == len(parts) - 1 or not part[-1].isalnum()) and not is_spaceless(bare[-1])
        pieces.append(f"{' ' if begins else ''}{bare}{' ' if ends else ''}")
    return Phrase(typed, tuple(pieces)) if pieces else None


class PhraseIndex[Owner]:
    """Phrases, each with its owners, by a whole word or three characters that a text must have to contain them."""

    def __init__(self, phrases: Mapping[Phrase, Iterable[Owner]]) -> None:
        self._by_word: dict[str, list[tuple[Phrase, tuple[Owner, ...]]]] = {}
        self._by_gram: dict[str, list[tuple[Phrase, tuple[Owner, ...]]]] = {}
        self._short: list[tuple[Phrase, tuple[Owner, ...]]] = []
        for phrase, owners in phrases.items():
            self._add(phrase, tuple(owners))

    def _add(self, phrase: Phrase, owners: tuple[Owner, ...]) -> None:
        """Add a phrase under the key that has the fewest others."""
        words = {word for piece in phrase.pieces for word in f"|{piece}|".split(" ")[1:-1]}
        grams = {piece[at : at + _GRAM] for piece in phrase.pieces for at in range(len(piece) - _GRAM + 1)}
        if not words and not grams:
            self._short.append((phrase, owners))
            return
        kept = self._by_word if words else self._by_gram
        key = min(words or grams, key=lambda one: (len(kept.get(one, ())), -len(one), one))
        kept.setdefault(key, []).append((phrase, owners))

    def find(self, text: str) -> dict[Owner, str]:
        """Return the owners of the phrases in a text from `spaced_words`, each with one of its phrases as typed."""
        candidates = list(self._short)
        for word in self._by_word.keys() & set(text.split(" ")):
            candidates += self._by_word[word]
        if self._by_gram:
            grams = {text[at : at + _GRAM] for at in range(len(text) - _GRAM + 1)}
            for gram in self._by_gram.keys() & grams:
                candidates += self._by_gram[gram]
        return {
            owner: phrase.typed for phrase, owners in candidates if phrase.is_in(text) for owner in owners
        }
