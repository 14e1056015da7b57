"""Numbers in each language's format: in full (12,345), and short (12k) for small spaces. From Unicode's CLDR, with Western digits."""

from dataclasses import dataclass

from django.utils import translation

_NARROW, _WIDE = "\N{NARROW NO-BREAK SPACE}", "\N{NO-BREAK SPACE}"


@dataclass(frozen=True)
class _Way:
    """`grouped_from` is the first number with a separator; `units` from the largest: how many, and what is written after it."""

    group: str
    decimal: str
    units: tuple[tuple[int, str], ...]
    grouped_from: int = 1000


_ENGLISH = _Way(",", ".", ((1_000_000, "M"), (1000, "k")))
_WAYS = {
    "de": _Way(".", ",", ((1_000_000, f"{_WIDE}Mio."), (1000, f"{_WIDE}Tsd."))),
    "es": _Way(".", ",", ((1_000_000, f"{_WIDE}M"), (1000, f"{_WIDE}mil")), grouped_from=10_000),
    "fr": _Way(_NARROW, ",", ((1_000_000, f"{_WIDE}M"), (1000, f"{_WIDE}k"))),
    "pt-br": _Way(".", ",", ((1_000_000, f"{_WIDE}mi"), (1000, f"{_WIDE}mil"))),
    "uk": _Way(_WIDE, ",", ((1_000_000, f"{_WIDE}млн"), (1000, f"{_WIDE}тис."))),
    "ja": _Way(",", ".", ((100_000_000, "億"), (10_000, "万"))),
    "ar": _Way(",", ".", ((1_000_000, f"{_WIDE}مليون"), (1000, f"{_WIDE}ألف"))),
}


class Number(int):
    """A number formatted in the active language: in templates, where `blocktranslate` uses it for the plural, and by `str.format`, with
    or without a comma format.
    """

    def __str__(self) -> str:
        way = _way()
        if abs(self) < way.grouped_from:
            return int.__repr__(self)
        return f"{int(self):,}".replace(",", way.group)

    def __format__(self, spec: str) -> str:
        return str(self) if spec in {"", ","} else format(int(self), spec)


def decimal_words(value: float, places: int = 1) -> str:
    """Return a number with decimal places, such as 1,234.5."""
    way = _way()
    whole, _, rest = f"{value:.{places}f}".partition(".")
    return f"{Number(int(whole))}{way.decimal}{rest}" if rest else str(Number(int(whole)))


def short_words(count: int) -> str:
    """Return a short count: `7`, `1.2k`, `34k`, `5.6M`; truncated, not rounded up, so that no count is exaggerated."""
    way = _way()
    for size, unit in way.units:
        if count >= size:
            tenths = count * 10 // size
            shown = (
                str(Number(tenths // 10))
                if tenths >= 100 or not tenths % 10
                else f"{tenths // 10}{way.decimal}{tenths % 10}"
            )
            return shown + unit
    return str(Number(count))


def _way() -> _Way:
    return _WAYS.get(translation.get_language() or "en", _ENGLISH)
