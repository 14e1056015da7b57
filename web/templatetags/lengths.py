"""Fields: the longest texts that they take, for templates that write one without a form (`maxlength="{% longest "note" %}"`), and which of a
form are wrong.
"""

from django import forms, template
from django.utils.translation import gettext as _

from activities.filters.services import MAX_KEYWORD_LENGTH
from users.emojis.services.own import MAX_CATEGORY_LENGTH
from users.factors.services import passkeys
from users.moderation.services import notes
from users.moderation.services.warning import MAX_REASON_LENGTH, MAX_TEXT_LENGTH
from users.relations.services.social import MAX_NOTE_LENGTH

register = template.Library()

MAX_EMAIL = 254
MAX_IP = 45
MAX_HANDLE = 320  # as typed: a name, a host, and what people copy along
MAX_QUERY = 500
MAX_WRITTEN = 20_000  # of posts and other long texts; services count the characters that matter
MAX_WORDS = 50  # of a search for emoji

_LONGEST = {
    "category": MAX_CATEGORY_LENGTH,
    "e-mail address": MAX_EMAIL,
    "IP address": MAX_IP,
    "emoji words": MAX_WORDS,
    "handle": MAX_HANDLE,
    "keyword": MAX_KEYWORD_LENGTH,
    "message": MAX_TEXT_LENGTH,
    "note": MAX_NOTE_LENGTH,
    "staff note": notes.MAX_NOTE_LENGTH,
    "passkey": passkeys.MAX_NAME_LENGTH,
    "query": MAX_QUERY,
    "reason": MAX_REASON_LENGTH,
    "written": MAX_WRITTEN,
}


@register.simple_tag
def longest(field: str) -> int:
    """Return the most characters that a kind of field takes."""
    return _LONGEST[field]


@register.simple_tag
def refused(form: forms.Form) -> str:
    """Move the focus to the first wrong field, and return which ones are wrong; empty if none is. Precedes the fields in the template."""
    wrong = [bound for bound in form.visible_fields() if bound.errors] if form.is_bound else []
    if not wrong:
        return ""
    for field in form.fields.values():
        field.widget.attrs.pop("autofocus", None)
    wrong[0].field.widget.attrs["autofocus"] = True
    return _("Please correct: {fields}.").format(fields=", ".join(str(bound.label) for bound in wrong))
