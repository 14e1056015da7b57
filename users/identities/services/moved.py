"""Refusal of actions that an identity may not do after it moved away."""

from core.errors import NotAllowed
from users.identities.models import Identity


def refuse_moved(identity: Identity) -> None:
    """Raise NotAllowed for an identity that moved to another account: posting, boosting and following happen there (Mastodon, GoToSocial)."""
    if identity.moved_to_uri:
        raise NotAllowed(code="you_moved", to=identity.moved_to_uri)
