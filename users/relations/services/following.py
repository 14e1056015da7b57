"""Following: request, accept, reject, unfollow. The same functions serve local users and incoming activities.

Between local identities no activity is sent. A remote target's server is told in the same transaction; a remote source is sent only the
answer (Accept, Reject).
"""

import datetime as dt

from core import clock
from core.db import async_atomic
from core.errors import Invalid, NotFound
from core.ids import new_id
from core.texts.languages import known_language
from users.identities.models import Identity, Restriction
from users.relations import events
from users.relations.activitypub import (
    accept_document,
    follow_document,
    follow_uri,
    reject_document,
    undo_document,
)
from users.relations.models import Follow
from users.relations.services.pairs import (
    check_may_follow,
    count_follow,
    follow_between,
    locked_pair,
    send_to,
)
from users.relations.services.revoked_activities import record_replaced, say_again


async def follow(
    *,
    source: Identity,
    target_id: int,
    shows_boosts: bool | None = None,
    notifies: bool | None = None,
    languages: list[str] | None = None,
    uri: str = "",
    said_at: dt.datetime | None = None,
) -> Follow:
    """Follow, or request to follow (`accepted_at` is None). A repeated call only changes the settings.

    `uri` is the id of a remote source's activity, signed at `said_at`; a repeated one is answered again. Raises NotFound, NotAllowed.
    """
    if languages is not None:
        known = [known_language(code) for code in languages]
        if None in known:
            raise Invalid("languages", "unknown")
        languages = [code for code in dict.fromkeys(known) if code is not None]
    async with async_atomic():
        source, target = await locked_pair(source.pk, target_id)
        await check_may_follow(source, target)
        row = await follow_between(source.pk, target.pk)
        if row is None:
            row = await _new_follow(source, target, uri, said_at)
            if not target.is_local:
                await send_to(source, target, follow_document(row, source, target))
            elif _needs_approval(source, target):
                await events.on_follow_request.emit(source, target)
            else:
                await _accept(row, source, target)
        elif uri and not source.is_local:
            await say_again(row, uri, said_at)
            if row.accepted_at is not None:  # our first answer may have been lost
                await send_to(target, source, accept_document(row, source, target))
        settings = {"shows_boosts": shows_boosts, "notifies": notifies, "languages": languages}
        changed = {name: value for name, value in settings.items() if value is not None}
        if changed:
            for name, value in changed.items():
                setattr(row, name, value)
            await row.asave(update_fields=list(changed))
    return row


def _needs_approval(source: Identity, target: Identity) -> bool:
    return target.approves_followers or source.restriction == Restriction.limited


async def _new_follow(source: Identity, target: Identity, uri: str, said_at: dt.datetime | None) -> Follow:
    follow_id = new_id()
    if not uri and source.is_local:
        uri = follow_uri(source, follow_id)
    return await Follow.objects.acreate(id=follow_id, source=source, target=target, uri=uri, said_at=said_at)


async def _accept(row: Follow, source: Identity, target: Identity) -> None:
    row.accepted_at = clock.now()
    await row.asave(update_fields=["accepted_at"])
    await count_follow(source, target, +1)
    await send_to(target, source, accept_document(row, source, target))
    await events.on_follow.emit(source, target)


async def accept_follow(*, target: Identity, source_id: int) -> Follow:
    """Accept a follow request. Idempotent. Raises NotFound if there is none."""
    async with async_atomic():
        source, target = await locked_pair(source_id, target.pk)
        row = await follow_between(source.pk, target.pk)
        if row is None:
            raise NotFound
        if row.accepted_at is None:
            await _accept(row, source, target)
            await events.on_request_ended.emit(source, target)
    return row


async def reject_follow(*, target: Identity, source_id: int) -> None:
    """Reject a follow request or remove a follower. Raises NotFound if there is neither."""
    if not await remove_follower(target=target, source_id=source_id):
        raise NotFound


async def remove_follower(*, target: Identity, source_id: int) -> bool:
    """Remove a follower or a follow request, and send a Reject. Return whether there was one."""
    async with async_atomic():
        source, target = await locked_pair(source_id, target.pk)
        row = await follow_between(source.pk, target.pk)
        if row is not None:
            await end_follow(row, source, target)
            await send_to(target, source, reject_document(row, source, target))
    return row is not None


async def unfollow(*, source: Identity, target_id: int) -> None:
    """Unfollow, or cancel the request. Does nothing if there is neither. Raises NotFound for an unknown target."""
    async with async_atomic():
        source, target = await locked_pair(source.pk, target_id)
        row = await follow_between(source.pk, target.pk)
        if row is not None:
            await end_follow(row, source, target)
            await send_to(source, target, undo_document(follow_document(row, source, target)))


async def end_follow(row: Follow, source: Identity, target: Identity) -> None:
    """Delete a follow and update the counts. Runs inside a transaction that has locked both identities; other servers are not told."""
    await Follow.objects.filter(pk=row.pk).adelete()  # row.adelete() clears pk, which ids of activities need
    if not (source.is_local and target.is_local):
        await record_replaced(row.uri)  # an answer to it may arrive when there is a newer follow
    if row.accepted_at is not None:
        await count_follow(source, target, -1)
        await events.on_unfollow.emit(source, target)
    else:
        await events.on_request_ended.emit(source, target)
