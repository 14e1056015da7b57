"""Push subscriptions: creation, changes and deletion; and our public key for all of them."""

import base64
import binascii
import datetime as dt
import secrets
from functools import lru_cache
from typing import Any

import msgspec
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from django.conf import settings

from api.models import PushPolicy, PushSubscription, VapidKey
from api.oauth.bearer import Caller
from core import clock
from core.config import config
from core.crypto.keys import seal, unseal
from core.crypto.webpush import public_bytes, read_browser_keys, vapid_token
from core.db import async_atomic, own_connection, sql
from core.errors import BadInput, NotAllowed, NotFound
from core.http import AddressProblem, check_host, parse_url
from core.server_state import PerServer
from users.domains import options

VAPID_TOKEN_LIFETIME = dt.timedelta(hours=12)  # RFC 8292 allows a day
_kept: PerServer[dict[str, Any]] = PerServer(dict)


class Vapid(msgspec.Struct, frozen=True):
    """`public_key` as clients get it: base64url of the point, padded as Mastodon's."""

    public_key: str
    private_key: ec.EllipticCurvePrivateKey


async def vapid() -> Vapid:
    """Return the key of this installation, made now if there is none yet; two processes at once agree on the first one stored."""
    if "key" not in _kept():
        stored = await VapidKey.objects.filter(pk=1).afirst()
        if stored is None:
            made = ec.generate_private_key(ec.SECP256R1())
            pem = made.private_bytes(
                serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
            ).decode()
            public = base64.urlsafe_b64encode(public_bytes(made)).decode()
            await VapidKey.objects.abulk_create(
                [VapidKey(id=1, public_key=public, private_key=seal(pem))], ignore_conflicts=True
            )
            stored = await VapidKey.objects.aget(pk=1)
        private = serialization.load_pem_private_key(unseal(stored.private_key).encode(), password=None)
        assert isinstance(private, ec.EllipticCurvePrivateKey)
        _kept()["key"] = Vapid(stored.public_key, private)
    return _kept()["key"]


async def make_vapid_key() -> None:
    """Make the key at the start of a process, before the first client asks."""
    async with own_connection():
        await vapid()


async def push_key() -> str:
    """Return the public key, for instance and app entities."""
    return (await vapid()).public_key


async def vapid_for(audience: str, subject: str) -> str:
    """Return a token for a push service; one is used for hours."""
    now = clock.now()
    held = _kept().get(f"token {audience} {subject}")
    if held is None or held[1] < now:
        if len(_kept()) > 1000:
            key = _kept().get("key")
            _kept().clear()
            _kept().update({"key": key} if key else {})
        expires_at = now + VAPID_TOKEN_LIFETIME
        made = vapid_token(
            (await vapid()).private_key,
            audience=audience,
            subject=subject,
            expires_at=int(expires_at.timestamp()),
        )
        held = _kept()[f"token {audience} {subject}"] = (made, expires_at - VAPID_TOKEN_LIFETIME / 2)
    return held[0]


async def checked_host(endpoint: str, p256dh: str, auth: str) -> str:
    """Return the host of a push service's address. Raises BadInput when address or keys can't be used, NotAllowed when this server pushes nothing."""
    if not await options.get(options.PUSHES):
        raise NotAllowed(code="no_pushes")
    try:
        url = parse_url(endpoint, allow_http=config().allow_http)
        check_host(url.host, config().allowed_networks)
    except AddressProblem as error:
        raise BadInput("Validation failed: Endpoint is not a valid URL", detail=error.detail) from error
    read_browser_keys(p256dh, auth)
    if len(endpoint) > 2048 or len(p256dh) > 200 or len(auth) > 100:
        raise BadInput("Validation failed: Endpoint is too long")
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
    """Subscribe this token to push notifications; replaces its earlier subscription. Raises NotFound when the token has ended meanwhile."""
    host = await checked_host(endpoint, p256dh, auth)
    assert caller.identity is not None
    async with async_atomic():
        # one after the other: of two at once each would find nothing to replace
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
    return AESGCM(HKDF(hashes.SHA256(), 32, salt=None, info=b"takahe push tokens v1").derive(secret.encode()))


def _seal_token(text: str) -> str:
    nonce = secrets.token_bytes(12)
    return base64.b64encode(nonce + _cipher(settings.SECRET_KEY).encrypt(nonce, text.encode(), None)).decode()


def open_token(sealed: str) -> str:
    """Return the token's text; empty when SECRET_KEY is another one now (the app then has to find its account by itself)."""
    try:
        raw = base64.b64decode(sealed, validate=True)
        return _cipher(settings.SECRET_KEY).decrypt(raw[:12], raw[12:], None).decode()
    except (InvalidTag, binascii.Error, ValueError):
        return ""
