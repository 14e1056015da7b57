"""The words of notifications and of error pages."""

from collections.abc import Sequence
from http import HTTPStatus
from typing import NamedTuple

from django import template
from django.template import Context
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString

from core.errors import Problem, restored
from users.identities.queries.profiles import Profile
from web.error_messages import error_message
from web.pages import next_path
from web.templatetags.takahe import name, profile_path

register = template.Library()

_NOTIFICATIONS = {
    # kind: (icon, what the person did)
    "favourite": ("heart", "liked your post"),
    "reblog": ("boost", "boosted your post"),
    "follow": ("person", "follows you"),
    "follow_request": ("person", "wants to follow you"),
    "update": ("pen", "edited a post that you boosted"),
    "quote": ("quote", "quoted your post"),
    "quoted_update": ("pen", "edited a post that you quoted"),
    "added_to_collection": ("collection", "added you to a collection"),
    "collection_update": ("collection", "changed a collection that you are in"),
    "pending.reply": ("reply", "asks to reply to your post"),
    "pending.favourite": ("heart", "asks to like your post"),
    "pending.reblog": ("boost", "asks to boost your post"),
    "poll": ("poll", "posted a poll that has ended"),
    "admin.sign_up": ("person", "signed up"),
}


@register.filter
def stored_words(reason: str) -> str:
    """Return the sentence for an error that is stored in the database."""
    return error_message(restored(reason))


@register.filter
def notification_icon(kind: str) -> str:
    """Return the name of the drawing for a kind of notification."""
    return _NOTIFICATIONS.get(kind, ("person", ""))[0]


@register.simple_tag(takes_context=True)
def people_in_words(context: Context, people: Sequence[Profile], others: int) -> SafeString:
    """Return `A`, `A and B`, `A, B and C` or `A, B and 3 others`, each a link."""
    parts = [
        format_html('<a href="{}"><bdi class="name">{}</bdi></a>', profile_path(context, one), name(one))
        for one in people
    ]
    if others:
        parts.append(format_html("{} {}", others, "other" if others == 1 else "others"))
    if len(parts) == 1:
        return parts[0]
    return format_html("{} and {}", format_html_join(", ", "{}", ((part,) for part in parts[:-1])), parts[-1])


@register.filter
def plural_words(kind: str) -> str:
    """Return the same for several people, of the kinds that are grouped."""
    return {"follow": "follow you"}.get(kind, notification_words(kind))


@register.filter
def notification_words(kind: str) -> str:
    """Return the action of a notification as the end of a sentence; empty for kinds that the template words itself."""
    return _NOTIFICATIONS.get(kind, ("", ""))[1]


# after these, what was sent was read, and says where it came from
_ANSWERS_TO_A_FORM = {
    HTTPStatus.FORBIDDEN,
    HTTPStatus.NOT_FOUND,
    HTTPStatus.GONE,
    HTTPStatus.UNPROCESSABLE_ENTITY,
}


@register.simple_tag(takes_context=True)
def way_back(context: Context, status: int) -> str:
    """Return the page with the button that was refused; empty when it is unknown."""
    request = context.get("request")
    if request is None or request.method != "POST" or status not in _ANSWERS_TO_A_FORM:
        return ""
    return next_path(request, "")


_HEADINGS: dict[int, str] = {
    HTTPStatus.NOT_FOUND: "Page not found",
    HTTPStatus.GONE: "No longer available",
    HTTPStatus.FORBIDDEN: "You don't have permission",
    HTTPStatus.TOO_MANY_REQUESTS: "Too many requests",
    HTTPStatus.REQUEST_ENTITY_TOO_LARGE: "Too large",
    HTTPStatus.METHOD_NOT_ALLOWED: "This can't be done here",
    HTTPStatus.BAD_REQUEST: "This can't be done",
    HTTPStatus.UNPROCESSABLE_ENTITY: "This can't be done",
}
_BROKEN = "Something went wrong"
_TRY_SMALLER = "Go back in your browser: what you typed is still there. Choose fewer or smaller files."


class ErrorWords(NamedTuple):
    """`is_our_fault` means that it is worth reporting, `may_be_elsewhere` that a search can help."""

    title: str
    heading: str
    sentence: str
    is_our_fault: bool
    may_be_elsewhere: bool


@register.simple_tag
def error_words(status: int, title: str, sentence: str, problem: BaseException | None) -> ErrorWords:
    """Return the texts of an error page. `title` is the name of the status."""
    is_missing, is_broken = status == HTTPStatus.NOT_FOUND, status >= HTTPStatus.INTERNAL_SERVER_ERROR
    heading = _BROKEN if is_broken else _HEADINGS.get(status, title)
    sentence = error_message(problem) if isinstance(problem, Problem) else sentence
    if status == HTTPStatus.REQUEST_ENTITY_TOO_LARGE:
        sentence = f"{sentence} {_TRY_SMALLER}"
    return ErrorWords(
        title=heading if is_missing else title,
        heading=heading,
        sentence=sentence,
        is_our_fault=is_broken,
        may_be_elsewhere=is_missing,
    )
