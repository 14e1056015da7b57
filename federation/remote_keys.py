"""Public keys of remote actors: known ones from the table, new ones from their own server.

A key is accepted if its owner lists it, on the key's own host. Key documents have several forms: an actor (`…#main-key`), a stub with its
owner's id (GoToSocial's `/users/x/main-key`), or a bare key object.
"""

import datetime as dt
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

import msgspec

from core import clock
from core.crypto.keys import BadKey, load_public_key, multikey_pem
from core.db import sql
from core.db.gathering import Gathering
from core.db.statements import Statement
from core.errors import Problem, TooMany
from core.hosts.networks import client_network, networks_of
from core.http import FetchError
from core.ratelimit import refund, take_tightest
from core.server_state import PerServer
from federation.documents import id_of
from federation.fetching import WrongDocument, fetch_document
from federation.peers import host_of, registrable_domain

ROTATION_AFTER = dt.timedelta(minutes=10)  # a newer key is not fetched again because of one wrong signature
# Per hour. Key ids can be made up, and each costs a request, and a row for 30 days. Anybody can use anybody's key id, so a look-up counts
# against the host only if its key verifies the signature, and otherwise against the client that used it.
MAX_LOOKUPS_PER_HOST = 500
MAX_LOOKUPS_PER_SITE = 2000
MAX_FAILED_PER_NETWORK = 60
_MAX_PEM_LENGTH = 20_000
_MAX_METHODS = 20
_KNOWN = Statement("keys.known", "The key that a signature names.", "federation_remotekey_pkey")

_KNOWN_OF_MANY = Statement(
    "keys.known_of_many", "The keys named by several concurrent requests.", "federation_remotekey_pkey"
)


class TooManyKeys(FetchError):
    """The host or client used up its hourly quota. The message waits without counting an attempt."""

    kind = "too_many_keys"
    is_ours = True


class KnownKey(msgspec.Struct, frozen=True):
    """A key with its owner's URI. `fetched_at` by the database's clock."""

    key_id: str
    owner: str
    pem: str
    fetched_at: dt.datetime

    @property
    def may_be_outdated(self) -> bool:
        """True if the owner may have rotated the key, so that a wrong signature is worth a fetch."""
        return clock.now() - self.fetched_at > ROTATION_AFTER


async def known_key(key_id: str, *, for_proofs: bool = False) -> KnownKey | None:
    """Return the stored key with this id; `for_proofs`: one that may sign documents.

    Not cached in memory: other processes would continue to accept a replaced key.
    """
    query = _KNOWN(
        "SELECT key_id, owner, pem, fetched_at FROM federation_remotekey WHERE key_id = %(key_id)s"
        + (" AND is_assertion" if for_proofs else ""),
        key_id=key_id,
    )
    row = await sql.one(query)
    return None if row is None else KnownKey(*row)


async def key_of_request(key_id: str) -> KnownKey | None:
    """Return what `known_key` does, from one query for all requests that wait for theirs. Not inside a transaction."""
    return await _gathering()(key_id)


async def _known_keys(key_ids: Sequence[str]) -> list[KnownKey | None]:
    wanted = list(dict.fromkeys(key_ids))
    if len(wanted) == 1:  # with =, because a list of one is planned anew at every use
        found = {wanted[0]: await known_key(wanted[0])}
    else:
        query = _KNOWN_OF_MANY(
            "SELECT key_id, owner, pem, fetched_at FROM federation_remotekey WHERE key_id = ANY(%(key_ids)s)",
            key_ids=wanted,
        )
        found = {key.key_id: key for key in await sql.structs(KnownKey, query)}
    return [found.get(key_id) for key_id in key_ids]


_gathering = PerServer(lambda: Gathering(_known_keys))


async def fetch_key(
    key_id: str,
    *,
    network: str = "",
    matches: Callable[[KnownKey], bool] = lambda key: True,
    for_proofs: bool = False,
) -> KnownKey:
    """Return the key as its owner's server currently serves it, stored. Raises FetchError kinds; WrongDocument if no actor there owns it.

    `network`: of the client that used the key id, by default that of the current request. `matches`: whether the signature being verified
    is by this key. `for_proofs`: one that may sign documents. Not inside a transaction.
    """
    of_client = _uses_of_client(network or client_network.get())
    host = host_of(key_id)
    of_host = [
        (f"keys:{host}", MAX_LOOKUPS_PER_HOST),
        (f"keys of site:{registrable_domain(host)}", MAX_LOOKUPS_PER_SITE),
    ]
    # both are charged first, so that look-ups in progress count, and one of them is refunded afterwards
    if of_client and not (await take_tightest(of_client, 3600)).allowed:
        raise TooManyKeys(code="too_many_keys_of_client", detail=of_client[0][0])
    if not (await take_tightest(of_host, 3600)).allowed:
        await _give_back(of_client)
        raise TooManyKeys(code="too_many_keys_of_server", detail=host)
    try:
        key = await _look_up(key_id, host, for_proofs=for_proofs)
    except Problem as error:
        is_ours = isinstance(error, TooMany) or (isinstance(error, FetchError) and error.is_ours)
        await _give_back(of_host + of_client if is_ours else of_host)
        raise
    await _give_back(of_client if matches(key) else of_host)
    return key


async def refund_lookup(network: str) -> None:
    """Give a client back a look-up that failed through no fault of the client."""
    await _give_back(_uses_of_client(network))


def _uses_of_client(network: str) -> list[tuple[str, int]]:
    """Return the keys of the limits: the client's network and, for IPv6, the site around it."""
    if not network:
        return []
    networks = networks_of(network.partition("/")[0], MAX_FAILED_PER_NETWORK)
    return [(f"keys of client:{name}", limit) for name, limit in networks]


async def _give_back(uses: list[tuple[str, int]]) -> None:
    if uses:
        await refund([key for key, _ in uses])


async def _look_up(key_id: str, host: str, *, for_proofs: bool) -> KnownKey:
    find = _find_assertion if for_proofs else _find
    document = await fetch_document(key_id, fresh=True)
    entry = find(document, key_id)
    owner = id_of(entry.get("owner") or entry.get("controller") or document.get("id"))
    if not owner or host_of(owner) != host:
        raise WrongDocument(code="key_owner_elsewhere", detail=f"{key_id[:200]}: {owner[:200]}")
    if document.get("id") != owner or "inbox" not in document:
        # this document only names the owner: ask the actor whether the key is theirs
        actor = await fetch_document(owner)
        if actor.get("id") != owner:
            raise WrongDocument(code="key_owner_of_other_address", detail=f"{key_id[:200]}: {owner[:200]}")
        entry = find(actor, key_id)
    pem = _assertion_pem(entry) if for_proofs else entry.get("publicKeyPem")
    if not isinstance(pem, str) or not pem or len(pem) > _MAX_PEM_LENGTH or "\0" in pem:
        raise WrongDocument(code="no_usable_key", detail=key_id[:200])
    await sql.run(
        """
        INSERT INTO federation_remotekey (key_id, owner, pem, fetched_at, is_assertion) VALUES (%s, %s, %s, now(), %s)
        ON CONFLICT (key_id) DO UPDATE SET owner = excluded.owner, pem = excluded.pem, fetched_at = excluded.fetched_at,
            is_assertion = excluded.is_assertion
        """,
        [key_id, owner, pem, for_proofs],
    )
    key = await known_key(key_id)
    assert key is not None
    return key


def _find_assertion(document: Mapping[str, Any], key_id: str) -> Mapping[str, Any]:
    """Return the Multikey with this id in an actor's `assertionMethod`, or the document itself. Raises WrongDocument."""
    methods = document.get("assertionMethod")
    entries = [document, *(methods[:_MAX_METHODS] if isinstance(methods, list) else [methods])]
    for entry in entries:
        if isinstance(entry, Mapping) and entry.get("id") == key_id and "publicKeyMultibase" in entry:
            return entry
    raise WrongDocument(code="no_such_key", detail=key_id[:200])


def _assertion_pem(entry: Mapping[str, Any]) -> str:
    value = entry.get("publicKeyMultibase")
    try:
        return multikey_pem(value) if isinstance(value, str) else ""
    except BadKey:
        return ""


async def replace_key(*, owner: str, key_id: str, pem: str) -> bool:
    """Store the key in a known actor's own document, so that a rotated one is valid at once. False if nothing changes.

    A key of another owner is left alone, as is an invalid one. The owner's other keys are deleted: one that is still valid, because the
    document lists several, is fetched when it is used.
    """
    if not key_id or host_of(key_id) != host_of(owner) or len(pem) > _MAX_PEM_LENGTH:
        return False
    try:
        load_public_key(pem)
    except BadKey:
        return False
    changed = await sql.run(
        """
        INSERT INTO federation_remotekey (key_id, owner, pem, fetched_at) VALUES (%s, %s, %s, now())
        ON CONFLICT (key_id) DO UPDATE SET pem = excluded.pem, fetched_at = excluded.fetched_at
            WHERE federation_remotekey.owner = excluded.owner AND federation_remotekey.pem <> excluded.pem
        """,
        [key_id, owner, pem],
    )
    if changed:
        await sql.run(
            "DELETE FROM federation_remotekey WHERE owner = %s AND key_id <> %s AND NOT is_assertion",
            [owner, key_id],
        )
    return bool(changed)


async def replace_assertion_keys(*, owner: str, keys: Mapping[str, str]) -> None:
    """Store the keys (id → PEM) in a known actor's `assertionMethod`, and delete those no longer listed.

    One statement each; no second one for an actor without such keys before and after. Index on owner.
    """
    ids = [key_id for key_id in keys if host_of(key_id) == host_of(owner)]
    await sql.run(
        "DELETE FROM federation_remotekey WHERE owner = %s AND is_assertion AND key_id <> ALL(%s::text[])",
        [owner, ids],
    )
    if ids:
        await sql.run(
            """
            INSERT INTO federation_remotekey (key_id, owner, pem, fetched_at, is_assertion)
            SELECT key_id, %s, pem, now(), true FROM unnest(%s::text[], %s::text[]) AS new (key_id, pem)
            ON CONFLICT (key_id) DO UPDATE SET pem = excluded.pem, fetched_at = excluded.fetched_at, is_assertion = true
                WHERE federation_remotekey.owner = excluded.owner
            """,
            [owner, ids, [keys[key_id] for key_id in ids]],
        )


async def forget_owner(owner: str) -> None:
    """Delete all stored keys of this actor."""
    await sql.run("DELETE FROM federation_remotekey WHERE owner = %s", [owner])


def _find(document: Mapping[str, Any], key_id: str) -> Mapping[str, Any]:
    """Return the key object with this id in an actor, a stub or a bare key document. Raises WrongDocument."""
    entries = [entry for entry in _entries(document) if isinstance(entry.get("publicKeyPem"), str)]
    for entry in entries:
        if entry.get("id") == key_id:
            return entry
    if len(entries) == 1 and document.get("id") == key_id:
        return entries[0]  # a few servers sign with the actor's own id as keyId
    raise WrongDocument(code="no_such_key", detail=key_id[:200])


def _entries(document: Mapping[str, Any]) -> Iterator[Mapping[str, Any]]:
    value = document.get("publicKey")
    for entry in value if isinstance(value, list) else [value]:
        if isinstance(entry, Mapping):
            yield entry
    if "publicKeyPem" in document:
        yield document
