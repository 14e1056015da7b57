"""Activities of people here to the servers of all their followers, while these are few enough for one statement."""

from collections.abc import Collection, Mapping
from typing import Any

from federation import sending
from stator import transition
from users.identities.models import Identity, IdentityGraph
from users.relations.queries.relationships import followers_inboxes

_FOLLOWERS_AT_ONCE = 2000


async def tell_followers(
    identity: Identity,
    activity: Mapping[str, Any],
    *,
    also: Collection[str] = (),
    with_followers: bool = True,
) -> None:
    """Send an activity to the servers of the followers, and to the inboxes in `also`. In a transaction.

    Very many followers get an Update of the profile instead, which the worker sends in pieces and which makes servers read again what the
    profile features.
    """
    if not identity.is_local:
        return
    inboxes = set(also)
    if with_followers:
        found, going_on = await followers_inboxes(identity.pk, before=None, piece=_FOLLOWERS_AT_ONCE)
        if going_on is None:
            inboxes |= set(found)
        else:
            await transition(identity, IdentityGraph.edited)
    if inboxes:
        await sending.send(signer=identity.pk, activity=activity, inboxes=sorted(inboxes))
