"""Importing follows: a pasted or exported list of addresses becomes rows that the worker handles."""

import csv
import io

from core.db import async_atomic, delete_batch, sql
from core.errors import Invalid
from core.ids import new_id
from core.ratelimit import take_exact
from users.identities import events
from users.identities.models import Identity
from users.identities.names import split_handle
from users.identities.services.moved import refuse_moved
from users.imports.models import FollowImport, FollowImportGraph

MAX_ADDRESSES = 2000  # rows per identity, including those of the last week
LISTS_A_DAY = 20
MAX_BYTES = 512 * 1024
_LONGEST = 500
_HEADERS = {"account address", "account", "address"}  # Mastodon's following_accounts.csv, and others'
_IMPORTS = sql.table(FollowImport)


def addresses_in(text: str) -> list[str]:
    """Return the addresses of a list: the first column of a CSV file, or one per line. Raises Invalid for an invalid address."""
    if len(text) > MAX_BYTES:
        raise Invalid("addresses", "too_many", most=MAX_ADDRESSES)
    found: dict[str, str] = {}
    try:
        for row in csv.reader(io.StringIO(text.replace("\0", ""), newline=None)):
            address = row[0].strip().lstrip("\ufeff@") if row else ""
            if address and address.lower() not in _HEADERS:
                _check(address)
                found.setdefault(address.lower(), address)
    except csv.Error as error:
        raise Invalid("addresses", "not_a_list") from error
    if not found:
        raise Invalid("addresses", "blank")
    if len(found) > MAX_ADDRESSES:
        raise Invalid("addresses", "too_many", most=MAX_ADDRESSES)
    return list(found.values())


def _check(address: str) -> None:
    refusal = Invalid("addresses", "not_an_address", given=address[:100])
    if len(address) > _LONGEST or not address.isprintable():
        raise refusal
    if address.startswith(("https://", "http://")):
        return
    try:
        _, host = split_handle(address)
    except Invalid as error:
        raise refusal from error
    if not host:
        raise refusal


async def import_follows(*, identity: Identity, text: str) -> int:
    """Queue follows of everybody on a list; return how many. Earlier failures are tried again.

    Raises Invalid for an unreadable list, more than MAX_ADDRESSES including those of the last week, or more than LISTS_A_DAY.
    """
    refuse_moved(identity)
    addresses = addresses_in(text)
    # rows are bounded, but failed ones may be retried, and each attempt asks another server
    if not (await take_exact(f"imports:{identity.pk}", LISTS_A_DAY, 24 * 3600)).allowed:
        raise Invalid("addresses", "lists_too_many", most=LISTS_A_DAY)
    async with async_atomic():
        # one at a time per identity, or two concurrent imports could exceed the limit
        await sql.run("SELECT 1 FROM users_identity WHERE id = %s FOR NO KEY UPDATE", [identity.pk])
        await sql.run(
            f"""DELETE FROM {_IMPORTS} WHERE identity_id = %(me)s AND lower(address) = ANY(%(addresses)s)
                AND state <> %(waiting)s""",
            {
                "me": identity.pk,
                "addresses": [address.lower() for address in addresses],
                "waiting": FollowImportGraph.waiting.name,
            },
        )
        await sql.run(
            f"""INSERT INTO {_IMPORTS} (id, identity_id, address, state)
                SELECT new.id, %(me)s, new.address, %(waiting)s
                FROM unnest(%(ids)s::bigint[], %(addresses)s::text[]) AS new (id, address) ON CONFLICT DO NOTHING""",
            {
                "me": identity.pk,
                "ids": [new_id() for _ in addresses],
                "addresses": addresses,
                "waiting": FollowImportGraph.waiting.name,
            },
        )
        if await FollowImport.objects.filter(identity=identity.pk).acount() > MAX_ADDRESSES:
            raise Invalid("addresses", "too_many", most=MAX_ADDRESSES)
    return len(addresses)


@events.on_identity_deleted
async def delete_imports_of(identity: Identity) -> bool:
    return await delete_batch(_IMPORTS, "identity_id = %(who)s", {"who": identity.pk})
