"""The longest texts that fields take, for templates that write a field without a form: `maxlength="{% longest "note" %}"`."""

from django import template

from activities.filters.services import MAX_KEYWORD_LENGTH
from users.emojis.services.own import MAX_CATEGORY_LENGTH
from users.factors.services import passkeys
from users.moderation.services.warning import MAX_REASON_LENGTH, MAX_TEXT_LENGTH
from users.relations.services.social import MAX_NOTE_LENGTH

register = template.Library()

MAX_HANDLE = 320  # as typed: a name, a host, and what people copy along
MAX_QUERY = 500
MAX_WRITTEN = 20_000  # of posts and other long texts; services count the characters that matter
MAX_WORDS = 50  # of a search for emoji

_LONGEST = {
    "category": MAX_CATEGORY_LENGTH,
    "emoji words": MAX_WORDS,
    "handle": MAX_HANDLE,
    "keyword": MAX_KEYWORD_LENGTH,
    "message": MAX_TEXT_LENGTH,
    "note": MAX_NOTE_LENGTH,
    "passkey": passkeys.MAX_NAME_LENGTH,
    "query": MAX_QUERY,
    "reason": MAX_REASON_LENGTH,
    "written": MAX_WRITTEN,
}


@register.simple_tag
def longest(field: str) -> int:
    """Return the most characters that a kind of field takes."""
    return _LONGEST[field]
