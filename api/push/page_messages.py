"""The payload of a push message to a browser that reads our pages (static/js/app/worker.js shows it), in the language of its reader."""

from collections.abc import Callable

import msgspec
from django.utils import translation
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from activities.notifications.queries.notifications import NotificationView
from api.entities.account import account
from api.entities.push_notification import words_of
from core.languages import ENGLISH, LANGUAGES
from core.pages.static_files import assets
from users.domains.models import Domain
from users.identities.models import Identity

_TITLES: dict[str, Callable[[], str]] = {
    "mention": lambda: _("{who} mentioned you"),
    "status": lambda: _("{who} posted"),
    "quote": lambda: ngettext("{who} quoted your post", "{who} quoted your post", 1),
    "reblog": lambda: ngettext("{who} boosted your post", "{who} boosted your post", 1),
    "favourite": lambda: ngettext("{who} liked your post", "{who} liked your post", 1),
    "follow": lambda: ngettext("{who} follows you", "{who} follow you", 1),
    "follow_request": lambda: ngettext("{who} wants to follow you", "{who} wants to follow you", 1),
    "poll": lambda: ngettext("{who} posted a poll that has ended", "{who} posted a poll that has ended", 1),
    "update": lambda: ngettext(
        "{who} edited a post that you boosted", "{who} edited a post that you boosted", 1
    ),
    "quoted_update": lambda: ngettext(
        "{who} edited a post that you quoted", "{who} edited a post that you quoted", 1
    ),
    "added_to_collection": lambda: ngettext(
        "{who} added you to a collection", "{who} added you to a collection", 1
    ),
    "collection_update": lambda: ngettext(
        "{who} changed a collection that you are in", "{who} changed a collection that you are in", 1
    ),
    "pending.reply": lambda: ngettext(
        "{who} asks to reply to your post", "{who} asks to reply to your post", 1
    ),
    "pending.favourite": lambda: ngettext("{who} asks to like your post", "{who} asks to like your post", 1),
    "pending.reblog": lambda: ngettext("{who} asks to boost your post", "{who} asks to boost your post", 1),
    "scheduled_failed": lambda: _("A scheduled post could not be published"),
    "moderation_warning": lambda: _("You have a warning from the moderators"),
    "severed_relationships": lambda: _("A block or suspension ended some of your follows"),
    "admin.sign_up": lambda: ngettext("{who} signed up", "{who} signed up", 1),
    "admin.report": lambda: _("{who} sent a report"),
}


class PageNotification(msgspec.Struct, kw_only=True):
    """A push message. `tag`: a later message with the same one replaces it. `unread`: the number for the badge of an installed app."""

    title: str
    body: str
    icon: str
    badge: str
    tag: str
    url: str
    lang: str
    unread: int


def page_notification(
    view: NotificationView, domain: Domain, *, language: str, unread: int
) -> PageNotification:
    """Return the message of a notification. `url` leads to what it is about (web/pushes/opening.py)."""
    actor = account(view.actor, domain)
    with translation.override(language):
        title = _TITLES[view.kind]().format(who=view.actor.display_name or view.actor.handle)
    return PageNotification(
        title=title[:200],
        body=words_of(view, actor),
        icon=actor.avatar_static,
        badge=_badge(),
        tag=f"notification-{view.id}",
        url=f"/notifications/{view.id}/open",
        lang=language,
        unread=unread,
    )


def trial_message(identity: Identity, *, language: str, unread: int) -> PageNotification:
    """Return the test message that a user sends to their own browser."""
    with translation.override(language):
        title, body = (
            _("It works"),
            _("Notifications for @{handle} arrive here.").format(handle=identity.handle),
        )
    return PageNotification(
        title=title,
        body=body,
        icon="/icons/192.png",
        badge=_badge(),
        tag="trial",
        url="/settings/notifications",
        lang=language,
        unread=unread,
    )


def language_for(*chosen: str) -> str:
    """Return the first of these languages that pages support."""
    return next((one for one in chosen if one in LANGUAGES), ENGLISH)


def _badge() -> str:
    return assets().url("img/badge-96.png")
