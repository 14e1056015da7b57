"""Push subscriptions: creation, changes and deletion."""

from __future__ import annotations

import base64
import binascii
import secrets
from functools import lru_cache
from typing import TYPE_CHECKING

from django.conf import settings

from api.models import PushPolicy, PushSubscription
from api.oauth.bearer import Caller
from core.config import config
from core.db import async_atomic, sql
from core.errors import Invalid, NotAllowed, NotFound
from core.http import AddressProblem, check_host, parse_url
from users.domains import options

if TYPE_CHECKING:
    from core.crypto.primitives import AESGCM


async def checked_host(endpoint: str, p256dh: str, auth: str) -> str:
    """Return the host of a push service's URL. Raises BadInput for an invalid URL or keys, NotAllowed if this server sends no pushes."""
    from core.crypto.webpush import read_browser_keys  # loaded with the first subscription

    if not await options.get(options.PUSHES):
        raise NotAllowed(code="no_pushes")
    try:
        url = parse_url(endpoint, allow_http=config().allow_http)
        check_host(url.host, config().allowed_networks)
    except AddressProblem as error:
        raise Invalid("endpoint", "not_a_url", detail=error.detail) from error
    read_browser_keys(p256dh, auth)
    if len(endpoint) > 2048 or len(p256dh) > 200 or len(auth) > 100:
        raise Invalid("endpoint", "too_long")
    return url.host[:255]


async def subscribe(
    *,
    caller: Caller,
    token_text: str,
    endpoint: str,
    p256dh: str,
    auth: str,
    standard: bool = False,
    alerts: dict[str, bool] | None = None,
    policy: PushPolicy = PushPolicy.all,
) -> PushSubscription:
    """Subscribe this token to push notifications, replacing its earlier subscription. Raises NotFound if the token has ended."""
    host = await checked_host(endpoint, p256dh, auth)
    assert caller.identity is not None
    async with async_atomic():
        # serialised: two concurrent requests would both find nothing to replace
        lock = "SELECT 1 FROM api_token WHERE id = %s FOR NO KEY UPDATE"
        if await sql.value(lock, [caller.token_id]) is None:
            raise NotFound
        await PushSubscription.objects.filter(token_id=caller.token_id).adelete()
        return await PushSubscription.objects.acreate(
            token_id=caller.token_id,
            identity_id=caller.identity.pk,
            endpoint=endpoint,
            host=host,
            p256dh=p256dh,
            auth=auth,
            standard=standard,
            alerts=alerts or {},
            policy=policy,
            sealed_token=_seal_token(token_text),
        )


async def subscription_of(caller: Caller) -> PushSubscription:
    """Return the subscription of this token. Raises NotFound."""
    found = await PushSubscription.objects.filter(token_id=caller.token_id).afirst()
    if found is None:
        raise NotFound
    return found


async def change(
    *, caller: Caller, alerts: dict[str, bool] | None, policy: PushPolicy | None
) -> PushSubscription:
    """Change the alerts and the policy of this token's subscription."""
    found = await subscription_of(caller)
    if alerts is not None:
        found.alerts = alerts
    if policy is not None:
        found.policy = policy
    await found.asave(update_fields=["alerts", "policy"])
    return found


async def unsubscribe(*, caller: Caller) -> None:
    """Delete the subscription of this token."""
    await PushSubscription.objects.filter(token_id=caller.token_id).adelete()


async def end(subscription_id: int) -> None:
    """Delete a subscription that the push service reports as ended, or whose token ended."""
    await PushSubscription.objects.filter(pk=subscription_id).adelete()


# --- the token in the payload: docs/decisions/0007 ----------------------------------------------------------------


@lru_cache(maxsize=2)
def _cipher(secret: str) -> AESGCM:
    from core.crypto.primitives import AESGCM, HKDF, SHA256  # loaded with the first subscription

    return AESGCM(HKDF(SHA256(), 32, salt=None, info=b"takahe push tokens v1").derive(secret.encode()))


def _seal_token(text: str) -> str:
    nonce = secrets.token_bytes(12)
    return base64.b64encode(nonce + _cipher(settings.SECRET_KEY).encrypt(nonce, text.encode(), None)).decode()


def open_token(sealed: str) -> str:
    """Return the token's text; empty if SECRET_KEY has changed (the app then has to determine its account itself)."""
    from core.crypto.primitives import InvalidTag  # loaded with the first subscription

    try:
        raw = base64.b64decode(sealed, validate=True)
        return _cipher(settings.SECRET_KEY).decrypt(raw[:12], raw[12:], None).decode()
    except (InvalidTag, binascii.Error, ValueError):
        return ""
