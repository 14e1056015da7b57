"""Text that people type: its links, mentions and hashtags, and the HTML made from it. One linker for posts, profiles and pages. Pure."""

from core.texts.hashtags import clean_tag, is_hashtag, normal_tag, tag_path
from core.texts.markup import field_to_html, to_html
from core.texts.tokens import Handle, Kind, Token, handles, hashtags, tokens

__all__ = [
    "Handle",
    "Kind",
    "Token",
    "clean_tag",
    "field_to_html",
    "handles",
    "hashtags",
    "is_hashtag",
    "normal_tag",
    "tag_path",
    "to_html",
    "tokens",
]
