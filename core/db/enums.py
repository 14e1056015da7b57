"""Python's own enums as the choices of a field. Django's `TextChoices` have no types, so that each member is a bare `str` or `int`."""

from enum import Enum
from typing import Any


def choices(kind: type[Enum]) -> list[tuple[Any, str]]:
    """Return `(value, label)` for each member, for a model field or a form. The label is the member's name with spaces."""
    return [(member.value, member.name.replace("_", " ").title()) for member in kind]
