"""Fetching what a provider publishes: its discovery document and its keys. Outside of any transaction, within the limits of core/http."""

from datetime import timedelta
from typing import Any

import msgspec
from django.db.models import Q

from core import clock
from core.connections import release_connection
from core.errors import Invalid, Unavailable
from core.http import FetchError, MalformedJson, client
from core.http.json import decode
from core.logs import get_logger
from users.sign_in_providers.models import SignInProvider
from users.sign_in_providers.reading import WELL_KNOWN, Metadata, read_metadata

log = get_logger(__name__)

MAX_BYTES = 256 * 1024
TIMEOUT_S = 8.0
MAX_KEYS = 50
_METADATA_KEPT_FOR = timedelta(days=1)
_KEYS_KEPT_FOR = timedelta(hours=1)  # so a key that leaked and was removed there is refused here soon
_KEYS_AGAIN_AFTER = timedelta(minutes=1)  # for a key that we don't know: anybody can name one


async def discover(issuer: str) -> Metadata:
    """Fetch the discovery document of an issuer. Raises Invalid with the reason, for the field where staff enter it."""
    issuer = issuer.strip().removesuffix(WELL_KNOWN)
    try:
        document = await fetch_json(issuer.rstrip("/") + WELL_KNOWN)
    except FetchError as error:
        raise Invalid("issuer", "not_fetched", why=error.sentence, detail=error.reason) from error
    except MalformedJson as error:
        raise Invalid("issuer", "not_a_provider", detail=error.detail) from error
    except NoAnswer as error:
        raise Invalid("issuer", "answered_otherwise", answer=error.status) from error
    return read_metadata(document, issuer)


class NoAnswer(Exception):
    """A provider answered with an error."""

    def __init__(self, status: int) -> None:
        super().__init__(f"status {status}")
        self.status = status


async def fetch_json(address: str, *, token: str = "") -> Any:
    """Return the JSON at an address of a provider; redirects are not followed. Raises FetchError, MalformedJson, or NoAnswer."""
    await release_connection()
    headers = {"Authorization": f"Bearer {token}"} if token else {}
    answer = await client().get(
        address,
        accept="application/json",
        headers=headers,
        max_bytes=MAX_BYTES,
        timeout_s=TIMEOUT_S,
        redirects=0,
    )
    if answer.status != 200:
        raise NoAnswer(answer.status)
    return decode(answer.body, max_bytes=MAX_BYTES)


def unreachable(provider: SignInProvider, detail: str) -> Unavailable:
    log.warning("provider.failed", provider=provider.pk, detail=detail)
    return Unavailable(code="provider_unreachable", provider=provider.name, detail=detail)


async def metadata_of(provider: SignInProvider) -> Metadata:
    """Return a provider's discovery document, fetched again once a day. If that fails, the last one counts."""
    kept = msgspec.convert(provider.metadata, Metadata) if provider.metadata else None
    if kept is not None and provider.fetched_at and clock.now() - provider.fetched_at < _METADATA_KEPT_FOR:
        return kept
    try:
        found = await discover(provider.issuer)
        if found.issuer != provider.issuer:
            raise Invalid("issuer", "of_another_issuer", given=found.issuer[:200])
    except Invalid as error:
        if kept is None:
            raise unreachable(provider, error.detail or error.code) from error
        log.warning("provider.not_discovered", provider=provider.pk, detail=error.detail or error.code)
        return kept
    provider.metadata, provider.fetched_at = msgspec.to_builtins(found), clock.now()
    await SignInProvider.objects.filter(pk=provider.pk).aupdate(
        metadata=provider.metadata, fetched_at=provider.fetched_at
    )
    return found


async def keys_of(
    provider: SignInProvider, metadata: Metadata, *, again: bool = False
) -> list[dict[str, Any]]:
    """Return a provider's keys as JWKs (RFC 7517), fetched again after an hour.

    With `again` because of an unknown key: at most once a minute, for all processes. Raises Unavailable if none could ever be fetched.
    """
    after = _KEYS_AGAIN_AFTER if again else _KEYS_KEPT_FOR
    due = Q(keys_fetched_at=None) | Q(keys_fetched_at__lte=clock.now() - after)
    now = clock.now()
    if not await SignInProvider.objects.filter(due, pk=provider.pk).aupdate(keys_fetched_at=now):
        fresh = await SignInProvider.objects.filter(pk=provider.pk).values_list("keys", flat=True).afirst()
        return list(fresh or [])
    try:
        provider.keys = await _fetch_keys(metadata)
    except (FetchError, MalformedJson, NoAnswer) as error:
        if not provider.keys:
            await SignInProvider.objects.filter(pk=provider.pk, keys_fetched_at=now).aupdate(
                keys_fetched_at=None
            )
            raise unreachable(provider, f"keys: {error}") from error
        log.warning("provider.keys_not_fetched", provider=provider.pk, detail=str(error))
        return list(provider.keys)
    await SignInProvider.objects.filter(pk=provider.pk).aupdate(keys=provider.keys)
    return list(provider.keys)


async def first_keys(metadata: Metadata) -> list[dict[str, Any]]:
    """Return the keys of a provider that staff add. Raises Invalid if they can't be read."""
    try:
        return await _fetch_keys(metadata)
    except FetchError as error:
        raise Invalid("issuer", "not_fetched", why=error.sentence, detail=error.reason) from error
    except (MalformedJson, NoAnswer) as error:
        raise Invalid("issuer", "not_a_provider", detail=str(error)) from error


async def _fetch_keys(metadata: Metadata) -> list[dict[str, Any]]:
    document = await fetch_json(metadata.jwks_uri)
    keys = document.get("keys") if isinstance(document, dict) else None
    if not isinstance(keys, list):
        raise MalformedJson(code="document_incomplete", what="keys")
    return [one for one in keys[:MAX_KEYS] if isinstance(one, dict)]
