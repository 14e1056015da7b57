"""Emoji reactions to posts, with unicode and custom emoji. A part of a post, as polls are."""
