"""The text of a post: allowed characters, and its length as Mastodon counts it. Parsing of its content is in core/texts. Pure."""

import unicodedata

from core.texts import Kind, tokens

LINK_LENGTH = 23  # the length of any link


def clean(text: str) -> str:
    """Return the text without characters that Postgres can't store (NUL, lone surrogates)."""
    return text.replace("\0", "").encode("utf-8", "ignore").decode()


def length(text: str) -> int:
    """Count characters as Mastodon does: a link is 23, the host of a mention 0, an accent or emoji sequence 1."""
    total = 0
    for token in tokens(text):
        if token.kind is Kind.LINK:
            total += LINK_LENGTH
        elif token.kind is Kind.MENTION:
            total += 1 + len(token.name)
        else:
            total += _graphemes(token.raw)
    return total


def _graphemes(text: str) -> int:
    """Count approximate grapheme clusters: marks, modifiers and joined characters belong to the character before them."""
    if text.isascii():
        return len(text) - text.count("\r\n")
    count = 0
    joined = False
    flag_open = False
    for char in text:
        if char == "\u200d":
            joined = True
            continue
        is_flag_part = "\U0001f1e6" <= char <= "\U0001f1ff"
        extends = unicodedata.category(char) in {"Mn", "Me"} or "\U0001f3fb" <= char <= "\U0001f3ff"
        if not (extends or joined or (is_flag_part and flag_open)):
            count += 1
        flag_open = is_flag_part and not flag_open
        joined = False
    return count
