"""Hiding an identity with everything it wrote, by a suspension or while its owner may still take back its deletion."""

from stator import transition
from users.identities.models import Identity, IdentityGraph, Restriction


async def set_visibility(identity: Identity, restriction: Restriction) -> None:
    """Save the restriction of a locked identity, and who caused it (`leaves_at`, `stays_limited`).

    Hiding a local identity, or showing it again, sends an Update to followers' servers, whose actor document contains `suspended`, as in
    Mastodon.
    """
    changed = ["restriction", "leaves_at", "stays_limited"]
    is_hidden = identity.is_suspended
    identity.restriction = restriction
    is_told = identity.is_local and identity.is_suspended != is_hidden
    if is_told:  # begin with the first follower, even if an earlier edit is still being announced
        identity.announced_as = identity.announced_to = None
        changed += ["announced_as", "announced_to"]
    await identity.asave(update_fields=changed)
    if is_told:
        await transition(identity, IdentityGraph.edited)
