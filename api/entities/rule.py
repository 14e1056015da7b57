"""Rule: docs.joinmastodon.org/entities/Rule"""

from collections.abc import Iterable

import msgspec

from core.languages import language_tag
from users.domains.models import Rule as StoredRule


class Rule(msgspec.Struct):
    id: str
    text: str
    hint: str = ""
    translations: dict[str, dict[str, str]] = {}


def rules_of(stored: Iterable[StoredRule]) -> list[Rule]:
    """Render rules. Texts without translation are the rule's own, so that apps can show each translation as it is."""
    return [
        Rule(
            rule.api_id,
            rule.text,
            rule.hint,
            {
                language_tag(language): {
                    "text": said.get("text") or rule.text,
                    "hint": said.get("hint") or rule.hint,
                }
                for language, said in rule.translations.items()
            },
        )
        for rule in stored
    ]
