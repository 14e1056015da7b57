"""Queries for moves, for the owner of either account."""

import datetime as dt

import msgspec

from core.db import sql
from core.db.paging import Page
from core.db.sql import Sql
from users.identities.activitypub.activities import move_document
from users.moves.models import Move
from users.relations.queries.predicates import FOLLOWS


async def last_move_of(source_id: int) -> Move | None:
    """Return the latest move away from an account, undone or not (users_move_source)."""
    return await Move.objects.filter(source=source_id).order_by("-pk").afirst()


async def moves_to(target_id: int, *, limit: int = 10) -> list[Move]:
    """Return the latest moves to an account, with the accounts that moved (users_move_target)."""
    found = Move.objects.select_related("source").filter(target=target_id).order_by("-pk")
    return [move async for move in found[:limit]]


async def move_of(identity_id: int, move_id: int) -> Move | None:
    """Return a move with both accounts, if the identity is one of them."""
    found = Move.objects.select_related("source", "target")
    move = await found.filter(pk=move_id).afirst()
    return move if move is not None and identity_id in (move.source_id, move.target_id) else None


def activity_uri(move: Move) -> str:
    """Return the id of the Move that was sent to a local account's followers."""
    return str(move_document(move.source, move.target.uri, move.pk)["id"])


class MovedFollower(msgspec.Struct, frozen=True):
    """A follower of the old account and their current state: still following it, and following or requesting to follow the new account.

    Of remote followers only follows of local accounts are known.
    """

    id: int
    identity_id: int
    is_local: bool
    still_follows: bool
    follows_new: bool
    asks_new: bool

    @property
    def outcome(self) -> str:
        if self.follows_new:
            return "followed"
        if self.asks_new:
            return "asked"
        if self.still_follows:
            return "waits"
        return "left" if self.is_local else "gone"


async def moved_followers(move: Move, page: Page, *, viewer_id: int) -> list[MovedFollower]:
    """Return a page of a move's followers, newest first (users_move_followers, users_follow_pair).

    The new account sees only those who follow or request to follow it, not whom else they follow.
    """
    shown = "" if viewer_id == move.source_id else " AND new.id IS NOT NULL"
    rows = await sql.structs(
        MovedFollower,
        Sql.of(
            f"""SELECT m.id, m.follower_id, i.domain_id IS NOT NULL, old.id IS NOT NULL,
                   coalesce(new.accepted_at IS NOT NULL, false), new.id IS NOT NULL AND new.accepted_at IS NULL
            FROM users_movefollower m JOIN users_identity i ON i.id = m.follower_id AND i.deleted_at IS NULL
            LEFT JOIN {FOLLOWS} old ON old.source_id = m.follower_id AND old.target_id = %(old)s
            LEFT JOIN {FOLLOWS} new ON new.source_id = m.follower_id AND new.target_id = %(new)s
            WHERE m.move_id = %(move)s{shown}{page.where("m.id")}{page.order("m.id")}""",
            page.params(),
            move=move.pk,
            old=move.source_id,
            new=move.target_id,
        ),
    )
    return page.newest_first(rows, lambda row: row.id)


async def still_following(move: Move) -> int:
    """Return how many known followers the old account still has."""
    count: int = await sql.value("SELECT followers_count FROM users_identity WHERE id = %s", [move.source_id])
    return count


async def new_followers(target_id: int, since: dt.datetime, *, most: int = 1000) -> int:
    """Return how many followers an account gained since then, counted up to `most` (users_follow_target)."""
    count: int = await sql.value(
        f"""SELECT count(*) FROM (SELECT created_at FROM {FOLLOWS} WHERE target_id = %(target)s ORDER BY id DESC LIMIT %(most)s) f
            WHERE created_at >= %(since)s""",
        {"target": target_id, "since": since, "most": most},
    )
    return count
