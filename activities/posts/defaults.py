"""Defaults of new posts: policies, one for all or a different one per visibility (GoToSocial), and who sees them on a domain that doesn't
federate.
"""

from collections.abc import Mapping
from typing import Any

from activities.posts.models import Interaction, Visibility
from users.domains.queries import is_local_only
from users.identities.models import Identity

# visibilities with their own defaults; followers-only posts can't be boosted by others, whatever is chosen
OWN_DEFAULTS = {
    Visibility.unlisted: (Interaction.reply, Interaction.like, Interaction.boost),
    Visibility.followers: (Interaction.reply, Interaction.like),
    Visibility.mentioned: (Interaction.reply, Interaction.like),
}


def own_default(identity: Identity, kind: Interaction, visibility: Visibility) -> int | None:
    """Return the identity's default for posts of this visibility, as flags of InteractionPolicy; None if it has none."""
    chosen: int | None = identity.default_policies.get(visibility.name, {}).get(kind.value)
    return chosen


def default_policy(identity: Identity, kind: Interaction, visibility: Visibility) -> int:
    """Return the policy of a new post, as flags of InteractionPolicy."""
    chosen = own_default(identity, kind, visibility)
    for_all: int = getattr(identity, f"default_{kind}_policy")
    return for_all if chosen is None else chosen


def with_defaults(
    identity: Identity, changes: Mapping[Visibility, Mapping[Interaction, int | None]]
) -> dict[str, dict[str, int]]:
    """Return Identity.default_policies with these changes. None resets a value to the general default; kinds left out don't change."""
    policies: dict[str, dict[str, Any]] = {
        name: dict(flags) for name, flags in identity.default_policies.items()
    }
    for visibility, chosen in changes.items():
        own = policies.pop(visibility.name, {})
        own |= {kind.value: flags for kind, flags in chosen.items() if kind in OWN_DEFAULTS[visibility]}
        if own := {kind: flags for kind, flags in own.items() if flags is not None}:
            policies[visibility.name] = own
    return policies


async def kept_here(author: Identity, shown_to: Visibility) -> Visibility:
    """Return local-only in place of public and unlisted, if the author's domain doesn't federate."""
    if shown_to <= Visibility.unlisted and await is_local_only(author.domain_id):
        return Visibility.local_only
    return shown_to
