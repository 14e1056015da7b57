"""Handling of a relay's Accept and Reject of our Follow, and of the Follow with which LitePub's relays follow back. Called by the inbox
of relations.
"""

from core import clock
from federation import sending
from federation.documents import as_id, same_host
from federation.models import Relay, RelayStatus
from federation.registry import SYSTEM_ACTOR, IncomingActivity
from federation.relays.documents import accept_document
from federation.relays.queries import forget_relays
from federation.signing import system_actor_uri


async def receive_answer(activity: IncomingActivity) -> bool:
    """Store that a relay accepted or rejected us; return whether the activity answers our Follow of one.

    Only the relay can: its actor, or while that is unknown an actor on its host.
    """
    follow_uri = as_id(activity.document.get("object"))
    relay = await Relay.objects.filter(follow_uri=follow_uri).afirst() if follow_uri else None
    if relay is None or not _is_from(activity.actor, relay):
        return False
    status = RelayStatus.accepted if activity.type == "Accept" else RelayStatus.rejected
    await Relay.objects.filter(pk=relay.pk).aupdate(
        status=status, actor_uri=activity.actor, answered_at=clock.now()
    )
    await forget_relays()
    return True


async def receive_follow(activity: IncomingActivity) -> str | None:
    """Answer a relay that follows the system actor; return the reason if it is not accepted, None for a Follow of another target."""
    actor = await system_actor_uri()
    if activity.object_id != actor:
        return None
    relay = await relay_of(activity.actor)
    if relay is None:
        return "only relays that operators added may follow the system actor"
    await sending.send(
        signer=SYSTEM_ACTOR,
        activity=accept_document(activity.id, activity.actor, actor),
        inboxes=[relay.inbox_url],
    )
    return ""


async def relay_of(actor: str) -> Relay | None:
    """Return the relay with this actor that was not rejected, or one on its host whose actor is unknown."""
    relays = Relay.objects.exclude(status=RelayStatus.rejected)
    async for relay in relays:
        if _is_from(actor, relay):
            return relay
    return None


def _is_from(actor: str, relay: Relay) -> bool:
    return relay.actor_uri == actor if relay.actor_uri else same_host(relay.inbox_url, actor)
