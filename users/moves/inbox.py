"""Incoming Move: a remote actor's local followers follow the new account if it lists the old one as an alias."""

from core import clock
from federation.documents import as_id
from federation.registry import Dependency, Handled, IncomingActivity, NeedsFetch, done, needs, on, refused
from users.identities.inbox import actor_of
from users.identities.models import Identity, Restriction
from users.identities.queries import identities as reads
from users.moves.models import REMOTE_COOLDOWN, Move
from users.moves.queries import last_move_of


def _target_of(activity: IncomingActivity) -> str:
    return as_id(activity.document.get("target"))


@needs("Move")
async def require_new_actor(activity: IncomingActivity) -> list[Dependency]:
    """Require the new actor's document, unless it is known."""
    uri = _target_of(activity)
    if not uri or await Identity.objects.filter(uri=uri).aexists():
        return []
    return [Dependency(uri, "actor")]


@on("Move")
async def receive_move(activity: IncomingActivity) -> Handled:
    """Start moving local followers to the actor's new account, which is fetched first, because its aliases may have changed."""
    if activity.object_id != activity.actor:
        return refused("only an actor itself may move")
    old = await actor_of(activity)
    uri = _target_of(activity)
    if not uri or uri == old.uri:
        return refused("it does not say where to")
    new = await reads.by_uri(uri)
    if new is None:
        raise NeedsFetch(uri, "actor")
    if not new.is_local and not _is_fresh(new, activity):
        raise NeedsFetch(uri, "fresh actor")
    if new.deleted_at is not None or new.moved_to_uri or new.restriction == Restriction.suspended:
        return refused("the new account is not in use")
    if old.uri not in new.also_known_as:
        return refused("the new account does not name the old one as its alias")
    # prevent circular moves, and moves from account to account
    since = clock.now() - REMOTE_COOLDOWN
    last, last_of_new = await last_move_of(old.pk), await last_move_of(new.pk)
    if last is not None and last.target_id != new.pk and last.created_at > since:
        return refused("it moved somewhere else a few days ago")
    if last_of_new is not None and last_of_new.created_at > since:
        return refused("the new account moved away itself a few days ago")
    await Identity.objects.filter(pk=old.pk).aupdate(moved_to_uri=new.uri)
    if last is None or last.target_id != new.pk or last.created_at <= since:
        await Move.objects.acreate(source=old, target=new)
    return done()


def _is_fresh(identity: Identity, activity: IncomingActivity) -> bool:
    """Return whether the identity was fetched after the Move was received, so that its aliases are current."""
    return identity.fetched_at is not None and identity.fetched_at >= activity.received_at
