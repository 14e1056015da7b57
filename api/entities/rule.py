"""Rule: docs.joinmastodon.org/entities/Rule"""

from typing import Any

import msgspec


class Rule(msgspec.Struct):
    id: str
    text: str
    hint: str = ""
    translations: dict[str, dict[str, str]] = {}


def rules_of(stored: list[Any]) -> list[Rule]:
    """Return a domain's rules as stored: texts, or objects with `text` and `hint`."""
    shown = []
    for number, rule in enumerate(stored, start=1):
        if isinstance(rule, dict):
            shown.append(
                Rule(str(rule.get("id", number)), str(rule.get("text", "")), str(rule.get("hint", "")))
            )
        else:
            shown.append(Rule(str(number), str(rule)))
    return shown
