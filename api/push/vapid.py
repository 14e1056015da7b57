"""Our key for all push services (RFC 8292): the public half in the form sent to clients, and tokens signed with the private one."""

import datetime as dt

import msgspec

from api.models import VapidKey
from core import clock
from core.crypto.keys import make_vapid_pair, seal, unseal
from core.db import own_connection
from core.processes.offload import run_in_process
from core.server_state import PerServer

TOKEN_LIFETIME = dt.timedelta(hours=12)  # RFC 8292 allows a day
_MAX_TOKENS = 1000


class _Kept(msgspec.Struct):
    """`private_key` is as it is stored. `tokens`: by push service and subject, with when to make a new one."""

    public_key: str = ""
    private_key: str = ""
    tokens: dict[tuple[str, str], tuple[str, dt.datetime]] = {}


_kept: PerServer[_Kept] = PerServer(_Kept)


async def make_vapid_key() -> None:
    """Create the key at the first start, before the first client requests it, in a child process, so that this one need not load the library."""
    async with own_connection():
        if await VapidKey.objects.filter(pk=1).aexists():
            return
    private_pem, public_key = await run_in_process(make_vapid_pair)
    async with own_connection():
        await _store(private_pem, public_key)


async def push_key() -> str:
    """Return the public key, base64url of the point, padded as Mastodon's: for instance and app entities, also when the private one can't be read."""
    return (await _key()).public_key


async def vapid_for(audience: str, subject: str) -> str:
    """Return a token for a push service, which is reused for hours."""
    from core.crypto.webpush import vapid_token  # loaded with the first push

    key, now = await _key(), clock.now()
    token, until = key.tokens.get((audience, subject), ("", now))
    if until <= now:
        if len(key.tokens) >= _MAX_TOKENS:
            key.tokens.clear()
        expires_at = now + TOKEN_LIFETIME
        token = vapid_token(
            unseal(key.private_key),
            audience=audience,
            subject=subject,
            expires_at=int(expires_at.timestamp()),
        )
        key.tokens[audience, subject] = (token, expires_at - TOKEN_LIFETIME / 2)
    return token


async def _key() -> _Kept:
    """Return the key of this installation, creating it if there is none; two concurrent processes use the first one stored."""
    kept = _kept()
    if not kept.public_key:
        stored = await VapidKey.objects.filter(pk=1).afirst() or await _store(*make_vapid_pair())
        kept.private_key, kept.public_key = stored.private_key, stored.public_key
    return kept


async def _store(private_pem: str, public_key: str) -> VapidKey:
    await VapidKey.objects.abulk_create(
        [VapidKey(id=1, public_key=public_key, private_key=seal(private_pem))], ignore_conflicts=True
    )
    return await VapidKey.objects.aget(pk=1)
