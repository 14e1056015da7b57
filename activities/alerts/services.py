"""Asking for mails about notifications, and making those that are due."""

import datetime as dt
from collections.abc import Collection

import msgspec
from django.core.signing import BadSignature, Signer

from activities.alerts.models import Alert, AlertKind
from activities.filters.models import FilterContext
from activities.filters.queries import apply_filters
from activities.markers.queries import last_read_id
from activities.notifications.models import NotificationKind
from activities.notifications.queries.notifications import Choice, NotificationView, notifications
from activities.posts.models import Visibility
from activities.posts.queries.views import PostView
from core import clock
from core.db import async_atomic, delete_batch, sql
from core.db.paging import Page
from core.errors import NotFound
from core.logs import get_logger
from core.texts.html import to_text
from users.domains.queries import domain_by_id
from users.identities import events
from users.identities.models import Identity
from users.logins.models import User
from users.logins.queries import identity_accessible_to
from users.logins.services.mailing import queue_mail

log = get_logger(__name__)

BETWEEN_MAILS = dt.timedelta(minutes=15)  # of a login and identity: what comes meanwhile is collected
MOST_LINES = 10
_BETWEEN_LOOKS = dt.timedelta(minutes=2)
_MIN_AGE = dt.timedelta(minutes=2)  # time to read it; older transactions have ended
_TRIED_AGAIN_AFTER = dt.timedelta(hours=6)
_LOOKED_AT = 40  # notifications, of which some may be hidden by filters
_MOST_CHARACTERS = 280
_OPEN = {Visibility.public, Visibility.unlisted}
_ALERTS = sql.table(Alert)

_KINDS = {
    AlertKind.mention: (NotificationKind.mention,),
    AlertKind.private_mention: (NotificationKind.mention,),
    AlertKind.follow_request: (NotificationKind.follow_request,),
    AlertKind.request: (
        NotificationKind.pending_reply,
        NotificationKind.pending_favourite,
        NotificationKind.pending_reblog,
    ),
    AlertKind.follow: (NotificationKind.follow,),
    AlertKind.quote: (NotificationKind.quote,),
}
_PATHS = {AlertKind.follow_request: "/follow-requests", AlertKind.request: "/requests"}
_REASONS = {kind.value: reason for reason, kinds in _KINDS.items() for kind in kinds}


class Line(msgspec.Struct, frozen=True):
    """A notification in a mail. `text` is empty for what mail servers are not to read; `path` leads to what it is about."""

    reason: str
    name: str
    handle: str
    text: str
    path: str


async def kinds_of(user: User, identity: Identity) -> list[AlertKind]:
    """Return what a login gets mails about for an identity; empty for nothing."""
    found = await sql.value(
        f"SELECT kinds FROM {_ALERTS} WHERE user_id = %s AND identity_id = %s", [user.pk, identity.pk]
    )
    return [kind for kind in AlertKind if kind.value in (found or [])]


async def set_kinds(*, user: User, identity: Identity, kinds: Collection[AlertKind]) -> None:
    """Change what a login gets mails about, beginning with the next notification; nothing ends them."""
    if not kinds:
        await Alert.objects.filter(user=user.pk, identity=identity.pk).adelete()
        return
    await sql.run(
        f"""INSERT INTO {_ALERTS} (user_id, identity_id, kinds, after_id, due_at)
            SELECT %(user)s, %(identity)s, %(kinds)s, coalesce(max(id), 0), %(now)s
            FROM activities_notification WHERE identity_id = %(identity)s
            ON CONFLICT (user_id, identity_id) DO UPDATE SET kinds = EXCLUDED.kinds""",
        {
            "user": user.pk,
            "identity": identity.pk,
            "kinds": [kind.value for kind in kinds],
            "now": clock.now(),
        },
    )


async def alert_of(token: str) -> Alert | None:
    """Return what a mail's token names, None if it has ended. Raises NotFound if the token is not ours."""
    try:
        user_id, identity_id = map(int, _signer().unsign(token).split("."))
    except (BadSignature, ValueError):
        raise NotFound from None
    rows = Alert.objects.select_related("identity")
    return await rows.filter(user=user_id, identity=identity_id).afirst()


async def end_alert(token: str) -> None:
    """End the mails that a token names, for whoever has the mail. Raises NotFound if the token is not ours."""
    alert = await alert_of(token)
    if alert is not None:
        await alert.adelete()


def _signer() -> Signer:
    return Signer(salt="alerts")


async def send_due(limit: int) -> int:
    """Queue the mails of up to `limit` logins that are due; return how many were due.

    Served by activities_alert_due and notification_identity. Each mail is made in a transaction of its own, so that it is neither lost nor
    sent twice when the worker ends in it. One that can't be made is tried again later, after those of others.
    """
    now = clock.now()
    rows = await sql.rows(
        f"""UPDATE {_ALERTS} a SET due_at = %(later)s FROM (
                SELECT user_id, identity_id FROM {_ALERTS} WHERE due_at <= %(now)s
                ORDER BY due_at LIMIT %(limit)s FOR UPDATE SKIP LOCKED) d
            WHERE (a.user_id, a.identity_id) = (d.user_id, d.identity_id)
            RETURNING a.user_id, a.identity_id, EXISTS (
                SELECT 1 FROM activities_notification n WHERE n.identity_id = a.identity_id AND n.id > a.after_id)""",
        {"now": now, "later": now + _BETWEEN_LOOKS, "limit": limit},
    )
    for user_id, identity_id, has_news in rows:
        if not has_news:
            continue
        try:
            async with async_atomic():
                await _send(user_id, identity_id)
        except Exception:
            log.exception("alert.failed", user=user_id, identity=identity_id)
            mine = Alert.objects.filter(user=user_id, identity=identity_id)
            await mine.aupdate(due_at=clock.now() + _TRIED_AGAIN_AFTER)
    return len(rows)


async def _send(user_id: int, identity_id: int) -> None:
    alert = (
        await Alert.objects.select_for_update(skip_locked=True)
        .filter(user=user_id, identity=identity_id)
        .afirst()
    )
    if alert is None:
        return
    user = await User.objects.aget(pk=user_id)
    identity = await identity_accessible_to(user, identity_id)
    domain = await domain_by_id(identity.domain_id) if identity is not None and identity.domain_id else None
    if identity is None or domain is None:  # handed over, or deleted
        await alert.adelete()
        return
    before, alert.after_id = alert.after_id, await _newest(identity_id, alert.after_id)
    lines, others = (
        await _lines(alert, identity, before) if user.may_act and not identity.is_suspended else ([], 0)
    )
    if lines:
        alert.due_at = clock.now() + BETWEEN_MAILS
        await queue_mail(
            to=user.email,
            domain=domain,
            about="home/alert",
            useful_for=dt.timedelta(days=1),
            language=user.language,
            unsubscribe_url=f"{domain.base_url}/alerts/stop/{_signer().sign(f'{user_id}.{identity_id}')}",
            handle=f"@{identity.handle}",
            count=len(lines) + others,
            is_only=len(lines) == 1,
            lines=lines,
            others=others,
        )
    await alert.asave(update_fields=["after_id", "due_at"])


async def _newest(identity_id: int, after_id: int) -> int:
    """Return the newest notification that is old enough to be mailed. Served by notification_identity."""
    found: int | None = await sql.value(
        """SELECT id FROM activities_notification WHERE identity_id = %(identity)s AND id > %(after)s AND created_at <= %(settled)s
           ORDER BY id DESC LIMIT 1""",
        {"identity": identity_id, "after": after_id, "settled": clock.now() - _MIN_AGE},
    )
    return after_id if found is None else found


async def _lines(alert: Alert, identity: Identity, after_id: int) -> tuple[list[Line], int]:
    """Return the newest notifications to mail, and the number of the others: neither read yet, nor hidden by filters."""
    since = max(after_id, await last_read_id(identity, "notifications"))
    asked = {kind.value for reason in alert.kinds for kind in _KINDS[AlertKind(reason)]}
    found = await notifications(
        identity,
        Page(limit=_LOOKED_AT, since_id=since, max_id=alert.after_id + 1),
        Choice(kinds=sorted(asked)),
    )
    posts = await apply_filters(
        [row.post for row in found if row.post is not None], identity, FilterContext.notifications
    )
    open_posts = {post.id: post for post in posts if not post.shown.filtered}
    lines = [
        _line(row, reason, open_posts.get(row.post_id or 0))
        for row in found
        if (row.post_id is None or row.post_id in open_posts) and (reason := _reason(row)) in alert.kinds
    ]
    return lines[:MOST_LINES], len(lines[MOST_LINES:])


def _reason(row: NotificationView) -> AlertKind:
    if row.kind != NotificationKind.mention:
        return _REASONS[row.kind]
    is_private = row.post is not None and row.post.visibility in {Visibility.mentioned, Visibility.limited}
    return AlertKind.private_mention if is_private else AlertKind.mention


def _line(row: NotificationView, reason: AlertKind, post: PostView | None) -> Line:
    """Return the line of a notification. Mail servers read mails: only what everybody may read is quoted, a warning instead of its post."""
    text = ""
    if post is not None and post.visibility in _OPEN:
        text = " ".join((post.content_warning or post.title or to_text(post.content)).split())
        if len(text) > _MOST_CHARACTERS:
            text = text[:_MOST_CHARACTERS].rsplit(" ", 1)[0] + " …"
    actor = row.actor
    name = " ".join((actor.name or actor.username).split())
    path = _PATHS.get(reason) or f"/@{actor.handle}{f'/{row.post_id}' if post is not None else ''}"
    return Line(reason.value, name, actor.handle, text, path)


@events.on_identity_deleted
async def delete_alerts_of(identity: Identity) -> bool:
    """Delete the mails that were asked for about an identity; return whether there are more."""
    return await delete_batch(_ALERTS, "identity_id = %(who)s", {"who": identity.pk})
