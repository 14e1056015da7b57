"""A local follow also triggers a look, which fetches the profile: earlier changes were sent to others' followers only."""

from datetime import timedelta

from activities.remote_profiles.services.looks import request_look
from core import clock
from stator import transition
from users.identities.models import Identity, IdentityGraph
from users.relations import events

_FRESH_FOR = timedelta(minutes=5)


@events.on_follow
async def look_at_followed(source: Identity, target: Identity) -> None:
    if not source.is_local or target.is_local:
        return
    await request_look(target.pk, target.uri)
    is_fresh = target.fetched_at is not None and target.fetched_at > clock.now() - _FRESH_FOR
    if target.state == IdentityGraph.steady and not is_fresh:
        await transition(target, IdentityGraph.outdated)
