"""Template tags for the folded or hidden parts of a post, for whom it answers and for who can see it."""

import re

from django import template
from django.utils.html import escape, format_html
from django.utils.safestring import SafeString
from django.utils.text import Truncator
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from activities.posts.models import Visibility
from activities.posts.queries.views import PostView
from activities.translations.services import is_translatable
from federation.documents import same_host
from users.identities.models import Identity, MediaReading
from web.templatetags.takahe import icon

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


VISIBILITIES = {
    Visibility.public: ("globe", gettext_lazy("Public")),
    Visibility.unlisted: ("unlisted", gettext_lazy("Unlisted")),
    Visibility.followers: ("lock", gettext_lazy("Followers only")),
    Visibility.mentioned: ("at", gettext_lazy("Mentioned people only")),
    Visibility.local_only: ("local", gettext_lazy("This server only")),
    Visibility.limited: ("circle", gettext_lazy("A circle")),
}


def _audience_of(post: PostView) -> tuple[str, str]:
    """Return an icon and a label for who can see a post. Only its author knows the name of a circle."""
    drawing, words = VISIBILITIES[Visibility(post.visibility)]
    if post.circle is not None:
        return drawing, _("Your circle {title}").format(title=post.circle.title)
    if post.visibility == Visibility.limited:
        return drawing, _("A circle of @{handle}").format(handle=post.author.handle)
    return drawing, words


@register.simple_tag
def visibility_icon(post: PostView) -> SafeString:
    """Return an icon and a label for who can see a post; nothing for public posts."""
    if post.visibility == Visibility.public:
        return SafeString("")
    drawing, words = _audience_of(post)
    return format_html(
        '<span title="{}">{}<span class="visually-hidden">{}</span></span>', words, icon(drawing), words
    )


@register.simple_tag
def audience(post: PostView) -> SafeString:
    """Return who can see a post, with an icon."""
    drawing, words = _audience_of(post)
    return format_html("{} {}", icon(drawing), words)


@register.filter
def lists_recipients(post: PostView, viewer: Identity | None) -> bool:
    """Return whether the viewer may see who received a post: its author, if it was written to a circle."""
    return viewer is not None and post.author_id == viewer.pk and post.visibility == Visibility.limited


@register.filter
def visibility_words(value: str) -> str:
    """Return the label of a visibility, by its value in a form; empty for an invalid one."""
    value = str(Visibility.limited.value) if value.startswith("c") else value
    return next((words for kind, (__, words) in VISIBILITIES.items() if str(kind.value) == value), "")


@register.simple_tag
def replies_to(post: PostView, viewer: Identity | None) -> SafeString:
    """Say whose post this replies to: the viewer's, the author's own, or a mentioned account's.

    Empty for a post that isn't a reply, and for a reply to an unknown post if its author can't be told.
    """
    answered = post.in_reply_to_author_id
    if viewer is not None and answered == viewer.pk:
        is_own = post.author_id == viewer.pk
        return escape(_("In reply to your own post") if is_own else _("In reply to your post"))
    if answered is not None and answered == post.author_id:
        return escape(_("In reply to their own post"))
    handle = _handle_of_answered(post)
    if not handle:
        return escape(_("In reply to another post") if post.in_reply_to_id else "")
    return format_html(_("In reply to <bdi>{handle}</bdi>"), handle=handle)


def _handle_of_answered(post: PostView) -> str:
    """Return the handle of the mentioned account whose post is answered; "" if there is none.

    The author of an unknown post is the only mentioned account on the host of its URI.
    """
    answered = post.in_reply_to_author_id
    if answered is not None:
        named = [person for person in post.mentions if person.id == answered]
    else:
        named = [person for person in post.mentions if same_host(person.uri, post.in_reply_to_uri)]
    return f"@{named[0].username}" if len(named) == 1 else ""
