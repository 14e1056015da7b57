"""The texts of notifications, of interaction requests, and of error pages."""

from collections.abc import Callable, Sequence
from http import HTTPStatus
from typing import NamedTuple

from django import template
from django.template import Context
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from activities.posts.queries.views import PostView
from core.errors import Paused, restored
from core.numbers import Number
from core.pages.addresses import path_to
from users.identities.queries.profiles import Profile
from users.moderation.models import AccountWarning, WarningAction
from web.error_messages import error_message, message_of
from web.pages import next_path
from web.templatetags.takahe import person_link

register = template.Library()

_NAMED_BOOSTERS = 2

_NOTIFICATIONS: dict[str, tuple[str, Callable[[int], str]]] = {
    # kind: (icon, text for so many people)
    "favourite": (
        "heart",
        lambda n: ngettext("{who} liked your post", "{who} liked your post", n),
    ),
    "reaction": (
        "smile",
        lambda n: ngettext("{who} reacted to your post", "{who} reacted to your post", n),
    ),
    "reblog": (
        "boost",
        lambda n: ngettext("{who} boosted your post", "{who} boosted your post", n),
    ),
    "follow": (
        "person",
        lambda n: ngettext("{who} follows you", "{who} follow you", n),
    ),
    "follow_request": (
        "person",
        lambda n: ngettext("{who} wants to follow you", "{who} wants to follow you", n),
    ),
    "update": (
        "pen",
        lambda n: ngettext("{who} edited a post that you boosted", "{who} edited a post that you boosted", n),
    ),
    "quote": (
        "quote",
        lambda n: ngettext("{who} quoted your post", "{who} quoted your post", n),
    ),
    "quoted_update": (
        "pen",
        lambda n: ngettext("{who} edited a post that you quoted", "{who} edited a post that you quoted", n),
    ),
    "added_to_collection": (
        "collection",
        lambda n: ngettext("{who} added you to a collection", "{who} added you to a collection", n),
    ),
    "collection_update": (
        "collection",
        lambda n: ngettext(
            "{who} changed a collection that you are in", "{who} changed a collection that you are in", n
        ),
    ),
    "pending.reply": (
        "reply",
        lambda n: ngettext("{who} asks to reply to your post", "{who} asks to reply to your post", n),
    ),
    "pending.favourite": (
        "heart",
        lambda n: ngettext("{who} asks to like your post", "{who} asks to like your post", n),
    ),
    "pending.reblog": (
        "boost",
        lambda n: ngettext("{who} asks to boost your post", "{who} asks to boost your post", n),
    ),
    "poll": (
        "poll",
        lambda n: ngettext("{who} posted a poll that has ended", "{who} posted a poll that has ended", n),
    ),
    "moderation_warning": ("shield", lambda _n: "{who}"),
    "severed_relationships": ("shield", lambda _n: "{who}"),
    "admin.sign_up": (
        "person",
        lambda n: ngettext("{who} signed up", "{who} signed up", n),
    ),
    "admin.report": (
        "person",
        lambda n: ngettext(
            '{who} sent <a href="{path}">a report</a>', '{who} sent <a href="{path}">a report</a>', n
        ),
    ),
}


_WARNINGS: dict[str, tuple[str, str]] = {
    # action: (name, meaning for the affected user)
    WarningAction.none: (
        gettext_lazy("A warning"),
        gettext_lazy("The moderators sent you a message. They took no other action."),
    ),
    WarningAction.mark_statuses_as_sensitive: (
        gettext_lazy("Posts marked as sensitive"),
        gettext_lazy("The media of these posts is covered until someone opens it."),
    ),
    WarningAction.delete_statuses: (
        gettext_lazy("Posts deleted"),
        gettext_lazy("The moderators deleted some of your posts. They can't be restored."),
    ),
    WarningAction.sensitive: (
        gettext_lazy("All media covered"),
        gettext_lazy("The media of all your posts is covered until someone opens it."),
    ),
    WarningAction.silence: (
        gettext_lazy("Limited"),
        gettext_lazy("Only followers see your posts, and your follow requests need approval."),
    ),
    WarningAction.suspend: (
        gettext_lazy("Suspended"),
        gettext_lazy(
            "Your profile and posts are hidden here, and you can't post or do anything else. After 30 days everything is erased."
        ),
    ),
    WarningAction.freeze: (
        gettext_lazy("Login restricted"),
        gettext_lazy("You can sign in and read your settings, but you can't use any identity."),
    ),
    WarningAction.disable: (
        gettext_lazy("Login disabled"),
        gettext_lazy("Nobody can sign in with your login."),
    ),
}


@register.filter
def warning_title(action: str) -> str:
    """Return the name of an act of staff on a user."""
    return str(_WARNINGS[WarningAction(action)][0])


@register.filter
def action_meaning(action: str) -> str:
    """Return the consequences of an act of staff for the affected user."""
    return str(_WARNINGS[WarningAction(action)][1])


@register.filter
def warning_meaning(warning: AccountWarning) -> str:
    """Return the consequences of a warning for the affected user."""
    if warning.undone_at is not None:
        return _("The moderators have undone this.")
    return action_meaning(warning.action)


@register.filter
def stored_words(reason: str) -> str:
    """Return the message of an error that is stored in the database."""
    return error_message(restored(reason))


@register.filter
def notification_icon(kind: str) -> str:
    """Return the icon name of a notification type."""
    return _NOTIFICATIONS[kind][0] if kind in _NOTIFICATIONS else "person"


@register.simple_tag(takes_context=True)
def notification_words(context: Context, kind: str, people: Sequence[Profile], others: int) -> SafeString:
    """Return the text of a notification, each account as a link; for a type without a text only the accounts."""
    who = _people_in_words(context, people, others)
    if kind not in _NOTIFICATIONS:
        return who
    words = _NOTIFICATIONS[kind][1](len(people) + others)
    return format_html(words, who=who, path=path_to("admin-reports"))


@register.simple_tag(takes_context=True)
def boosters_in_words(context: Context, post: PostView) -> SafeString:
    """Return who boosted a post that the page shows once: two accounts, and the number of the others."""
    people = [post.author, *post.other_boosters]
    named = people[:2] if len(people) > _NAMED_BOOSTERS else people
    who = _people_in_words(context, named, len(people) - len(named))
    return format_html(ngettext("{who} boosted", "{who} boosted", len(people)), who=who)


def _people_in_words(context: Context, people: Sequence[Profile], others: int) -> SafeString:
    """Return `A`, `A and B`, `A, B and C` or `A, B and 3 others`, each a link."""
    links = [person_link(context, one) for one in people]
    if others:
        words = ngettext("{people} and {count} other", "{people} and {count} others", others)
        return format_html(words, people=_listed(links), count=Number(others))
    if len(links) == 1:
        return links[0]
    return format_html(_("{people} and {last}"), people=_listed(links[:-1]), last=links[-1])


def _listed(parts: Sequence[SafeString]) -> SafeString:
    return format_html_join(_(", "), "{}", ((part,) for part in parts))


# icon, text of a request, text of an approved one
_REQUESTS: dict[str, tuple[str, Callable[[int], str], Callable[[int], str]]] = {
    "reply": ("reply", _NOTIFICATIONS["pending.reply"][1], lambda n: _("{who} replied to your post")),
    "like": ("heart", _NOTIFICATIONS["pending.favourite"][1], _NOTIFICATIONS["favourite"][1]),
    "boost": ("boost", _NOTIFICATIONS["pending.reblog"][1], _NOTIFICATIONS["reblog"][1]),
}


@register.filter
def request_icon(kind: str) -> str:
    return _REQUESTS[kind][0]


@register.simple_tag(takes_context=True)
def request_words(context: Context, kind: str, person: Profile, accepted: bool) -> SafeString:
    """Return the text of a request, or of the accepted interaction."""
    _icon, asking, allowed = _REQUESTS[kind]
    words = allowed(1) if accepted else asking(1)
    return format_html(words, who=person_link(context, person))


# with these statuses the form was read, and the page can link back to it
_ANSWERS_TO_A_FORM = {
    HTTPStatus.FORBIDDEN,
    HTTPStatus.NOT_FOUND,
    HTTPStatus.GONE,
    HTTPStatus.UNPROCESSABLE_ENTITY,
}


@register.simple_tag(takes_context=True)
def way_back(context: Context, status: int) -> str:
    """Return the page with the rejected form; empty if it is unknown."""
    request = context.get("request")
    if request is None or request.method != "POST" or status not in _ANSWERS_TO_A_FORM:
        return ""
    return next_path(request, "")


_HEADINGS: dict[int, str] = {
    HTTPStatus.UNAUTHORIZED: gettext_lazy("For signed-in people"),
    HTTPStatus.NOT_FOUND: gettext_lazy("Page not found"),
    HTTPStatus.GONE: gettext_lazy("No longer available"),
    HTTPStatus.FORBIDDEN: gettext_lazy("You don't have permission"),
    HTTPStatus.TOO_MANY_REQUESTS: gettext_lazy("Too many requests"),
    HTTPStatus.REQUEST_ENTITY_TOO_LARGE: gettext_lazy("Too large"),
    HTTPStatus.METHOD_NOT_ALLOWED: gettext_lazy("This can't be done here"),
    HTTPStatus.BAD_REQUEST: gettext_lazy("This can't be done"),
    HTTPStatus.UNPROCESSABLE_ENTITY: gettext_lazy("This can't be done"),
}
_BROKEN = gettext_lazy("Something went wrong")
_PAUSED = gettext_lazy("Back soon")
_TRY_SMALLER = gettext_lazy(
    "Go back in your browser: what you typed is still there. Choose fewer or smaller files."
)


class ErrorWords(NamedTuple):
    """Texts of an error page. `is_our_fault`: reporting it makes sense; `may_be_elsewhere`: a search can help.

    `is_paused`: only staff can do something, after signing in.
    """

    title: str
    heading: str
    sentence: str
    is_our_fault: bool
    may_be_elsewhere: bool
    is_paused: bool


@register.simple_tag
def error_words(status: int, title: str, sentence: str, problem: BaseException | None) -> ErrorWords:
    """Return the texts of an error page. `title` is the name of the status."""
    is_missing, is_broken = status == HTTPStatus.NOT_FOUND, status >= HTTPStatus.INTERNAL_SERVER_ERROR
    is_paused = isinstance(problem, Paused)
    is_broken = is_broken and not is_paused
    heading = str(_BROKEN if is_broken else _PAUSED if is_paused else _HEADINGS.get(status, title))
    sentence = message_of(problem, sentence)
    if status == HTTPStatus.REQUEST_ENTITY_TOO_LARGE:
        sentence = f"{sentence} {_TRY_SMALLER}"
    return ErrorWords(
        title=heading if is_missing else title,
        heading=heading,
        sentence=sentence,
        is_our_fault=is_broken,
        may_be_elsewhere=is_missing,
        is_paused=is_paused,
    )
