"""Text that users type: its links, mentions and hashtags, and the HTML made from it. Shared by posts, profiles and pages. Pure."""

from core.texts.folding import asked_grams, fold, fold_name, grams_of
from core.texts.hashtags import clean_tag, is_hashtag, normal_tag, tag_path
from core.texts.markup import field_to_html, to_html
from core.texts.names import is_blank, is_one_line
from core.texts.search_input import read_query, without_tail
from core.texts.tokens import Handle, Kind, Token, handles, hashtags, tokens

__all__ = [
    "Handle",
    "Kind",
    "Token",
    "asked_grams",
    "clean_tag",
    "field_to_html",
    "fold",
    "fold_name",
    "grams_of",
    "handles",
    "hashtags",
    "is_blank",
    "is_hashtag",
    "is_one_line",
    "normal_tag",
    "read_query",
    "tag_path",
    "to_html",
    "tokens",
    "without_tail",
]
