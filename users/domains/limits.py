"""Limits of what the people of a domain write, chosen by its staff within the ceilings of the server. Pure but for the settings."""

import msgspec

from core.config import config
from core.errors import Invalid


class Limits(msgspec.Struct, frozen=True):
    """The most characters, files and edits of a post, options of a poll, and characters and fields of a profile.

    An edit of a post or profile counts as a new one: what is longer than the limits of today can't be saved again.
    """

    characters: int = 500
    files: int = 4
    poll_options: int = 4
    bio: int = 2000
    fields: int = 6
    edits: int = 200


DEFAULTS = Limits()
# forms and stored drafts have room for these
CEILINGS = Limits(characters=20_000, files=16, poll_options=12, bio=10_000, fields=16, edits=1000)
_LEAST = Limits(characters=100, files=1, poll_options=2, bio=100, fields=1, edits=0)
NAMES = tuple(field.name for field in msgspec.structs.fields(Limits))


def ceiling_of(name: str) -> int:
    """Return the highest value of a limit on this server."""
    most = int(getattr(CEILINGS, name))
    return min(most, config().max_characters) if name == "characters" else most


def limits_in(chosen: dict[str, int]) -> Limits:
    """Return the limits of a domain whose staff chose some. A ceiling that was lowered since then counts."""
    values = {name: chosen.get(name, getattr(DEFAULTS, name)) for name in NAMES}
    return Limits(**{name: min(value, ceiling_of(name)) for name, value in values.items()})


def check_limits(chosen: dict[str, int | None]) -> dict[str, int]:
    """Return the chosen limits as stored, without those that are the default. Raises Invalid for one out of bounds."""
    kept = {}
    for name, value in chosen.items():
        if value is None or value == getattr(DEFAULTS, name):
            continue
        least, most = int(getattr(_LEAST, name)), ceiling_of(name)
        if not least <= value <= most:
            raise Invalid(f"limit_{name}", "out_of_bounds", least=least, most=most)
        kept[name] = value
    return kept
