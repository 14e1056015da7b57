"""Parsing of search input: words, "quoted phrases", -excluded ones, and operators. Pure.

    from:me from:name@host   has:media|image|video|audio|poll|link|embed|quote   is:reply|sensitive|quote|local
    in:all|library|public    language:de    before:2026-01-31  after:2026-01-31  during:2026-01-31|2026-01|2026

Words are joined by "and"; `#name` is the hashtag. What looks like an operator and is none is a word. Days are days in UTC.
"""

import datetime as dt
import re

import msgspec

from core.texts import is_hashtag, normal_tag

_MAX_TERMS = 20
_MAX_LENGTH = 200
_PIECE = re.compile(r'(-?)(?:([a-z]+):)?(?:"([^"]*)"|“([^”]*)”|(\S+))', re.IGNORECASE)
_DATE = re.compile(r"(\d{4})(?:-(\d{1,2}))?(?:-(\d{1,2}))?\Z")
PROPERTIES = frozenset(
    {f"has:{what}" for what in ("media", "image", "video", "audio", "poll", "link", "embed", "quote")}
    | {f"is:{what}" for what in ("reply", "sensitive", "quote", "local")}
)
_PLACES = frozenset({"all", "library", "public"})


class Term(msgspec.Struct, frozen=True):
    """A word or phrase. `hashtag`: the name, in its normal form, when the word is `#name`."""

    text: str
    is_excluded: bool = False
    hashtag: str = ""


class Terms(msgspec.Struct):
    """Parsed search input. `since` is the first moment included, `until` the first one excluded."""

    words: list[Term] = []
    properties: list[tuple[str, bool]] = []  # (one of PROPERTIES, whether it is excluded)
    author: str = ""  # "me", a username, or username@host
    language: str = ""
    place: str = "all"
    since: dt.datetime | None = None
    until: dt.datetime | None = None
    no_dates: list[str] = []  # values of before, after and during that are none

    @property
    def says_something(self) -> bool:
        """Return whether it restricts the result: an excluded word alone does not."""
        return bool(
            any(not word.is_excluded for word in self.words)
            or any(not is_excluded for _, is_excluded in self.properties)
            or self.language
            or self.since
            or self.until
            or self.place == "library"
        )


def parse_terms(text: str) -> Terms:
    terms = Terms()
    for match in list(_PIECE.finditer(text))[:_MAX_TERMS]:
        minus, name, quoted, curly, plain = match.groups()
        phrase = quoted if quoted is not None else curly
        value = (phrase if phrase is not None else plain or "")[:_MAX_LENGTH]
        if name and _operator(terms, name.lower(), value, is_excluded=bool(minus)):
            continue
        word = f"{name}:{value}" if name else value
        if word.strip():
            hashtag = _hashtag(word) if phrase is None else ""
            terms.words.append(Term(word, is_excluded=bool(minus), hashtag=hashtag))
    return terms


def _hashtag(word: str) -> str:
    """Return the hashtag in its normal form if the word is one, else ""."""
    name = word[1:]
    return normal_tag(name) if word.startswith(("#", "＃")) and is_hashtag(name) else ""


def _operator(terms: Terms, name: str, value: str, *, is_excluded: bool) -> bool:
    """Parse an operator. Return whether it is one."""
    lower = value.lower()
    if name in {"has", "is"}:
        if f"{name}:{lower}" not in PROPERTIES:
            return False
        terms.properties.append((f"{name}:{lower}", is_excluded))
        return True
    if is_excluded:
        return False
    match name:
        case "from" if value:
            terms.author = lower.lstrip("@")
        case "in" if lower in _PLACES:
            terms.place = lower
        case "language" | "lang" if lower.isalpha() and 2 <= len(lower) <= 3:
            terms.language = lower
        case "before" | "after" | "during":
            if not _date(terms, name, value):
                terms.no_dates.append(value)
                return False
        case _:
            return False
    return True


def _date(terms: Terms, name: str, value: str) -> bool:
    """Parse a date. `during` a month or a year means all of it.

    `after` means after its end, `before` before its beginning.
    """
    match = _DATE.match(value)
    if match is None:
        return False
    year, month, day = (int(part) if part else None for part in match.groups())
    try:
        first = dt.datetime(year or 1, month or 1, day or 1, tzinfo=dt.UTC)
        if day:
            after = first + dt.timedelta(days=1)
        elif month:
            after = (first + dt.timedelta(days=32)).replace(day=1)
        else:
            after = first.replace(year=first.year + 1)
    except (ValueError, OverflowError):
        return False
    since, until = {"before": (None, first), "after": (after, None), "during": (first, after)}[name]
    if since is not None:
        terms.since = since if terms.since is None else max(terms.since, since)
    if until is not None:
        terms.until = until if terms.until is None else min(terms.until, until)
    return True
