"""The payload of a push message, as read by Mastodon's clients. Push services allow four kilobytes."""

import msgspec

from activities.notifications.queries.notifications import NotificationView
from api.entities.account import Account, account
from core.texts.html import to_text
from users.domains.models import Domain

MAX_BODY_LENGTH = 140

_TITLES = {
    "mention": "{name} mentioned you",
    "quote": "{name} quoted your post",
    "status": "{name} posted",
    "reblog": "{name} boosted your post",
    "follow": "{name} follows you now",
    "follow_request": "{name} wants to follow you",
    "favourite": "{name} likes your post",
    "poll": "A poll by {name} has ended",
    "update": "{name} edited a post",
    "quoted_update": "{name} edited a post that you quoted",
    "added_to_collection": "{name} added you to a collection",
    "collection_update": "{name} changed a collection that you are in",
    "pending.reply": "{name} asks to reply to your post",
    "pending.favourite": "{name} asks to like your post",
    "pending.reblog": "{name} asks to boost your post",
    "scheduled_failed": "A scheduled post could not be published",
    "moderation_warning": "You have a warning from the moderators",
    "severed_relationships": "A block or suspension ended some of your follows",
    "admin.sign_up": "{name} signed up",
    "admin.report": "{name} sent a report",
}


class PushNotification(msgspec.Struct, kw_only=True):
    """The payload. `access_token` tells the app for which of its accounts it is; `notification_id` is a number, as in Mastodon."""

    access_token: str
    preferred_locale: str
    notification_id: int
    notification_type: str
    icon: str
    title: str
    body: str


def push_notification(
    view: NotificationView, domain: Domain, *, access_token: str, locale: str
) -> PushNotification:
    shown = account(view.actor, domain)
    title = _TITLES.get(view.kind, "{name}").format(name=view.actor.display_name)
    return PushNotification(
        access_token=access_token,
        preferred_locale=locale or "en",
        notification_id=view.id,
        notification_type=view.kind,
        icon=shown.avatar_static,
        title=title[:200],
        body=words_of(view, shown),
    )


def words_of(view: NotificationView, actor: Account) -> str:
    """Return a short text of the notification: a post's content warning or text, or the profile of the actor."""
    post = view.post.shown if view.post is not None else None
    if post is not None:
        words = post.content_warning or to_text(post.content)
    elif view.report is not None:
        words = view.report.comment
    elif view.severance is not None:
        words = view.severance.target_name
    elif view.collection is not None:
        words = view.collection.collection.name
    else:
        words = to_text(actor.note)
    words = " ".join(words.split())
    return words if len(words) <= MAX_BODY_LENGTH else f"{words[: MAX_BODY_LENGTH - 1]}…"
