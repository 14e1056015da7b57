"""Push subscriptions of browsers that read our pages: each belongs to a session, and to the identity that it had then."""

from api.models import PushDelivery, PushPolicy, PushSubscription
from api.push.subscriptions import checked_host
from core.db import async_atomic, sql
from core.errors import NotFound
from users.identities.models import Identity
from users.logins.models import Session, User

TRIAL = 0
"""In place of a notification's id: the message by which somebody sees that pushes arrive."""


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
    """Subscribe this browser to the identity's notifications; replaces its earlier subscription. Raises NotFound when the session has ended meanwhile."""
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
    """Return the subscription by which this browser hears of the identity."""
    return await PushSubscription.objects.filter(session=session.pk, identity=identity.pk).afirst()


async def change_session(
    *, session: Session, identity: Identity, alerts: dict[str, bool], policy: PushPolicy
) -> None:
    """Change what is pushed to this browser. Raises NotFound when nothing is."""
    chosen = PushSubscription.objects.filter(session=session.pk, identity=identity.pk)
    if not await chosen.aupdate(alerts=alerts, policy=policy):
        raise NotFound


async def renew_session(*, session: Session, endpoint: str, p256dh: str, auth: str) -> None:
    """Keep the new address of a browser, for all identities whose notifications it gets. Raises NotFound when there are none."""
    host = await checked_host(endpoint, p256dh, auth)
    found = PushSubscription.objects.filter(session=session.pk)
    if not await found.aupdate(endpoint=endpoint, host=host, p256dh=p256dh, auth=auth):
        raise NotFound


async def send_trial(*, session: Session, identity: Identity) -> None:
    """Send this browser a message, through the queue of all others. Raises NotFound when it has no subscription."""
    found = await subscription_of_session(session, identity)
    if found is None:
        raise NotFound
    await PushDelivery.objects.acreate(subscription_id=found.pk, notification_id=TRIAL, host=found.host)


async def browsers_of(user: User) -> list[PushSubscription]:
    """Return the subscriptions of all browsers in which this login is signed in, with `session` and `identity`; the latest used first."""
    found = PushSubscription.objects.filter(session__user=user.pk).select_related("session", "identity")
    return [one async for one in found.order_by("-session__last_used_at", "id")]


async def remove_browser(*, user: User, subscription_id: int) -> None:
    """End a subscription of one of the login's browsers. Raises NotFound for another login's, as for none."""
    gone, _ = await PushSubscription.objects.filter(pk=subscription_id, session__user=user.pk).adelete()
    if not gone:
        raise NotFound
