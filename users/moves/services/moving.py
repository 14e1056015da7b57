"""Moving a local account away, and undoing it. The worker moves the followers (users/moves/handlers.py)."""

import datetime as dt

from core import clock
from core.db import async_atomic
from core.errors import Invalid, NotAllowed, NotFound, Problem
from core.logs import get_logger
from stator import transition, transition_many
from users.audit.models import Act
from users.audit.services import Target, record_of_shell
from users.identities.models import Identity, IdentityGraph, Restriction
from users.identities.services.locking import lock_own
from users.identities.services.remote_actors import fetch_and_store, look_up
from users.logins import queries as login_reads
from users.logins.models import User
from users.logins.passwords import is_right_password
from users.logins.services import guess_limits
from users.moves.models import COOLDOWN, Move, MoveGraph
from users.moves.queries import last_move_of
from users.relations.services.pairs import locked_pair

log = get_logger(__name__)

FIELD = "moved_to_uri"


async def move_own(*, user: User, identity: Identity, password: str, target: str) -> Move:
    """Move an identity of the login, as `move_away`. Raises NotFound when the login does not own it, NotAllowed for a wrong password."""
    if await login_reads.identity_owned(user, identity.pk) is None:
        raise NotFound
    await guess_limits.limit_tries(f"password:{user.pk}", 10, 600)
    stored = await User.objects.filter(pk=user.pk).values_list("password_hash", flat=True).afirst()
    if not await is_right_password(password, stored or ""):
        raise NotAllowed(code="wrong_password")
    if user.is_restricted:
        raise NotAllowed(code="login_restricted")
    return await move_away(identity=identity, target=target)


async def move_away(*, identity: Identity, target: str) -> Move:
    """Move a local identity to the account `target`, a handle or URL. Not inside a transaction.

    That account is fetched, and must list this one as an alias. Raises Invalid about the target, NotAllowed for an identity that moved
    within the cooldown or is suspended.
    """
    await _check_cooldown(identity)
    new = await _fresh_target(target)
    async with async_atomic():
        identity, new = await locked_pair(identity.pk, new.pk)
        await _check_cooldown(identity)
        _check_target(identity, new)
        await _announce(identity, moved_to=new.uri)
        move = await Move.objects.acreate(source=identity, target=new)
        await _record(identity, moved_to=new.handle)
    log.info("identity.moved", handle=identity.handle, to=new.uri)
    return move


async def _fresh_target(name: str) -> Identity:
    try:
        found = await look_up(name)
        return found if found.is_local else await fetch_and_store(found.uri, fresh=True)
    except Problem as problem:
        raise Invalid(FIELD, "unknown_account", given=name.strip()[:200]) from problem


async def _check_cooldown(identity: Identity) -> None:
    if identity.restriction == Restriction.suspended:
        raise NotAllowed(code="not_movable")
    until = await next_move_at(identity)
    if until is not None:
        raise NotAllowed(code="moved_lately", until=until.date().isoformat())


async def next_move_at(identity: Identity) -> dt.datetime | None:
    """Return when this local identity may move again; None if it may now. Undone moves count, too."""
    last = await last_move_of(identity.pk)
    until = last.created_at + COOLDOWN if last is not None else clock.now()
    return until if until > clock.now() else None


def _check_target(identity: Identity, new: Identity) -> None:
    if new.pk == identity.pk:
        raise Invalid(FIELD, "own")
    if new.moved_to_uri or new.restriction == Restriction.suspended:
        raise Invalid(FIELD, "not_in_use", handle=new.handle)
    if identity.uri not in new.also_known_as:
        raise Invalid(FIELD, "no_alias", handle=new.handle, own=f"@{identity.handle}")


async def undo_move(*, identity: Identity) -> Identity:
    """Undo a local identity's move, so that it can post and be followed again. Followers who moved do not return.

    Notifies the followers' servers, and those that were sent the Move. Raises NotAllowed if it has not moved. The cooldown continues.
    """
    async with async_atomic():
        fresh = await lock_own(identity)
        if not fresh.moved_to_uri:
            raise NotAllowed(code="not_moved")
        await _announce(fresh, moved_to="")
        standing = Move.objects.filter(source=fresh.pk).exclude(
            state__in=[MoveGraph.undoing, MoveGraph.undone]
        )
        await standing.aupdate(told_to=None)
        await transition_many(standing, MoveGraph.undoing)
        await _record(fresh, moved_to="")
    log.info("identity.move_undone", handle=fresh.handle)
    return fresh


async def _record(identity: Identity, *, moved_to: str) -> None:
    await record_of_shell(
        Act.move_identity,
        Target("person", identity.pk, identity.handle),
        domain_id=identity.domain_id,
        details={"moved_to": moved_to, "is_undone": not moved_to},
    )


async def _announce(identity: Identity, *, moved_to: str) -> None:
    identity.moved_to_uri = moved_to
    identity.announced_as = identity.announced_to = None  # the Update begins with the first follower
    await identity.asave(update_fields=["moved_to_uri", "announced_as", "announced_to"])
    await transition(identity, IdentityGraph.edited)
