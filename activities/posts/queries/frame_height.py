"""The height of a post's frame on other sites, estimated: frames run no scripts that could measure it. Pure."""

from math import ceil

from activities.posts.queries.views import PostView
from core.texts.html import to_text

WIDTH = 550
_LEAST, _MOST = 180, 900
_AROUND, _LINE = 140, 24  # author, time and counts; a line of text
_MEDIA, _CARD = 330, 120


def frame_height(post: PostView, width: int = WIDTH) -> int:
    """Return a height in pixels that fits the post; what is longer scrolls inside the frame."""
    a_line = max((width - 100) // 8, 10)  # characters
    text = post.content_warning or f"{post.title}\n{to_text(post.content)}"
    height = _AROUND + _LINE * sum(ceil(max(len(line), 1) / a_line) for line in text.splitlines())
    if post.attachments and not post.content_warning:
        height += 60 if post.is_sensitive else min(_MEDIA, width)
    elif post.card or post.quote_of_id:
        height += _CARD
    if post.question:
        height += 2 * _LINE * (len(post.question.options) + 1)
    return min(max(height, _LEAST), _MOST)
