"""Look-up of identities. Includes deleted and suspended ones, unless a function says otherwise."""

from core.db import sql
from users.domains.models import Domain
from users.identities.models import Identity, Restriction
from users.identities.names import split_handle


async def by_id(identity_id: int) -> Identity | None:
    """Return the identity with this id, including deleted and suspended ones."""
    return await Identity.objects.filter(pk=identity_id).afirst()


async def by_uri(uri: str) -> Identity | None:
    """Return the identity whose actor has this id."""
    if not uri or "\x00" in uri:  # a text column can't store NUL
        return None
    return await Identity.objects.filter(uri=uri).afirst()


async def by_handle(handle: str) -> Identity | None:
    """Return the identity `name@host`, case-insensitively (unique index on both, lower case). Raises BadInput for an invalid handle."""
    username, host = split_handle(handle)
    return await by_name(username, host)


async def local_by_username(domain: Domain, username: str) -> Identity | None:
    """Return the identity with this name on a local domain, case-insensitively, including deleted and suspended ones."""
    found = await by_name(username, domain.name)
    return found if found is not None and found.is_local else None


async def by_name(username: str, host: str) -> Identity | None:
    """Return the identity with this name and host, case-insensitively (users_identity_handle)."""
    if "\x00" in username or not host:
        return None
    found = Identity.objects.extra(
        where=["lower(users_identity.username) = lower(%s)", "lower(users_identity.host) = lower(%s)"],
        params=[username, host],
    )
    return await found.order_by().afirst()


async def uris_of(ids: list[int]) -> dict[int, str]:
    """Return identity id → actor id, in one query."""
    if not ids:
        return {}
    return dict(await sql.rows("SELECT id, uri FROM users_identity WHERE id = ANY(%s::bigint[])", [ids]))


async def contact_of(domain: Domain) -> Identity | None:
    """Return the identity that a domain names as its contact; None if it is deleted or suspended."""
    return await _named(domain.contact_id)


async def front_of(domain: Domain) -> Identity | None:
    """Return the identity whose profile is a domain's front page; None if it is deleted or suspended."""
    return await _named(domain.front_id)


async def _named(identity_id: int | None) -> Identity | None:
    if identity_id is None:
        return None
    visible = Identity.objects.filter(pk=identity_id, deleted_at=None, restriction__lt=Restriction.suspended)
    return await visible.afirst()
