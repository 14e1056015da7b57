"""Helpers of following and blocking: locking both identities, counting follows, sending activities. Private to this package."""

from collections.abc import Mapping
from typing import Any

from core.db import sql
from core.errors import NotAllowed, NotFound
from federation import peers, sending
from users.domains.queries import domain_by_id
from users.identities.models import Identity, Restriction
from users.identities.services.moved import refuse_moved
from users.relations.models import Follow
from users.relations.queries.predicates import domain_hides, hides_host
from users.relations.queries.relationships import has_block_between


async def locked_pair(source_id: int, target_id: int) -> tuple[Identity, Identity]:
    """Load and lock both identities, the lower id first, so that their relations don't change until the transaction ends.

    Raises NotFound if either does not exist or was deleted.
    """
    # FOR NO KEY UPDATE is sufficient; Django calls it no_key. Rows are locked in id order to avoid deadlocks.
    pair = [
        identity
        async for identity in Identity.objects.select_for_update(no_key=True)
        .filter(pk__in=[source_id, target_id])
        .order_by("pk")
    ]
    by_id = {identity.pk: identity for identity in pair}
    source, target = by_id.get(source_id), by_id.get(target_id)
    if source is None or target is None or source.deleted_at or target.deleted_at:
        raise NotFound
    return source, target


async def check_may_follow(source: Identity, target: Identity) -> None:
    """Raise NotAllowed if there is a block between the two, a moderator forbids it, the target has moved away, or they are on different
    servers and the domain of one doesn't federate.
    """
    if source.pk == target.pk:
        raise NotAllowed(code="follow_of_yourself")
    if Restriction.suspended in (source.restriction, target.restriction):
        raise NotAllowed(code="not_followable", detail="suspended")
    if source.is_local:
        refuse_moved(source)
    if target.moved_to_uri:
        raise NotAllowed(code="account_moved", detail="moved")
    for identity in (source, target):
        if identity.is_local and source.is_local != target.is_local:
            domain = await domain_by_id(identity.domain_id)
            if domain is not None and domain.is_local_only:
                raise NotAllowed(code="domain_is_local_only", name=domain.name)
        if not identity.is_local and await peers.is_blocked(identity.host):
            raise NotAllowed(code="not_followable", detail=f"{identity.host} is blocked")
    if await has_block_between(source.pk, target.pk):
        raise NotAllowed(code="not_followable", detail="block")
    hidden = await sql.value(
        f"""SELECT {hides_host("%(a)s", "%(b)s")} OR {hides_host("%(b)s", "%(a)s")}
            OR {domain_hides("%(a)s", "%(b)s")} OR {domain_hides("%(b)s", "%(a)s")}""",
        {"a": source.pk, "b": target.pk},
    )
    if hidden:
        raise NotAllowed(
            code="not_followable", detail="one has blocked the other's host, or their domain has"
        )


async def count_follow(source: Identity, target: Identity, by: int) -> None:
    """Change both counts by `by`, atomically in the database and in the objects."""
    for column, identity in (("following_count", source), ("followers_count", target)):
        stated = f"stated_{column.removesuffix('_count')}"  # adjust the stated count, too, because the server is not asked again for it
        await sql.run(
            f"""UPDATE users_identity SET {column} = greatest(0, {column} + %(by)s),
                {stated} = CASE WHEN {stated} IS NOT NULL THEN greatest(0, {stated} + %(by)s) END WHERE id = %(id)s""",
            {"by": by, "id": identity.pk},
        )
        setattr(identity, column, max(0, getattr(identity, column) + by))


async def send_to(sender: Identity, receiver: Identity, activity: Mapping[str, Any]) -> None:
    """Send an activity to the receiver's own inbox, if the sender is local and the receiver remote."""
    if sender.is_local and not receiver.is_local and receiver.inbox_url:
        await sending.send(signer=sender.pk, activity=activity, inboxes=[receiver.inbox_url])


async def follow_between(source_id: int, target_id: int) -> Follow | None:
    """Return the follow or request from one to the other."""
    return await Follow.objects.filter(source=source_id, target=target_id).afirst()
