"""Refusal of what an identity that moved away may not do any more."""

from core.errors import NotAllowed
from users.identities.models import Identity


def refuse_moved(identity: Identity) -> None:
    """Raise NotAllowed for somebody who moved to another account: they post, boost and follow there (Mastodon, GoToSocial)."""
    if identity.moved_to_uri:
        raise NotAllowed(code="you_moved", to=identity.moved_to_uri)
