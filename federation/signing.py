"""Signers for outbound requests: keys from the registry, cached for some seconds."""

import time
from collections import OrderedDict
from collections.abc import Mapping
from urllib.parse import urlsplit

from core.crypto.keys import load_private_key
from core.http import Sign, user_agent
from core.server_state import PerServer
from federation import registry
from federation.registry import SYSTEM_ACTOR
from federation.signatures import Scheme, SigningKey, sign_request_among_many
from federation.system_actor import actor_uri, key_id, system_key

CAVAGE: Scheme = "cavage"
RFC9421: Scheme = "rfc9421"

# Of an identity only seconds: another process may rotate its key (`takahe identity rotate-key`), and peers refuse what a dropped one signed.
_KEPT_S = 2.0
_SYSTEM_KEY_KEPT_S = 300.0  # that of the system actor is never rotated
_MAX_KEPT = 1000
_kept: PerServer[OrderedDict[int, tuple[float, "Signer"]]] = PerServer(OrderedDict)
_kept_proof_keys: PerServer[OrderedDict[int, tuple[float, SigningKey]]] = PerServer(OrderedDict)


class Signer:
    """A private key that signs requests. `user_agent` contains its domain. Raises BadKey for an unreadable one."""

    def __init__(self, key: SigningKey) -> None:
        load_private_key(key.private_pem)
        self.key = key
        whose = urlsplit(key.key_id)
        self.user_agent = user_agent(f"{whose.scheme}://{whose.netloc}")

    def sign(self, scheme: Scheme) -> Sign:
        """Return the `sign` hook of core.http for this scheme."""

        async def sign(method: str, url: str, headers: Mapping[str, str], body: bytes) -> Mapping[str, str]:
            return await sign_request_among_many(self.key, method, url, body, scheme=scheme)

        return sign


def other_scheme(scheme: Scheme) -> Scheme:
    return RFC9421 if scheme == CAVAGE else CAVAGE


def known_signer(signer_id: int) -> Signer | None:
    """Return the signer if it is in memory."""
    kept = _kept().get(signer_id)
    return kept[1] if kept is not None and kept[0] > time.monotonic() else None


async def signer_of(signer_id: int) -> Signer | None:
    """Return the signer of a local identity, 0 for the system actor; None if it has no key any more (or before set-up)."""
    if (known := known_signer(signer_id)) is not None:
        return known
    try:
        signer = Signer(await _key_of(signer_id))
    except LookupError:
        return None
    kept_s = _SYSTEM_KEY_KEPT_S if signer_id == SYSTEM_ACTOR else _KEPT_S
    _kept()[signer_id] = (time.monotonic() + kept_s, signer)
    while len(_kept()) > _MAX_KEPT:
        _kept().popitem(last=False)
    return signer


async def system_signer_at(base_url: str) -> Signer:
    """Return the signer of the system actor of this domain: each domain has a document with the same key."""
    return Signer(SigningKey(key_id(base_url), (await system_key()).private_key))


async def proof_key_of(signer_id: int) -> SigningKey | None:
    """Return the key for the proofs of a local identity; None if it has none. Cached as long as a signer."""
    kept = _kept_proof_keys().get(signer_id)
    if kept is not None and kept[0] > time.monotonic():
        return kept[1]
    provider = registry.registered("proof keys")
    key: SigningKey | None = None if provider is None or signer_id <= 0 else await provider(signer_id)
    if key is not None:
        _kept_proof_keys()[signer_id] = (time.monotonic() + _KEPT_S, key)
        while len(_kept_proof_keys()) > _MAX_KEPT:
            _kept_proof_keys().popitem(last=False)
    return key


async def _key_of(signer_id: int) -> SigningKey:
    """Return the key. Raises LookupError if there is none."""
    if signer_id == SYSTEM_ACTOR:
        return SigningKey(key_id(await _system_base_url()), (await system_key()).private_key)
    provider = registry.registered("signing keys")
    if provider is None:
        raise LookupError("nobody knows the keys of identities")
    key: SigningKey = await provider(signer_id)
    return key


async def _system_base_url() -> str:
    base_url = registry.registered("system base url")
    if base_url is None:
        raise LookupError("no domain is registered for the system actor")
    return str(await base_url())


async def system_actor_uri() -> str:
    """Return the id of the system actor, which signs requests not made by a user. Raises LookupError before set-up."""
    return actor_uri(await _system_base_url())
