"""Sending of push messages by the worker: check that the push is still wanted, render it, encrypt it, send it to the push service."""

import datetime as dt
from typing import Any

import msgspec

from activities.markers.queries import last_read_id
from activities.notifications.queries.notifications import NotificationView, count_newer, notifications
from api.entities.push_notification import PushNotification, push_notification
from api.models import PushDelivery, PushDeliveryGraph, PushPolicy, PushSubscription
from api.oauth.tokens import valid_tokens
from api.push.page_messages import PageNotification, language_for, page_notification, trial_message
from api.push.sessions import TRIAL
from api.push.subscriptions import end, open_token
from api.push.vapid import push_key, vapid_for
from core.crypto.webpush import MAX_BYTES, encrypt, read_browser_keys
from core.db import release_connection
from core.db.paging import Page
from core.http import AddressProblem, FetchError, Response, client, parse_url
from core.logs import get_logger
from federation.policies.domains import reading_for
from stator import Outcome, failed, later, to
from users.domains import options
from users.domains.models import Domain
from users.domains.queries import domain_by_id
from users.identities.models import Identity
from users.logins.models import User
from users.logins.queries import may_session_act_as
from users.relations.queries.relationships import does_follow

log = get_logger(__name__)

TTL_S = 48 * 3600  # how long the push service stores it for an offline device
_MAX_WAIT = dt.timedelta(hours=12)
_AGAIN = frozenset({408, 429})


@PushDeliveryGraph.waiting.each(lease=dt.timedelta(seconds=60), concurrency=20, fair_by="host")
async def send_push(delivery: PushDelivery) -> Outcome:
    """Send Mastodon's payload. A 4xx ends the subscription, and so does an endpoint with a private address."""
    subscription = (
        await PushSubscription.objects.filter(pk=delivery.subscription_id)
        .select_related("token", "session__user", "identity")
        .afirst()
    )
    if subscription is None:
        return to(PushDeliveryGraph.dropped)
    token, identity = subscription.token, subscription.identity
    if token is not None and not token.is_live:
        return to(PushDeliveryGraph.dropped, effect=lambda: end(subscription.pk))
    if not await _may_hear(subscription) or not await options.get(options.PUSHES):
        return to(PushDeliveryGraph.dropped)
    domain = await domain_by_id(identity.domain_id) if identity.domain_id is not None else None
    if domain is None:
        return to(PushDeliveryGraph.dropped)
    with reading_for(domain.pk):
        body = await _message(subscription, delivery, domain)
    if body is None:
        return to(PushDeliveryGraph.dropped)
    headers, content = await _sealed(subscription, domain, body)
    await release_connection()
    try:
        answer = await client().post(subscription.endpoint, headers=headers, body=content)
    except AddressProblem as error:  # it was public when it was registered, or its DNS has changed
        return _ended(subscription, f"{error.sentence} {error.detail}".strip())
    except FetchError as error:
        return later(f"{error.sentence} {error.detail}".strip(), is_attempt=not error.is_ours)
    return _evaluate(answer, subscription)


def _ended(subscription: PushSubscription, reason: str) -> Outcome:
    log.info("push.subscription_ended", subscription=subscription.pk, reason=reason)
    return to(PushDeliveryGraph.dropped, effect=lambda: end(subscription.pk))


def _evaluate(answer: Response, subscription: PushSubscription) -> Outcome:
    if answer.is_success:
        return to(PushDeliveryGraph.sent)
    reason = f"the push service answered {answer.status}"
    if 400 <= answer.status < 500 and answer.status not in _AGAIN:
        return _ended(subscription, reason)
    if answer.status >= 500 or answer.status in _AGAIN:
        asked = answer.header("retry-after")
        wait = dt.timedelta(seconds=int(asked[:9])) if asked.isascii() and asked.isdigit() else None
        return later(reason, after=min(wait, _MAX_WAIT) if wait else None)
    return failed(reason)


async def _wanted(
    subscription: PushSubscription, identity: Identity, notification_id: int
) -> NotificationView | None:
    """Return the notification, if its recipient may still see it and the subscription's policy allows it."""
    if subscription.policy == PushPolicy.none:
        return None
    found = await notifications(identity, Page(limit=1), only_id=notification_id)
    if not found or not subscription.alerts.get(found[0].kind):
        return None
    if subscription.policy == PushPolicy.all:
        return found[0]
    pair = (identity.pk, found[0].actor_id)
    if subscription.policy == PushPolicy.follower:
        pair = pair[::-1]
    return found[0] if await does_follow(*pair) else None


async def _may_hear(subscription: PushSubscription) -> bool:
    """Return whether the login and the identity may be notified now; if not, they may be again later."""
    if subscription.token_id is not None:
        return bool(await valid_tokens([subscription.token_id]))
    return await may_session_act_as(subscription.session_id, subscription.identity_id)


async def _message(subscription: PushSubscription, delivery: PushDelivery, domain: Domain) -> bytes | None:
    """Return the message for the app or the page, or None if there is none."""
    identity, token = subscription.identity, subscription.token
    is_trial = token is None and delivery.notification_id == TRIAL
    view = None if is_trial else await _wanted(subscription, identity, delivery.notification_id)
    if view is None and not is_trial:
        return None
    if token is None:
        return await _page_message(view, subscription, domain)
    assert view is not None
    login = await User.objects.filter(pk=token.user_id).afirst()
    locale = str(getattr(login, "locale", "") or "")
    return _short(
        push_notification(view, domain, access_token=open_token(subscription.sealed_token), locale=locale)
    )


async def _page_message(
    view: NotificationView | None, subscription: PushSubscription, domain: Domain
) -> bytes:
    identity = subscription.identity
    assert subscription.session is not None
    language = language_for(subscription.session.user.language, subscription.language)
    unread = await count_newer(identity, await last_read_id(identity, "notifications"))
    if view is None:
        return _short(trial_message(identity, language=language, unread=unread))
    return _short(page_notification(view, domain, language=language, unread=unread))


def _short(shown: PushNotification | PageNotification) -> bytes:
    """Return a message as JSON, shortened if it would exceed the limit of push services."""
    message = msgspec.json.encode(shown)
    if len(message) > MAX_BYTES:
        shown.icon, shown.body = "", shown.body[:40]
        message = msgspec.json.encode(shown)
    return message


async def _sealed(
    subscription: PushSubscription, domain: Domain, message: bytes
) -> tuple[dict[str, str], bytes]:
    """Return the headers and the body of the request."""
    keys = read_browser_keys(subscription.p256dh, subscription.auth)
    sealed = encrypt(message, *keys, standard=subscription.standard)
    url = parse_url(subscription.endpoint, allow_http=True)
    subject = f"mailto:{domain.contact_email}" if domain.contact_email else domain.base_url
    signed = await vapid_for(f"{url.scheme}://{url.authority}", subject)
    key = (await push_key()).rstrip("=")
    headers: dict[str, Any] = {
        "Content-Type": "application/octet-stream",
        "Content-Encoding": sealed.encoding,
        "TTL": str(TTL_S),
        "Urgency": "normal",
    }
    if subscription.standard:
        headers["Authorization"] = f"vapid t={signed}, k={key}"
    else:
        headers["Authorization"] = f"WebPush {signed}"
        headers["Encryption"] = f"salt={sealed.salt}"
        headers["Crypto-Key"] = f"dh={sealed.sender_key};p256ecdsa={key}"
    return headers, sealed.body
