"""Text that users type: its links, mentions and hashtags, and the HTML made from it. Shared by posts, profiles and pages. Pure."""

from core.texts.folding import fold, fold_name, index_grams, query_grams
from core.texts.hashtags import clean_tag, is_hashtag, normal_tag, tag_path
from core.texts.markup import field_to_html, inline_html, to_html
from core.texts.names import if_visible, is_blank, is_one_line
from core.texts.search_input import normal_query, without_query
from core.texts.tokens import Handle, Kind, Token, handles, hashtags, tokens

__all__ = [
    "Handle",
    "Kind",
    "Token",
    "clean_tag",
    "field_to_html",
    "fold",
    "fold_name",
    "handles",
    "hashtags",
    "if_visible",
    "index_grams",
    "inline_html",
    "is_blank",
    "is_hashtag",
    "is_one_line",
    "normal_query",
    "normal_tag",
    "query_grams",
    "tag_path",
    "to_html",
    "tokens",
    "without_query",
]
