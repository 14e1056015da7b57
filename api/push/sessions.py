"""Push subscriptions of browsers that use our pages: each belongs to a session, and to the identity selected at that time."""

from api.models import PushDelivery, PushPolicy, PushSubscription
from api.push.subscriptions import checked_host
from core.db import async_atomic, sql
from core.errors import NotFound
from users.identities.models import Identity
from users.logins.models import Session, User

TRIAL = 0
"""Used instead of a notification's id for the test message."""


async def subscribe_session(
    *,
    session: Session,
    identity: Identity,
    endpoint: str,
    p256dh: str,
    auth: str,
    alerts: dict[str, bool],
    policy: PushPolicy,
    language: str,
) -> PushSubscription:
    """Subscribe this browser to the identity's notifications, replacing its earlier subscription. Raises NotFound if the session has ended."""
    host = await checked_host(endpoint, p256dh, auth)
    async with async_atomic():
        lock = "SELECT 1 FROM users_session WHERE id = %s FOR NO KEY UPDATE"
        if await sql.value(lock, [session.pk]) is None:
            raise NotFound
        await PushSubscription.objects.filter(session=session.pk, identity=identity.pk).adelete()
        return await PushSubscription.objects.acreate(
            session_id=session.pk,
            identity_id=identity.pk,
            endpoint=endpoint,
            host=host,
            p256dh=p256dh,
            auth=auth,
            standard=True,
            alerts=alerts,
            policy=policy,
            language=language,
        )


async def subscription_of_session(session: Session, identity: Identity) -> PushSubscription | None:
    """Return this browser's subscription for the identity."""
    return await PushSubscription.objects.filter(session=session.pk, identity=identity.pk).afirst()


async def change_session(
    *, session: Session, identity: Identity, alerts: dict[str, bool], policy: PushPolicy
) -> None:
    """Change what is pushed to this browser. Raises NotFound if it has no subscription."""
    chosen = PushSubscription.objects.filter(session=session.pk, identity=identity.pk)
    if not await chosen.aupdate(alerts=alerts, policy=policy):
        raise NotFound


async def renew_session(*, session: Session, endpoint: str, p256dh: str, auth: str) -> None:
    """Store the new endpoint of a browser, for all identities it is subscribed to. Raises NotFound if there are none."""
    host = await checked_host(endpoint, p256dh, auth)
    found = PushSubscription.objects.filter(session=session.pk)
    if not await found.aupdate(endpoint=endpoint, host=host, p256dh=p256dh, auth=auth):
        raise NotFound


async def send_trial(*, session: Session, identity: Identity) -> None:
    """Send this browser a test message, through the regular queue. Raises NotFound if it has no subscription."""
    found = await subscription_of_session(session, identity)
    if found is None:
        raise NotFound
    await PushDelivery.objects.acreate(subscription_id=found.pk, notification_id=TRIAL, host=found.host)


async def browsers_of(user: User) -> list[PushSubscription]:
    """Return the subscriptions of all browsers in which this login is signed in, with `session` and `identity`; last used first."""
    found = PushSubscription.objects.filter(session__user=user.pk).select_related("session", "identity")
    return [one async for one in found.order_by("-session__last_used_at", "id")]


async def remove_browser(*, user: User, subscription_id: int) -> None:
    """End a subscription of one of the login's browsers. Raises NotFound for an unknown one or another login's."""
    gone, _ = await PushSubscription.objects.filter(pk=subscription_id, session__user=user.pk).adelete()
    if not gone:
        raise NotFound
