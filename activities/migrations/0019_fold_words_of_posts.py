r"""Words of posts are compared without case, width, accents and invisible marks, in every script and whatever the database's locale.

lower() and the text search parser know ASCII only in the C locale, where every other sign, punctuation as well, is a letter. So the
text is folded before: the same as core/texts/folding.py does for names. Hangul is added to the scripts whose signs are words of their own,
because its endings grow onto the word. Only the function is replaced; handlers/search_words.py goes through all posts again.
"""

import unicodedata

from django.db import migrations

_INVISIBLE = "[\u00ad\u034f\u061c\u180e\u200b-\u200f\u202a-\u202e\u2060-\u206f\ufe00-\ufe0f\ufeff]"
_ACCENTS = (  # and the vowel points of Hebrew and Arabic, which most people leave out
    "[\u0300-\u036f\u0591-\u05bd\u05bf\u05c1\u05c2\u05c4\u05c5\u05c7\u0610-\u061a\u0640\u064b-\u065f\u0670\u06d6-\u06dc\u06df-\u06e8\u06ea-\u06ed]"
)
_APOSTROPHES = "[’‘‛ʼʻʹ′`´]"
_PUNCTUATION = (
    "[\u00a1-\u00a9\u00ab-\u00b4\u00b6-\u00b9\u00bb-\u00bf\u00d7\u00f7\u055a-\u055f\u0589\u05be\u060c\u061b\u061f\u066a-\u066d\u06d4"
    "\u0964\u0965\u2010-\u2027\u2030-\u205e\u2e00-\u2e7f\u3000-\u3004\u3008-\u303f\u30a0\u30fb]"
)
_SPACELESS = (
    "[\u0e01-\u0eff\u1000-\u109f\u1100-\u11ff\u1780-\u17ff\u3005-\u3007\u3041-\u309f\u30a1-\u30fa\u30fc-\u30ff\u3131-\u318e"
    "\u3400-\u4dbf\u4e00-\u9fff\uac00-\ud7a3\uf900-\ufaff\U00020000-\U0003ffff]"
)
# Letters of their own in Cyrillic; any other mark there is an accent
_KEPT = {"И\u0306": "й", "и\u0306": "й", "У\u0306": "ў", "у\u0306": "ў", "І\u0308": "ї", "і\u0308": "ї"}
_SEVERAL = {"ß": "ss", "ẞ": "ss", "æ": "ae", "Æ": "ae", "œ": "oe", "Œ": "oe", "þ": "th", "Þ": "th"}
_PLAIN = dict(zip("ðđħıĸłŀŋøŧς", "ddhikllnotσ", strict=True))
# Large letters of Latin, Greek, Cyrillic and Armenian that have no accent
_SMALL = {
    char: _PLAIN.get(char.lower(), char.lower())
    for char in map(chr, range(0x80, 0x590))
    if unicodedata.normalize("NFKD", char) == char != char.lower()
    and len(char.lower()) == 1
    and char not in _SEVERAL
} | _PLAIN


def _replace(text: str, pairs: dict[str, str]) -> str:
    for old, new in pairs.items():
        text = f"replace({text}, '{old}', '{new}')"
    return text


_FOLDED = f"normalize(regexp_replace(said, '{_APOSTROPHES}', '''', 'g'), NFKD)"
_FOLDED = _replace(f"regexp_replace({_FOLDED}, '{_INVISIBLE}', '', 'g')", _KEPT)
_FOLDED = f"normalize(regexp_replace({_FOLDED}, '{_ACCENTS}', '', 'g'), NFC)"
_FOLDED = _replace(f"translate({_FOLDED}, '{''.join(_SMALL)}', '{''.join(_SMALL.values())}')", _SEVERAL)
_FOLDED = f"regexp_replace(regexp_replace({_FOLDED}, '{_PUNCTUATION}', ' ', 'g'), '({_SPACELESS})', ' \\1 ', 'g')"

_CREATE = f"""
CREATE OR REPLACE FUNCTION activities_search_text(said text) RETURNS text LANGUAGE sql IMMUTABLE PARALLEL SAFE
    RETURN lower(CASE WHEN octet_length(said) = length(said) THEN said ELSE {_FOLDED} END);
DELETE FROM activities_progress WHERE name = 'search_words'
"""
_BEFORE = r"""
CREATE OR REPLACE FUNCTION activities_search_text(said text) RETURNS text LANGUAGE sql IMMUTABLE PARALLEL SAFE
    RETURN regexp_replace(said, '([\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\uff66-\uff9f])', ' \1 ', 'g');
DELETE FROM activities_progress WHERE name = 'search_words'
"""


class Migration(migrations.Migration):
    dependencies = [("activities", "0018_add_idempotency_keys")]

    operations = [migrations.RunSQL(_CREATE, _BEFORE)]
