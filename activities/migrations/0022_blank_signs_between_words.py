r"""Words of posts end at every sign that is no letter, digit or combining mark; emoji are words of their own.

The text search parser reads `cats/dogs` as one path, `x@mail.example` as one address, `some-page.html` as one host, and in the C locale
emoji and arrows as letters. So it gets words, numbers and blanks only, after tags and entities of the HTML are taken out. A dot between
digits stays: `3.5mm` is found by `3.5` and by `mm`. Functions are replaced; handlers/search_words.py goes through all posts again.
"""

import unicodedata
from collections.abc import Callable
from importlib import import_module

from django.db import migrations

_before = import_module("activities.migrations.0019_fold_words_of_posts")

# In quotes no `<` either, so that the text is read once
_MARKUP = (
    r'<[/!?]?[a-zA-Z](?:[^<>"]|"[^"<]*")*>'
    r"|&(?:#[0-9]{1,7}|#[xX][0-9a-fA-F]{1,6}|[a-zA-Z][a-zA-Z0-9]{0,30});"
)
# The same as core/texts/folding.py has for names, without the tones of skin
_EMOJI = r"\u2190-\u2bff\U0001f000-\U0001f3fa\U0001f400-\U0001faff"


def _ranges(is_meant: Callable[[str], bool], first: int, last: int) -> str:
    """The characters as ranges in a bracket of a regular expression; unassigned ones go with those before them."""
    found: list[tuple[int, int]] = []
    is_open = False
    for code in range(first, last):
        category = unicodedata.category(chr(code))
        if category == "Cn":
            continue
        if category != "Cs" and is_meant(chr(code)):
            found.append((found.pop()[0] if is_open else code, code))
            is_open = True
        else:
            is_open = False
    return "".join(rf"\U{start:08x}-\U{end:08x}" for start, end in found)


def _is_blank(char: str) -> bool:
    category = unicodedata.category(char)
    return category[0] in "PSZ" or category in {"Cc", "Cf", "Co", "Me"}


def _has_letters_inside(char: str) -> bool:
    """Whether this is a sign that folds to letters or digits, as `™`, `①` and `½` do; `²` stays with its word."""
    kind = unicodedata.decomposition(char).split(" ")[0]
    return (unicodedata.category(char)[0] == "S" and bool(kind)) or (
        unicodedata.category(char) == "No" and kind in {"<circle>", "<compat>", "<fraction>"}
    )


_BLANK = rf"\u0001-\u0026\u0028-\u002d\u002f\u003a-\u0040\u005b-\u0060\u007b-\u007f{_ranges(_is_blank, 0x80, 0x30000)}\U000e0000-\U000e0fff"
_BLANKS = rf"[{_BLANK}]+|(?<![0-9])\.|\.(?![0-9])"
_LETTERS_INSIDE = _ranges(_has_letters_inside, 0x80, 0x30000)

_PLAIN = f"regexp_replace(said, '{_MARKUP}', ' ', 'g')"
_FOLDED = f"regexp_replace(regexp_replace({_PLAIN}, '{_before._APOSTROPHES}', '''', 'g'), '\\u200b', ' ', 'g')"
_FOLDED = f"normalize(regexp_replace({_FOLDED}, '([{_LETTERS_INSIDE}]+)', ' \\1 ', 'g'), NFKD)"
_FOLDED = _before._replace(f"regexp_replace({_FOLDED}, '{_before._INVISIBLE}', '', 'g')", _before._KEPT)
_FOLDED = f"normalize(regexp_replace({_FOLDED}, '{_before._ACCENTS}', '', 'g'), NFC)"
_FOLDED = f"translate({_FOLDED}, '{''.join(_before._SMALL)}', '{''.join(_before._SMALL.values())}')"
_FOLDED = f"regexp_replace({_before._replace(_FOLDED, _before._SEVERAL)}, '{_BLANKS}', ' ', 'g')"
_FOLDED = f"regexp_replace({_FOLDED}, '({_before._SPACELESS})', ' \\1 ', 'g')"

_CREATE = rf"""
CREATE OR REPLACE FUNCTION activities_search_text(said text) RETURNS text LANGUAGE sql IMMUTABLE PARALLEL SAFE
    RETURN lower(CASE WHEN octet_length(said) = length(said) THEN regexp_replace({_PLAIN}, '{_BLANKS}', ' ', 'g') ELSE {_FOLDED} END);
CREATE FUNCTION activities_search_emoji(said text) RETURNS text[] LANGUAGE sql IMMUTABLE PARALLEL SAFE
    RETURN CASE WHEN octet_length(said) = length(said) THEN '{{}}'::text[]
        ELSE string_to_array(regexp_replace({_PLAIN}, '[^{_EMOJI}]+', '', 'g'), NULL) END;
CREATE OR REPLACE FUNCTION activities_search_words(content_warning text, title text, content text) RETURNS tsvector
    LANGUAGE sql IMMUTABLE PARALLEL SAFE
    RETURN to_tsvector('simple'::regconfig, activities_search_text(content_warning || ' ' || title || ' ' || content))
        || array_to_tsvector(activities_search_emoji(content_warning || ' ' || title || ' ' || content));
CREATE OR REPLACE FUNCTION activities_search_phrase(asked text) RETURNS tsquery LANGUAGE sql IMMUTABLE PARALLEL SAFE
    RETURN CASE WHEN activities_search_emoji(asked) = '{{}}'::text[] THEN phraseto_tsquery('simple'::regconfig, activities_search_text(asked))
        ELSE phraseto_tsquery('simple'::regconfig, activities_search_text(asked))
            && array_to_string(activities_search_emoji(asked), ' & ')::tsquery END;
DELETE FROM activities_progress WHERE name = 'search_words'
"""
_UNDO = f"""
CREATE OR REPLACE FUNCTION activities_search_words(content_warning text, title text, content text) RETURNS tsvector
    LANGUAGE sql IMMUTABLE PARALLEL SAFE
    RETURN to_tsvector('simple'::regconfig, activities_search_text(content_warning || ' ' || title || ' ' || content));
CREATE OR REPLACE FUNCTION activities_search_phrase(asked text) RETURNS tsquery LANGUAGE sql IMMUTABLE PARALLEL SAFE
    RETURN phraseto_tsquery('simple'::regconfig, activities_search_text(asked));
DROP FUNCTION activities_search_emoji(text);
{_before._CREATE}
"""


class Migration(migrations.Migration):
    dependencies = [("activities", "0021_ask_for_types_of_media")]

    operations = [migrations.RunSQL(_CREATE, _UNDO)]
