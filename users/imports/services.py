"""Importing follows: the addresses of a list (reading.py) become rows that the worker handles."""

from core.db import async_atomic, delete_batch, sql
from core.errors import Invalid
from core.ids import new_id
from core.ratelimit import take_exact
from users.identities import events
from users.identities.models import Identity
from users.identities.services.moved import refuse_moved
from users.imports.models import FollowImport, FollowImportGraph
from users.imports.reading import MAX_ADDRESSES, FollowList, add_lines, decoded

LISTS_A_DAY = 20
_IMPORTS = sql.table(FollowImport)


def read_follows(identity: Identity, text: str, file: bytes = b"") -> FollowList:
    """Return the addresses of a pasted list and of a file, without the identity's own. Raises Invalid if there is none."""
    found = FollowList()
    add_lines(found, text, "addresses")
    add_lines(found, decoded(file), "file")
    field = "file" if file else "addresses"
    own = [
        found.addresses.pop(name.lower(), "")
        for name in (identity.handle, identity.uri, identity.profile_url)
    ]
    if not found.addresses:
        if found.skipped:
            first = found.skipped[0]
            raise Invalid(field, "no_addresses", line=first.line, given=first.text)
        raise Invalid(field, "only_own" if any(own) else "follows_blank")
    if len(found.addresses) > MAX_ADDRESSES:
        raise Invalid(field, "follows_too_many", most=MAX_ADDRESSES)
    return found


async def import_follows(*, identity: Identity, text: str, file: bytes = b"") -> FollowList:
    """Queue follows of everybody on a list; return what was read. Earlier failures are tried again.

    Raises Invalid for a list without an address, more than MAX_ADDRESSES including those of the last week, or more than LISTS_A_DAY.
    """
    refuse_moved(identity)
    found = read_follows(identity, text, file)
    addresses = list(found.addresses.values())
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
            raise Invalid("addresses", "follows_too_many", most=MAX_ADDRESSES)
    return found


@events.on_identity_deleted
async def delete_imports_of(identity: Identity) -> bool:
    return await delete_batch(_IMPORTS, "identity_id = %(who)s", {"who": identity.pk})
