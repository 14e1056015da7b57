"""The followers of an account that moves: their servers get the Move, and local ones follow the new account. Each call handles a bounded batch."""

from collections.abc import Awaitable
from datetime import timedelta

from core import clock
from core.db import async_atomic, sql
from core.errors import Problem
from core.ids import new_id
from federation import sending
from users.identities.activitypub.activities import move_document
from users.identities.models import Identity
from users.moves import events
from users.moves.models import Move, MoveFollower
from users.relations.models import Block, Follow, Mute
from users.relations.queries.predicates import FOLLOWS, follows_or_asks
from users.relations.queries.relationships import followers_inboxes, has_block_between
from users.relations.services import blocking, following
from users.relations.services.telling import send_profile

FOLLOWERS_LISTED = 2000  # per batch
FOLLOWERS_SCANNED = 1000
FOLLOWERS_MOVED = 25  # of those scanned; each takes some twenty statements


async def announce_to_followers(move: Move) -> bool:
    """Record the next followers and queue the Move to their servers. Return whether there may be more. Index users_follow_target."""
    old, new = move.source, move.target
    inboxes, going_on = await followers_inboxes(old.pk, before=move.told_to, piece=FOLLOWERS_LISTED)
    move.followers += await _list_followers(move)
    if old.is_local:
        if move.activity_id is None:
            move.activity_id = await sending.store_activity(
                signer=old.pk, activity=move_document(old, new.uri, move.pk)
            )
            if not new.is_local:
                inboxes = list({*inboxes, new.delivery_url})
        await sending.add_recipients(move.activity_id, inboxes)
        if going_on is None:
            await sending.delete_unsent(move.activity_id)
    move.told_to = going_on
    await move.asave(update_fields=["followers", "activity_id", "told_to"])
    return going_on is not None


async def _list_followers(move: Move) -> int:
    ids = await sql.column(
        f"""SELECT source_id FROM {FOLLOWS} WHERE target_id = %(old)s AND id < %(before)s ORDER BY id DESC LIMIT %(piece)s""",
        {"old": move.source_id, "before": move.told_to or 2**63 - 1, "piece": FOLLOWERS_LISTED},
    )
    followers = [MoveFollower(id=new_id(), move=move, follower_id=pk) for pk in ids if pk != move.target_id]
    await MoveFollower.objects.abulk_create(followers, ignore_conflicts=True)
    return len(followers)


async def announce_undone(move: Move) -> bool:
    """Send the profile of an account whose move was undone to the next servers that were sent the Move; return whether there may be more.

    Most of those followers have moved to the new account, whose server shows where it came from. Index users_move_followers.
    """
    ids = await sql.column(
        """SELECT id FROM users_movefollower WHERE move_id = %(move)s AND id < %(before)s ORDER BY id DESC LIMIT %(piece)s""",
        {"move": move.pk, "before": move.told_to or 2**63 - 1, "piece": FOLLOWERS_LISTED},
    )
    listed = MoveFollower.objects.select_related("follower").filter(pk__in=ids)
    recipients = [row.follower async for row in listed] + ([move.target] if move.told_to is None else [])
    inboxes = {one.delivery_url for one in recipients if not one.is_local and one.deleted_at is None} - {""}
    if inboxes:
        await send_profile(move.source, sorted(inboxes))
    move.told_to = ids[-1] if ids else None
    await move.asave(update_fields=["told_to"])
    return len(ids) == FOLLOWERS_LISTED


async def move_followers(move: Move) -> bool:
    """Move the next local followers to the new account; return whether there may be more. Index users_follow_target."""
    found = await sql.rows(
        f"""SELECT f.id, i.domain_id IS NOT NULL AND i.deleted_at IS NULL FROM (
                SELECT id, source_id FROM {FOLLOWS} WHERE target_id = %(old)s AND id < %(before)s ORDER BY id DESC LIMIT %(piece)s) f
            JOIN users_identity i ON i.id = f.source_id ORDER BY f.id DESC""",
        {"old": move.source_id, "before": move.carried_to or 2**63 - 1, "piece": FOLLOWERS_SCANNED},
    )
    here = [follow_id for follow_id, is_here in found if is_here][:FOLLOWERS_MOVED]
    has_more = len(here) == FOLLOWERS_MOVED or len(found) == FOLLOWERS_SCANNED
    if has_more:
        move.carried_to = here[-1] if len(here) == FOLLOWERS_MOVED else found[-1][0]
        await move.asave(update_fields=["carried_to"])
    rows = [
        row async for row in Follow.objects.select_related("source").filter(pk__in=here).order_by("source")
    ]
    for row in rows:
        await _carry(row, move.source, move.target)
    return has_more


async def _carry(row: Follow, old: Identity, new: Identity) -> None:
    """Follow the new account instead of the old one. A follower who may not follow it, or has moved away, keeps the old follow."""
    source = row.source
    if source.pk == new.pk:
        return
    if not await has_block_between(source.pk, new.pk):
        try:
            async with async_atomic():
                await following.follow(
                    source=source,
                    target_id=new.pk,
                    shows_boosts=row.shows_boosts,
                    notifies=row.notifies,
                    languages=row.languages,
                )
                await events.on_carried.emit(source, old, new)
        except Problem:
            return  # a moderator's decision, or a host that the follower blocked
    await following.unfollow(source=source, target_id=old.pk)


async def carry_refusals(move: Move) -> bool:
    """Copy blocks and mutes of the old account by local users to the new one, unless they follow it; return whether there may be more.

    Also copies private notes, as Mastodon does. Served by the indexes of blocks, mutes and notes on target_id, users_block_pair,
    users_mute_pair and users_follow_pair.
    """
    old, new = move.source_id, move.target_id
    done = 0
    for row in await _refusals(Block, old, new):
        done += await _refuse(blocking.block(source=row.source, target_id=new))
    for row in await _refusals(Mute, old, new):
        left = None if row.expires_at is None else row.expires_at - clock.now()
        if left is None or left > timedelta():
            done += await _refuse(
                blocking.mute(
                    source=row.source,
                    target_id=new,
                    hides_notifications=row.hides_notifications,
                    expires_in=left,
                )
            )
    done += await sql.run(
        """INSERT INTO users_accountnote (source_id, target_id, text)
           SELECT n.source_id, %(new)s, n.text FROM users_accountnote n
           WHERE n.target_id = %(old)s AND n.source_id <> %(new)s
           AND NOT EXISTS (SELECT FROM users_accountnote o WHERE o.source_id = n.source_id AND o.target_id = %(new)s)
           ORDER BY n.id LIMIT %(piece)s ON CONFLICT DO NOTHING""",
        {"old": old, "new": new, "piece": FOLLOWERS_MOVED},
    )
    return done > 0


async def _refusals[Row: (Block, Mute)](model: type[Row], old: int, new: int) -> list[Row]:
    """Return the next blocks or mutes of the old account by local users who neither follow (or request to follow), block nor mute the new one."""
    table = sql.table(model)
    ids = await sql.column(
        f"""SELECT r.id FROM {table} r JOIN users_identity i ON i.id = r.source_id
            WHERE r.target_id = %(old)s AND r.source_id <> %(new)s AND i.domain_id IS NOT NULL AND i.deleted_at IS NULL
            AND NOT EXISTS (SELECT FROM {table} o WHERE o.source_id = r.source_id AND o.target_id = %(new)s)
            AND NOT {follows_or_asks("r.source_id", "%(new)s")} ORDER BY r.id LIMIT %(piece)s""",
        {"old": old, "new": new, "piece": FOLLOWERS_MOVED},
    )
    return [row async for row in model.objects.select_related("source").filter(pk__in=ids).order_by("source")]


async def _refuse(refusal: Awaitable[object]) -> bool:
    try:
        await refusal
    except Problem:  # one of the two was deleted or became staff: continue with the others
        return False
    return True
