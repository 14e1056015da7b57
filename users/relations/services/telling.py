"""Sending local activities and profiles to the servers of all followers, if these are few enough for one statement."""

from collections.abc import Collection, Mapping
from typing import Any

from core import clock
from federation import sending
from stator import transition
from users.domains.queries import domain_by_id
from users.identities.activitypub.activities import update_document
from users.identities.activitypub.actor import handles_in_profile
from users.identities.models import Identity, IdentityGraph, KeyUse
from users.identities.queries.keys import keys_of
from users.identities.queries.mentioned import find_mentioned
from users.relations.queries.relationships import followers_inboxes

_FOLLOWERS_AT_ONCE = 2000


async def tell_followers(
    identity: Identity,
    activity: Mapping[str, Any],
    *,
    also: Collection[str] = (),
    with_followers: bool = True,
) -> None:
    """Send an activity to the followers' servers, and to the inboxes in `also`. In a transaction.

    If there are very many followers, the worker sends an Update of the profile in batches instead, which makes servers reload what the
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


async def send_profile(identity: Identity, inboxes: Collection[str]) -> int | None:
    """Send a local identity's current profile, and return the id of the activity; None if there is no recipient. In a transaction."""
    assert identity.domain_id is not None
    domain = await domain_by_id(identity.domain_id)
    if domain is None:
        return None
    named = await find_mentioned(handles_in_profile(identity))
    mentioned = {handle: person.uri for handle, person in named.items()}
    keys = await keys_of(identity.pk)
    document = update_document(identity, domain, int(clock.now().timestamp() * 1000), mentioned, keys)
    # a server that knows the old key accepts a new one only if the old one signed this
    is_rotated = any(key.use == KeyUse.retired for key in keys)
    signer = -identity.pk if is_rotated else identity.pk
    return await sending.send(signer=signer, activity=document, inboxes=inboxes)
