"""Template tags for the folded or hidden parts of a post."""

import re

from django import template
from django.utils.text import Truncator
from django.utils.translation import gettext as _

from activities.posts.queries.views import PostView
from activities.translations.services import is_translatable
from users.identities.models import Identity, MediaReading

register = template.Library()

_LINES = 12  # as in static/css/site/post_parts.css
_LINE_CHARACTERS = 75
_TAG = re.compile(r"<[^<>]*>")
_BREAK = re.compile(r"<(?:br|/p|/li|/h[1-6]|/pre|/blockquote)\b")


@register.simple_tag
def media_cover(post: PostView, viewer: Identity | None) -> str:
    """Return the text that covers a post's media until it is clicked; none if the media is shown at once."""
    if post.is_blurred:
        return _("Sensitive media")
    wish = MediaReading.default if viewer is None else viewer.expands_media
    is_closed = bool(post.content_warning) and not (viewer is not None and viewer.opens_warnings)
    if wish == MediaReading.show_all or is_closed:  # behind a closed warning, one click is sufficient
        return ""
    if post.is_sensitive:
        return _("Sensitive media")
    return _("Hidden media") if wish == MediaReading.hide_all else ""


@register.filter
def is_long(post: PostView) -> bool:
    """Return whether a post takes more than about twelve lines of a desktop's column."""
    lines = len(_BREAK.findall(post.content)) + len(_TAG.sub("", post.content)) // _LINE_CHARACTERS
    return lines > _LINES + 1


@register.filter
def translatable_for(post: PostView, viewer: Identity | None) -> bool:
    """Return whether the reader is offered a translation: not for their own posts, nor those in the language in which they write."""
    if viewer is None or post.author_id == viewer.pk or not is_translatable(post):
        return False
    return (post.language or "").partition("-")[0] != (viewer.default_language or "en").partition("-")[0]


@register.filter
def clip_name(text: str) -> str:
    """Return the beginning of a name, for a row or a title."""
    return Truncator(text).chars(60)


@register.filter
def clip_line(text: str) -> str:
    """Return the beginning of a text, as a line of a list."""
    return Truncator(text).chars(120)


@register.filter
def clip_text(text: str) -> str:
    """Return the beginning of a text, as a paragraph."""
    return Truncator(text).chars(500)
