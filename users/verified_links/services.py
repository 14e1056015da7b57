"""Writes of the links in profiles: which ones are to be verified, and what their pages had."""

import datetime as dt
import secrets

from core import clock
from core.db import sql
from core.ids import new_id
from federation.peers import host_of
from users.identities import events
from users.identities.models import Identity
from users.identities.reading import links_of, sole_link
from users.relations.events import on_follow
from users.relations.queries.predicates import is_followed_here
from users.verified_links.models import ProfileLink

DEBOUNCE = dt.timedelta(seconds=2)  # somebody who edits a profile may save it several times
REMOTE_SPREAD_S = 300  # every server that receives an Update may fetch the page: spread the requests
_RETRY_AFTER = dt.timedelta(minutes=1)
_LINKS = sql.table(ProfileLink)


@events.on_fields_changed
async def list_links(identity: Identity) -> None:
    """List the links of a saved profile for the worker, if it is local or followed from here.

    Links that were listed before keep their status; saving the profile again checks unverified ones again.
    """
    if identity.is_local or await is_followed(identity.pk):
        await _list(identity)


@on_follow
async def list_links_of_followed(source: Identity, target: Identity) -> None:
    """List the links of a remote actor that somebody here follows."""
    if source.is_local and not target.is_local and target.fields:
        await _list(target)


@events.on_identity_deleted
async def delete_links(identity: Identity) -> bool:
    """Delete the links of a deleted identity; a profile has only a few."""
    await ProfileLink.objects.filter(identity=identity).adelete()
    return False


async def list_older_links(before: int, limit: int) -> int | None:
    """List the links of local profiles that were saved before links were verified. Served by users_identity_of_domain."""
    people = Identity.objects.filter(domain__isnull=False, deleted_at=None, pk__lt=before)
    found = [person async for person in people.order_by("-pk")[:limit]]
    for person in found:
        if person.fields:
            await _list(person)
    return found[-1].pk if found else None


async def is_followed(identity_id: int) -> bool:
    """Return whether a local identity follows this one."""
    return bool(await sql.value(f"SELECT {is_followed_here('%(id)s')}", {"id": identity_id}))


async def _list(identity: Identity) -> None:
    """Make the listed links those of the fields. Never waits for rows that the worker has locked, as it waits for the identity's."""
    urls = links_of(identity.fields)
    wait = DEBOUNCE if identity.is_local else dt.timedelta(seconds=secrets.randbelow(REMOTE_SPREAD_S))
    values = {"identity": identity.pk, "urls": urls, "is_local": identity.is_local, "wait": wait}
    await sql.run(
        f"""DELETE FROM {_LINKS} WHERE id IN (
                SELECT id FROM {_LINKS} WHERE identity_id = %(identity)s AND NOT url = ANY(%(urls)s) FOR UPDATE SKIP LOCKED)""",
        values,
    )
    if not urls:
        return
    await sql.run(
        f"""UPDATE {_LINKS} SET state = 'due', state_changed_at = now(), state_attempts = 0, state_error = NULL,
                state_failed_in = NULL, state_due_at = now() + %(wait)s
            WHERE id IN (
                SELECT id FROM {_LINKS} WHERE identity_id = %(identity)s AND url = ANY(%(urls)s) AND verified_at IS NULL
                AND tried_at < now() - %(again)s FOR UPDATE SKIP LOCKED)""",
        {**values, "again": _RETRY_AFTER},
    )
    await sql.run(
        f"""INSERT INTO {_LINKS} (id, identity_id, url, host, is_local, state, state_due_at)
            SELECT n.id, %(identity)s, n.url, n.host, %(is_local)s, 'due', now() + %(wait)s
            FROM unnest(%(ids)s::bigint[], %(urls)s::text[], %(hosts)s::text[]) n (id, url, host)
            ON CONFLICT (identity_id, url) DO NOTHING""",
        {**values, "ids": [new_id() for _ in urls], "hosts": [host_of(url)[:255] for url in urls]},
    )


async def record_try(link: ProfileLink, problem: str) -> None:
    """Record why a link was not verified; it is tried again soon, and keeps what it had before."""
    await ProfileLink.objects.filter(pk=link.pk).aupdate(tried_at=clock.now(), problem=problem)


async def record_result(link: ProfileLink, problem: str) -> None:
    """Record that a link is verified, or that it is not (any more), also in the fields of the profile. In a transaction."""
    now = clock.now()
    identity = await Identity.objects.select_for_update().filter(pk=link.identity_id).afirst()
    if identity is None:
        return
    verified_at = None if problem else link.verified_at or now
    await ProfileLink.objects.filter(pk=link.pk).aupdate(
        tried_at=now, problem=problem, verified_at=verified_at
    )
    stated = verified_at.isoformat() if verified_at else None
    fields = [
        {**row, "verified_at": stated} if sole_link(row["value"]) == link.url else row
        for row in identity.fields
    ]
    if fields != identity.fields:
        identity.fields = fields
        await identity.asave(update_fields=["fields"])
